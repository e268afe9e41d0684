"""The review page: suggestions read, weighed and decided on in a browser."""

"""The service: suggestions for other programs, over HTTP."""

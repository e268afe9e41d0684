"""Examples, figures and pictures of the documents, made from the sample and the model that ship."""

"""Features of stories: sentence embeddings, TF-IDF, and near-duplicates."""

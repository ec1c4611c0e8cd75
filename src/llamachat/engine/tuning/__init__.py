"""Which settings are fastest for a model here: what is tried, compared, and remembered."""

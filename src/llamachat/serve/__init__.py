"""The REST server: OpenAI's protocol over one engine. Knows nothing of command lines."""

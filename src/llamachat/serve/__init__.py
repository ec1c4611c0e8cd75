"""The REST server, OpenAI's protocol over one engine; and the chat in a browser. Knows no flags."""

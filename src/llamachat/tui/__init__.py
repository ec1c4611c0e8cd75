"""The full-screen chat: the only folder that knows Textual."""

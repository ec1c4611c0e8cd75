"""Slash commands: what can be typed into the composer instead of a message."""

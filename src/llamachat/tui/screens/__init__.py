"""Screens above the chat; each returns what the person chose."""

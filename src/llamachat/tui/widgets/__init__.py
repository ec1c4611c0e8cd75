"""What is drawn: each widget shows one thing and posts messages."""

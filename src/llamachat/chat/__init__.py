"""A dialog: messages, the prompt they make, where they are kept, and a turn of it (`chat.Chat`).

Knows engines by their contract, and nothing of terminals.
"""

"""Chats on disk: one SQLite file in which every chat is a tree of messages and no word is lost.

`chats.ChatStore` is the door; `line.StoredLine` is one branch of one chat, which `chat.Chat` writes
as its history.
"""

"""Model files: whether one fits into memory, which to get first, and which are on this disk."""

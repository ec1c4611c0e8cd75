"""Model files: found, fetched, verified, which to get first, and whether one fits into memory."""

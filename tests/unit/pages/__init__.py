"""The Markdown pages against the program and the tree they speak of."""

"""The dialog as plain lines, in the manner of llama.cpp's interactive mode."""

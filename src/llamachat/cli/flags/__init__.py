"""The chat's and the one-shot mode's flags: llama.cpp's names, short forms and defaults."""

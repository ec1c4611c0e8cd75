"""Completion scripts for bash, zsh and fish, made from the flags and the commands' parsers."""

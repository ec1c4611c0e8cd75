"""The command line: `main.main` finds the command, each command lives in a module or folder here.

The only room that writes standard output and standard error and ends with exit codes. Knows how
anything is asked for and told, nothing of how it is done.
"""

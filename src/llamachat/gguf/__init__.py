"""GGUF files: what one holds (`read_header`), how one is written, and random ones to run.

Standard library only, so it works where no engine can be imported. `reader` and what it stands on
trust no byte of a file; `generated` and what it stands on make models of any shape and type. Does
not evaluate models and does not know where they come from.
"""

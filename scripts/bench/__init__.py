"""Benchmarks: ratios against llama.cpp's own tools, measured in the same run."""

import os

# An installed program has its bytecode; one that may not keep it compiles all of it at each start.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

"""Benchmarks: ratios against llama.cpp's own tools, measured in the same run."""

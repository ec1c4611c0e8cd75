"""Shapes that llama.cpp's figures were taken for."""

from llamachat.models.shape import Shape

LLAMA_2_7B = Shape(32, 4096, 32, 32, 11008, 32000, 4096)
LLAMA_3_8B = Shape(32, 4096, 32, 8, 14336, 128256, 131072)
TINYLLAMA = Shape(22, 2048, 32, 4, 5632, 32000, 2048)
WIDE = Shape(2, 1024, 16, 16, 16384, 512, 131072)
"""its feed-forward part is the widest by far"""

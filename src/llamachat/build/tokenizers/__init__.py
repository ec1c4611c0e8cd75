"""The tokenizer of a model, as entries of tokenizer.* in llama.cpp's converter's order."""

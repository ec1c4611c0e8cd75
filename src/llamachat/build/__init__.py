"""From original weights to a verified, quantized GGUF, in one pass over the tensors.

Reads what Meta, Hugging Face and llama2.c publish without running any of it, and writes what
llama.cpp's converter and quantizer write. NumPy is imported here, and in
`engine.llama` where a text is scored; so import this room where it is needed, not at the start.
Knows nothing of chats, engines and screens.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # ours do the work; saves 40 MB for each core

"""The factors by which Llama 3 stretches each frequency of its rotary embedding.

llama.cpp reads them as the tensor rope_freqs.weight. The arithmetic is that of the converter, f32
step by step, but for one: PyTorch's power function is off by an ulp in one value of a hundred, and
differently on different processors, where this one is rounded correctly. For the parameters of all
published Llama 3 models the results are the same bits.
"""

from __future__ import annotations

from math import pi

import numpy as np

from llamachat.build.hparams import LlamaParams, RopeScaling
from llamachat.build.tensor_file import Rows

NAME = "rope_freqs.weight"
_F = np.float32


def rope_factors(params: LlamaParams, scaling: RopeScaling) -> Rows:
    """One factor for each pair of dimensions of a head."""
    exponents = np.arange(0, params.head_dim, 2, dtype=_F) / _F(params.head_dim)
    powers = np.power(np.float64(params.rope_theta), exponents.astype(np.float64)).astype(_F)
    wavelengths = (_F(1) / (_F(1) / powers)) * _F(2 * pi)
    shortest = _F(scaling.original_context / scaling.high_freq_factor)
    longest = _F(scaling.original_context / scaling.low_freq_factor)
    turns = (_F(1) / wavelengths) * _F(scaling.original_context)
    spread = _F(scaling.high_freq_factor - scaling.low_freq_factor)
    smooth = (turns - _F(scaling.low_freq_factor)) / spread
    between = _F(1) / ((_F(1) - smooth) / _F(scaling.factor) + smooth)
    stretched = np.where(wavelengths > longest, _F(scaling.factor), between)
    return np.where(wavelengths < shortest, _F(1), stretched).astype(_F)

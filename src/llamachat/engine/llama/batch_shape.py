"""How many tokens to evaluate so that the ones that are wanted are there soonest.

The kernels on rearranged weights (ggml's `forward_mul_mat_one_chunk`) take the rows of a batch by
sixteen, then by four, and what is left over singly, each at the price of a whole token: on two
cores of a Zen 5 a 7B model in Q4_0 reads 15 tokens in 661 ms and 16 in 442, 3 in 246 and 4 in 162.
So a batch is filled up with tokens that are forgotten at once. Later tokens do not change what was
computed for earlier ones. Pure arithmetic.
"""

from __future__ import annotations

BUFFER = "CPU_REPACK"
"""llama.cpp's name of the memory that holds rearranged weights"""

_ROWS = 4
_BLOCK = 16


def filled_up(n_tokens: int) -> int:
    """The cheapest number of tokens that is at least this one.

    Two single rows cost what four rows together do (170 and 162 ms); one costs half. Twelve rows
    cost nearly what sixteen do (432 and 442 ms), and thirteen more.
    """
    over = n_tokens % _ROWS
    if over > 1:
        n_tokens += _ROWS - over
    if n_tokens % _BLOCK == _BLOCK - _ROWS + 1:
        n_tokens += _ROWS - 1
    return n_tokens

"""The teams of threads that OpenMP keeps, one for each thread that ever computed.

GNU's libgomp lets waiting threads spin only while all the threads it manages, idle teams included,
fit the processors; above that each of the thousand barriers of a token becomes a system call. A
second thread that evaluated once therefore cost every later token 40 % on two cores (10.7 to 5.8
t/s, 7B Q4_0; 773 instead of 0 voluntary switches a token). So a thread gives its team back before
another one computes. Builds without OpenMP have nothing to give back.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from functools import cache

from llamachat.engine.build_id import library_folder

_OMP_PAUSE_HARD = 2
"""omp_pause_resource_t, OpenMP 5.0 section 3.2.44: end the threads as well"""


def release_team() -> None:
    """End the idle threads of the calling thread's team; its next evaluation makes new ones."""
    pause = _pause()
    if pause is not None:
        pause(_OMP_PAUSE_HARD)


@cache
def _pause() -> Callable[[int], int] | None:
    """`omp_pause_resource_all` of the OpenMP library that ggml runs on."""
    for path in sorted(library_folder().glob("libggml-cpu*")):
        try:
            library = ctypes.CDLL(str(path), mode=os.RTLD_NOLOAD | os.RTLD_LAZY)
            found: Callable[[int], int] = library.omp_pause_resource_all
        except (OSError, AttributeError):  # not the variant in use, or built without OpenMP 5
            continue
        return found
    return None

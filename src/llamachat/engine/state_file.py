"""How a file with a KV state is told from any other file. Knows its last bytes, nothing else."""

from __future__ import annotations

import os
from pathlib import Path

MAGIC = b"llamachat-kv-2\n"
"""at the end of the file; another number is a form that is not read any more"""
_FAMILY = MAGIC.partition(b"2")[0]


def may_be_replaced(path: Path) -> bool:
    """Whether there is a KV state, of whatever form, or nothing that could be lost."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - len(MAGIC)))
            return size == 0 or file.read().startswith(_FAMILY)
    except FileNotFoundError:
        return True
    except OSError:
        return False

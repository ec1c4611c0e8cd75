"""Parts of llamachat whose packages come only with an extra of the installation."""

from __future__ import annotations

import shlex
import sys
from importlib import import_module

from llamachat.errors import UsageError

EXTRAS = {
    "server": ("starlette>=1.0", "uvicorn>=0.40", "prometheus-client>=0.22"),
    "web": ("textual-serve>=1.1",),
}
"""as in pyproject.toml; named one by one, since our name is another project's in the index"""


def require_packages(module: str, *, extra: str) -> None:
    """Import one of our modules that needs them.

    Raises:
        UsageError: they are not here.
    """
    try:
        import_module(module)
    except ModuleNotFoundError as missing:
        if (missing.name or "llamachat").startswith("llamachat"):
            raise
        raise UsageError(
            f"This needs the package {missing.name}, which is not installed.",
            f"Install it: {shlex.join([sys.executable, '-m', 'pip', 'install', *EXTRAS[extra]])}",
        ) from None

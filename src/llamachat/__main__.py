"""`python -m llamachat`: the command line, for where the script is not on the PATH."""

from __future__ import annotations

import sys

from llamachat.cli.main import main

if __name__ == "__main__":
    sys.exit(main())

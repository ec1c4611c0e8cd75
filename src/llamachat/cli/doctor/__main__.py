"""`python -m llamachat.cli.doctor`: the doctor alone, for where the rest does not start."""

from __future__ import annotations

import sys

from llamachat.cli.doctor import run
from llamachat.cli.failure import run_guarded

if __name__ == "__main__":
    sys.exit(run_guarded(lambda: run(sys.argv[1:]), debug=False))

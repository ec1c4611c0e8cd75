"""All flags of the chat and the one-shot mode, in the order of `--help`."""

from __future__ import annotations

from llamachat.cli.flags.dialog import DIALOG, GENERATION, PROMPT
from llamachat.cli.flags.flag import Flag
from llamachat.cli.flags.model import MACHINE, MODEL
from llamachat.cli.flags.output import DIAGNOSTICS, OUTPUT
from llamachat.cli.flags.remote import REMOTE
from llamachat.cli.flags.sampling import CONSTRAINT, SAMPLING

GROUPS = (
    PROMPT, MODEL, GENERATION, DIALOG, OUTPUT, SAMPLING, CONSTRAINT, MACHINE, REMOTE, DIAGNOSTICS,
)  # fmt: skip

BY_NAME: dict[str, Flag] = {
    name: flag for group in GROUPS for flag in group.flags for name in flag.all_names
}

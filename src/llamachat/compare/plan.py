"""How long a comparison takes, told before it begins, so that a part of it can be left out.

Computed from two speeds that were measured on one machine, which the sentence names; loading and
building are not counted. Knows settings and sizes, measures nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from llamachat.compare.figures import WHAT, Subject
from llamachat.compare.settings import N_DECODE, Settings

COMPUTED = 526e9
"""operations a second of two cores that read a prompt: docs/quantization.md"""
FETCHED = 38e9
"""bytes a second that their memory gives them as they write"""
BYTES_PER_TOKEN = 3.5
"""of the default text with the vocabulary of Llama 2"""
WORTH_SAYING = 60
"""seconds"""


def announcement(settings: Settings, subjects: Sequence[Subject]) -> str:
    """A sentence about the time, empty where it is below a minute."""
    parts = {what: 0.0 for what in WHAT if what in settings.what}
    for what in parts:
        read, written = tokens_of(what, settings)
        for subject in subjects:
            parts[what] += 2 * subject.n_params * read / COMPUTED + subject.size * written / FETCHED
    if sum(parts.values()) < WORTH_SAYING:
        return ""
    total = round(sum(parts.values()) / 60)
    longest = max(parts, key=lambda what: parts[what])
    share = round(parts[longest] / 60)
    part = f", {share:,} of them for {longest} (--skip {longest} leaves it out)"
    return (
        f"Two cores need about {total:,} minute{'' if total == 1 else 's'} for this"
        f"{part if 0 < share < total else ''}. Ctrl+C keeps what was measured."
    )


def tokens_of(what: str, settings: Settings) -> tuple[int, int]:
    """How many each model reads and writes for one of WHAT."""
    if what == "speed":
        return max(settings.depths), N_DECODE * len(settings.depths)
    if what == "answers":
        read = sum(len(prompt.encode()) for prompt in settings.prompts) / BYTES_PER_TOKEN
        return int(read), settings.n_predict * len(settings.prompts)
    from llamachat.engine.scoring import N_CTX  # flags are parsed without it

    whole = int(len(settings.read_text().encode()) / BYTES_PER_TOKEN)
    return min(whole, settings.chunks * N_CTX or whole), 0

"""What must be said of a model file before it is loaded: that it is not the one once verified.

Costs 0.1 ms a file: its manifest, its size, date and first bytes. What reads manifests is imported
for a file that has one. Decides nothing; whoever loads the model shows the sentence and goes on.
"""

from __future__ import annotations

from pathlib import Path
from shlex import quote

from llamachat.errors import LlamaChatError
from llamachat.models.parts import parts_of
from llamachat.models.places import manifest_path


def changed_since_verified(path: Path) -> str | None:
    """One sentence with the way forward; None where nothing is known or nothing has changed."""
    known = [part for part in parts_of(path) if manifest_path(part).exists()]
    if not known:
        return None
    from llamachat.models.manifest import find, quick_check  # 6 ms: JSON, dates

    for part in known:
        try:
            manifest = find(part)
            change = quick_check(manifest) if manifest else None
        except LlamaChatError as error:
            return str(error)
        if manifest and change:
            return (
                f"{part.name} is not as it was verified on {manifest.date[:10]}: {change}; "
                f"check it with: llamachat models verify {quote(str(part))}"
            )
    return None

"""Fetches the files of a model: resumed where a line broke, hashed while written, verified before
they get their names.

    files = resolve(reference)                                          # models.hub
    path = fetch(files, on_progress=show, control=Control())            # here

Killed at any byte, the final name does not exist; the next run goes on where this one ended.
"""

from llamachat.models.control import Cancelled, Control
from llamachat.models.fetch.fetching import fetch
from llamachat.models.fetch.progress import Progress
from llamachat.models.patience import Patience

__all__ = ["Cancelled", "Control", "Patience", "Progress", "fetch"]

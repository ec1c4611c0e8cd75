"""The files of a report: report.html, report.md with its pictures, report.json.

Each is written whole or not at all, and replaces what a former report left. Knows documents.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from llamachat.compare.document import as_json
from llamachat.compare.figures import Comparison
from llamachat.compare.html_report import html_report
from llamachat.compare.markdown import markdown_report
from llamachat.compare.plots import plots
from llamachat.errors import LlamaChatError, UsageError
from llamachat.hardware.disk import existing_folder
from llamachat.hardware.places import is_folder
from llamachat.text_file import write_whole

NAME = "report"


def check_folder(folder: Path) -> None:
    """Refuse a folder that no report can be written into, before anything is measured.

    Raises:
        UsageError: it is a file, or closed.
    """
    where = existing_folder(folder)
    if not is_folder(where):
        raise UsageError(f"{where} is no folder.", "Choose another folder with --report.")
    if not os.access(where, os.W_OK | os.X_OK):
        raise UsageError(
            f"Nothing can be written into {where}.", "Choose another folder with --report."
        )


def write_report(comparison: Comparison, folder: Path) -> Path:
    """Write all files; returns the page.

    Raises:
        LlamaChatError: the disk is full or refuses.
    """
    pictures = plots(comparison)
    page = folder / f"{NAME}.html"
    files = {plot.name + ".svg": plot.draw(standalone=True) + "\n" for plot in pictures}
    files[f"{NAME}.json"] = json.dumps(as_json(comparison), indent=2) + "\n"
    files[f"{NAME}.md"] = markdown_report(comparison, pictures)
    files[page.name] = html_report(comparison, pictures)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            write_whole(folder / name, text)
    except OSError as error:
        raise LlamaChatError(
            f"The report cannot be written into {folder}: {error.strerror or error}.",
            "Choose another folder with --report.",
        ) from None
    return page

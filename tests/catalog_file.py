"""A catalogue of one family, whose files a hub on this machine has."""

from __future__ import annotations

from pathlib import Path

from tests.hub_server import HubServer, Stored

REPO = "user/talker-GGUF"
FAMILY, NAME = "talker", "talker:Q8_0"


def offer(server: HubServer, folder: Path, data: bytes, *, sha256: str = "") -> Path:
    """Put a model on the hub and into a catalogue; returns the catalogue's file.

    Args:
        sha256: what the catalogue says of it, where that is wrong.
    """
    file = "talker.Q8_0.gguf"
    commit = server.add(REPO, {file: data})
    path = folder / "catalog.toml"
    path.write_text(f"""
[sources]
here = "this machine"

[[family]]
name = "{FAMILY}"
title = "Talker"
repository = "{REPO}"
revision = "{commit}"
licence = "MIT"
chat_form = "transcript"
suggested = true
shape = {{ n_layer = 2, n_embd = 256, n_head = 4, n_head_kv = 2, n_ff = 512, n_vocab = 512, \
n_ctx_train = 2048 }}

[[family.file]]
ftype = "Q8_0"
file = "{file}"
size = {len(data)}
sha256 = "{sha256 or Stored(data).sha256}"
sources = ["here"]
confirmations = 2
""")
    return path

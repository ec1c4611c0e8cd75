"""Names everything that a KV state depends on, beside its tokens: two engines with one key may
exchange states.

Model and adapters are known by size, time of change and samples of their bytes: hashing 4 GB would
cost each start seconds, and whatever writes to a file changes its time. Knows nothing of llama.cpp.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from llamachat.engine.base import EngineInfo
from llamachat.engine.build_id import build_id
from llamachat.engine.params import EngineOptions

SAMPLES, SAMPLE = 256, 4096
"""pieces of a file that are read, and their bytes: 1 MB in 5 ms"""
_PART = re.compile(r"-\d{5}-of-(\d{5})\.gguf$")


def state_key(options: EngineOptions, info: EngineInfo) -> str:
    """32 hexadecimal digits; empty where a file cannot be read, and states are better not kept."""
    try:
        facts = {
            "model": [fingerprint(part) for part in model_parts(options.model)],
            "adapters": [[fingerprint(a.path), a.scale] for a in options.adapters],
            "n_ctx": info.n_ctx,
            "kv": [info.cache_type_k, info.cache_type_v],
            "flash_attention": options.flash_attention,
            "rung": info.rung,
            "build": build_id(),
            "system": info.system_info,
        }
    except OSError:
        return ""
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32]


def model_parts(model: Path) -> list[Path]:
    """All files of a model that is split."""
    found = _PART.search(model.name)
    if found is None:
        return [model]
    stem, count = model.name[: found.start()], int(found[1])
    return [model.with_name(f"{stem}-{n:05}-of-{count:05}.gguf") for n in range(1, count + 1)]


def fingerprint(path: Path) -> str:
    """Raises OSError where the file cannot be read."""
    with path.open("rb") as file:
        facts = path.stat()
        digest = hashlib.sha256(f"{facts.st_size} {facts.st_mtime_ns}".encode())
        for number in range(SAMPLES):
            file.seek(facts.st_size * number // SAMPLES)
            digest.update(file.read(SAMPLE))
    return digest.hexdigest()

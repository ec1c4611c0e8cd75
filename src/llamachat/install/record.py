"""What was built: flags, compiler, probes and reasons, kept beside the wheel and the engine.

The record carries a hash of the engine's library, so it is ignored when something else
replaced the engine since. It does not know how an engine is built.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from llamachat.hardware.isa import Feature
from llamachat.install.probe import Outcome, ProbeResult

VERSION = 1
"""Of the file's format; a record of another version is as good as none."""

MAX_BYTES = 1 << 20
"""A record is a few kilobytes."""


@dataclass(frozen=True, slots=True)
class BuildRecord:
    engine: str
    """Version of llama-cpp-python."""
    cmake_args: tuple[str, ...]
    """All of them, as the build was given them."""
    extra_args: tuple[str, ...]
    """Those that came from LLAMACHAT_CMAKE_ARGS."""
    chosen_compilers: tuple[str, ...]
    """CC and CXX of the environment, empty where CMake's own choice was taken."""
    compiler: str
    cpu: str
    """Key of the processor, see `hardware.isa.Cpu.key`."""
    advertised: tuple[Feature, ...]
    native: tuple[Feature, ...]
    """What the compiler uses when it builds for this processor."""
    probes: tuple[ProbeResult, ...]
    reasons: tuple[str, ...]
    build_seconds: float
    built_at: str
    """ISO 8601, UTC."""
    wheel_sha256: str
    library_sha256: str
    """Of the compute library inside the wheel."""

    @property
    def proved(self) -> frozenset[Feature]:
        """What was proved to run before the engine was built."""
        return frozenset(probe.feature for probe in self.probes if probe.outcome is Outcome.RUNS)


def engine_folder() -> Path | None:
    """Where llama_cpp is installed in this environment; looks without importing it."""
    importlib.invalidate_caches()
    spec = importlib.util.find_spec("llama_cpp")
    return Path(spec.origin).parent if spec and spec.origin else None


def read_build_record() -> BuildRecord | None:
    """The record of the installed engine; None where llamachat did not build it."""
    folder = engine_folder()
    record = load_record(_beside(folder)) if folder else None
    same = folder and record and record.library_sha256 == library_hash(folder)
    return record if same else None


def write_build_record(record: BuildRecord) -> None:
    """Keeps the record beside the engine that is installed now."""
    folder = engine_folder()
    if folder is None:
        raise FileNotFoundError("llama_cpp is not installed in this environment")
    save_record(record, _beside(folder))


def save_record(record: BuildRecord, path: Path) -> None:
    """Writes beside the target, then replaces it, so that no reader sees half a record."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    stored = {"version": VERSION, **asdict(record)}
    part.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")
    part.replace(path)


def load_record(path: Path) -> BuildRecord | None:
    """None where there is no record, or one cut short or of another version."""
    if not path.is_file() or path.stat().st_size > MAX_BYTES:
        return None
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        if stored.pop("version") != VERSION:
            return None
        fields: dict[str, Any] = {
            name: tuple(v) if isinstance(v, list) else v for name, v in stored.items()
        }
        fields["advertised"] = tuple(map(Feature, fields["advertised"]))
        fields["native"] = tuple(map(Feature, fields["native"]))
        fields["probes"] = tuple(map(_probe_result, fields["probes"]))
        return BuildRecord(**fields)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def library_hash(engine: Path) -> str:
    """SHA-256 of the compute library (1.5 MB, 2 ms); empty where there is none."""
    libraries = sorted((engine / "lib").glob("*ggml-cpu*"))
    return hashlib.sha256(libraries[0].read_bytes()).hexdigest() if libraries else ""


def _probe_result(stored: dict[str, Any]) -> ProbeResult:
    before = stored["without_remedy"]
    return ProbeResult(
        Feature(stored["feature"]),
        Outcome(stored["outcome"]),
        tuple(stored["remedy"]),
        Outcome(before) if before else None,
    )


def _beside(engine: Path) -> Path:
    return engine.parent / "llamachat-engine.json"

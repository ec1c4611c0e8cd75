"""An adapter as a GGUF, planned and written at once."""

from pathlib import Path

from llamachat.build.lora import LoraAdapter
from llamachat.build.lora_gguf import plan_adapter, write_planned
from llamachat.build.source import Source


def write_gguf_adapter(path: Path, adapter: LoraAdapter, base: Source, *, type: str = "f32") -> int:
    """Returns its size in bytes."""
    plan = plan_adapter(path, adapter, base, type=type)
    write_planned(plan)
    return plan.output.size

"""Record what PEFT merges and what llama.cpp's convert_lora_to_gguf.py writes, for the tests.

    python scripts/record_lora.py LLAMA_CPP tests/unit/build/recorded/lora.json

Needs torch, transformers and peft, which nothing else here does; LLAMA_CPP is a checkout.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from llamachat.gguf.reader import read_header
from tests.unit.build.adapters import ADAPTERS, AdapterCase, write_adapter
from tests.unit.build.hf_folders import write_folder

SAMPLES = 5


def main() -> None:
    llama_cpp, target = Path(sys.argv[1]), Path(sys.argv[2])
    record = {}
    for case in ADAPTERS:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            write_folder(root / case.base, case.model)
            write_adapter(root / "adapter", case)
            record[case.name] = {"merged": merged(root, case)}
            if case.runs:
                record[case.name]["gguf"] = converted(llama_cpp, root, case)
    target.write_text(json.dumps(record, indent=1) + "\n")


def merged(root: Path, case: AdapterCase) -> dict[str, list[float]]:
    """A few weights of every tensor, in f32."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(root / case.base, dtype=torch.float32)
    model = PeftModel.from_pretrained(model, root / "adapter").merge_and_unload()
    found = {}
    for name, tensor in model.state_dict().items():
        flat = tensor.detach().reshape(-1)
        found[name] = flat[:: max(1, len(flat) // SAMPLES)][:SAMPLES].tolist()
    return found


def converted(llama_cpp: Path, root: Path, case: AdapterCase) -> dict[str, Any]:
    """Shape, type and SHA-256 of every tensor, in the file's order, in f32 and f16."""
    found: dict[str, Any] = {}
    for kind in ("f32", "f16"):
        path = root / f"{kind}.gguf"
        script = str(llama_cpp / "convert_lora_to_gguf.py")
        base = ("--base", str(root / case.base))
        out = ("--outfile", str(path), "--outtype", kind)
        command = [sys.executable, script, *base, *out, str(root / "adapter")]
        subprocess.run(command, check=True, cwd=llama_cpp)
        header, data = read_header(path), path.read_bytes()
        found[kind] = [
            [info.name, list(info.shape), info.type.name,
             hashlib.sha256(data[header.data_offset + info.offset :][: info.n_bytes]).hexdigest()]
            for info in header.tensors
        ]  # fmt: skip
    return found


if __name__ == "__main__":
    main()

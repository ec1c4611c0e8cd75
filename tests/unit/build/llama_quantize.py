"""llama.cpp's own quantizer, run in a child: what ours is compared with.

`python -m tests.unit.build.llama_quantize` reads a JSON list of requests from stdin and prints, for
each, whether it failed and what llama.cpp logged.
"""

import ctypes
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from llamachat.build.recipe import Recipe

ROOT = Path(__file__).resolve().parents[3]
DEFAULT_TYPE = -1


@dataclass(frozen=True, slots=True)
class Request:
    """One file to be quantized; `out` is not written in a dry run."""

    path: str
    out: str
    ftype: int
    pure: bool = False
    output_type: int = DEFAULT_TYPE
    embedding_type: int = DEFAULT_TYPE
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    failed: bool
    log: str

    @property
    def fell_back(self) -> bool:
        """A row did not fit the type that its tensor should have had."""
        return "falling back" in self.log

    @property
    def types(self) -> dict[str, str]:
        """Each tensor's type in the result, by the lines that llama-quantize prints for them."""
        plan = {}
        for line in self.log.splitlines():
            if not line.startswith("[") or " type = " not in line:
                continue
            name = line.split("] ", 1)[1].split(" - [")[0].strip()
            before = line.split("type = ")[1].split(",")[0].strip()
            plan[name] = line.rsplit("(", 1)[1].rstrip(")") if line.endswith(")") else before
        return plan


def requests_of(recipe: Recipe, path: Path, *, dry_run: bool = False) -> list[Request]:
    """The same files as the recipe's, beside the converted one."""
    output, embedding = recipe.output_type, recipe.embedding_type
    return [
        Request(
            str(path),
            str(path.with_name(f"theirs-{kind.quantize_name}.gguf")),
            kind.id,
            recipe.pure,
            output.id if output else DEFAULT_TYPE,
            embedding.id if embedding else DEFAULT_TYPE,
            dry_run,
        )
        for kind in recipe.types
    ]


def llama_quantize(requests: Sequence[Request]) -> list[Answer]:
    """Run all of them, one after the other, in one child."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.unit.build.llama_quantize"],
        input=json.dumps([asdict(request) for request in requests]),
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=600,
    )
    assert done.returncode == 0, f"the child died ({done.returncode}): {done.stderr[-2000:]}"
    return [Answer(**answer) for answer in json.loads(done.stdout.splitlines()[-1])]


def _answers(requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    from llamachat.engine.llama.library import bindings

    llama_cpp = bindings()
    lines: list[str] = []

    def keep(_level: int, text: bytes, _data: object) -> None:
        lines.append(text.decode())

    callback = llama_cpp.llama_log_callback(keep)
    llama_cpp.llama_log_set(callback, ctypes.c_void_p(0))
    answers = []
    for request in requests:
        params = llama_cpp.llama_model_quantize_default_params()
        params.nthread = 2
        for ours, theirs in (
            *(("ftype", "ftype"), ("pure", "pure"), ("dry_run", "dry_run")),
            *(("output_type", "output_tensor_type"), ("embedding_type", "token_embedding_type")),
        ):
            if request[ours] != DEFAULT_TYPE:
                setattr(params, theirs, request[ours])
        lines.clear()
        path, out = request["path"].encode(), request["out"].encode()
        failed = llama_cpp.llama_model_quantize(path, out, ctypes.byref(params))
        answers.append({"failed": bool(failed), "log": "".join(lines)})
    return answers


if __name__ == "__main__":
    print(json.dumps(_answers(json.load(sys.stdin))))

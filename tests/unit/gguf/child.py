"""What the real llama.cpp says of GGUF files: run in a process of its own, which may die.

`python -m tests.unit.gguf.child COMMAND` reads a JSON request from stdin and prints a JSON answer.
"""

import ctypes
import json
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from llamachat.engine.llama.library import bindings

ROOT = Path(__file__).resolve().parents[3]


def ask(command: str, request: object) -> Any:
    """Run a command in a child; its answer."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.unit.gguf.child", command],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=100,
    )
    assert done.returncode == 0, f"the child died ({done.returncode}): {done.stderr[-2000:]}"
    return json.loads(done.stdout)


class Model:
    """A model and a context, just enough of llama.cpp to look at logits."""

    def __init__(self, path: str, n_ctx: int = 512) -> None:
        self.lib = llama_cpp = bindings()
        self.model = llama_cpp.llama_load_model_from_file(
            path.encode(), llama_cpp.llama_model_default_params()
        )
        assert self.model, f"{path} does not load"
        params = llama_cpp.llama_context_default_params()
        params.n_ctx, params.n_threads, params.n_threads_batch = n_ctx, 2, 2
        self.context = llama_cpp.llama_new_context_with_model(self.model, params)
        self.vocab = llama_cpp.llama_model_get_vocab(self.model)
        self.n_vocab: int = llama_cpp.llama_vocab_n_tokens(self.vocab)

    def tokens(self, text: str) -> list[int]:
        raw = text.encode()
        room = (self.lib.llama_token * (len(raw) + 8))()
        n = self.lib.llama_tokenize(self.vocab, raw, len(raw), room, len(room), True, False)
        return list(room[:n])

    def text(self, tokens: list[int]) -> str:
        pieces = b""
        for token in tokens:
            room = ctypes.create_string_buffer(64)
            n = self.lib.llama_token_to_piece(self.vocab, token, room, 64, 0, False)
            pieces += room.raw[:n]
        return pieces.decode(errors="replace")

    def logits(self, tokens: list[int]) -> list[float]:
        """After these tokens, evaluated in one batch behind what is there."""
        batch = (self.lib.llama_token * len(tokens))(*tokens)
        assert (
            self.lib.llama_decode(self.context, self.lib.llama_batch_get_one(batch, len(tokens)))
            == 0
        )
        return list(self.lib.llama_get_logits_ith(self.context, -1)[: self.n_vocab])

    def close(self) -> None:
        self.lib.llama_free(self.context)
        self.lib.llama_free_model(self.model)


def decode(paths: list[str]) -> list[dict[str, object]]:
    """Logits after a batch of 64 and after single tokens, and 48 tokens of greedy text."""
    answers: list[dict[str, object]] = []
    for path in paths:
        model = Model(path)
        logits = model.logits([1, *((37 * i + 11) % model.n_vocab for i in range(63))])
        pieces = logits[259:]
        greedy: list[int] = []
        finite = True
        for _ in range(48):
            finite = finite and all(map(math.isfinite, logits))
            greedy.append(max(range(len(logits)), key=logits.__getitem__))
            logits = model.logits(greedy[-1:])
        rms = math.sqrt(sum(value * value for value in pieces) / len(pieces))
        answers.append({"finite": finite, "rms": rms, "greedy": greedy})
        model.close()
    return answers


def tokenize(request: dict[str, Any]) -> list[dict[str, object]]:
    """Each text as tokens, and the text of these tokens."""
    model = Model(request["path"])
    answers: list[dict[str, object]] = []
    for text in request["texts"]:
        tokens = model.tokens(text)
        answers.append({"tokens": tokens, "text": model.text(tokens)})
    model.close()
    return answers


def quantize_plans(requests: list[dict[str, Any]]) -> list[dict[str, str] | None]:
    """The tensor types of llama-quantize, from the log of its dry run; None where it refuses."""
    llama_cpp = bindings()
    lines: list[str] = []

    def keep(_level: int, text: bytes, _data: object) -> None:
        lines.append(text.decode())

    callback = llama_cpp.llama_log_callback(keep)
    llama_cpp.llama_log_set(callback, ctypes.c_void_p(0))
    answers: list[dict[str, str] | None] = []
    for request in requests:
        params = llama_cpp.llama_model_quantize_default_params()
        params.ftype, params.pure = request["ftype"], request["pure"]
        params.dry_run, params.nthread = True, 1
        lines.clear()
        path = request["path"].encode()
        failed = llama_cpp.llama_model_quantize(path, path + b".out", ctypes.byref(params))
        answers.append(None if failed else _plan("".join(lines)))
    return answers


def _plan(log: str) -> dict[str, str]:
    plan = {}
    for line in log.splitlines():
        if not line.startswith("[") or " type = " not in line:
            continue
        name = line.split("] ", 1)[1].split(" - [")[0].strip()
        before = line.split("type = ")[1].split(",")[0].strip()
        plan[name] = line.rsplit("(", 1)[1].rstrip(")") if line.endswith(")") else before
    return plan


COMMANDS: dict[str, Callable[[Any], object]] = {
    "decode": decode,
    "tokenize": tokenize,
    "quantize_plans": quantize_plans,
}

if __name__ == "__main__":
    answer = COMMANDS[sys.argv[1]](json.load(sys.stdin))
    print(json.dumps(answer))

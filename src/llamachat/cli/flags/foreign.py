"""What to say to a flag we do not have: the nearest one that we do.

Knows llama.cpp's other flags and other programs' commands by name, so that a command line copied
from there gets an answer by meaning; anything else is answered by spelling.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from llamachat.cli.commands import COMMANDS
from llamachat.cli.flags.table import BY_NAME
from llamachat.errors import UsageError

_THREADS = "-t/--threads"
_MODEL = "-m/--model"
_TEMPLATE = "-T/--prompt-template"
_GPU = "-ngl/--gpu-layers"
_SEED = "-s/--seed"

_NEAREST = {
    _THREADS: (
        "-C --cpu-mask -Cr --cpu-range --cpu-strict --prio --poll -Cb --cpu-mask-batch -Crb "
        "--cpu-range-batch --cpu-strict-batch --prio-batch --poll-batch --numa"
    ),
    _MODEL: (
        "-dr --docker-repo -md --model-draft -cl --cache-list -mm --mmproj -mmu --mmproj-url "
        "--image --audio --video --check-tensors --override-kv -a "
        "--alias"
    ),
    _TEMPLATE: (
        "--chat-template --chat-template-file --chat-template-kwargs --jinja --no-jinja "
        "--skip-chat-parsing --no-skip-chat-parsing -rea --reasoning --reasoning-format "
        "--reasoning-budget --reasoning-effort --reasoning-budget-message"
    ),
    _GPU: (
        "-dev --device --list-devices -sm --split-mode -ts --tensor-split -mg --main-gpu -ot "
        "--override-tensor -kvo --kv-offload -nkvo --no-kv-offload --op-offload --no-op-offload "
        "-cmoe --cpu-moe -ncmoe --n-cpu-moe --rpc --no-host"
    ),
    "-c/--ctx-size": (
        "--rope-scaling --rope-scale --rope-freq-base --rope-freq-scale --yarn-orig-ctx "
        "--yarn-ext-factor --yarn-attn-factor --yarn-beta-slow --yarn-beta-fast -gan "
        "--grp-attn-n -gaw --grp-attn-w -fitt --fit-target -fitc --fit-ctx --swa-full"
    ),
    "-b/--batch-size": "-np --parallel -ns --sequences -cb --cont-batching --no-cont-batching",
    "-f/--file": "-bf --binary-file",
    "--lora": (
        "--control-vector --control-vector-scaled --control-vector-layer-range "
        "--lora-init-without-apply"
    ),
    "--samplers": "--adaptive-target --adaptive-decay -bs --backend-sampling",
    "-lm/--load-mode": "--warmup --no-warmup -lzm --lazy-mode -dio --direct-io --no-direct-io",
    "-v/--verbose": (
        "-lv --verbosity --log-verbosity --log-colors --log-jsonl --no-log-jsonl --log-prefix "
        "--no-log-prefix --log-timestamps --no-log-timestamps -ptc --print-token-count"
    ),
    "--context-shift": "-cram --cache-ram -ctxcp --ctx-checkpoints --swa-checkpoints -dt",
    "--json": "-o --output --output-file",
    "--endpoint": "--server-base",
    "--api-key-file": "--api-key",
    "--spec-type": "--spec-default --spec-draft-n-max --draft --draft-n --draft-max -lcs -lcd",
    _SEED: "--log-prompts-dir --logits-file",
}

SPOKEN = {
    "chat": "llamachat",
    "pull": "llamachat models pull",
    "list": "llamachat models list",
    "ls": "llamachat models list",
    "rm": "llamachat models rm",
    "show": "llamachat models show",
    "use": "llamachat models use",
    "run": "llamachat -m NAME",
    "prompt": "llamachat prompts",
    "template": "llamachat prompts",
    "templates": "llamachat prompts",
    "settings": "llamachat config",
    "quantize": "llamachat build",
    "bench": "llamachat tune",
    "search": "llamachat chats search",
    "export": "llamachat chats export",
}
"""what other programs, and people, call it"""


def unknown_flag(word: str, typed: str) -> UsageError:
    """The error for a word that is no flag; `typed` is its name with `_` read as `-`."""
    help_hint = "Run `llamachat --help` to see all flags."
    if not word.startswith("-") or word == "-":
        return _unknown_word(word)
    for nearest, names in _NEAREST.items():
        if typed in names.split():
            return UsageError(
                f"llama.cpp's {typed} is not in llamachat; the nearest flag is {nearest}.",
                help_hint,
            )
    return UsageError(f"There is no flag {typed}{guess(typed, BY_NAME)}", help_hint)


def guess(typed: str, flags: Iterable[str]) -> str:
    """How a sentence about a flag that is none ends: with the one that was probably meant."""
    close = difflib.get_close_matches(typed, flags, n=1, cutoff=0.6)
    near = close[0] if close else _same_beginning(typed, flags)
    return f"; the nearest is {near}." if near else "."


def _unknown_word(word: str) -> UsageError:
    """A slip in a command, a command of another program, or a prompt without its flag."""
    close = difflib.get_close_matches(word, COMMANDS, n=1, cutoff=0.75)
    near = SPOKEN.get(word) or (f"llamachat {close[0]}" if close else "")
    nearest = f"; the nearest is `{near}`." if near else "."
    return UsageError(
        f"{word!r} is neither a flag nor a command{nearest}",
        f"A prompt goes after -p, in quotes: llamachat -p {word!r}",
    )


def _same_beginning(typed: str, flags: Iterable[str]) -> str:
    """The flag that shares the longest beginning, `-n128` → `-n`."""
    shared = [name for name in flags if typed.startswith(name)]
    return max(shared, key=len, default="")

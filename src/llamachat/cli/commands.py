"""The commands of `llamachat COMMAND`: where each lives and what it does in one line.

A command's module has `parser() -> argparse.ArgumentParser` (read by the shell completions) and
`run(argv: Sequence[str]) -> int`. Nothing is imported before it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    module: str
    """below llamachat.cli"""
    summary: str


COMMANDS: dict[str, Command] = {
    "chats": Command("chats", "stored chats: list, show, search, export, import, rename, delete"),
    "models": Command("models", "model files: list, pull, use, show, verify, import, rm, path"),
    "build": Command("build", "quantized models from original weights, adapters merged in"),
    "compare": Command("compare", "models side by side: size, speed, answers, perplexity; report"),
    "doctor": Command("doctor", "what this machine can do, and what would make it faster"),
    "tune": Command("tune", "which settings are fastest for a model on this machine, measured"),
    "serve": Command("serve", "OpenAI's REST protocol over one model, for other programs"),
    "config": Command("config", "settings for every start: show, path, edit, set, unset"),
    "prompts": Command("prompts", "prompt templates: list, show, new, edit, check, path"),
    "cache": Command("cache", "KV states of chats, which spare reading them again: show, clear"),
    "completion": Command("completion", "the completion script for bash, zsh or fish"),
}

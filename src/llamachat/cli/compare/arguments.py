"""The flags of `llamachat compare`, and what they ask for together.

Names are llama.cpp's where it has such a flag. What does not go together is refused here, before
a model is opened.
"""

from __future__ import annotations

from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path

from llamachat.cli.arguments import Parser
from llamachat.compare.figures import WHAT
from llamachat.compare.settings import (
    DEFAULT_CHUNKS,
    DEFAULT_DEPTHS,
    DEFAULT_PROMPTS,
    DEFAULT_TEXT,
    Settings,
)
from llamachat.engine.params import RANDOM_SEED, SamplingParams
from llamachat.errors import UsageError
from llamachat.hardware.places import expanded
from llamachat.text_file import TextError, read_text

_MAX_PROMPTS_FILE = 1 << 20
_EPILOG = """\
examples:
  llamachat compare bob.gguf other.gguf --report ./report
  llamachat compare ./my-llama --types f16,q8_0,q4_0,q4_K_M --keep ./models
  llamachat compare a.gguf b.gguf --prompt "Who are you?" --skip perplexity

Models are loaded one after the other, each in a process of its own. Ctrl+C ends the measuring; \
what was measured is shown and reported. With two cores a 7B takes about four minutes; --skip \
leaves parts out.
"""


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for."""

    models: tuple[str, ...]
    types: str
    """empty: the models as they are"""
    keep: Path | None
    """folder for the models that are built"""
    report: Path | None
    json: bool
    settings: Settings


def parser() -> Parser:
    made = Parser(
        "llamachat compare",
        usage="llamachat compare MODEL [MODEL …] [--report FOLDER] [FLAGS]\n"
        "       llamachat compare SOURCE --types TYPE[,TYPE…] [FLAGS]",
        description="Models side by side: size, load time, memory, speed, answers to the same\n"
        "prompts, perplexity of a text, and how far each is from the largest of them.",
        epilog=_EPILOG,
    )
    made.add_argument("models", metavar="MODEL", nargs="+",
        help="a .gguf file or an installed model; with --types what `llamachat build` builds "
        "from")  # fmt: skip
    made.add_argument("--types", metavar="TYPE[,TYPE…]", default="",
        help="build these quantization types of one source and compare them")  # fmt: skip
    made.add_argument("--keep", metavar="FOLDER", default="",
        help="keep the built models here (default: they are removed)")  # fmt: skip
    _add_measuring(made)
    _add_result(made)
    return made


def _add_measuring(made: Parser) -> None:
    add = made.add_argument_group("measuring").add_argument
    add("-p", "--prompt", metavar="TEXT", action="append", default=[],
        help=f"a prompt for all models; repeat it for more (default: {len(DEFAULT_PROMPTS)} of "
        "ours)")  # fmt: skip
    add("--prompts", metavar="FILE", default="", help="more prompts, one on each line")
    add("-n", "--predict", metavar="N", type=int, default=64,
        help="tokens of an answer at most (default: 64)")  # fmt: skip
    add("--temp", metavar="N", type=float, default=0.0, help="default: 0, the likeliest token")
    add("-s", "--seed", metavar="N", type=int, default=1, help="where --temp draws (default: 1)")
    add("--text", metavar="FILE", default="",
        help="for the perplexity (default: the beginning of Alice in Wonderland)")  # fmt: skip
    add("--chunks", metavar="N", type=int, default=DEFAULT_CHUNKS,
        help="so many times 512 tokens of it at most; 0 = all (default: 12, with a 7B some "
        "minutes)")  # fmt: skip
    add("--depths", metavar="N[,N…]", default=",".join(map(str, DEFAULT_DEPTHS)),
        help="tokens in the context where speed is measured (default: %(default)s)")  # fmt: skip
    add("--skip", metavar="WHAT[,WHAT…]", default="", help=f"leave out: {', '.join(WHAT)}")
    add("-t", "--threads", metavar="N", type=int, default=0, help="default: decided by the machine")


def _add_result(made: Parser) -> None:
    add = made.add_argument_group("result").add_argument
    add("-o", "--report", metavar="FOLDER", default="",
        help="write report.html, report.md and report.json there")  # fmt: skip
    add("--json", action="store_true", help="print JSON, for scripts")


def order_of(given: Namespace) -> Order:
    """What the flags ask for.

    Raises:
        UsageError: they contradict each other, or a file of prompts cannot be read.
    """
    if given.types and len(given.models) > 1:
        raise UsageError(
            "Types are built of one source, and several are given.",
            "Name one, or leave --types out.",
        )
    if given.keep and not given.types:
        raise UsageError("--keep is about models that are built.", "Add --types q8_0,q4_0")
    return Order(
        tuple(given.models),
        given.types,
        expanded(given.keep) if given.keep else None,
        expanded(given.report) if given.report else None,
        given.json,
        _settings(given),
    )


def _settings(given: Namespace) -> Settings:
    seed = RANDOM_SEED if given.seed < 0 else given.seed
    skipped = {word.strip() for word in given.skip.split(",") if word.strip()}
    unknown = sorted(skipped - set(WHAT))
    if unknown:
        raise UsageError(f"{unknown[0]!r} cannot be skipped.", f"Known: {', '.join(WHAT)}")
    prompts = (*given.prompt, *_prompts_of(given.prompts))
    return Settings(
        what=frozenset(WHAT) - skipped,
        prompts=prompts or DEFAULT_PROMPTS,
        n_predict=given.predict,
        sampling=SamplingParams(temp=given.temp, seed=seed),
        depths=_depths(given.depths),
        text=expanded(given.text) if given.text else DEFAULT_TEXT,
        chunks=given.chunks,
        threads=given.threads or None,
    )


def _prompts_of(name: str) -> list[str]:
    """The lines of a file that are not empty."""
    if not name:
        return []
    path = expanded(name)
    try:
        text = read_text(path, _MAX_PROMPTS_FILE)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from None
    except TextError as fault:
        raise UsageError(f"{path} {fault}.") from None
    found = [line.strip() for line in text.splitlines() if line.strip()]
    if not found:
        raise UsageError(f"{path} has no prompt in it.", "Write one on each line.")
    return found


def _depths(text: str) -> tuple[int, ...]:
    try:
        return tuple(sorted({int(word) for word in text.split(",")}))
    except ValueError:
        raise UsageError(
            f"{text!r} is no list of depths.", "Numbers with commas: --depths 0,512,1024"
        ) from None

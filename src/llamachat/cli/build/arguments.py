"""The flags of `llamachat build`, and what they ask for together.

Names are those of llama-quantize and of convert_hf_to_gguf.py where they have such a flag. What
does not go together is refused here, before a file is opened.
"""

from __future__ import annotations

from argparse import Namespace
from dataclasses import dataclass
from shlex import quote
from typing import TYPE_CHECKING

from llamachat.build.recipe import FLOATS, Recipe, is_quantized_type, make_recipe
from llamachat.cli.arguments import Parser
from llamachat.errors import UsageError
from llamachat.gguf.types import file_type

if TYPE_CHECKING:
    from llamachat.build.results import Result

_TYPES = """\
types, with what a Llama of 7 billion weights takes:
  q4_0    3.83 GB   q4_K_M  4.08 GB   q3_K_M  3.30 GB   f16    13.48 GB
  q4_1    4.24 GB   q4_K_S  3.86 GB   q3_K_S  2.95 GB   bf16   13.48 GB
  q5_0    4.65 GB   q5_K_M  4.78 GB   q3_K_L  3.60 GB   f32    26.95 GB
  q5_1    5.06 GB   q5_K_S  4.65 GB   q2_K    2.53 GB   iq4_nl  3.85 GB
  q8_0    7.16 GB   q6_K    5.53 GB                     iq4_xs  3.65 GB
"""
_EPILOG = f"""\
{_TYPES}
examples:
  llamachat build ./my-llama --type q4_0
  llamachat build meta-llama/Llama-2-7b-hf --type q4_K_M --adapter ./tuned
"""
_ADAPTER_TYPES = ("f32", "f16")
_MODELS_ONLY = ("pure", "output_tensor_type", "token_embedding_type", "keep_f16", "intermediate")


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for."""

    source: str
    adapter: str
    any_base: bool
    recipe: Recipe | None
    """None where only the adapter is wanted"""
    adapter_type: str
    name: str
    out: str
    force: bool
    dry_run: bool
    json: bool
    progress_json: bool
    intermediate: str
    """empty where it was left open"""
    hf_token: str
    offline: bool
    flags: tuple[str, ...]
    """those that say what becomes of the source, whatever its type"""
    quantized_flags: tuple[str, ...]
    """and those of a quantized type"""

    def command(self, source: str, adapter: str, result: Result, type: str) -> str:
        """The command line that builds this one result once more, in its place."""
        words = [source, *(("--adapter", adapter) if adapter else ()), "--type", type.lower()]
        words += self.flags
        if is_quantized_type(file_type(type)):
            words += self.quantized_flags
        words += ["--out", str(result.path), "--name", result.name, "--force"]
        return " ".join(["llamachat build", *map(quote, words)])


def parser() -> Parser:
    made = Parser(
        "llamachat build",
        usage="llamachat build SOURCE --type TYPE[,TYPE…] [--adapter DIR] [FLAGS]",
        description="Build quantized models from original weights, in one pass, without PyTorch. "
        "These are a Hugging Face folder or repository, a checkpoint of its Trainer, a folder of "
        "Meta's, a checkpoint of llama2.c, or an f16, bf16 or f32 GGUF. A LoRA adapter is merged "
        "meanwhile.",
        epilog=_EPILOG,
    )
    made.add_argument("source", metavar="SOURCE", help="folder, file, or user/repo of the hub")
    _add_recipe(made)
    _add_adapter(made)
    _add_result(made)
    _add_doing(made)
    return made


def _add_recipe(made: Parser) -> None:
    group = made.add_argument_group("quantization")
    add = group.add_argument
    add("--type", "--outtype", metavar="TYPE", default="",
        help="one type, or several with commas: all of them from one reading")  # fmt: skip
    add("--pure", action="store_true", help="no mixture: the same type for every matrix")
    add("--output-tensor-type", metavar="TYPE", default="", help="of output.weight")
    add("--token-embedding-type", metavar="TYPE", default="", help="of token_embd.weight")
    add("--intermediate", metavar="TYPE", choices=FLOATS, default="",
        help="f16, bf16 or f32: what weights are rounded to first, as a converted file would hold "
        "them (default: f16)")  # fmt: skip
    add("--keep-f16", action="store_true", help="write an f16 file as well")


def _add_adapter(made: Parser) -> None:
    group = made.add_argument_group("LoRA")
    add = group.add_argument
    add("--adapter", metavar="DIR", default="",
        help="merge this adapter: PEFT's folder, or user/repo of the hub")  # fmt: skip
    add("--adapter-only", action="store_true",
        help="write the adapter alone, as a GGUF for --lora; SOURCE is its base model")  # fmt: skip
    add("--any-base", action="store_true",
        help="although the adapter names another base model")  # fmt: skip


def _add_result(made: Parser) -> None:
    group = made.add_argument_group("result")
    add = group.add_argument
    add("-o", "--out", "--outfile", metavar="PATH", default="",
        help="a file, which may have {ftype} in its name, or a folder (default: the library's)",
        )  # fmt: skip
    add("--name", metavar="NAME", default="",
        help="what to call it (default: as the source, and the type)")  # fmt: skip
    add("--force", action="store_true", help="replace what has that name")


def _add_doing(made: Parser) -> None:
    group = made.add_argument_group("doing it")
    add = group.add_argument
    add("-t", "--threads", metavar="N", type=int, default=0, help="default: all cores")
    add("--dry-run", action="store_true", help="only say what would be written, and what it needs")
    add("--json", action="store_true", help="print JSON, for scripts")
    add("--progress-json", action="store_true",
        help="progress as lines of JSON on standard error, for programs")  # fmt: skip
    add("-hft", "--hf-token", metavar="TOKEN", default="",
        help="access token of the hub (default: HF_TOKEN, or that of `hf auth login`)")  # fmt: skip
    add("--offline", action="store_true", help="take from the hub's cache only")


def order_of(given: Namespace) -> Order:
    """What the flags ask for.

    Raises:
        UsageError: they contradict each other, or name what there is not.
    """
    if not given.adapter:
        for flag in ("adapter_only", "any_base"):
            if getattr(given, flag):
                raise UsageError(
                    f"--{flag.replace('_', '-')} is about an adapter, and none is given.",
                    "Add it: --adapter DIR",
                )
    recipe = None if given.adapter_only else _recipe(given)
    return Order(
        given.source, given.adapter, given.any_base, recipe,
        _adapter_type(given) if given.adapter_only else "",
        given.name, given.out, given.force, given.dry_run, given.json, given.progress_json,
        given.intermediate, given.hf_token, given.offline,
        tuple(_flags(given)), tuple(_quantized_flags(given)),
    )  # fmt: skip


def _recipe(given: Namespace) -> Recipe:
    recipe = make_recipe(
        given.type,
        pure=given.pure,
        output_type=given.output_tensor_type,
        embedding_type=given.token_embedding_type,
        keep_f16=given.keep_f16,
        intermediate=given.intermediate or "f16",
        threads=given.threads,
    )
    for flag in ("pure", "intermediate"):
        if getattr(given, flag) and not any(map(is_quantized_type, recipe.types)):
            raise UsageError(
                f"--{flag} is about a quantized type, and f32, f16 and bf16 are none.",
                "Add one: --type q4_0",
            )
    return recipe


def _adapter_type(given: Namespace) -> str:
    for flag in _MODELS_ONLY:
        if getattr(given, flag):
            raise UsageError(
                f"--{flag.replace('_', '-')} is about a model, and --adapter-only writes none.",
                "Leave one of them out.",
            )
    kind: str = given.type.lower() or _ADAPTER_TYPES[0]
    if kind not in _ADAPTER_TYPES:
        raise UsageError(
            f"An adapter cannot be of type {given.type!r}.", "Give --type f32 or --type f16."
        )
    return kind


def _flags(given: Namespace) -> list[str]:
    return [f"--{_dashed(flag)}" for flag in ("adapter_only", "any_base") if getattr(given, flag)]


def _quantized_flags(given: Namespace) -> list[str]:
    words = []
    for flag in ("output_tensor_type", "token_embedding_type", "intermediate"):
        if value := getattr(given, flag):
            words += [f"--{_dashed(flag)}", value]
    return [*words, "--pure"] if given.pure else words


def _dashed(name: str) -> str:
    return name.replace("_", "-")

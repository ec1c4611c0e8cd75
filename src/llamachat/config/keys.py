"""Every key of the settings file: its name, its type and what it is for, in one sentence.

Reading, writing, the skeleton and `llamachat config show` are made from these tables. [engine] and
[sampling] hold fields of the engine's parameters; this room lies below the engine, so values are
checked for their type here and for their meaning by the room that builds the parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from llamachat.errors import UsageError

Kind = type[str] | type[int] | type[float] | type[bool] | type[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the file."""

    kind: Kind
    summary: str
    choices: tuple[str, ...] = ()
    least: int | None = None
    """of a whole number"""
    default: str = ""
    """in words, where it depends"""
    variable: str = ""
    """the environment variable that gives it too; the engine's have llama.cpp's"""


APP_KEYS: Mapping[str, Key] = {
    "model": Key(
        str,
        "model file (.gguf), or name of an installed model, to start with",
        default="the bundled model",
    ),
    "endpoint": Key(
        str,
        "address of an OpenAI-compatible server that computes in place of this machine",
        default="none",
        variable="LLAMACHAT_ENDPOINT",
    ),
    "endpoint_model": Key(
        str,
        "model of that server, where it has several",
        default="the only one",
        variable="LLAMACHAT_ENDPOINT_MODEL",
    ),
    "api_key_file": Key(
        str,
        "file that only you can read, with the key of that server",
        default="LLAMACHAT_API_KEY or OPENAI_API_KEY",
        variable="LLAMACHAT_API_KEY_FILE",
    ),
    "prompt_template": Key(
        str,
        "prompt template of new dialogs; `llamachat prompts list` names them",
        default="the model's own, else bob",
        variable="LLAMACHAT_PROMPT_TEMPLATE",
    ),
    "n_predict": Key(
        int, "most tokens of one answer; -1 = no limit, -2 = until the context is full", least=-2
    ),
    "theme": Key(
        str, "colours of the full-screen chat", default="the chat's own", variable="LLAMACHAT_THEME"
    ),
    "panel": Key(
        str,
        "live figures beside the chat",
        choices=("full", "line", "off"),
        variable="LLAMACHAT_PANEL",
    ),
    "markdown": Key(bool, "show answers as Markdown", variable="LLAMACHAT_MARKDOWN"),
    "print_on_exit": Key(
        bool,
        "print the chat into the terminal when the full-screen chat ends",
        variable="LLAMACHAT_PRINT_ON_EXIT",
    ),
    "line_endings": Key(
        bool,
        "a line that ends in / leaves the turn open, one in \\ goes on below",
        default="as the prompt template says",
        variable="LLAMACHAT_LINE_ENDINGS",
    ),
    "draft_prefill": Key(
        bool,
        "read a message while it is being written; never on battery",
        variable="LLAMACHAT_DRAFT_PREFILL",
    ),
    "tune": Key(
        bool,
        "measure once, while nobody waits, which settings are fastest for a model on this machine; "
        "never on battery",
        variable="LLAMACHAT_TUNE",
    ),
    "kv_cache_mb": Key(
        int,
        "disk space in MB for the KV states of chats, with which they come back at once; "
        "0 = keep none",
        least=0,
        default="a tenth of the free disk, 8000 at most",
        variable="LLAMACHAT_KV_CACHE_MB",
    ),
}
"""At the top of the file."""

ENGINE_KEYS: Mapping[str, Key] = {
    "n_ctx": Key(int, "tokens of context; 0 = what the model was trained with, as far as it fits"),
    "n_batch": Key(int, "tokens of a prompt evaluated at once"),
    "n_ubatch": Key(
        int, "tokens the processor takes at once", default="512, or what was measured to be faster"
    ),
    "threads": Key(int, "threads for answers; -1 = as many as this machine has fast cores"),
    "threads_batch": Key(int, "threads for reading prompts; -1 = the same as threads"),
    "cache_type_k": Key(str, "number format of the keys in the KV cache: f16, q8_0, auto, …"),
    "cache_type_v": Key(str, "number format of the values in the KV cache: f16, q8_0, auto, …"),
    "flash_attention": Key(str, "on, off or auto"),
    "load_mode": Key(str, "how the model file is read: auto, none, mmap, mlock, mmap+mlock, dio"),
    "n_gpu_layers": Key(int, "layers kept on a graphics card; 0 = none"),
    "deterministic": Key(bool, "the same prompt and seed give the same bits; slower"),
    "fit": Key(bool, "what is not set is chosen so that the model fits into memory"),
    "extra_buffers": Key(bool, "the fast kernels of this processor, where they are proved"),
    "spec_type": Key(
        str,
        "guess tokens from what was said before, where that pays: ngram-simple; none = never",
        choices=("ngram-simple", "none"),
    ),
}
"""Fields of `EngineOptions`; the model stands at the top, and an adapter fits only one model."""

SAMPLING_KEYS: Mapping[str, Key] = {
    "temp": Key(float, "temperature: low is sober, high is inventive; 0 = always the likeliest"),
    "top_k": Key(int, "keep the likeliest K tokens; 0 = all"),
    "top_p": Key(float, "keep the likeliest tokens that make up this share; 1.0 = all"),
    "min_p": Key(float, "drop tokens below this share of the likeliest; 0.0 = none"),
    "typical": Key(float, "locally typical sampling; 1.0 = off"),
    "top_n_sigma": Key(float, "keep tokens within so many standard deviations; -1.0 = off"),
    "xtc_probability": Key(float, "chance to drop the likeliest tokens; 0.0 = off"),
    "xtc_threshold": Key(float, "share above which that may happen; 1.0 = off"),
    "dynatemp_range": Key(float, "dynamic temperature range; 0.0 = off"),
    "dynatemp_exp": Key(float, "dynamic temperature exponent"),
    "repeat_penalty": Key(float, "above 1.0 repeats become less likely; 1.0 = off"),
    "repeat_last_n": Key(int, "tokens in which repeats are looked for; 0 = none"),
    "presence_penalty": Key(float, "penalty for a token that occurred; 0.0 = off"),
    "frequency_penalty": Key(float, "penalty for each time a token occurred; 0.0 = off"),
    "dry_multiplier": Key(float, "DRY penalty against repeated passages; 0.0 = off"),
    "dry_base": Key(float, "DRY base"),
    "dry_allowed_length": Key(int, "length of a repeat that DRY allows"),
    "dry_penalty_last_n": Key(int, "tokens in which DRY looks; 0 = none"),
    "dry_sequence_breakers": Key(tuple, "texts at which a DRY sequence ends"),
    "mirostat": Key(int, "Mirostat 1 or 2 in place of top-k, top-p and typical; 0 = off"),
    "mirostat_ent": Key(float, "Mirostat target entropy, tau"),
    "mirostat_lr": Key(float, "Mirostat learning rate, eta"),
    "samplers": Key(tuple, "samplers in their order"),
    "ignore_eos": Key(bool, "never end an answer by itself"),
    "seed": Key(int, "the same seed gives the same answer; -1 = a new one for each"),
}
"""Fields of `SamplingParams`, but for those that belong to one question: grammar, schema, bias."""

TABLES: Mapping[str, Mapping[str, Key]] = {"engine": ENGINE_KEYS, "sampling": SAMPLING_KEYS}

KEYMAP = Key(str, 'keys of one action, as in "escape,ctrl+c"')
"""of every key of [keys]"""

KEYS: Mapping[str, Key] = {
    **APP_KEYS,
    **{f"{table}.{name}": key for table, keys in TABLES.items() for name, key in keys.items()},
}
"""All of them by their full names, but for [keys], whose names the app gives."""


def find_key(name: str) -> tuple[str, Key]:
    """The full name and the key; a name without its table will do where only one has it.

    Raises:
        UsageError: there is none of that name.
    """
    plain = name.replace("-", "_")
    if plain in KEYS:
        return plain, KEYS[plain]
    if name.startswith("keys.") and name != "keys.":
        return name, KEYMAP
    for table, keys in TABLES.items():
        if plain in keys:
            return f"{table}.{plain}", keys[plain]
    raise UsageError(f"There is no setting {name!r}.", _nearest(plain))


def _nearest(name: str) -> str:
    import difflib  # 3 ms, only for errors

    bare, typed = {full.rpartition(".")[2]: full for full in KEYS}, name.rpartition(".")[2]
    alike = [
        known for known in bare if typed and (typed.startswith(known) or known.startswith(typed))
    ]
    found = alike or difflib.get_close_matches(typed, bare, n=1, cutoff=0.5)
    if found:
        return f"Did you mean {bare[found[0]]}?"
    return "All of them: llamachat config show"

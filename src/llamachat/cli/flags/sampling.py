"""The flags of the sampler chain. Keys are the fields of `SamplingParams`."""

from __future__ import annotations

from llamachat.cli.flags import values
from llamachat.cli.flags.flag import Flag, Group, Reader
from llamachat.engine.params import SAMPLER_ORDER

_ANY = values.real()


def _number(
    names: tuple[str, ...], text: str, *, read: Reader = _ANY, dest: str = "", env: str = ""
) -> Flag:
    return Flag(names, text, metavar="N", read=read, dest=dest, env=env and f"LLAMA_ARG_{env}")


_USUAL = (
    _number(("--temp", "--temperature"), "temperature (default: 0.80)", env="TEMPERATURE"),
    _number(
        ("--top-k",),
        "top-k sampling (default: 40, 0 = disabled)",
        read=values.whole(-1),
        env="TOP_K",
    ),
    _number(("--top-p",), "top-p sampling (default: 0.95, 1.0 = disabled)", env="TOP_P"),
    _number(("--min-p",), "min-p sampling (default: 0.05, 0.0 = disabled)", env="MIN_P"),
    _number(
        ("--top-nsigma", "--top-n-sigma"),
        "top-n-sigma sampling (default: -1.00, -1.0 = disabled)",
        dest="top_n_sigma",
    ),
    _number(
        ("--typical", "--typical-p"),
        "locally typical sampling, parameter p (default: 1.00, 1.0 = disabled)",
    ),
    _number(("--xtc-probability",), "xtc probability (default: 0.00, 0.0 = disabled)"),
    _number(("--xtc-threshold",), "xtc threshold (default: 0.10, 1.0 = disabled)"),
    _number(("--dynatemp-range",), "dynamic temperature range (default: 0.00, 0.0 = disabled)"),
    _number(("--dynatemp-exp",), "dynamic temperature exponent (default: 1.00)"),
)

_PENALTIES = (
    _number(
        ("--repeat-penalty",),
        "penalize repeat sequence of tokens (default: 1.00, 1.0 = disabled)",
        read=values.real(0.0, above=True),
        env="REPEAT_PENALTY",
    ),
    _number(
        ("--repeat-last-n",),
        "last n tokens to consider for penalize (default: 64, 0 = disabled)",
        read=values.whole(0),
    ),
    _number(
        ("--presence-penalty",),
        "repeat alpha presence penalty (default: 0.00, 0.0 = disabled)",
        env="PRESENCE_PENALTY",
    ),
    _number(
        ("--frequency-penalty",),
        "repeat alpha frequency penalty (default: 0.00, 0.0 = disabled)",
        env="FREQUENCY_PENALTY",
    ),
    _number(("--dry-multiplier",), "DRY sampling multiplier (default: 0.00, 0.0 = disabled)"),
    _number(("--dry-base",), "DRY sampling base value (default: 1.75)", read=values.real(1.0)),
    _number(
        ("--dry-allowed-length",),
        "allowed length for DRY sampling (default: 2)",
        read=values.whole(0),
    ),
    _number(
        ("--dry-penalty-last-n",),
        "DRY penalty for the last n tokens (default: 64, 0 = disabled)",
        read=values.whole(0),
    ),
    Flag(
        ("--dry-sequence-breaker",),
        "add sequence breaker for DRY sampling, clearing out default breakers "
        "('\\n', ':', '\"', '*') in the process; 'none' to use none (repeatable)",
        metavar="STRING",
        dest="dry_sequence_breakers",
        repeat=True,
    ),
)

_MIROSTAT = (
    _number(
        ("--mirostat",),
        "use Mirostat sampling; top-k, top-p and typical are ignored if used "
        "(default: 0, 0 = disabled, 1 = Mirostat, 2 = Mirostat 2.0)",
        read=values.whole(0, 2),
    ),
    _number(("--mirostat-lr",), "Mirostat learning rate, parameter eta (default: 0.10)"),
    _number(("--mirostat-ent",), "Mirostat target entropy, parameter tau (default: 5.00)"),
)

SAMPLING = Group(
    "sampling",
    (
        Flag(
            ("-s", "--seed"),
            "RNG seed (default: -1, use random seed for -1)",
            metavar="SEED",
            read=values.seed,
        ),
        *_USUAL,
        *_PENALTIES,
        *_MIROSTAT,
        Flag(
            ("--samplers",),
            "samplers that will be used for generation in the order, separated by ';' "
            f"(default: {';'.join(SAMPLER_ORDER)})",
            metavar="SAMPLERS",
            read=values.samplers,
        ),
        Flag(
            ("--sampler-seq", "--sampling-seq"),
            "simplified sequence for samplers that will be used (default: edskypmxt)",
            metavar="SEQUENCE",
            read=values.sampler_letters,
            dest="samplers",
        ),
        Flag(
            ("-l", "--logit-bias"),
            "modify the likelihood of a token, like 15043+1 or 15043-1 (repeatable)",
            metavar="TOKEN_ID(+/-)BIAS",
            read=values.logit_bias,
            repeat=True,
        ),
        Flag(
            ("--ignore-eos",),
            "ignore end of stream token and continue generating",
        ),
    ),
)

CONSTRAINT = Group(
    "constraint",
    (
        Flag(
            ("--grammar",),
            "BNF-like grammar to constrain generations",
            metavar="GRAMMAR",
        ),
        Flag(("--grammar-file",), "file to read grammar from", metavar="FNAME", files="*.gbnf"),
        Flag(
            ("-j", "--json-schema"),
            'JSON schema to constrain generations, e.g. {"type": "object"} for any JSON object',
            metavar="SCHEMA",
            read=values.json_schema,
        ),
        Flag(
            ("-jf", "--json-schema-file"),
            "file containing a JSON schema to constrain generations",
            metavar="FILE",
            files="*.json",
        ),
    ),
)

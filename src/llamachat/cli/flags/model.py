"""The flags that say which model is loaded, and how. Knows nothing of loading it."""

from __future__ import annotations

from llamachat.cli.flags import values
from llamachat.cli.flags.flag import Flag, Group
from llamachat.engine.params import AUTO, KV_CACHE_TYPES, SPEC_TYPES

_LOAD_MODES = ("auto", "none", "mmap", "mlock", "mmap+mlock", "dio")
_ON_OFF_AUTO = ("on", "off", "auto")
_KV_CHOICES = (*KV_CACHE_TYPES, AUTO)
_KV_TYPES = ", ".join(_KV_CHOICES)
_KV_DEFAULT = "(default: auto, f16 unless only q8_0 fits into memory)"

MODEL = Group(
    "model",
    (
        Flag(
            ("-m", "--model"),
            "model path to load, or the name of an installed model (default: the bundled model)",
            metavar="FNAME",
            env="LLAMA_ARG_MODEL",
            files="*.gguf",
        ),
        Flag(
            ("-hf", "-hfr", "--hf-repo"),
            "Hugging Face model repository; quant is optional, case-insensitive, default to "
            "Q4_K_M, or falls back to Q4_0, Q8_0 or the first file in the repo; fetched and "
            "verified if it is not in the cache",
            metavar="<user>/<model>[:quant]",
            env="LLAMA_ARG_HF_REPO",
        ),
        Flag(
            ("-hff", "--hf-file"),
            "Hugging Face model file; it overrides the quant of --hf-repo",
            metavar="FILE",
            env="LLAMA_ARG_HF_FILE",
        ),
        Flag(
            ("-mu", "--model-url"),
            "model download url",
            metavar="MODEL_URL",
            env="LLAMA_ARG_MODEL_URL",
        ),
        Flag(
            ("-hft", "--hf-token"),
            "Hugging Face access token (default: that of HF_TOKEN or of `hf auth login`)",
            metavar="TOKEN",
        ),
        Flag(
            ("--offline",),
            "never ask the network: the model of -hf must be in the cache",
            env="LLAMA_ARG_OFFLINE",
        ),
        Flag(
            ("-c", "--ctx-size"),
            "size of the prompt context (default: 0, 0 = loaded from model, as far as it is useful "
            "and fits into memory)",
            metavar="N",
            read=values.whole(0),
            dest="n_ctx",
            env="LLAMA_ARG_CTX_SIZE",
        ),
        Flag(
            ("--lora",),
            "path to LoRA adapter (comma-separated values, or repeat it, for several adapters)",
            metavar="FNAME",
            read=values.adapters,
            dest="adapters",
            repeat=True,
            files="*.gguf",
        ),
        Flag(
            ("--lora-scaled",),
            "path to LoRA adapter with user defined scaling (several as with --lora)",
            metavar="FNAME:SCALE,...",
            read=values.scaled_adapters,
            dest="adapters",
            repeat=True,
            files="*.gguf",
        ),
        Flag(
            ("-ctk", "--cache-type-k"),
            f"KV cache data type for K: {_KV_TYPES} {_KV_DEFAULT}",
            metavar="TYPE",
            read=values.one_of(*_KV_CHOICES),
            env="LLAMA_ARG_CACHE_TYPE_K",
            choices=_KV_CHOICES,
        ),
        Flag(
            ("-ctv", "--cache-type-v"),
            f"KV cache data type for V: {_KV_TYPES} {_KV_DEFAULT}",
            metavar="TYPE",
            read=values.one_of(*_KV_CHOICES),
            env="LLAMA_ARG_CACHE_TYPE_V",
            choices=_KV_CHOICES,
        ),
        Flag(
            ("-fa", "--flash-attn"),
            "set Flash Attention use (default: auto; without a value: on)",
            metavar="[on|off|auto]",
            read=values.on_off_auto,
            dest="flash_attention",
            env="LLAMA_ARG_FLASH_ATTN",
            choices=_ON_OFF_AUTO,
            bare="on",
            accepted=values.ON_OFF_AUTO,
        ),
        Flag(
            ("-lm", "--load-mode"),
            "model loading mode: auto, none, mmap (memory-map the file), mlock (keep it in RAM), "
            "mmap+mlock, dio (DirectIO if available) (default: auto)",
            metavar="MODE",
            read=values.one_of(*_LOAD_MODES),
            env="LLAMA_ARG_LOAD_MODE",
            choices=_LOAD_MODES,
        ),
        Flag(
            ("-fit", "--fit"),
            "whether to choose what is not set so that the model fits into memory, and to refuse "
            "one that cannot (default: on)",
            metavar="[on|off]",
            read=values.on_off,
            env="LLAMA_ARG_FIT",
            choices=("on", "off"),
            bare="on",
            accepted=values.ON_OFF,
        ),
        Flag(
            ("--mlock",),
            "force system to keep model in RAM rather than swapping (as -lm mmap+mlock)",
        ),
        Flag(
            ("--mmap",),
            "memory-map the model or not (as -lm mmap, -lm none)",
            off=("--no-mmap",),
        ),
        Flag(
            ("-ngl", "--gpu-layers", "--n-gpu-layers"),
            "max. number of layers to store in VRAM, either an exact number, 'auto', or 'all' "
            "(default: 0)",
            metavar="N",
            read=values.gpu_layers,
            dest="n_gpu_layers",
            env="LLAMA_ARG_N_GPU_LAYERS",
            choices=("auto", "all"),
        ),
        Flag(
            ("--repack",),
            "whether to enable weight repacking, the fast rung (default: where it is proved)",
            off=("-nr", "--no-repack"),
            env="LLAMA_ARG_REPACK",
            dest="extra_buffers",
        ),
    ),
)

MACHINE = Group(
    "threads and batches",
    (
        Flag(
            ("-t", "--threads"),
            "number of CPU threads to use during generation "
            "(default: -1, the physical performance cores this process may use)",
            metavar="N",
            read=values.whole(-1, 1024),
            env="LLAMA_ARG_THREADS",
        ),
        Flag(
            ("-tb", "--threads-batch"),
            "number of threads to use during batch and prompt processing "
            "(default: same as --threads)",
            metavar="N",
            read=values.whole(-1, 1024),
        ),
        Flag(
            ("-b", "--batch-size"),
            "logical maximum batch size (default: 2048)",
            metavar="N",
            read=values.whole(1),
            dest="n_batch",
            env="LLAMA_ARG_BATCH",
        ),
        Flag(
            ("-ub", "--ubatch-size"),
            "physical maximum batch size (default: 512)",
            metavar="N",
            read=values.whole(1),
            dest="n_ubatch",
            env="LLAMA_ARG_UBATCH",
        ),
        Flag(
            ("--spec-type",),
            "speculative decoding: ngram-simple (guess tokens from what was said before, where "
            "that is measured to pay) or none (default: ngram-simple)",
            metavar="TYPE",
            read=values.one_of(*SPEC_TYPES),
            env="LLAMA_ARG_SPEC_TYPE",
            choices=SPEC_TYPES,
        ),
        Flag(
            ("--deterministic",),
            "fixed batches, no reuse of the KV cache: the same prompt and seed give the same bits",
        ),
    ),
)

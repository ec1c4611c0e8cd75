"""Loading: from a file and options to a llama.cpp model with a context, and the facts about both.

Knows nothing of tokens to come; frees what it took. The file has been looked at before
(`llamachat.gguf`), so a refusal here is the library's own.
"""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from llamachat.engine.base import EngineInfo, Memory
from llamachat.engine.llama.copied_pages import CopiedPages
from llamachat.engine.llama.library import bindings, open_library, system_info
from llamachat.engine.llama.refusals import context_refused, model_refused
from llamachat.engine.llama.vocab import Vocab
from llamachat.engine.params import AUTO, DEFAULT_N_UBATCH, EngineOptions
from llamachat.engine.state_key import model_parts
from llamachat.errors import EngineError, ModelError, UsageError
from llamachat.hardware.huge_pages import ask_for_huge_pages

DEFAULT_N_CTX = 4096
"""used when none is asked for and the model was trained with more: a KV cache of 128k tokens does
not fit ordinary machines"""

_MIB = 1024 * 1024


class LoadedModel:
    """A model and its context; `close` frees both. `stop` is the abort flag: one byte, 0 or 1."""

    def __init__(
        self, options: EngineOptions, on_progress: Callable[[float], None] | None = None
    ) -> None:
        self.log = open_library()
        self.options = options = _definite(options)
        self._library = bindings()
        self._adapters: list[Any] = []
        self.context: Any = None
        self.stop = ctypes.create_string_buffer(2)
        started = time.perf_counter()
        self.log.install()  # somebody else in this process may listen to llama.cpp meanwhile
        self.log.forget()
        self.model = self._load(on_progress)
        try:
            self.vocab = Vocab(self.model)
            self._load_adapters()
            self.context = self.open_context(options)
            self.memory_handle = self._library.llama_get_memory(self.context)
            self.info = self._describe(time.perf_counter() - started)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        if self.context:
            self._library.llama_free(self.context)
        if self.model:
            self._library.llama_model_free(self.model)
        self.context = self.model = None

    def _load(self, on_progress: Callable[[float], None] | None) -> Any:
        library, options = self._library, self.options
        params = library.llama_model_default_params()
        params.n_gpu_layers = options.n_gpu_layers
        params.load_mode = library.llama_load_mode_from_str(options.load_mode.encode())
        params.use_extra_bufts = options.extra_buffers
        parts = model_parts(options.model)
        pages = CopiedPages(parts, options.load_mode, self.log.weight_buffers)

        def progress(fraction: float, _data: object) -> bool:
            if not fraction:  # buffers have been allocated, and nothing is in them
                ask_for_huge_pages()
            pages.loaded(fraction)
            if on_progress is not None:
                on_progress(fraction)
            return True

        params.progress_callback = self._progress = library.llama_progress_callback(progress)
        model = library.llama_model_load_from_file(os.fsencode(options.model), params)
        if not model:
            raise model_refused(self.log, options)
        pages.loaded()
        return model

    def open_context(
        self,
        options: EngineOptions,
        *,
        sequences: int = 1,
        unified: bool = True,
        pooled: bool = False,
    ) -> Any:
        """A context on this model, which whoever opens it frees; unless it is unified each
        sequence has a share of the context to itself; a pooled one gives the mean of what the last
        layer makes of the tokens.

        Raises:
            OutOfMemory, EngineError, UsageError: llama.cpp refuses the options.
        """
        library = self._library
        params = library.llama_context_default_params()
        trained = library.llama_model_n_ctx_train(self.model)
        params.n_ctx = options.n_ctx or min(trained, DEFAULT_N_CTX)
        params.n_batch = options.n_batch
        params.n_ubatch = min(options.n_ubatch or DEFAULT_N_UBATCH, options.n_batch)
        params.n_seq_max, params.kv_unified = sequences, unified and sequences > 1
        if pooled:
            params.embeddings, params.pooling_type = True, library.LLAMA_POOLING_TYPE_MEAN
        params.n_threads, params.n_threads_batch = _threads(options)
        params.type_k = _kv_type(library, options.cache_type_k)
        params.type_v = _kv_type(library, options.cache_type_v)
        params.flash_attn_type = {"auto": -1, "off": 0, "on": 1}[options.flash_attention]
        params.no_perf = True
        params.abort_callback = self.abort_check = _abort_check(library)
        params.abort_callback_data = ctypes.cast(self.stop, ctypes.c_void_p)
        context = library.llama_init_from_model(self.model, params)
        if not context:
            raise context_refused(self.log, options)
        self._adapt(context)
        return context

    def _load_adapters(self) -> None:
        for adapter in self.options.adapters:
            handle = self._library.llama_adapter_lora_init(self.model, os.fsencode(adapter.path))
            if not handle:
                raise ModelError(
                    f"The adapter {adapter.path} cannot be used with this model: "
                    f"{self.log.last_error() or 'no reason given'}.",
                    "A LoRA adapter fits only the base model it was trained on.",
                )
            self._adapters.append(handle)

    def _adapt(self, context: Any) -> None:
        """Every context needs to be told of the adapters."""
        library, adapters = self._library, self.options.adapters
        if not adapters:
            return
        handles = (library.llama_adapter_lora_p_ctypes * len(adapters))(*self._adapters)
        scales = (ctypes.c_float * len(adapters))(*(adapter.scale for adapter in adapters))
        if library.llama_set_adapters_lora(context, handles, len(adapters), scales):
            library.llama_free(context)
            raise EngineError("The LoRA adapters could not be applied.")

    def _metadata(self) -> dict[str, str]:
        """Scalar metadata of the GGUF as text (arrays are not available here)."""
        library, out = self._library, {}
        buffer = ctypes.create_string_buffer(1 << 16)
        for i in range(library.llama_model_meta_count(self.model)):
            library.llama_model_meta_key_by_index(self.model, i, buffer, len(buffer))
            key = buffer.value.decode("utf-8", "replace")
            if library.llama_model_meta_val_str_by_index(self.model, i, buffer, len(buffer)) >= 0:
                out[key] = buffer.value.decode("utf-8", "replace")
        return out

    def _memory(self) -> Memory:
        """Sizes as llama.cpp logged them while it loaded."""
        buffers = {kind: int(mib * _MIB) for kind, mib in self.log.buffers.items()}
        return Memory(
            model=self._library.llama_model_size(self.model),
            kv_cache=buffers.get("KV", 0),
            compute=buffers.get("compute", 0) + buffers.get("output", 0),
        )

    def _describe(self, seconds: float) -> EngineInfo:
        library, model, context = self._library, self.model, self.context
        metadata = self._metadata()
        arch = metadata.get("general.architecture", "unknown")
        n_embd, n_head = library.llama_model_n_embd(model), library.llama_model_n_head(model)
        template: bytes | None = library.llama_model_chat_template(model, None)
        return EngineInfo(
            name=metadata.get("general.name", self.options.model.stem),
            path=str(self.options.model),
            architecture=arch,
            ftype=library.llama_ftype_name(library.llama_model_ftype(model)).decode(),
            n_params=library.llama_model_n_params(model),
            n_vocab=self.vocab.size,
            n_ctx=library.llama_n_ctx(context),
            n_ctx_train=library.llama_model_n_ctx_train(model),
            n_embd=n_embd,
            n_head=n_head,
            n_head_kv=library.llama_model_n_head_kv(model),
            n_layer=library.llama_model_n_layer(model),
            n_rot=int(metadata.get(f"{arch}.rope.dimension_count", n_embd // max(n_head, 1))),
            n_ff=_first_number(metadata.get(f"{arch}.feed_forward_length", "0")),
            n_batch=library.llama_n_batch(context),
            n_ubatch=library.llama_n_ubatch(context),
            threads=library.llama_n_threads(context),
            threads_batch=library.llama_n_threads_batch(context),
            chat_template=template.decode("utf-8", "replace") if template else "",
            bos=self.vocab.text_of(self.vocab.bos),
            eos=self.vocab.text_of(self.vocab.eos),
            cache_type_k=self.options.cache_type_k,
            cache_type_v=self.options.cache_type_v,
            rung="fast" if self.options.extra_buffers else "plain",
            system_info=system_info(),
            memory=self._memory(),
            load_seconds=seconds,
            metadata=metadata,
        )


def _definite(options: EngineOptions) -> EngineOptions:
    """KV types that are left to us are f16, as llama.cpp has it."""
    k, v = (
        "f16" if kind == AUTO else kind for kind in (options.cache_type_k, options.cache_type_v)
    )
    return replace(options, cache_type_k=k, cache_type_v=v)


def _first_number(text: str) -> int:
    digits = text.strip("[]").split(",")[0]
    return int(digits) if digits.isdecimal() else 0


def _threads(options: EngineOptions) -> tuple[int, int]:
    """(decode, prefill)"""
    if options.threads is None:
        from llamachat.hardware.cores import default_threads, read_cores

        chosen = default_threads(read_cores())
    else:
        chosen = options.threads
    return chosen, options.threads_batch or chosen


def _kv_type(library: Any, name: str) -> int:
    value = getattr(library, f"GGML_TYPE_{name.upper()}", None)
    if value is None:
        raise UsageError(
            f"{name!r} is no type for the KV cache.", "Known: f16, q8_0, q4_0 and more."
        )
    return int(value)


def _abort_check(library: Any) -> Any:
    """What llama.cpp asks before each graph node whether to stop: libc's `strlen` of the flag.

    The flag is a C string: empty = go on, one byte = stop. A Python callback would take the GIL at
    each of the thousand nodes of a 7B token; this costs nothing and needs no GIL.
    """
    libc = ctypes.CDLL(None)
    return ctypes.cast(libc.strlen, library.ggml_abort_callback)

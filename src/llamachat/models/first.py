"""Which model to get first: the best of a short list that fits into this machine's memory.

Three files, each confirmed by several independent sources, the best first. Knows nothing of
fetching: it names the file, its checksum and the commands.
"""

from __future__ import annotations

from dataclasses import dataclass

from llamachat.models.fit import Fit, Need, Shape, judge, memory_need


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A published GGUF file."""

    name: str
    ftype: str
    repository: str
    """on huggingface.co"""
    revision: str
    file: str
    size: int
    sha256: str
    licence: str
    shape: Shape

    @property
    def title(self) -> str:
        return f"{self.name} in {self.ftype}"

    @property
    def need(self) -> Need:
        return memory_need(self.size, self.shape)

    @property
    def url(self) -> str:
        return f"https://huggingface.co/{self.repository}/resolve/{self.revision}/{self.file}"

    def commands(self) -> tuple[str, ...]:
        """How to fetch, check and use it by hand."""
        return (
            f"curl -L -C - -O {self.url}",
            f"echo '{self.sha256}  {self.file}' | sha256sum -c",
            f"llamachat -m {self.file}",
        )


SUGGESTIONS = (
    Suggestion(
        name="Llama-2-7B-Chat",
        ftype="Q4_0",
        repository="TheBloke/Llama-2-7B-Chat-GGUF",
        revision="9ca625120374ddaae21f067cb006517d14dc91a6",
        file="llama-2-7b-chat.Q4_0.gguf",
        size=3_825_807_040,
        sha256="9958ee9b670594147b750bbc7d0540b928fa12dcc5dd4c58cc56ed2eb85e371b",
        licence="Llama 2 Community License",
        shape=Shape(n_layer=32, n_embd=4096, n_embd_kv=8192, n_ff=11008, n_vocab=32000),
    ),
    Suggestion(
        name="Llama-3.2-3B-Instruct",
        ftype="Q4_K_M",
        repository="bartowski/Llama-3.2-3B-Instruct-GGUF",
        revision="5ab33fa94d1d04e903623ae72c95d1696f09f9e8",
        file="Llama-3.2-3B-Instruct-Q4_K_M.gguf",
        size=2_019_377_696,
        sha256="6c1a2b41161032677be168d354123594c0e6e67d2b9227c84f296ad037c728ff",
        licence="Llama 3.2 Community License",
        shape=Shape(n_layer=28, n_embd=3072, n_embd_kv=2048, n_ff=8192, n_vocab=128256),
    ),
    Suggestion(
        name="TinyLlama-1.1B-Chat",
        ftype="Q4_K_M",
        repository="TheBloke/TinyLlama-1.1B-Chat-v1.0-GGUF",
        revision="52e7645ba7c309695bec7ac98f4f005b139cf465",
        file="tinyllama-1.1b-chat-v1.0.Q4_K_M.gguf",
        size=668_788_096,
        sha256="9fecc3b3cd76bba89d504f29b616eedf7da85b96540e490ca5824d3f7d2776a0",
        licence="Apache-2.0",
        shape=Shape(n_layer=22, n_embd=2048, n_embd_kv=512, n_ff=5632, n_vocab=32000),
    ),
)


def suggest(usable: int) -> tuple[Suggestion, Fit]:
    """The first that fits, else the first that fits barely, else the smallest, with its verdict."""
    verdicts = [(model, judge(model.need, usable)) for model in SUGGESTIONS]
    for wanted in ("fits", "fits barely"):
        for model, verdict in verdicts:
            if verdict == wanted:
                return model, verdict
    return verdicts[-1]

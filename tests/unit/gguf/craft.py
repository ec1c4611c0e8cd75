"""GGUF bytes made by hand, so that readers are not tested by their own writer."""

from struct import pack

U32, F32, STRING, ARRAY = 4, 6, 8, 9


def string(text: bytes) -> bytes:
    """Length and bytes."""
    return pack("<Q", len(text)) + text


def entry(key: bytes, kind: int, payload: bytes) -> bytes:
    """A metadata entry."""
    return string(key) + pack("<I", kind) + payload


def tensor(name: bytes, dims: tuple[int, ...], kind: int, offset: int) -> bytes:
    """A tensor's entry."""
    return string(name) + pack(f"<I{len(dims)}qIQ", len(dims), *dims, kind, offset)


def gguf(
    entries: list[bytes],
    tensors: list[bytes],
    data: bytes = b"",
    *,
    version: int = 3,
    counts: tuple[int, int] | None = None,
    alignment: int = 32,
) -> bytes:
    """A file; `counts` lies about the number of tensors and entries."""
    n_tensors, n_entries = counts or (len(tensors), len(entries))
    head = pack("<4sIqq", b"GGUF", version, n_tensors, n_entries) + b"".join(entries + tensors)
    return head + bytes(-len(head) % alignment if tensors else 0) + data


NAME = entry(b"general.name", STRING, string(b"small"))
ARCHITECTURE = entry(b"general.architecture", STRING, string(b"llama"))
TOKENS = entry(
    b"tokenizer.ggml.tokens",
    ARRAY,
    pack("<IQ", STRING, 3) + string(b"<unk>") + string(b"") + string(b"\xe2\x96\x81a"),
)
SCORES = entry(b"tokenizer.ggml.scores", ARRAY, pack("<IQ3f", F32, 3, 0.0, -1.0, -2.0))
LAYERS = entry(b"llama.block_count", U32, pack("<I", 7))


def small() -> bytes:
    """A whole file: five entries, an F32 and a Q4_0 tensor."""
    tensors = [tensor(b"a.weight", (4, 2), 0, 0), tensor(b"b.weight", (32, 3), 2, 32)]
    return gguf([ARCHITECTURE, NAME, TOKENS, SCORES, LAYERS], tensors, bytes(32 + 54))

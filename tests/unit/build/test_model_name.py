"""What names of models say, as gguf-py reads them."""

import pytest

from llamachat.build.model_name import NameParts, name_parts, size_label, title

LLAMA3 = NameParts("Meta-Llama-3-8B-Instruct", "meta-llama", "Meta-Llama-3", "Instruct", None, "8B")


@pytest.mark.parametrize(
    ("model_id", "n_weights", "parts"),
    [
        ("meta-llama/Meta-Llama-3-8B-Instruct", 8_030_261_248, LLAMA3),
        ("Mistral-7B-Instruct-v0.2", 7_241_732_096,
         NameParts("Mistral-7B-Instruct-v0.2", None, "Mistral", "Instruct", "v0.2", "7B")),
        ("bloom-7b1", 7_100_000_000, NameParts("bloom-7b1", None, "bloom", None, None, "7.1B")),
        ("Yarn-Llama-2-7b-128k", 6_738_415_616,
         NameParts("Yarn-Llama-2-7b-128k", None, "Yarn-Llama-2", "128k", None, "7B")),
        ("A model of mine", 1, NameParts("A model of mine")),
        ("plain", 1, NameParts("plain")),
    ],
)  # fmt: skip
def test_a_name_is_taken_apart(model_id: str, n_weights: int, parts: NameParts) -> None:
    assert name_parts(model_id, n_weights) == parts


def test_titles_and_sizes() -> None:
    assert title("tiny-llama-v1.0-7b-GGUF") == "Tiny Llama v1.0 7b GGUF"
    assert [size_label(n) for n in (260_032, 1_100_048_384, 6_738_415_616, 134_515_008)] == [
        "260K", "1.1B", "6.7B", "135M",
    ]  # fmt: skip

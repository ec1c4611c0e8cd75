"""What people type names a catalogue entry, a repository, an address or a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamachat.errors import UsageError
from llamachat.models.reference import (
    CatalogName,
    HubReference,
    PathReference,
    UrlReference,
    hub_reference,
    parse_reference,
)

COMMIT = "9ca625120374ddaae21f067cb006517d14dc91a6"
REPO = "TheBloke/Llama-2-7B-Chat-GGUF"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("llama-2-7b-chat", CatalogName("llama-2-7b-chat")),
        ("llama-2-7b-chat:Q4_0", CatalogName("llama-2-7b-chat:Q4_0")),
        (f"hf:{REPO}", HubReference(REPO)),
        (f"hf://{REPO}", HubReference(REPO)),
        (f"{REPO}:q4_0", HubReference(REPO, "q4_0")),
        (f"hf:{REPO}@v1.0:Q4_0", HubReference(REPO, "Q4_0", revision="v1.0")),
        (f"hf:{REPO}/sub/m.Q4_0.gguf", HubReference(REPO, file="sub/m.Q4_0.gguf")),
        (f"hf:{REPO}:m.Q4_0.gguf", HubReference(REPO, file="m.Q4_0.gguf")),
        (f"https://huggingface.co/{REPO}", HubReference(REPO)),
        (f"https://hf.co/{REPO}/tree/main", HubReference(REPO)),
        (
            f"https://huggingface.co/{REPO}/resolve/{COMMIT}/m.gguf?download=true",
            HubReference(REPO, file="m.gguf", revision=COMMIT),
        ),
        (
            f"https://huggingface.co/{REPO}/blob/main/a%20b.gguf",
            HubReference(REPO, file="a b.gguf"),
        ),
        ("https://example.org/a/m.gguf", UrlReference("https://example.org/a/m.gguf")),
        ("./m.gguf", PathReference(Path("m.gguf"))),
        ("m.gguf", PathReference(Path("m.gguf"))),
        ("models/m.gguf", PathReference(Path("models/m.gguf"))),
        ("/models/m", PathReference(Path("/models/m"))),
        ("a/b/c", PathReference(Path("a/b/c"))),
    ],
)
def test_a_word_means_one_thing(text: str, meant: object) -> None:
    assert parse_reference(text, {}) == meant


def test_a_reference_is_written_as_it_is_read() -> None:
    for text in (REPO, f"{REPO}:Q4_0", f"{REPO}@v1:Q4_0", f"{REPO}/a/b.gguf"):
        found = parse_reference(f"hf:{text}", {})
        assert str(found) == f"hf:{text}"


def test_what_exists_as_a_path_is_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert parse_reference("user/repo", {}) == HubReference("user/repo")
    (tmp_path / "user" / "repo").mkdir(parents=True)
    assert parse_reference("user/repo", {}) == PathReference(Path("user/repo"))


def test_the_hub_of_the_environment_is_a_hub() -> None:
    env = {"HF_ENDPOINT": "https://mirror.example:8443"}
    url = "https://mirror.example:8443/user/repo/resolve/main/m.gguf"
    assert parse_reference(url, env) == HubReference("user/repo", file="m.gguf")
    assert parse_reference(url, {}) == UrlReference(url)


def test_a_file_of_hff_comes_before_the_quantization() -> None:
    assert hub_reference("user/repo:Q4_0", file="x.gguf").file == "x.gguf"


@pytest.mark.parametrize(
    "text",
    ["", "hf:", "hf:repo", "hf:user/re po", "hf:user/repo:Q4/../x", "hf:user/repo/../x.gguf",
     "hf:user/repo/a//b", "hf:-/-", "hf:u/r@../x",
     "hf:u/r@a/../../b", "https://huggingface.co/u/r/blob/..%2F..%2Fx/m.gguf",
     "hf:a--b/c", "https://huggingface.co/", "hf:u/r\\x"],
)  # fmt: skip
def test_what_can_be_no_repository_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_reference(text, {})
    assert refused.value.hint


@given(st.text(min_size=1) | st.text("a/.:@~\0", min_size=1, max_size=8))
def test_any_word_means_something_or_is_refused(text: str) -> None:
    try:
        parse_reference(text, {})
        parse_reference(text + "a" * 300, {})
    except UsageError as refused:
        assert refused.message


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    try:
        found = parse_reference(f"hf:{text}", {})
    except UsageError:
        return
    assert isinstance(found, HubReference)
    assert ".." not in found.file.split("/")
    assert found.repo.count("/") == 1

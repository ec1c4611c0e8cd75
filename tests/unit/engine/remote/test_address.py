"""Where a server is, and what must not be in an address."""

import pytest

from llamachat.engine.remote.address import endpoint
from llamachat.engine.remote.key import Key
from llamachat.errors import UsageError

KEY = Key("sk-secret")


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("localhost:11434", "http://localhost:11434"),
        ("https://host/v1", "https://host"),
        (" https://host/v1/ ", "https://host"),
        ("https://host/v1/chat/completions", "https://host"),
        ("https://gateway/openai/v1", "https://gateway/openai"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
    ],
)
def test_addresses_are_taken_as_people_copy_them(given: str, url: str) -> None:
    found = endpoint(given)
    assert found.url == url
    assert found.api("/models") == f"{url}/v1/models"


@pytest.mark.parametrize(
    "given",
    ["", "http://", "ftp://host", "http://host:99999", "http://host/?key=1", "http://a b", "host"],
)
def test_what_is_no_address_is_refused(given: str) -> None:
    with pytest.raises(UsageError):
        endpoint(given)


@pytest.mark.parametrize(
    "given", ["https://me:sk-secret@host", "https://host/v1?key=sk-secret", "host:1#sk-secret"]
)
def test_a_password_in_an_address_is_refused_and_not_repeated(given: str) -> None:
    with pytest.raises(UsageError) as refusal:
        endpoint(given)
    assert "sk-secret" not in str(refusal.value)


@pytest.mark.parametrize("given", ["http://localhost:1", "http://127.0.0.2", "https://far.example"])
def test_a_key_goes_over_encrypted_lines_and_stays_on_this_machine(given: str) -> None:
    assert endpoint(given, key=KEY).key == KEY


def test_a_key_does_not_go_in_the_clear_unless_that_is_allowed() -> None:
    with pytest.raises(UsageError, match="in the clear"):
        endpoint("http://10.0.0.1:8000", key=KEY)
    assert endpoint("http://10.0.0.1:8000").host == "10.0.0.1:8000"
    assert endpoint("http://10.0.0.1:8000", key=KEY, key_in_the_clear=True).key == KEY


def test_nothing_shows_the_key() -> None:
    found = endpoint("https://host", key=KEY)
    assert "sk-secret" not in repr(found)
    assert "sk-secret" not in str(KEY)
    assert "sk-secret" not in f"{KEY!r}"

"""Without -m somebody always speaks, and it is said who."""

from pathlib import Path

import pytest

from llamachat import bundled
from llamachat.bundled import BABBLE, DefaultModel, bundled_model, default_model, stand_in
from llamachat.gguf.reader import read_header
from llamachat.models.catalog import family


@pytest.fixture
def bob(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where Bob would be; not there yet."""
    path = tmp_path / "bob.gguf"
    monkeypatch.setattr(bundled, "BOB", path)
    return path


def test_bob_speaks_where_he_is(bob: Path) -> None:
    bob.touch()
    assert bundled_model() == bob
    assert default_model() == DefaultModel(bob, bundled.DEMO_NOTICE)


def test_stand_in_speaks_elsewhere_and_is_limited(bob: Path, home: Path) -> None:
    assert bundled_model() is None
    model = default_model()
    assert model.path == home / "cache" / "stand-in.gguf"
    assert model.n_predict == BABBLE
    assert "stand-in" in model.notice


def test_stand_in_is_a_model_written_once(bob: Path) -> None:
    first = stand_in()
    written = first.stat().st_mtime_ns
    assert read_header(first).tensors
    assert stand_in().stat().st_mtime_ns == written


def test_notices_fit_a_terminal_and_say_how_to_get_more() -> None:
    for notice in (bundled.DEMO_NOTICE, bundled.STAND_IN_NOTICE):
        assert max(map(len, notice.splitlines())) <= 80
        assert family(notice.rpartition(" ")[2]), "what it says can be had"


def test_bob_is_called_a_demonstration_by_whatever_name_he_is_chosen(
    bob: Path, tmp_path: Path
) -> None:
    other, link = tmp_path / "other.gguf", tmp_path / "link.gguf"
    assert bundled.notice_of(bob) == ""  # he is not there
    bob.touch()
    other.touch()
    link.symlink_to(bob)
    assert bundled.notice_of(bob) == bundled.notice_of(link) == bundled.DEMO_NOTICE
    assert bundled.notice_of(other) == bundled.notice_of(tmp_path / "none.gguf") == ""

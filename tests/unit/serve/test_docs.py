"""docs/serve.md names what there is, and all of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("starlette")

from llamachat.cli.flags.server import SERVE_FLAGS, SERVER
from llamachat.cli.flags.table import BY_NAME
from llamachat.serve import asked, fields, guard, intake, refusal, turns
from llamachat.serve.app import Access, make_app
from llamachat.serve.desk import Desk
from llamachat.serve.keys import Keys
from llamachat.serve.metrics import Metrics
from llamachat.serve.service import Service, Settings

ROOT = Path(__file__).resolve().parents[3]
TEXT = (ROOT / "docs" / "serve.md").read_text()


def test_every_endpoint_is_told_and_no_other() -> None:
    service = Service(Desk(lambda: None, queue=1), Settings(None, None), Metrics())  # type: ignore[arg-type,return-value]
    app = make_app(service, Access(Keys(), local=True), print)
    paths = {getattr(route, "path", "") for route in app.routes}
    told = set(re.findall(r"`(?:GET|POST) (/\S+)`", TEXT))
    assert told == {path for path in paths if "{" not in path}


def test_every_flag_exists_and_those_of_the_server_are_told() -> None:
    told = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", TEXT))
    assert told - SERVE_FLAGS.keys() - BY_NAME.keys() - {"--help"} == set()
    assert {flag.name for flag in SERVER.flags} - told == {"--alias"}


def test_every_code_of_an_error_is_told() -> None:
    sources = [
        Path(str(module.__file__)).read_text() for module in (refusal, fields, guard, intake)
    ]
    sources.append(Path(str(turns.__file__)).read_text())
    codes = {code for source in sources for code in re.findall(r'code="([a-z_]+)"', source)}
    assert codes - {"internal_error"} - set(re.findall(r"`([a-z_]+)`", TEXT)) == set()


def test_every_sampling_field_is_told() -> None:
    told = re.findall(r"`([a-z_]+\*?)`", TEXT)
    for name in (*asked._NUMBERS, *asked._WHOLE):
        assert any(re.fullmatch(word.replace("*", ".*"), name) for word in told), name


def test_every_metric_is_told_and_no_other() -> None:
    exposed = set(re.findall(r"^# TYPE (\S+)", Metrics().text().decode(), re.MULTILINE))
    assert exposed == set(re.findall(r"`(llamachat_\w+)`", TEXT))

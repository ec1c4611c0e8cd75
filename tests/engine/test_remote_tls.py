"""Encrypted lines: certificates are verified, and a silent server is left at once there too."""

import shutil
import subprocess
import threading
import time
from pathlib import Path

import pytest

from llamachat.engine.remote.address import endpoint
from llamachat.engine.remote.engine import RemoteEngine
from llamachat.engine.remote.key import Key
from llamachat.engine.scripted import ScriptedEngine
from llamachat.errors import EngineError
from tests.chat_server import ChatServer, Silence
from tests.engine.answers import done_of, run, text_of
from tests.engine.served import AT_ONCE

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not here")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Self-made, for this machine."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "2", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(folder / "key"), "-out", str(folder / "certificate")),
        ],
        check=True,
        capture_output=True,
    )
    both = folder / "both.pem"
    both.write_text((folder / "certificate").read_text() + (folder / "key").read_text())
    return both


def test_a_certificate_that_nobody_vouches_for_is_refused(certificate: Path) -> None:
    with ChatServer(ScriptedEngine(["Hi."]), certificate=certificate) as server:
        with pytest.raises(EngineError, match="cannot be verified"):
            RemoteEngine(endpoint(server.url, key=Key("sk")), patience=AT_ONCE)
        assert server.received == []


def test_one_that_is_made_known_is_trusted_and_cancel_cuts_that_line_too(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with (
        ChatServer(ScriptedEngine(["One two three."]), certificate=certificate) as server,
        RemoteEngine(endpoint(server.url), patience=AT_ONCE) as engine,
    ):
        assert text_of(run(engine, n=3)) == "One two three"
        server.faults.append(Silence(1))
        threading.Timer(0.2, engine.cancel).start()
        began = time.monotonic()
        assert done_of(run(engine, n=9)).reason == "cancelled"
        assert time.monotonic() - began < 1.0
        assert server.lost.wait(2)


def test_a_server_without_encryption_is_told_from_one_with() -> None:
    with (
        ChatServer(ScriptedEngine(["Hi."])) as server,
        pytest.raises(EngineError, match="encryption"),
    ):
        RemoteEngine(endpoint(server.url.replace("http:", "https:")), patience=AT_ONCE)

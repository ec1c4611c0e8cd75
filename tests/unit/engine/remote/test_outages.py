"""What goes wrong on the way to a server, in words."""

import ssl

import httpx2

from llamachat.engine.remote.address import endpoint
from llamachat.engine.remote.outages import died, unreachable
from llamachat.errors import EngineError

HERE = endpoint("http://127.0.0.1:8080", model="bob")


def test_lines_that_do_not_work_are_told_apart() -> None:
    def of(error: Exception, cause: BaseException | None = None) -> str:
        error.__cause__ = cause
        found = unreachable(error, HERE)
        assert found is not None and found.hint
        return found.message

    refused = of(httpx2.ConnectError("x"), ConnectionRefusedError())
    assert "Nothing listens" in refused
    certificate = ssl.SSLCertVerificationError("CERTIFICATE_VERIFY_FAILED")
    assert "certificate" in of(httpx2.ConnectError("x"), certificate)
    assert "encryption" in of(httpx2.ConnectError("x"), ssl.SSLError("WRONG_VERSION_NUMBER"))
    assert "does not answer" in of(httpx2.ConnectTimeout("x"))
    assert "said nothing" in of(httpx2.ReadTimeout("x"))
    assert unreachable(ZeroDivisionError(), HERE) is None


def test_a_death_says_that_what_had_come_is_kept() -> None:
    assert "is kept" in died(httpx2.ReadError("x"), HERE).message
    assert died(EngineError("out of memory", "wait"), HERE).message == "out of memory"

"""Whatever ends the reading of a stream, its end is told once."""

import gc
from collections.abc import Generator

import pytest

from llamachat.engine.stream import Stream


class Source:
    """Three numbers; remembers how often its end was told, and whether its `finally` ran."""

    def __init__(self, failure: BaseException | None = None) -> None:
        self.ends = 0
        self.cleaned = False
        self._failure = failure
        self.stream = Stream(self._numbers(), self._ended)

    def _numbers(self) -> Generator[int, None, None]:
        try:
            yield 1
            if self._failure is not None:
                raise self._failure
            yield 2
            yield 3
        finally:
            self.cleaned = True

    def _ended(self) -> None:
        self.ends += 1


def test_reading_to_the_end_tells_the_end_once() -> None:
    source = Source()
    assert list(source.stream) == [1, 2, 3]
    assert next(source.stream, None) is None
    source.stream.close()
    assert source.ends == 1


@pytest.mark.parametrize("read", [0, 1, 2])
def test_closing_it_early_tells_the_end_once(read: int) -> None:
    source = Source()
    for _ in range(read):
        next(source.stream)
    source.stream.close()
    source.stream.close()
    assert source.ends == 1
    assert source.cleaned == (read > 0)
    assert next(source.stream, None) is None


@pytest.mark.parametrize("read", [0, 1])
def test_dropping_it_tells_the_end_even_where_nothing_was_read(read: int) -> None:
    source = Source()
    for _ in range(read):
        next(source.stream)
    del source.stream
    gc.collect()
    assert source.ends == 1


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt])
def test_an_exception_tells_the_end_and_goes_on(failure: type[BaseException]) -> None:
    source = Source(failure())
    assert next(source.stream) == 1
    with pytest.raises(failure):
        next(source.stream)
    assert source.ends == 1
    assert source.cleaned

"""What is told when all is measured."""

import io
from pathlib import Path

import pytest

from llamachat.cli.compare import _tell
from llamachat.cli.compare.arguments import order_of, parser
from llamachat.cli.output import Output
from llamachat.cli.page import Page
from tests.unit.compare.samples import COMPARISON


class Gone(io.BytesIO):
    """A reader who went away, as `head` does."""

    def write(self, data: object) -> int:
        raise BrokenPipeError


def test_a_reader_who_goes_away_does_not_take_the_report_along(tmp_path: Path) -> None:
    order = order_of(parser().parse_args(["a", "--report", str(tmp_path)]))
    page = Page(Output(Gone(), terminal=False), columns=None, colour=False)
    with pytest.raises(BrokenPipeError):
        _tell(page, order, COMPARISON)
    assert (tmp_path / "report.html").exists()

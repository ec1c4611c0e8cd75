"""The report in its three forms: complete, well-formed, and nothing hostile in it acts."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from llamachat.compare.document import as_json
from llamachat.compare.figures import Answer
from llamachat.compare.html_report import html_report
from llamachat.compare.markdown import markdown_report
from llamachat.compare.plots import plots
from llamachat.compare.report import check_folder, write_report
from llamachat.errors import LlamaChatError, UsageError
from tests.unit.compare.samples import COMPARISON, SMALL

PAGE = html_report(COMPARISON, plots(COMPARISON))


class Tags(HTMLParser):
    """What a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def test_the_page_is_well_formed() -> None:
    page = ElementTree.fromstring(PAGE.removeprefix("<!DOCTYPE html>\n"))
    assert page.tag == "html"
    assert len(page.findall(".//svg")) == 3
    assert len(page.findall(".//table/tr")) == 8


def test_the_page_needs_nothing_from_elsewhere() -> None:
    seen = Tags()
    seen.feed(PAGE)
    assert not {"script", "link", "img", "iframe", "a", "object"} & set(seen.tags)
    assert not {"src", "href", "onload", "onerror"} & {name for name, _ in seen.attributes}
    styles = "".join(re.findall(r"<style>(.*?)</style>", PAGE, re.DOTALL))
    assert "url(" not in styles
    assert "@import" not in styles


def test_hostile_names_and_answers_are_text() -> None:
    page = ElementTree.fromstring(PAGE.removeprefix("<!DOCTYPE html>\n"))
    words = "".join(page.itertext())
    assert "</script><script>alert(1)</script>" in words
    assert "\x1b" not in PAGE


def test_what_is_empty_swallows_nothing_after_it() -> None:
    """A browser takes <pre/> for the beginning of one."""
    page = html_report(replace(COMPARISON, prompts=("",), title=""), plots(COMPARISON))
    alone = set(re.findall(r"<(\w+)[^<>]*/>", page))
    assert alone <= {"circle", "line", "meta", "polyline", "rect"}
    assert "<pre></pre>" in page


def test_the_page_is_dark_on_dark_screens() -> None:
    assert "prefers-color-scheme: dark" in PAGE


def test_the_page_is_light_on_paper() -> None:
    assert "prefers-color-scheme" not in PAGE.replace("@media screen and (prefers-color-scheme", "")
    assert "@media print" in PAGE


def test_a_prompt_that_was_refused_has_no_empty_box() -> None:
    refused = Answer("", 0, 0.0, 0.0, 0.0, "refused", "It does not fit.")
    page = html_report(replace(COMPARISON, rows=(replace(SMALL, answers=(refused,)),)), [])
    assert "It does not fit." in page
    assert page.count("<pre>") == 1, "the prompt alone"


def test_markdown_has_a_row_for_each_model_and_no_markup_of_theirs() -> None:
    text = markdown_report(COMPARISON, plots(COMPARISON))
    table = [line for line in text.splitlines() if line.startswith("| ")]
    assert len([line for line in table if "GB" in line]) == 3
    columns = {len(re.findall(r"(?<!\\)\|", line)) for line in table[:4]}
    assert columns == {11}
    assert "[x](" not in text.split("## Answers")[0]
    assert "size-perplexity.svg" in text


def test_json_has_every_figure_and_says_what_is_missing() -> None:
    found = json.loads(json.dumps(as_json(COMPARISON), allow_nan=False))
    big, small, failed = found["models"]
    assert found["base"] == "F16"
    assert (big["load"], big["decode"], big["prefill"]) == (6.5, 2.5, 20.25)
    assert small["quality"]["kld"] == 0.0212
    assert small["answers"][0]["tokens"] == 9
    assert failed["quality"] is None
    assert failed["missing"] == ["load time", "memory", "speed", "answers", "perplexity"]


def test_an_infinite_perplexity_is_null_in_json() -> None:
    assert SMALL.quality is not None
    row = replace(SMALL, quality=replace(SMALL.quality, perplexity=float("inf")))
    comparison = replace(COMPARISON, rows=(row,))
    assert as_json(comparison)["models"][0]["quality"]["perplexity"] is None


def test_a_report_is_a_page_a_text_json_and_pictures(tmp_path: Path) -> None:
    page = write_report(COMPARISON, tmp_path / "new" / "report")
    names = sorted(path.name for path in page.parent.iterdir())
    pictures = ["depth-speed.svg", "size-perplexity.svg", "size-speed.svg"]
    assert names == sorted(["report.html", "report.json", "report.md", *pictures])
    for name in pictures:
        ElementTree.fromstring((page.parent / name).read_text())


def test_a_report_replaces_a_former_one(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("old")
    assert write_report(COMPARISON, tmp_path).read_text() == PAGE


def test_a_file_is_no_folder_for_a_report(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="is no folder"):
        check_folder(tmp_path / "file")


def test_a_disk_that_refuses_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LlamaChatError, match="The report cannot be written"):
        write_report(COMPARISON, tmp_path / "file")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")
def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "report.html").write_text("old")

    def refuse(path: Path, text: str) -> None:
        with Path("/dev/full").open("w") as full:
            full.write(text)

    monkeypatch.setattr("llamachat.compare.report.write_whole", refuse)
    with pytest.raises(LlamaChatError, match="No space left"):
        write_report(COMPARISON, tmp_path)
    assert (tmp_path / "report.html").read_text() == "old"

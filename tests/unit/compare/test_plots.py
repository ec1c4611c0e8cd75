"""Pictures of the figures, well-formed and by themselves."""

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from llamachat.compare.figures import Depth
from llamachat.compare.plots import plots
from tests.unit.compare.samples import BIG, COMPARISON, FAILED, SMALL

SVG = "{http://www.w3.org/2000/svg}"


def test_there_are_three() -> None:
    names = [plot.name for plot in plots(COMPARISON)]
    assert names == ["size-perplexity", "size-speed", "depth-speed"]


def test_what_was_not_measured_is_not_drawn() -> None:
    assert plots(replace(COMPARISON, rows=(FAILED,), base=0)) == []


def test_a_mark_stands_for_each_model_measured() -> None:
    picture = ElementTree.fromstring(plots(COMPARISON)[0].draw(standalone=True))
    assert len(picture.findall(f"{SVG}circle")) == 2


def test_a_line_joins_the_depths_of_a_model() -> None:
    picture = ElementTree.fromstring(plots(COMPARISON)[2].draw(standalone=True))
    lines = picture.findall(f"{SVG}polyline")
    assert [len(line.attrib["points"].split()) for line in lines] == [2, 2]


def test_lower_perplexity_is_lower_in_the_picture() -> None:
    picture = ElementTree.fromstring(plots(COMPARISON)[0].draw(standalone=True))
    big, small = (float(mark.attrib["cy"]) for mark in picture.findall(f"{SVG}circle"))
    assert big > small, "y grows downwards"


def test_a_model_has_one_colour_in_all_pictures() -> None:
    for plot in plots(replace(COMPARISON, rows=(FAILED, BIG, SMALL), base=1)):
        assert [series.colour for series in plot.series] == [1, 2]


def test_small_files_are_counted_in_megabytes() -> None:
    row = replace(BIG, subject=replace(BIG.subject, size=10_000_000))
    plot = plots(replace(COMPARISON, rows=(row,)))[0]
    assert plot.x.endswith("MB")
    assert plot.series[0].points[0][0] == 10


def test_a_picture_fits_light_and_dark() -> None:
    assert "prefers-color-scheme: dark" in plots(COMPARISON)[0].draw()


def test_paper_is_light() -> None:
    assert "@media screen and (prefers-color-scheme: dark)" in plots(COMPARISON)[0].draw()


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("Q4_K_M", "Q4_K_M"),
        ("a-llama.q4_K_M.17", "a-llama.q4_K_M.17"),
        ("Llama-2-7b-chat.Q4_K_M", "…2-7b-chat.Q4_K_M"),
        ("一个中文模型名字很长.q8_0", "…型名字很长.q8_0"),
    ],
)
def test_a_long_name_keeps_its_end_and_fits(label: str, shown: str) -> None:
    row = replace(BIG, subject=replace(BIG.subject, label=label))
    picture = ElementTree.fromstring(plots(replace(COMPARISON, rows=(row,)))[0].draw())
    assert picture.findall("text")[-1].text == shown


def test_an_axis_of_depths_goes_as_far_as_was_measured() -> None:
    row = replace(BIG, depths=tuple(Depth(depth, None, 9.0) for depth in (0, 512, 1024)))
    picture = ElementTree.fromstring(plots(replace(COMPARISON, rows=(row,)))[2].draw())
    ticks = [word for word in picture.findall("text") if word.attrib.get("y") == "348"]
    assert [tick.text for tick in ticks] == ["0", "512", "1,024"]
    marks = [mark.attrib["cx"] for mark in picture.findall("circle")]
    assert [tick.attrib["x"] for tick in ticks] == marks

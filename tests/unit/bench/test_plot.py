"""Charts are well-formed SVG whose marks lie where the figures say, on any page."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.bench.plot import WIDTH, Bar, Series, bars, lines, nice_ticks

SVG = "{http://www.w3.org/2000/svg}"
FOUND = (
    Bar("llama-completion", 5.0, 4.8, 5.3, colour=1),
    Bar("read & typed <60 words>", 0.25, 0.2, 0.3, "0.05 ×"),
)


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in parsed(svg).iter(f"{SVG}text")]


def test_bars_are_as_long_as_their_values() -> None:
    svg = bars("Enter → first token", FOUND, unit="s", legend=("ours", "llama.cpp"))
    drawn = [rect for rect in parsed(svg).iter(f"{SVG}rect") if rect.get("rx") == "2"]
    lengths = [float(rect.get("width", 0)) for rect in drawn]
    assert lengths[0] / lengths[1] == pytest.approx(20, rel=0.02)
    assert [rect.get("class") for rect in drawn] == ["c1", "c0"]


def test_all_words_are_there_and_inside() -> None:
    svg = bars("Enter → first token", FOUND, unit="s", legend=("ours", "llama.cpp"))
    assert {"Enter → first token", "read & typed <60 words>", "5 s", "0.25 s · 0.05 ×", "ours"} <= {
        *texts(svg)
    }
    places = [float(text.get("x", -1)) for text in parsed(svg).iter(f"{SVG}text")]
    assert all(0 <= x <= WIDTH for x in places)


def test_who_cannot_see_it_is_told_the_figures() -> None:
    (said,) = parsed(bars("Title", FOUND, unit="s")).iter(f"{SVG}desc")
    assert said.text is not None and "llama-completion: 5 s" in said.text


def test_a_chart_is_readable_on_dark_pages() -> None:
    svg = lines("Cost", [Series("a turn", ((1, 0.5), (100, 0.6)))], x="turn", y="s")
    light, _, dark = svg.partition("prefers-color-scheme:dark")
    for kind in ("paper", "ink", "dim", "grid", "c0", "c1"):
        assert re.search(rf"\.{kind}\{{", light) and re.search(rf"\.{kind}\{{", dark)


def test_a_line_rises_where_its_figures_do() -> None:
    series = [
        Series("flat", tuple((n, 1.0) for n in range(1, 101))),
        Series("steep", ((10, 1.0), (50, 5.0), (100, 10.0)), 1),
    ]
    svg = lines("The cost of a turn", series, x="turn", y="seconds")
    flat, steep = (line.get("points", "").split() for line in parsed(svg).iter(f"{SVG}polyline"))
    assert len({point.split(",")[1] for point in flat}) == 1
    heights = [float(point.split(",")[1]) for point in steep]
    assert heights == sorted(heights, reverse=True)


@given(st.floats(min_value=1e-6, max_value=1e9))
def test_ticks_are_few_even_and_reach_the_largest_figure(most: float) -> None:
    ticks = nice_ticks(most)
    steps = {round((b - a) / ticks[1], 6) for a, b in pairwise(ticks)}
    assert ticks[0] == 0 and 3 <= len(ticks) <= 7
    assert steps == {1.0}
    assert most * 0.99 <= ticks[-1] <= most * 2


def test_nothing_measured_is_an_empty_chart() -> None:
    parsed(bars("Nothing", [], unit="s"))
    parsed(lines("Nothing", [], x="turn", y="s"))
    parsed(bars("Nothing", [Bar("none", 0, 0, 0)], unit="s"))

"""A small writer of SVG: elements as text, escaped, with a style that fits light and dark pages.

Knows nothing of what is drawn.
"""

from __future__ import annotations

from llamachat.compare.escape import markup

NAMESPACE = "http://www.w3.org/2000/svg"
N_COLOURS = 8
_LIGHT = ("#2563eb", "#c2410c", "#15803d", "#9333ea", "#0e7490", "#be185d", "#52525b", "#78350f")
_DARK = ("#7aa2f7", "#ff9e64", "#9ece6a", "#bb9af7", "#7dcfff", "#f7768e", "#a9b1d6", "#e0af68")
_ALONE = frozenset({"circle", "line", "meta", "polyline", "rect"})
"""written <so/> where nothing is inside; of others a browser sees the beginning alone"""


def element(name: str, /, *children: str, **attributes: object) -> str:
    """One element. Children are markup already; `class_` and `text_anchor` lose or change their
    underscores, numbers are rounded to a hundredth of a pixel."""
    words = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for key, value in attributes.items()
    )
    inside = "".join(children)
    alone = not inside and name in _ALONE
    return f"<{name}{words}/>" if alone else f"<{name}{words}>{inside}</{name}>"


def text(words: str, x: float, y: float, **attributes: object) -> str:
    return element("text", markup(words), x=x, y=y, **attributes)


def document(width: int, height: int, *children: str, title: str, standalone: bool = False) -> str:
    """The whole picture; one in a file of its own needs a namespace."""
    namespace = {"xmlns": NAMESPACE} if standalone else {}
    return element(
        "svg",
        element("title", markup(title)),
        element("style", style()),
        *children,
        viewBox=f"0 0 {width} {height}",
        role="img",
        class_="plot",
        **namespace,
    )


def style() -> str:
    """Colours of the series `s0` … `s7`, of axes and words; the page may be dark."""
    return (
        _rules("#ffffff", "#27272a", "#71717a", "#e4e4e7", _LIGHT)
        + "@media screen and (prefers-color-scheme: dark) {"
        + _rules("#1a1b26", "#d5d9e8", "#9aa1b9", "#343b58", _DARK)
        + "}"
    )


def _rules(back: str, ink: str, dim: str, grid: str, colours: tuple[str, ...]) -> str:
    series = "".join(
        f".plot .s{number} {{ fill: {colour}; stroke: {colour}; }}"
        f".plot .l{number} {{ fill: none; stroke: {colour}; stroke-width: 2; }}"
        f".plot .t{number} {{ fill: {colour}; }}"
        for number, colour in enumerate(colours)
    )
    return (
        f".plot .back {{ fill: {back}; }}"
        f".plot text {{ fill: {ink}; font: 13px system-ui, sans-serif; }}"
        f".plot .name {{ font-weight: 600; font-size: 15px; }}"
        f".plot .tick {{ fill: {dim}; font-size: 12px; }}"
        f".plot .grid {{ stroke: {grid}; stroke-width: 1; }}" + series
    )


def _value(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return markup(str(value))

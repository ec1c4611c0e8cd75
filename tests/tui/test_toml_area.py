"""The colours of a TOML text, and the marks of its faults."""

from textual.app import App, ComposeResult

from llamachat.tui.widgets.toml_area import TomlArea
from tests.tui.overlay_app import STYLES

TEXT = '# note\nkey = "a#b" # note\npreamble = """\n# no note\nkey = ${x}\n"""\n[table]\n'


class AreaApp(App[None]):
    CSS_PATH = STYLES / "prompt_editor.tcss"

    def compose(self) -> ComposeResult:
        yield TomlArea(TEXT)


def coloured(area: TomlArea, row: int, name: str) -> str:
    """What of a line has the colour of a part."""
    line = area.get_line(row)
    style = area.get_component_rich_style(f"toml-area--{name}")
    return "".join(line.plain[span.start : span.end] for span in line.spans if span.style == style)


async def test_parts_of_toml_have_colours_of_their_own() -> None:
    app = AreaApp()
    async with app.run_test():
        area = app.query_one(TomlArea)
        assert coloured(area, 0, "comment") == "# note"
        assert coloured(area, 1, "comment") == "# note"
        assert coloured(area, 1, "key") == "key "
        assert coloured(area, 6, "header") == "[table]"


async def test_text_of_many_lines_is_no_toml_inside() -> None:
    app = AreaApp()
    async with app.run_test() as pilot:
        area = app.query_one(TomlArea)
        assert area.get_line(3).spans == []
        assert coloured(area, 4, "key") == ""
        assert coloured(area, 4, "placeholder") == "${x}"
        area.replace_all(TEXT.replace('"""', '"'))
        await pilot.pause()
        assert coloured(area, 3, "comment") == "# no note"


async def test_faulty_line_is_marked_where_the_cursor_stands_too() -> None:
    app = AreaApp()
    async with app.run_test() as pilot:
        area = app.query_one(TomlArea)
        area.focus()
        area.mark([1])
        await pilot.pause()
        fault = area.get_component_rich_style("toml-area--fault").bgcolor
        cells = [seg for seg in area.render_line(0) if seg.style and seg.style.bgcolor == fault]
        assert "".join(segment.text for segment in cells) == " note"  # the cursor covers the #
        area.mark([])
        await pilot.pause()
        assert not any(seg.style and seg.style.bgcolor == fault for seg in area.render_line(0))


async def test_place_beyond_the_text_is_its_nearest_end() -> None:
    app = AreaApp()
    async with app.run_test():
        area = app.query_one(TomlArea)
        area.go_to(2, 7)
        assert area.cursor_location == (1, 6)
        area.go_to(99, 99)
        assert area.cursor_location == (7, 0)

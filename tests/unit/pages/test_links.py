"""Links lead somewhere, pictures are there and are shown."""

from __future__ import annotations

import pytest

from tests.unit.pages.pages import PAGES, ROOT, Page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file_and_a_heading(page: Page) -> None:
    for link in page.links:
        if link.startswith(("http://", "https://")):
            continue
        name, _, anchor = link.partition("#")
        target = (page.path.parent / name).resolve() if name else page.path
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        if anchor:
            (there,) = [one for one in PAGES if one.path == target]
            assert anchor in there.anchors, link


def test_every_picture_and_page_is_linked() -> None:
    linked = {
        (page.path.parent / link.partition("#")[0]).resolve()
        for page in PAGES
        for link in page.links
    }
    pictures = set(ROOT.glob("docs/images/**/*.svg"))
    assert len(pictures) > 5
    assert pictures - linked == set()
    assert set(ROOT.glob("docs/*.md")) - linked == set()


def test_decisions_have_their_number_and_no_number_is_left_out() -> None:
    pages = sorted(ROOT.glob("docs/decisions/*.md"))
    for number, path in enumerate(pages, start=1):
        assert path.name.startswith(f"{number:04}-")
        assert path.read_text(encoding="utf-8").startswith(f"# {number}. ")

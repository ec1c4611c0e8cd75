"""Tables and outputs of README, CONTRIBUTING and docs/models.md are those of the program."""

from __future__ import annotations

import re
import sys
import tomllib

import pytest

import llamachat
from llamachat.cli.extras import EXTRAS
from llamachat.cli.models import run as run_models
from llamachat.cli.prompts import run as run_prompts
from llamachat.errors import EXIT_CODE_MEANINGS
from tests.unit.pages.pages import PAGES, README, ROOT, table

CONTRIBUTING = next(page for page in PAGES if page.name == "CONTRIBUTING.md")
MODELS = next(page for page in PAGES if page.name == "docs/models.md")
BENCHMARKS = next(page for page in PAGES if page.name == "docs/benchmarks.md")
NO_ROOMS = {"__init__", "__main__", "__pycache__", "bundled", "py", "weights"}


def test_its_exit_codes_are_those_of_the_program() -> None:
    told = {int(code): meaning for code, meaning in table(README, "| exit code | meaning |")}
    assert told == {int(code): meaning for code, meaning in EXIT_CODE_MEANINGS.items()}


def test_its_list_of_prompt_templates_is_what_the_command_prints(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    assert run_prompts([]) == 0
    sys.stdout.flush()
    assert f"$ llamachat prompts list\n{capfdbinary.readouterr().out.decode()}" in README.blocks


def test_what_models_show_prints_of_bob_is_what_the_page_shows(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    (shown,) = [block for block in MODELS.blocks if block.startswith("Tensors (")]
    assert run_models(["show", "bob"]) == 0
    sys.stdout.flush()
    assert shown in capfdbinary.readouterr().out.decode()


def test_its_bold_figures_of_memory_are_measured_ones() -> None:
    rows = [row for row in README.text.splitlines() if row.startswith("| Llama-2-")]
    bold = re.findall(r"\*\*([\d.]+) GB\*\*", "\n".join(rows))
    measured = set(re.findall(r"([\d.]+) GB \| [+-][\d.]+% \|", MODELS.text))
    assert len(bold) == 6
    assert set(bold) - measured == set()


def test_every_room_of_the_package_is_told_and_no_other() -> None:
    rows = table(CONTRIBUTING, "| room | what it is for | must not know |")
    told = {name.strip("/") for row in rows for name in re.findall(r"`([\w/]+)`", row[0])}
    there = {path.name.partition(".")[0] for path in (ROOT / "src/llamachat").iterdir()}
    assert told == there - NO_ROOMS


def test_the_extras_that_the_program_asks_for_are_those_of_the_package() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    told = {name: list(packages) for name, packages in EXTRAS.items()}
    assert told == pyproject["project"]["optional-dependencies"]


def test_the_version_is_the_same_everywhere() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert pyproject["project"]["version"] == llamachat.__version__
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"\n## {llamachat.__version__}" in changes


@pytest.mark.parametrize(
    ("told", "rows"),
    [
        (r"answered ([\d.]+) s after Enter instead\s+of ([\d.]+)", ("typed", "not read before")),
        (r"tokens in ([\d.]+) s instead\s+of ([\d.]+)", ("restored", "all evaluated again")),
    ],
)
def test_its_waiting_times_are_those_of_the_benchmarks(told: str, rows: tuple[str, str]) -> None:
    found = re.search(told, " ".join(README.text.split()))
    assert found
    for shown, row in zip(found.groups(), rows, strict=True):
        (measured,) = re.findall(rf"^\| {row} \| ([\d.]+) s \|", BENCHMARKS.text, re.MULTILINE)
        assert float(shown) == pytest.approx(float(measured), rel=0.15), row

"""On battery or not, as Linux tells it below /sys/class/power_supply."""

from pathlib import Path

import pytest

from llamachat.hardware.power import on_battery


def supply(folder: Path, name: str, **files: str) -> None:
    (folder / name).mkdir(parents=True)
    for file, text in files.items():
        (folder / name / file).write_text(text + "\n")


@pytest.mark.parametrize(
    ("status", "online", "expected"),
    [("Discharging", "0", True), ("Discharging", "1", False), ("Charging", "1", False),
     ("Full", "1", False), ("Unknown", "0", False)],
)  # fmt: skip
def test_a_battery_that_discharges_unfed(
    tmp_path: Path, status: str, online: str, expected: bool
) -> None:
    supply(tmp_path, "AC", type="Mains", online=online)
    supply(tmp_path, "BAT0", type="Battery", status=status, scope="System")
    assert on_battery(tmp_path) is expected


def test_the_battery_of_a_mouse_is_none_of_ours(tmp_path: Path) -> None:
    supply(tmp_path, "hidpp_battery_0", type="Battery", status="Discharging", scope="Device")
    assert not on_battery(tmp_path)


def test_a_machine_without_a_battery_is_plugged_in(tmp_path: Path) -> None:
    assert not on_battery(tmp_path)
    assert not on_battery(tmp_path / "not there")

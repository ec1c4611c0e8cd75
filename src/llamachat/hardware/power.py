"""Whether this machine runs on its battery (Linux; elsewhere it is taken to be plugged in)."""

from __future__ import annotations

from pathlib import Path

from llamachat.hardware.sysfs import read_int, read_text

SUPPLIES = Path("/sys/class/power_supply")


def on_battery(supplies: Path = SUPPLIES) -> bool:
    """A battery of the machine itself (not of a mouse) discharges, and nothing feeds it."""
    try:
        found = sorted(supplies.iterdir())
    except OSError:
        return False
    own = [supply for supply in found if read_text(supply / "scope") != "Device"]
    batteries = [supply for supply in own if read_text(supply / "type") == "Battery"]
    fed = any(read_int(supply / "online") == 1 for supply in own if supply not in batteries)
    return not fed and any(read_text(battery / "status") == "Discharging" for battery in batteries)

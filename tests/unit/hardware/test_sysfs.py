"""The kernel's small text formats."""

from pathlib import Path

import pytest

from llamachat.hardware.sysfs import MAX_BYTES, parse_cpu_list, read_int, read_table, read_text


@pytest.mark.parametrize(
    ("text", "cpus"),
    [
        ("0", {0}),
        ("0-3", {0, 1, 2, 3}),
        ("0,2-3, 8", {0, 2, 3, 8}),
        ("", set()),
        ("none", set()),
        ("3-", {3}),
    ],
)
def test_cpu_lists_are_read_as_the_kernel_writes_them(text: str, cpus: set[int]) -> None:
    assert parse_cpu_list(text) == cpus


def test_cpu_list_with_an_absurd_end_stays_small() -> None:
    assert len(parse_cpu_list("0-99999999999")) < 10_000


def test_missing_file_reads_as_empty(tmp_path: Path) -> None:
    assert read_text(tmp_path / "absent") == ""
    assert read_int(tmp_path / "absent") is None


def test_endless_file_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "long"
    path.write_bytes(b"x" * (MAX_BYTES + 10))
    assert len(read_text(path)) == MAX_BYTES


@pytest.mark.parametrize(("text", "number"), [("42", 42), ("-1\n", -1), ("max", None), ("", None)])
def test_numbers_are_read_and_words_are_none(tmp_path: Path, text: str, number: int | None) -> None:
    path = tmp_path / "number"
    path.write_text(text)
    assert read_int(path) == number


def test_table_keeps_the_first_value_of_a_key(tmp_path: Path) -> None:
    path = tmp_path / "table"
    path.write_text("VmRSS:\t  12 kB\nfile 7\nfile 8\n")
    assert read_table(path) == {"VmRSS": "12 kB", "file": "7"}

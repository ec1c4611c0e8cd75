"""Over a bad line the same bytes arrive, each of them once; over a hopeless one, nothing wrong."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest

from llamachat.errors import DownloadError
from llamachat.models.fetch import Cancelled, Progress
from tests.hub_server import Cut, NoRanges, OtherEtag, Stall, Status, Stored, Unsized
from tests.unit.models.fetch.conftest import DATA, NAME, QUICK, REPO, Person


def ranges(person: Person) -> list[str | None]:
    return [request.headers.get("range") for request in person.server.asked("cdn")]


def interrupted(person: Person, after: int = 1000) -> None:
    """A first run that ended after so many bytes."""
    person.patience = replace(QUICK, tries=1)
    person.server.faults.append(Cut(after))
    with pytest.raises(DownloadError):
        person.fetch()
    assert person.partial.read_bytes() == DATA[:after]
    person.patience = QUICK


def test_a_dropped_line_costs_nothing_that_was_received(person: Person) -> None:
    person.server.faults += [Cut(1000), Cut(0), Cut(50_000)]
    assert person.fetch().read_bytes() == DATA
    assert ranges(person) == [None, "bytes=1000-", "bytes=1000-", "bytes=51000-"]
    assert person.server.sent == len(DATA)
    assert "retrying" in person.states


def test_the_next_run_goes_on_where_the_first_one_ended(person: Person) -> None:
    interrupted(person)
    assert person.fetch().read_bytes() == DATA
    assert ranges(person) == [None, "bytes=1000-"]
    last = person.server.asked("cdn")[-1]
    assert last.headers["if-range"].startswith('"cdn-')
    assert person.states[-4:] == ["checking", "fetching", "checking", "done"]


@pytest.mark.parametrize("fault", [Status(503), Status(429, {"Retry-After": "0"}), Status(403),
                                   Status(500, at="hub"), Status(408, at="hub")])  # fmt: skip
def test_trouble_that_may_pass_is_waited_for(person: Person, fault: Status) -> None:
    person.server.faults += [fault, Cut(10), fault]
    assert person.fetch().read_bytes() == DATA


def test_the_servers_wish_to_wait_is_kept(person: Person) -> None:
    person.server.faults.append(Status(429, {"Retry-After": "1"}))
    began = time.monotonic()
    person.fetch()
    assert 1.0 <= time.monotonic() - began < 3.0
    notes = [p.note for p in person.told if p.state == "retrying"]
    assert notes == ["127.0.0.1 wants fewer requests; again in 1 s"]


def test_a_wish_to_wait_for_an_hour_is_told_to_the_person(person: Person) -> None:
    person.server.faults.append(Status(429, {"Retry-After": "3600"}))
    with pytest.raises(DownloadError) as refused:
        person.fetch()
    assert "wants fewer requests" in refused.value.message


def test_it_gives_up_in_the_end_and_says_what_is_kept(person: Person) -> None:
    person.server.faults += [Cut(1000), *[Cut(0)] * 9]
    with pytest.raises(DownloadError) as refused:
        person.fetch()
    assert refused.value.message == f"{NAME} could not be fetched: the connection was lost."
    assert refused.value.hint == "1,000 bytes are kept; the same command goes on."
    assert len(person.server.asked("cdn")) == QUICK.tries


def test_silence_is_noticed(person: Person) -> None:
    person.server.faults.append(Stall(1000))
    began = time.monotonic()
    assert person.fetch().read_bytes() == DATA
    assert 0.3 <= time.monotonic() - began < 3.0
    assert ranges(person)[-1] == "bytes=1000-"


def test_a_server_without_ranges_sends_all_again(person: Person) -> None:
    person.server.faults += [Cut(1000), NoRanges(), Cut(0)]
    assert person.fetch().read_bytes() == DATA


def test_another_machine_with_the_same_bytes_goes_on(person: Person) -> None:
    """Its ETag is another, so the condition fails; the hub's hash says that the bytes are not."""
    person.server.faults += [Cut(150_000), OtherEtag(), OtherEtag()]
    assert person.fetch().read_bytes() == DATA
    assert ranges(person)[-1] == "bytes=150000-"
    assert "if-range" not in person.server.asked("cdn")[-1].headers
    assert person.partial.name == "none"


def test_a_file_without_a_length_is_cut_where_it_ends(person: Person) -> None:
    person.server.faults += [Unsized(after=70_000)]
    assert person.fetch().read_bytes() == DATA
    assert ranges(person) == [None, "bytes=70000-"]


def test_a_partial_file_that_is_too_long_is_worth_nothing(person: Person) -> None:
    interrupted(person)
    with person.partial.open("ab") as file:
        file.write(b"x" * len(DATA))
    assert person.fetch().read_bytes() == DATA


def test_a_partial_file_that_is_complete_needs_only_its_hash(person: Person) -> None:
    interrupted(person)
    person.partial.write_bytes(DATA)
    files = person.files()
    asked = len(person.server.requests)
    assert person.fetch(files).read_bytes() == DATA
    assert len(person.server.requests) == asked


def test_it_stops_at_once_when_told_so(person: Person) -> None:
    person.server.faults.append(Stall(1000))
    person.patience = replace(QUICK, stall=30)
    told: list[float] = []

    def tell() -> None:
        while not person.partial.exists():
            time.sleep(0.01)
        time.sleep(0.2)
        told.append(time.monotonic())
        person.control.cancel()

    threading.Thread(target=tell, daemon=True).start()
    with pytest.raises(Cancelled):
        person.fetch()
    assert time.monotonic() - told[0] < 1.0
    assert person.partial.read_bytes() == DATA[:1000]


def test_it_stops_while_it_waits_to_try_again(person: Person) -> None:
    person.server.faults += [Cut(0)] * 9
    person.patience = replace(QUICK, first=30.0)

    def stop(progress: Progress) -> None:
        if progress.state == "retrying":
            person.control.cancel()

    person.on_progress = stop
    began = time.monotonic()
    with pytest.raises(Cancelled):
        person.fetch()
    assert time.monotonic() - began < 2.0


def test_a_pause_closes_the_line_and_resuming_goes_on(person: Person) -> None:
    person.server.rate = 500_000
    big = DATA * 3
    person.server.add(REPO, {NAME: big})

    def react(progress: Progress) -> None:
        if progress.state == "paused":
            threading.Timer(0.3, person.control.resume).start()
        elif progress.state == "fetching" and 0 < progress.done < len(DATA):
            person.control.pause()
            person.on_progress = lambda p: react(p) if p.state == "paused" else None

    person.on_progress = react
    assert person.fetch().read_bytes() == big
    assert person.states.count("paused") == 1
    first, second = ranges(person)
    assert first is None
    assert second is not None


def test_figures_add_up(person: Person) -> None:
    person.server.rate = 400_000
    person.fetch()
    done = [progress.done for progress in person.told]
    assert done == sorted(done)
    assert {progress.total for progress in person.told} == {len(DATA)}
    assert person.told[-1].done == len(DATA)
    late = [progress for progress in person.told if progress.rate]
    assert all(200_000 < progress.rate < 800_000 for progress in late)
    assert all(progress.eta is not None for progress in late)


def test_a_small_file_of_git_is_resumed_too(person: Person) -> None:
    person.server.add(REPO, {NAME: Stored(DATA, lfs=False)})
    person.server.faults.append(Cut(1000))
    assert person.fetch().read_bytes() == DATA

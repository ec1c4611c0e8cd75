"""What cannot run on this machine is not worth fetching; what cannot run now may be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from llamachat.errors import OutOfMemory
from llamachat.hardware.memory import MemoryState
from llamachat.models.before_fetch import check_memory
from llamachat.models.catalog import find
from llamachat.models.hub import RemoteFile
from llamachat.models.reference import HubReference
from llamachat.models.wanted import Wanted, of_entry

GB = 1_000_000_000


def entry(name: str) -> Wanted:
    found = find(name)
    assert found is not None
    return of_entry(found)


def stranger(size: float) -> Wanted:
    """A file of which only the size is known."""
    file = RemoteFile("a/b", "c" * 40, "m.gguf", "http://hub/m", int(size * GB), None, "", "x")
    return Wanted(HubReference("a/b"), files=(file,))


CHAT = entry("llama-2-7b-chat:Q4_K_M")


def memory(total: float, usable: float) -> MemoryState:
    return MemoryState(int(total * GB), int(usable * GB), 0, 0)


def test_with_plenty_of_memory_nothing_is_said() -> None:
    assert check_memory(CHAT, memory(16, 12)) == ""


def test_what_does_not_fit_just_now_is_said_and_allowed() -> None:
    assert check_memory(CHAT, memory(16, 3)) == (
        "It takes about 5.3 GB of memory with 2,048 tokens of context, and 3.00 GB are usable now."
    )


def test_what_can_never_fit_is_refused_with_a_smaller_quantization() -> None:
    with pytest.raises(OutOfMemory) as refused:
        check_memory(CHAT, memory(4, 4))
    assert refused.value.message == (
        "Llama-2-7B-Chat in Q4_K_M needs 4.5 GB even with 1,024 tokens of context, "
        "and this machine has 4.0 GB in all."
    )
    instead, override = refused.value.hint.splitlines()
    assert instead.endswith("fits: llamachat models pull llama-2-7b-chat:Q3_K_S")
    assert override.endswith("llamachat models pull --no-fit llama-2-7b-chat:Q4_K_M")


def test_a_machine_too_small_for_the_family_gets_another_model() -> None:
    with pytest.raises(OutOfMemory) as refused:
        check_memory(CHAT, memory(1.5, 1))
    assert "llamachat models pull llama-3.2-1b-instruct:Q4_K_M" in refused.value.hint
    with pytest.raises(OutOfMemory) as refused:
        check_memory(CHAT, memory(0.5, 0.4))
    assert refused.value.hint.startswith("No model of the catalogue fits.")


def test_of_a_file_that_is_in_no_catalogue_the_weights_count() -> None:
    assert check_memory(stranger(4), memory(16, 12)) == ""
    assert check_memory(replace(stranger(4), files=()), memory(1, 1)) == "", "nothing is known yet"
    assert check_memory(stranger(4), memory(16, 3)) == (
        "Its weights alone take 4.0 GB of memory, and 3.00 GB are usable now."
    )
    with pytest.raises(OutOfMemory) as refused:
        check_memory(stranger(40), memory(16, 12))
    assert refused.value.message == (
        "The weights of hf:a/b alone take 40 GB, and this machine has 16 GB in all."
    )
    assert refused.value.hint.endswith("llamachat models pull --no-fit hf:a/b")


def test_the_limit_of_a_container_counts() -> None:
    with pytest.raises(OutOfMemory, match=r"4\.0 GB in all"):
        check_memory(CHAT, replace(memory(32, 30), cgroup_limit=4 * GB))

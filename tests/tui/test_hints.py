"""Hints are given in the words of the app, where it has some."""

import pytest

from llamachat.config.keys import find_key
from llamachat.errors import ModelError, OutOfMemory
from llamachat.tui.commands.table import COMMANDS
from llamachat.tui.hints import _LISTS, _SETTINGS, in_app, told


@pytest.mark.parametrize(
    ("hint", "said"),
    [
        ("Shorten it, or make the context larger with -c 4096.",
         "Shorten it, or make the context larger with /set n_ctx 4096."),
        ("Use a smaller context (-c), -ctk q8_0 -ctv q8_0, or a smaller quantization.",
         "Use a smaller context (n_ctx), /set cache_type_k q8_0 and /set cache_type_v q8_0, "
         "or a smaller quantization."),
        ("It would fit with -c 2048 -ctk q8_0 -lm none; -fit off loads it all the same.",
         "It would fit with /set n_ctx 2048 and /set cache_type_k q8_0 and /set load_mode none; "
         "/set fit off loads it all the same."),
        ("A quantized V cache (-ctv) needs flash attention: add -fa on.",
         "A quantized V cache (cache_type_v) needs flash attention: add /set flash_attention on."),
        ("A smaller -ub, or -c, may help; the engine's log says more.",
         "A smaller n_ubatch, or n_ctx, may help; the engine's log says more. "
         "Change it: /set n_ubatch VALUE"),
        ("List them: llamachat models list", "List them: /model"),
        ("qwen3-4b fits: llamachat models pull qwen3-4b", "qwen3-4b fits: /download qwen3-4b"),
        ("See those there are: llamachat chats list", "See those there are: /chats"),
        ("Give a file in it: -m '/a b.gguf'", "Give a file in it: /model '/a b.gguf'"),
        ("Talk to it in a plain transcript instead: llamachat -T bob",
         "Talk to it in a plain transcript instead: /template bob"),
        ("Talk in the model's own chat template: -T assistant",
         "Talk in the model's own chat template: /template assistant"),
        ("Build it: llamachat build /a --type q4_0", "Build it: /build /a --type q4_0"),
    ],
)  # fmt: skip
def test_flags_and_shell_commands_become_the_app_s(hint: str, said: str) -> None:
    assert in_app(hint) == said


@pytest.mark.parametrize(
    "hint",
    ["", "Run `llamachat doctor --rebuild` to build it for this machine.",
     "Any other: llamachat models pull hf:user/repo", "Free some space: df -h '/home'",
     "Choose one: llamachat -T bob --set user=Anna", "Have it back: llamachat chats undelete 3",
     "The log is /home/a-c/x -clean/log."],
)  # fmt: skip
def test_what_needs_a_shell_stays_as_it_is(hint: str) -> None:
    assert in_app(hint) == hint


def test_what_is_wrong_is_not_touched() -> None:
    assert told(OutOfMemory("-c is too large.", "Use -c 512.")) == (
        "-c is too large. Use /set n_ctx 512."
    )
    assert told(ModelError("It is damaged.")) == "It is damaged."


def test_all_that_is_named_is_there() -> None:
    assert all(
        COMMANDS.find(name) for name in (*_LISTS.values(), "/download x", "/model", "/template")
    )
    assert all(find_key(name) for name in _SETTINGS.values())

"""Messages and the turns they make."""

from llamachat.chat.message import Message, Role, turn_numbers, well_formed


def test_messages_are_equal_by_value() -> None:
    assert Message("assistant", "Hi", "eos") == Message("assistant", "Hi", "eos")
    assert Message("assistant", "Hi", "eos") != Message("assistant", "Hi", "stop")


def test_each_message_of_the_user_begins_a_turn_after_the_pinned_ones() -> None:
    roles: tuple[Role, ...] = ("system", "user", "assistant", "user", "assistant", "user")
    messages = [Message(role, "x") for role in roles]
    assert turn_numbers(messages) == [0, 1, 1, 2, 2, 3]
    assert turn_numbers(messages, pinned=3) == [0, 0, 0, 1, 1, 2]


def test_lone_surrogates_become_replacement_characters() -> None:
    assert well_formed("a\udce2\udc82b\ud800 é🙂") == "a\ufffd\ufffdb\ufffd é🙂"

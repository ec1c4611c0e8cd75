"""What others get to see of a chat."""

from __future__ import annotations

import json
from dataclasses import fields

from llamachat.chat.dialog import Dialog
from llamachat.chat.export import markdown, to_json
from llamachat.chat.message import Message
from tests.unit.chat.stored_chats import record, rows

CODE = "Run this:\n\n```python\nif x < 1:\n    print('*a*', _b_)\n```\n\nDone."


def said(*messages: Message) -> str:
    return markdown(record(), rows(*messages))


def test_document_has_title_date_model_and_names() -> None:
    text = said(Message("user", "Name one."), Message("assistant", "Apples.", "stop"))
    assert text.startswith("# Fruits\n\n")
    assert " November 2025, " in text
    assert text.splitlines()[2].endswith(" · bob")
    assert text.endswith("## User\n\nName one.\n\n## Bob\n\nApples.\n")


def test_code_is_untouched() -> None:
    assert CODE in said(Message("assistant", CODE, "eos"))


def test_block_that_was_left_open_does_not_swallow_what_follows() -> None:
    cut = Message("assistant", "So:\n````c\n```\nint x;", "cancelled")
    text = said(cut, Message("user", "And?"))
    assert "int x;\n````\n\n*(stopped by hand)*\n\n## User\n\nAnd?" in text


def test_backticks_within_a_line_open_no_block() -> None:
    text = said(Message("user", "```x``` is code, and\n```a`b\nis not"), Message("assistant", "."))
    assert "is not\n\n## Bob" in text


def test_title_and_names_are_no_markdown() -> None:
    chat = record(title="# *Stars*\n<b>", dialog=Dialog(user="_me_"))
    text = markdown(chat, rows(Message("user", "*kept*")))
    assert "# \\# \\*Stars\\* \\<b\\>\n" in text
    assert "## \\_me\\_\n\n*kept*\n" in text


def test_reader_learns_why_an_answer_ends() -> None:
    assert "\n*(the engine died)*\n" in said(Message("assistant", "half", "died"))
    assert "*(" not in said(Message("assistant", "whole", "stop"))


def test_chat_without_a_title_or_names_has_both() -> None:
    chat = record(title="", dialog=Dialog(user="", assistant=""))
    text = markdown(chat, rows(Message("user", "a"), Message("assistant", "b")))
    assert text.startswith("# Chat 7\n")
    assert "## User\n" in text
    assert "## Assistant\n" in text


def test_folder_of_the_model_is_not_told() -> None:
    for text in (said(Message("user", "a")), to_json(record(), rows(Message("user", "a")))):
        assert "anna" not in text
        assert "bob" in text


def test_json_holds_every_field_of_the_dialog() -> None:
    chat = json.loads(to_json(record(), rows()))
    assert chat["dialog"].keys() == {field.name for field in fields(Dialog)}


def test_json_messages_are_read_by_programs_that_know_role_and_content() -> None:
    text = to_json(record(), rows(Message("user", "你好"), Message("assistant", "Hi", "eos")))
    assert "你好" in text
    pairs = [(row["role"], row["content"]) for row in json.loads(text)["messages"]]
    assert pairs == [("user", "你好"), ("assistant", "Hi")]

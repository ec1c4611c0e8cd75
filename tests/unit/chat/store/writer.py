"""Another llamachat, as the tests need one: `writer.py FILE journal|add|new CHAT TEXT …`.

`journal` adds the words of a user, journals the texts and waits to be killed; `add` opens the chat,
and adds each text once standard input is closed, so that several can begin at once; `new` waits
first, and adds to a chat of its own.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path

from llamachat.chat.dialog import Dialog
from llamachat.chat.message import Message
from llamachat.chat.store.chats import ChatStore


def wait_until_written(path: Path, text: str) -> None:
    """However slow the machine is: the pieces are in the file."""
    with closing(sqlite3.connect(path)) as connection:
        while (
            "".join(row[-1] for row in connection.execute("SELECT * FROM piece ORDER BY id"))
            != text
        ):
            time.sleep(0.01)


def main() -> None:
    path, verb, chat, *texts = sys.argv[1:]
    if verb == "new":
        print("ready", flush=True)
        sys.stdin.read()
    with ChatStore(Path(path)) as store:
        line = store.line(store.create(Dialog()).id if verb == "new" else int(chat))
        if verb == "journal":
            line.add(Message("user", "question"))
            for text in texts:
                line.journal(text)
            wait_until_written(Path(path), "".join(texts))
        print("ready", flush=True)
        sys.stdin.read()
        for text in texts if verb != "journal" else ():
            line.add(Message("user", text))


if __name__ == "__main__":
    main()

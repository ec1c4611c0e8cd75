"""Kills llamachat again and again, and counts what was lost: nothing may be.

    scripts/kill_loop.py                         # 200 kills, a few minutes
    scripts/kill_loop.py --kills 20 --seed 7

A real child (`kill_victim`) chats with the bundled model through the store, on a profile of its
own, and reports each event with its time. At a random moment the child or its engine is killed
(SIGKILL). Then every message that was reported as stored must be there, and so must all text that
was shown more than ALLOWED seconds before the kill of the child, and all of it where its engine was
killed; the file must be whole and its tree consistent. Exit code 1 on any loss.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

from llamachat.chat.store.chats import ChatStore

VICTIM = Path(__file__).with_name("kill_victim.py")

ALLOWED = 0.25
"""seconds of an answer that may be lost"""
PATIENCE = 60.0
"""seconds for a child to say something"""

CHECKS: dict[str, list[tuple[object, ...]]] = {
    "PRAGMA integrity_check": [("ok",)],
    "PRAGMA foreign_key_check": [],
    "SELECT message.id FROM message LEFT JOIN message AS above ON above.id = message.parent "
    "WHERE message.depth <> 1 + coalesce(above.depth, 0) OR message.chat <> above.chat": [],
    "SELECT id FROM chat WHERE leaf IS NULL AND id IN (SELECT chat FROM message)": [],
    "SELECT id FROM message WHERE id NOT IN (SELECT rowid FROM term)": [],
}
"""queries on a sound file, and their results"""


class Witness:
    """Starts a child and hears what it reports, in a thread of its own."""

    def __init__(self, profile: Path, seed: int) -> None:
        self.stored: dict[int, tuple[str, str]] = {}
        """role and text of each message"""
        self.shown: list[tuple[float, str]] = []
        """moments and texts of the answer that is being written"""
        self.asked: int | None = None
        """the message that it answers"""
        self.engine: int | None = None
        self.turns = 0
        self.unlike: list[int] = []
        """answers that were stored otherwise than shown"""
        self.process = subprocess.Popen(
            [sys.executable, str(VICTIM), str(seed)],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"LLAMACHAT_HOME": str(profile)},
        )
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()

    def wait_for_turn(self, number: int) -> None:
        deadline = time.monotonic() + PATIENCE
        while self.turns < number:
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise SystemExit("The child ended or hangs; its last words are above.")
            time.sleep(0.005)

    def kill(self) -> float:
        """Returns the moment; afterwards all is heard that was said."""
        moment = time.monotonic()
        with self.process:  # closes the pipe and waits
            self.process.kill()
            self._listener.join()
        return moment

    def _listen(self) -> None:
        for line in self.process.stdout or ():
            if line.endswith("\n"):
                self._hear(json.loads(line))

    def _hear(self, event: dict[str, Any]) -> None:
        if event["kind"] == "shown":
            self.shown.append((event["at"], event["text"]))
        elif event["kind"] == "stored":
            self.stored[event["id"]] = event["role"], event["text"]
            self.asked = event["id"] if event["role"] == "user" else None
            if not self.asked and event["text"] != "".join(text for _, text in self.shown).strip():
                self.unlike.append(event["id"])
        else:
            self.engine, self.asked, self.shown = event["engine"], None, []
            self.turns += 1


class KillLoop:
    """Kills, looks at what is left, and keeps count."""

    def __init__(self, profile: Path, seed: int) -> None:
        self.stored: dict[int, tuple[str, str]] = {}
        self.losses: list[str] = []
        self.kills = {"app": 0, "engine": 0}
        self.unfinished = 0
        """answers that were being written when the app was killed"""
        self.longest = 0.0
        """seconds between the first text that is missing and the kill"""
        self._profile = profile
        self._path = profile / "data" / "chats.db"
        self._rng = Random(seed)

    def run(self, kills: int) -> None:
        witness: Witness | None = None
        while sum(self.kills.values()) < kills:
            witness = self._strike(witness or Witness(self._profile, self._rng.randrange(1 << 30)))
        if witness is not None:
            witness.kill()

    def _strike(self, witness: Witness) -> Witness | None:
        """One kill; returns the witness if it goes on."""
        if not witness.turns and self._rng.random() < 0.1:
            time.sleep(self._rng.uniform(0, 0.6))  # while it starts
        else:
            witness.wait_for_turn(1)
            time.sleep(self._rng.uniform(0, 1.2))
            if self._rng.random() < 0.5 and witness.engine is not None:
                self._kill_engine(witness, witness.engine)
                return witness
        moment = witness.kill()
        self.kills["app"] += 1
        with self._look(witness) as connection:
            self._look_for_answer(connection, witness, moment)
        return None

    def _kill_engine(self, witness: Witness, engine: int) -> None:
        """The next turn tells that the answer so far is stored."""
        turns = witness.turns
        with suppress(ProcessLookupError):  # it is dead, and its successor not known yet
            os.kill(engine, signal.SIGKILL)
            self.kills["engine"] += 1
        witness.wait_for_turn(turns + 1)
        with self._look(witness):
            pass

    @contextmanager
    def _look(self, witness: Witness) -> Iterator[sqlite3.Connection]:
        """What another program reads after the store has looked for unfinished answers."""
        self.stored |= witness.stored.copy()
        with ChatStore(self._path) as store:
            store.chats()
        with closing(sqlite3.connect(self._path)) as connection:
            self.losses += [f"{check}: {found}" for check, found in faults(connection)]
            rows = connection.execute("SELECT id, role, text FROM message")
            there = {key: (role, text) for key, role, text in rows}
            gone = [key for key, said in self.stored.items() if there.get(key) != said]
            self.losses += [f"message {key} is gone or another" for key in gone + witness.unlike]
            yield connection

    def _look_for_answer(
        self, connection: sqlite3.Connection, witness: Witness, moment: float
    ) -> None:
        """The text that was shown before the app was killed, but for the very last."""
        if witness.asked is None:
            return
        self.unfinished += 1
        find = "SELECT text FROM message WHERE parent = ? AND role = 'assistant' ORDER BY id DESC"
        (kept,) = connection.execute(find, (witness.asked,)).fetchone() or ("",)
        shown = ""
        for at, text in witness.shown:
            shown += text
            if not kept.startswith(shown.strip()):
                self.longest = max(self.longest, moment - at)
                if moment - at > ALLOWED:
                    self.losses.append(f"{moment - at:.3f} s of the answer to {witness.asked}")
                return


def faults(connection: sqlite3.Connection) -> Iterator[tuple[str, object]]:
    """What is wrong with the file: the check, and what it found."""
    for check, wanted in CHECKS.items():
        found = connection.execute(check).fetchall()
        if found != wanted:
            yield check, found


def main() -> int:
    parser = argparse.ArgumentParser(description="Kill llamachat again and again.")
    parser.add_argument("--kills", type=int, default=200, help="how often (default: 200)")
    parser.add_argument("--seed", type=int, default=0, help="same seed, same choices (default: 0)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as profile:
        loop = KillLoop(Path(profile), arguments.seed)
        loop.run(arguments.kills)
    print(f"kills: {loop.kills['app']} of the app, {loop.kills['engine']} of the engine")
    print(f"messages reported as stored: {len(loop.stored)}")
    print(f"answers cut by a kill of the app: {loop.unfinished}")
    print(f"longest piece lost: {loop.longest:.3f} s (allowed: {ALLOWED} s)")
    print(*loop.losses or ["nothing else lost, file whole"], sep="\n")
    return 1 if loop.losses else 0


if __name__ == "__main__":
    sys.exit(main())

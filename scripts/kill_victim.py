"""Chats with the bundled model until it is killed; `kill_loop` starts it and does that.

Each event is one JSON object a line on stdout, with its moment, when it is shown or known to be
stored: that is what may not be lost. Chats as the app does, through `Chat` and the store, at the
pace of a larger model.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from random import Random

from llamachat.bundled import default_model
from llamachat.chat.chat import Chat
from llamachat.chat.message import well_formed
from llamachat.chat.prompt_library import load_prompt_template
from llamachat.chat.store.chats import ChatStore
from llamachat.chat.store.line import StoredLine
from llamachat.engine.base import Chunk
from llamachat.engine.open import open_engine
from llamachat.engine.params import EngineOptions
from llamachat.engine.process import ProcessEngine
from llamachat.errors import EngineDied


def talk(seed: int) -> None:
    """Goes on with the latest chat or begins one, and steps back in it now and then."""
    rng, model = Random(seed), default_model().path
    with ChatStore() as store:
        options = EngineOptions(model, n_ctx=2048, threads=1)
        engine = open_engine(model, options=options)
        assert isinstance(engine, ProcessEngine)
        dialog = replace(load_prompt_template("bob").fill(), reverse_prompts=())
        latest = store.latest()
        chat = latest if latest and rng.random() < 0.7 else store.create(dialog, model=str(model))
        line = store.line(chat.id)
        while True:
            if line.rows and rng.random() < 0.2:
                line.rewind(rng.choice(line.rows).id)
            take_turn(Chat(engine, dialog, history=line), line, rng)


def take_turn(chat: Chat, line: StoredLine, rng: Random) -> None:
    """One message and its answer, which is long: it does not end by itself."""
    assert isinstance(chat.engine, ProcessEngine)
    report("turn", engine=chat.engine.pid)
    params = chat.dialog.params()
    sampling = replace(params.sampling, ignore_eos=True)
    params = replace(params, n_predict=rng.randint(5, 500), sampling=sampling)
    reported = False
    try:
        for event in chat.reply(f"What is {rng.randint(0, 999)} to you?", params):
            if not reported:
                report_latest(line)
                reported = True
            if isinstance(event, Chunk):
                report("shown", text=well_formed(event.text))
                time.sleep(0.002)
    except EngineDied:
        chat.engine.reset_crashes()
        return
    report_latest(line)


def report_latest(line: StoredLine) -> None:
    row = line.rows[-1]
    report("stored", id=row.id, role=row.message.role, text=row.message.text)


def report(kind: str, **values: object) -> None:
    print(json.dumps({"at": time.monotonic(), "kind": kind, **values}), flush=True)


if __name__ == "__main__":
    talk(int(sys.argv[1]))

"""An answer and the KV state of its chat: brought back before it, and known of after it.

Knows a conversation and the keeper of states; nothing of who follows the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from llamachat.chat.conversation import Conversation
from llamachat.chat.kv_keeper import KvKeeper, Place
from llamachat.engine.base import Done, Engine, Event

Answer = Callable[[Engine], Iterator[Event]]


def place_of(conversation: Conversation) -> Place | None:
    """Where a conversation is; None while there is nothing of it in the store."""
    if conversation.id is None:
        return None
    return Place(conversation.id, tuple(row.id for row in conversation.rows))


def kept_answer(keeper: KvKeeper, conversation: Conversation, events: Answer) -> Answer:
    """The same events. At their end it is known what the engine holds, also where the app ends
    and whoever followed them hears no more."""
    place = place_of(conversation)

    def ask(engine: Engine) -> Iterator[Event]:
        if place is not None:
            keeper.open(engine, place)
        done: Done | None = None
        for event in events(engine):
            done = event if isinstance(event, Done) else done
            yield event
        after = place_of(conversation)
        if done is not None and done.reason == "died":
            keeper.lost()
        elif done is not None and after is not None:
            keeper.answered(engine, after, done.usage)

    return ask

"""A question and its thread: what is asked, and what is kept. No I/O here."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

import msgspec

LONGEST_TEXT: Final = 4000
MOST_MESSAGES: Final = 200
MOST_WAITING: Final = 100
"""Questions of one person without an answer."""

Number = Annotated[str, msgspec.Meta(max_length=128)]
"""As it is written by people."""

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_TEXT)]


class AskBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question about a client: to a person, or to those who answer a topic."""

    number: Number
    text: Text
    person: UUID | None = None
    topic: UUID | None = None
    contact: UUID | None = None
    call: UUID | None = None


class MessageBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One more in the thread: of the asker a further question, of everybody else an answer."""

    text: Text


class Message(msgspec.Struct, frozen=True):
    """What was written in a thread."""

    id: UUID
    person_id: UUID | None
    person: str
    is_answer: bool
    text: str
    at: datetime


class Question(msgspec.Struct, frozen=True):
    """One question with its thread; `contact` is a name, for who may read contacts."""

    id: UUID
    number: str
    contact_id: UUID | None
    contact: str
    call_id: UUID | None
    topic: str
    asked_by_id: UUID | None
    asked_by: str
    text: str
    asked_at: datetime
    answered_at: datetime | None
    closed_at: datetime | None
    people: list[UUID]
    names: list[str]
    """Who was asked."""
    messages: list[Message]

    @property
    def client(self) -> str:
        """Whom it is about, as far as it is known."""
        return self.contact or self.number


class Topic(msgspec.Struct, frozen=True):
    """What may be asked, and who answers it."""

    id: UUID
    name: str
    people: list[UUID]
    names: list[str]


class Shelf(StrEnum):
    """Which questions are looked at."""

    WAITING = "waiting"
    MINE = "mine"
    DONE = "done"
    ALL = "all"

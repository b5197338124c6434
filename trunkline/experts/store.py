"""Questions in the database: asked, answered, closed, each with a notice to whoever should know."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from trunkline.calls.phone import NamedKind, mask, parse
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.errors import Forbidden, InvalidInput, Mistake, NotFound
from trunkline.experts.question import MOST_MESSAGES, MOST_WAITING, AskBody, Message, Question, Shelf
from trunkline.ids import uuid7
from trunkline.notices import store as notices
from trunkline.notices.notice import QUESTIONS, Notice, NoticeKind
from trunkline.people.audit import Actor, Deed, record
from trunkline.people.identity import Identity
from trunkline.people.roles import Right
from trunkline.web.i18n import gettext as _
from trunkline.web.paging import Page, page_of

SQL: Final = load_queries("trunkline.experts")
MOST: Final = 50
_EXCERPT: Final = 150
_MESSAGES: Final = msgspec.json.Decoder(list[Message])
_FIELDS: Final = tuple(name for name in Question.__struct_fields__ if name != "messages")


@dataclass(frozen=True, slots=True)
class Writer:
    """Who reads or writes, and when: what he asked or was asked, and what is of people in `departments` (None: all)."""

    person: UUID
    name: str
    departments: list[UUID] | None
    named: bool
    actor: Actor
    now: datetime

    @classmethod
    def of(cls, identity: Identity, actor: Actor, now: datetime) -> "Writer":
        """Others' threads are for who may set others' presence; names for who may read contacts."""
        others = identity.reach().departments if identity.holds(Right.PRESENCE_OTHERS) else []
        return cls(identity.person, identity.name, others, identity.holds(Right.CONTACTS_READ), actor, now)


async def ask(connection: Connection, writer: Writer, body: AskBody) -> tuple[Question, list[Notice]]:
    """Ask; call it in a transaction, and spread the notices after it. Raises InvalidInput."""
    number, text = parse(body.number), body.text.strip()
    if isinstance(number, NamedKind):
        raise InvalidInput(Mistake("number", _("must be a full phone number, e.g. +79161234567")))
    if not text:
        raise InvalidInput(Mistake("text", _("is empty: write something")))
    if body.contact and not await connection.fetchval(SQL["has_number"], number, body.contact):
        raise InvalidInput(Mistake("contact", _("must be a contact with this number")))
    people, topic = await _asked(connection, writer, body)
    if await connection.fetchval(SQL["waiting_of"], writer.person) >= MOST_WAITING:
        told = _("%(number)s questions of yours wait for an answer: close those that are settled")
        raise InvalidInput(Mistake("text", told % {"number": MOST_WAITING}))
    identifier = uuid7(time.time())
    row = (identifier, number, body.contact, body.call, topic, writer.person, writer.name, text, writer.now)
    try:
        async with connection.transaction():
            await connection.execute(SQL["ask"], *row)
    except asyncpg.ForeignKeyViolationError as error:
        raise InvalidInput(Mistake("contact", _("must be a contact with this number"))) from error
    await connection.execute(SQL["ask_people"], identifier, people)
    question = await find_question(connection, writer, identifier)
    after = {"number": mask(number), "characters": len(text), "topic": topic, "people": question.names}
    await record(connection, writer.actor, Deed("question.asked", "question", str(identifier), None, after), writer.now)
    return question, await _tell(connection, writer, question, people, NoticeKind.QUESTION_ASKED, text)


async def write(connection: Connection, writer: Writer, identifier: UUID, text: str) -> tuple[Question, list[Notice]]:
    """Add to the thread: of the asker a further question, of everybody else an answer. The same of it."""
    text = text.strip()
    if not text:
        raise InvalidInput(Mistake("text", _("is empty: write something")))
    await connection.execute(SQL["hold"], identifier)
    question = await find_question(connection, writer, identifier)
    if question.closed_at is not None:
        raise InvalidInput(Mistake("text", _("this question is closed: ask a new one")))
    if len(question.messages) >= MOST_MESSAGES:
        raise InvalidInput(Mistake("text", _("this thread is full: ask a new question")))
    is_answer = question.asked_by_id != writer.person
    row = (uuid7(time.time()), identifier, writer.person, writer.name, is_answer, text, writer.now)
    await connection.execute(SQL["add_message"], *row)
    await connection.execute(SQL["set_answered"], identifier, writer.now if is_answer else None)
    after = {"characters": len(text)}
    deed = Deed("question.answered" if is_answer else "question.continued", "question", str(identifier), None, after)
    await record(connection, writer.actor, deed, writer.now)
    await notices.done(connection, QUESTIONS, identifier, writer.now)
    if is_answer:
        asker = [question.asked_by_id] if question.asked_by_id else []
        told = await _tell(connection, writer, question, asker, NoticeKind.QUESTION_ANSWERED, text)
    else:
        told = await _tell(connection, writer, question, question.people, NoticeKind.QUESTION_ASKED, text)
    return await find_question(connection, writer, identifier), told


async def close(connection: Connection, writer: Writer, identifier: UUID) -> Question:
    """The asker needs no more; call it in a transaction. Raises NotFound, Forbidden."""
    await connection.execute(SQL["hold"], identifier)
    question = await find_question(connection, writer, identifier)
    if question.asked_by_id != writer.person:
        raise Forbidden(_("A question is closed by whoever asked it."))
    if question.closed_at is None:
        await connection.execute(SQL["close"], identifier, writer.now)
        await notices.done(connection, QUESTIONS, identifier, writer.now)
        deed = Deed("question.closed", "question", str(identifier))
        await record(connection, writer.actor, deed, writer.now)
    return await find_question(connection, writer, identifier)


async def find_question(connection: Connection, writer: Writer, identifier: UUID) -> Question:
    """One; raises NotFound where there is none within reach."""
    row = await connection.fetchrow(SQL["question"], writer.person, writer.departments, identifier)
    if row is None:
        raise NotFound(_("There is no such question, or it is not yours to read."))
    return _question(row, writer)


async def list_questions(
    connection: Connection,
    writer: Writer,
    shelf: Shelf,
    *,
    after: tuple[datetime, UUID] | None = None,
    size: int = MOST,
) -> Page[Question]:
    """Those of a shelf, the newest first."""
    cursor = after or (None, None)
    if shelf is Shelf.ALL:
        rows = await connection.fetch(SQL["list_all"], writer.person, writer.departments, *cursor, size + 1)
    else:
        rows = await connection.fetch(SQL["list_own"], writer.person, shelf.value, *cursor, size + 1)
    return page_of([_question(row, writer) for row in rows], size, lambda one: (one.asked_at, one.id))


async def questions_of_number(connection: Connection, writer: Writer, number: str, most: int) -> Sequence[Question]:
    """Those about a number that the writer may read, the newest first; for its card."""
    rows = await connection.fetch(SQL["list_of_number"], writer.person, writer.departments, number, most)
    return [_question(row, writer) for row in rows]


async def people(connection: Connection) -> Sequence[Any]:
    """Who may be asked: id, name, department."""
    return await connection.fetch(SQL["people"])


async def _asked(connection: Connection, writer: Writer, body: AskBody) -> tuple[list[UUID], str]:
    """Who is asked, and the topic's name."""
    if (body.person is None) is (body.topic is None):
        raise InvalidInput(Mistake("person", _("choose a person or a topic")))
    rows = [
        row for row in await connection.fetch(SQL["asked_of"], body.person, body.topic) if row["id"] != writer.person
    ]
    if not rows:
        field = "person" if body.person else "topic"
        raise InvalidInput(Mistake(field, _("there is nobody else who could answer: choose another")))
    return [row["id"] for row in rows], rows[0]["topic"]


async def _tell(
    connection: Connection, writer: Writer, question: Question, to: Sequence[UUID], kind: NoticeKind, text: str
) -> list[Notice]:
    minutes = await connection.fetchval(SQL["mail_minutes"]) or 15
    excerpt = " ".join(text.split())
    excerpt = excerpt if len(excerpt) <= _EXCERPT else excerpt[: _EXCERPT - 1] + "…"
    facts = {"by": writer.name, "text": excerpt}
    wanted = [person for person in to if person != writer.person]
    return await notices.tell(connection, wanted, kind, question.id, facts, writer.now, timedelta(minutes=minutes))


def _question(row: Any, writer: Writer) -> Question:
    values = {name: row[name] for name in _FIELDS}
    question = Question(**values, messages=_MESSAGES.decode(row["messages"]))
    return question if writer.named else msgspec.structs.replace(question, contact="")

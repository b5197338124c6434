"""Reviews of recordings and comments on their moments: kept, told to whom they are about, and read again."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from recordings.checklist import SQL, Criterion, Mark, criteria, score
from recordings.recording import Recording
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.ids import uuid7
from trunkline.messages.store import recording_commented
from trunkline.notices import store as notices
from trunkline.notices.notice import Notice, NoticeKind
from trunkline.people.audit import Actor, Deed, record
from trunkline.web.i18n import gettext as _

LONGEST_TEXT: Final = 2000
MOST_COMMENTS: Final = 300
"""Of a recording, answers among them."""
_EXCERPT: Final = 150


class Given(msgspec.Struct, frozen=True):
    """An answer of a review; `points` as they were then."""

    criterion_id: UUID
    text: str
    answer: Mark
    points: int


class Review(msgspec.Struct, frozen=True):
    """A filled-in checklist; `score` in per cent."""

    id: UUID
    score: int
    remark: str
    at: datetime
    reviewer: str
    answers: tuple[Given, ...] = ()


class Comment(msgspec.Struct, frozen=True):
    """What somebody wrote on a moment of a recording, `seconds` from its begin, with what answers it."""

    id: UUID
    parent_id: UUID | None
    seconds: float
    text: str
    at: datetime
    author_id: UUID | None
    author: str
    answers: tuple["Comment", ...] = ()


@dataclass(frozen=True, slots=True)
class Agent:
    """Whose work a recording shows."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Writer:
    """Who reviews or writes, and when."""

    person: UUID
    name: str
    actor: Actor
    now: datetime


async def agent_of(connection: Connection, recording: UUID) -> Agent | None:
    """Who answered its call or placed it; None where nobody of the company did."""
    row = await connection.fetchrow(SQL["agent_of"], recording)
    return None if row is None else Agent(row["id"], row["name"])


async def review_of(connection: Connection, recording: UUID) -> Review | None:
    """Its review, where it has one."""
    row = await connection.fetchrow(SQL["review_of"], recording)
    if row is None:
        return None
    answers = [dict(one) for one in await connection.fetch(SQL["answers_of"], row["id"])]
    return msgspec.convert(dict(row) | {"answers": answers}, Review)


async def comments_of(connection: Connection, recording: UUID) -> Sequence[Comment]:
    """Those on its moments by their second, each with its answers, the oldest first."""
    rows = [msgspec.convert(dict(row), Comment) for row in await connection.fetch(SQL["moments_of"], recording)]
    return [
        msgspec.structs.replace(one, answers=tuple(other for other in rows if other.parent_id == one.id))
        for one in rows
        if one.parent_id is None
    ]


async def keep_review(
    connection: Connection, writer: Writer, one: Recording, agent: Agent, sent: Mapping[str, str], remark: str
) -> list[Notice]:
    """The checklist as `sent` fills it in, by a criterion's id; in a transaction. Raises InvalidInput."""
    asked = await criteria(connection)
    if not asked:
        raise InvalidInput(Mistake("answers", _("nothing is asked: write the checklist first, at /settings/quality")))
    answers = _answers(asked, sent)
    mistakes = [Mistake(str(each.id), _("choose an answer")) for each in asked if each.id not in answers]
    remark = remark.replace("\0", "").strip()
    if len(remark) > LONGEST_TEXT:
        mistakes.append(Mistake("remark", _too_long()))
    reached = score((answers[each.id], each.points) for each in asked if each.id in answers)
    if reached is None and not mistakes:
        mistakes.append(Mistake("remark", _("answer at least one line of the checklist with yes or no")))
    if mistakes or reached is None:
        raise InvalidInput(*mistakes)
    await _hold(connection, one)
    row = (uuid7(time.time()), one.id, agent.id, writer.person, reached, remark, writer.now)
    identifier = await connection.fetchval(SQL["keep_review"], *row)
    await connection.execute(SQL["forget_answers"], identifier)
    columns = [each.id for each in asked], [answers[each.id].value for each in asked], [each.points for each in asked]
    await connection.execute(SQL["keep_answers"], identifier, *columns)
    after = {"call": str(one.call_id), "agent": agent.name, "score": reached}
    await record(
        connection, writer.actor, Deed("recording.reviewed", "recording", str(one.id), after=after), writer.now
    )
    return await _tell(connection, writer, one, [agent.id], NoticeKind.REVIEW_GIVEN, {"score": reached})


async def comment(
    connection: Connection, writer: Writer, one: Recording, agent: Agent, at: str, text: str
) -> list[Notice]:
    """Write on the moment `at`, as `seconds_of` reads it; in a transaction. Raises InvalidInput."""
    seconds = seconds_of(at)
    mistakes = _wrong(text)
    if seconds is None or seconds > one.seconds:
        told = _("must be a moment of the recording, minutes and seconds: 0:00 to %(end)s")
        mistakes.insert(0, Mistake("at", told % {"end": _clock(one.seconds)}))
    if mistakes or seconds is None:
        raise InvalidInput(*mistakes)
    moment = await _write(connection, writer, one, agent, None, seconds, text)
    await recording_commented(connection, moment, one.id, agent.id, writer.name, writer.now)
    return await _tell(connection, writer, one, [agent.id], NoticeKind.REVIEW_COMMENTED, {"text": _excerpt(text)})


async def answer(
    connection: Connection, writer: Writer, one: Recording, agent: Agent, parent: UUID, text: str
) -> list[Notice]:
    """Write under the comment `parent`; all others of its thread are told. Raises InvalidInput, NotFound."""
    thread = next((each for each in await comments_of(connection, one.id) if each.id == parent), None)
    if thread is None:
        raise NotFound(_("There is no such comment."))
    if mistakes := _wrong(text):
        raise InvalidInput(*mistakes)
    await _write(connection, writer, one, agent, parent, thread.seconds, text)
    wrote = [agent.id, *(each.author_id for each in (thread, *thread.answers) if each.author_id)]
    return await _tell(connection, writer, one, wrote, NoticeKind.REVIEW_ANSWERED, {"text": _excerpt(text)})


def seconds_of(text: str) -> float | None:
    """`83`, `1:23` or `0:01:23` in seconds; None for what is no moment."""
    parts = text.strip().split(":")
    if not 1 <= len(parts) <= 3 or not all(part.isascii() and part.isdigit() and len(part) < 6 for part in parts):
        return None
    first, *others = (int(part) for part in parts)
    if any(part > 59 for part in others):
        return None
    seconds = first
    for part in others:
        seconds = seconds * 60 + part
    return float(seconds)


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def _answers(asked: Sequence[Criterion], sent: Mapping[str, str]) -> dict[UUID, Mark]:
    known = {each.value: each for each in Mark}
    return {each.id: known[sent[str(each.id)]] for each in asked if sent.get(str(each.id)) in known}


def _too_long() -> str:
    return _("must be at most %(most)s characters long") % {"most": LONGEST_TEXT}


def _wrong(text: str) -> list[Mistake]:
    if not text:
        return [Mistake("text", _("is empty: write something"))]
    return [Mistake("text", _too_long())] if len(text) > LONGEST_TEXT else []


def _excerpt(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _EXCERPT else line[: _EXCERPT - 1] + "…"


async def _hold(connection: Connection, one: Recording) -> None:
    """Be the only one to write about it; raises NotFound where it was refused meanwhile."""
    if await connection.fetchval(SQL["hold_recording"], one.id) is None:
        raise NotFound(_("There is no such recording, or its review is not yours to see."))


async def _write(
    connection: Connection,
    writer: Writer,
    one: Recording,
    agent: Agent,
    parent: UUID | None,
    seconds: float,
    text: str,
) -> UUID:
    """The id of what was written."""
    await _hold(connection, one)
    if len(await connection.fetch(SQL["moments_of"], one.id)) >= MOST_COMMENTS:
        raise InvalidInput(Mistake("text", _("is one too many: no more is written on this recording")))
    moment = uuid7(time.time())
    row = (moment, one.id, parent, agent.id, writer.person, seconds, text, writer.now)
    await connection.execute(SQL["keep_moment"], *row)
    after: dict[str, Any] = {"call": str(one.call_id), "agent": agent.name, "at": _clock(seconds)}
    after |= {"characters": len(text)} | ({"answers": str(parent)} if parent else {})
    deed = Deed("recording.commented", "recording", str(one.id), after=after)
    await record(connection, writer.actor, deed, writer.now)
    return moment


async def _tell(
    connection: Connection,
    writer: Writer,
    one: Recording,
    to: Sequence[UUID],
    kind: NoticeKind,
    facts: dict[str, Any],
) -> list[Notice]:
    wanted = [person for person in to if person != writer.person]
    return await notices.tell(connection, wanted, kind, one.id, {"by": writer.name} | facts, writer.now)

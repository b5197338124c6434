"""`/api/v1/recordings/quality` and `/api/v1/recordings/{id}/review`: what waits, a review, its comments."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from aiohttp import web

from recordings.checklist import Criterion, Mark, criteria
from recordings.quality import Comment, Review, answer, comment, comments_of, keep_review, review_of
from recordings.quality_of import Case, agent_to_review, case_of, writer_of
from recordings.quality_queue import queue_of
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.keys import redis_key
from trunkline.notices.notice import REVIEWS, Notice
from trunkline.notices.store import done, spread
from trunkline.people.pages.request import now, transaction
from trunkline.web.auth import signed_in
from trunkline.web.body import json_answer, read_json
from trunkline.web.i18n import gettext as _
from trunkline.web.paging import decode_cursor, page_of, page_size

_ONE: Final = "/api/v1/recordings/{id}"


class AgentTold(msgspec.Struct, frozen=True):
    """Whose work a recording shows."""

    id: UUID
    name: str


class QueueRow(msgspec.Struct, frozen=True):
    """A recording that waits for a review."""

    id: UUID
    call_id: UUID
    started_at: datetime
    seconds: float
    agent: AgentTold


class Turn(msgspec.Struct, frozen=True):
    """How many recordings of an agent wait, of the newest 5,000, and how many reviews he got in 30 days."""

    agent: AgentTold
    waiting: int
    reviews: int


class QueuePage(msgspec.Struct, frozen=True):
    """The newest first; of `turns` the one whose turn it is first."""

    items: list[QueueRow]
    next: str | None
    turns: list[Turn]


class ReviewTold(msgspec.Struct, frozen=True):
    """The review of a recording, null where it has none, and what is written on its moments.

    `checklist`: what is asked of whoever may review it (`reviews`), else nothing.
    """

    recording: UUID
    call_id: UUID
    agent: AgentTold | None
    reviews: bool
    review: Review | None
    comments: Sequence[Comment]
    checklist: Sequence[Criterion]


class ReviewBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An answer to each line of the checklist, by its id."""

    answers: dict[UUID, Mark]
    remark: str = ""


class CommentBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is written on the moment `at`, minutes and seconds (`1:23`) or seconds."""

    at: str
    text: str


class AnswerBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is written under a comment."""

    text: str


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get("/api/v1/recordings/quality", show_queue),
        web.get(f"{_ONE}/review", show),
        web.put(f"{_ONE}/review", review),
        web.post(f"{_ONE}/comments", add),
        web.post(f"{_ONE}/comments/{{comment}}/answers", reply),
    ]


async def show_queue(request: web.Request) -> web.Response:
    """`GET agent=&limit=&cursor=`: recordings of the last 30 days that nobody reviewed, and whose turn it is."""
    before, size = decode_cursor(request.query.get("cursor"), UUID), page_size(request.query.get("limit"))
    try:
        agent = UUID(request.query["agent"]) if request.query.get("agent") else None
    except ValueError:
        raise InvalidInput(Mistake("agent", _("must be the id of a person"))) from None
    async with transaction(request) as connection:
        queue = await queue_of(connection, signed_in(request).reach(), agent, before, size + 1, now())
    shown = page_of(queue.waiting, size, lambda row: row["id"])
    rows = [
        QueueRow(row["id"], row["call_id"], row["started_at"], row["seconds"], AgentTold(row["agent_id"], row["agent"]))
        for row in shown.rows
    ]
    turns = [Turn(AgentTold(row["agent_id"], row["agent"]), row["waiting"], row["reviews"]) for row in queue.turns]
    return json_answer(QueuePage(rows, shown.next_cursor, turns))


async def show(request: web.Request) -> web.Response:
    """`GET`: a ReviewTold."""
    return await _told(request, await case_of(request))


async def review(request: web.Request) -> web.Response:
    """`PUT` a ReviewBody: it takes the place of a review of before."""
    body, case = await read_json(request, ReviewBody), await case_of(request)
    agent = agent_to_review(case)
    sent = {str(criterion): given.value for criterion, given in body.answers.items()}
    async with transaction(request) as connection:
        asked = {each.id for each in await criteria(connection)}
        if unknown := sorted(body.answers.keys() - asked):
            raise InvalidInput(*(Mistake(f"answers.{each}", _("is not asked")) for each in unknown))
        try:
            told = await keep_review(connection, writer_of(request), case.one, agent, sent, body.remark)
        except InvalidInput as error:
            raise InvalidInput(*(_placed(mistake, asked) for mistake in error.mistakes)) from error
    return await _told(request, case, told)


async def add(request: web.Request) -> web.Response:
    """`POST` a CommentBody."""
    body, case = await read_json(request, CommentBody), await case_of(request)
    agent = agent_to_review(case)
    async with transaction(request) as connection:
        told = await comment(connection, writer_of(request), case.one, agent, body.at, _plain(body.text))
    return await _told(request, case, told, status=201)


async def reply(request: web.Request) -> web.Response:
    """`POST` an AnswerBody."""
    body, case = await read_json(request, AnswerBody), await case_of(request)
    nothing = NotFound(_("There is no such comment."))
    try:
        parent = UUID(request.match_info["comment"])
    except ValueError:
        raise nothing from None
    if case.agent is None:
        raise nothing
    async with transaction(request) as connection:
        told = await answer(connection, writer_of(request), case.one, case.agent, parent, _plain(body.text))
        await done(connection, REVIEWS, case.one.id, now(), signed_in(request).person)
    return await _told(request, case, told, status=201)


async def _told(request: web.Request, case: Case, told: Sequence[Notice] = (), status: int = 200) -> web.Response:
    """How it stands, once those it is told to are told."""
    await spread(request.app[redis_key], told)
    async with transaction(request) as connection:
        found, comments = await review_of(connection, case.one.id), await comments_of(connection, case.one.id)
        asked = await criteria(connection) if case.reviews else ()
    agent = None if case.agent is None else AgentTold(case.agent.id, case.agent.name)
    stands = ReviewTold(case.one.id, case.one.call_id, agent, case.reviews, found, comments, asked)
    return json_answer(stands, status)


def _placed(mistake: Mistake, asked: set[UUID]) -> Mistake:
    """Where it is in the body; the form names a criterion alone."""
    known = mistake.path in map(str, asked)
    return Mistake(f"answers.{mistake.path}", mistake.message) if known else mistake


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()

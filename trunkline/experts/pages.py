"""`/questions`: those that wait for me, mine, and those that are answered; one with its thread."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from aiohttp import web

from trunkline.card.wrap_up import too_long
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.experts.question import LONGEST_TEXT, Shelf
from trunkline.experts.store import Writer, close, find_question, list_questions, write
from trunkline.keys import redis_key
from trunkline.notices.notice import QUESTIONS, NoticeKind
from trunkline.notices.store import count_open, done, spread
from trunkline.people.pages.request import actor_of, mistakes_of, now, text_field, transaction
from trunkline.people.roles import Right
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.paging import decode_cursor
from trunkline.web.render import page, redirect

_SHELVES: Final[Mapping[Shelf, str]] = {
    Shelf.WAITING: mark("Wait for me"),
    Shelf.MINE: mark("Asked by me"),
    Shelf.DONE: mark("Answered"),
    Shelf.ALL: mark("All in my departments"),
}
_NOTHING: Mapping[str, str] = {}


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get("/questions", show_list),
        web.get("/questions/count", show_count),
        web.get("/questions/{id}", show_question),
        web.post("/questions/{id}/messages", add_message),
        web.post("/questions/{id}/close", close_question),
    ]


async def show_list(request: web.Request) -> web.Response:
    """`GET ?shelf=&cursor=`: the questions of a shelf, the newest first."""
    identity = signed_in(request)
    shelves = [one for one in Shelf if one is not Shelf.ALL or identity.holds(Right.PRESENCE_OTHERS)]
    shelf = next((one for one in shelves if one.value == request.query.get("shelf")), Shelf.WAITING)
    after = decode_cursor(request.query.get("cursor"), tuple[datetime, UUID])
    async with transaction(request) as connection:
        found = await list_questions(
            connection, writer_of(request), shelf, after=after if after and after[0].tzinfo else None
        )
    return page(
        request,
        "experts/list.html",
        questions=found.rows,
        next_url=found.next_url(request.rel_url),
        shelf=shelf,
        tabs=[(_(_SHELVES[one]), f"/questions?shelf={one.value}") for one in shelves],
        here=f"/questions?shelf={shelf.value}",
        now=now(),
    )


async def show_count(request: web.Request) -> web.Response:
    """`GET`: how many wait for the reader's answer, or were answered and not read, for the navigation."""
    async with transaction(request) as connection:
        waiting = await count_open(connection, QUESTIONS, signed_in(request).person)
    return page(request, "experts/count.html", waiting=waiting)


async def show_question(request: web.Request) -> web.Response:
    """`GET`: one; its asker has read then what was answered."""
    return await _question(request)


async def add_message(request: web.Request) -> web.StreamResponse:
    """`POST text`: an answer, or of the asker a further question."""
    text = (await text_field(request, "text")).replace("\0", "").strip()
    try:
        check_length(text)
        async with transaction(request) as connection:
            _written, told = await write(connection, writer_of(request), question_id(request), text)
    except InvalidInput as error:
        return await _question(request, text, mistakes_of(error))
    await spread(request.app[redis_key], told)
    return redirect(request, f"/questions/{question_id(request)}", _("It is written."))


async def close_question(request: web.Request) -> web.StreamResponse:
    """`POST`: the asker needs no more."""
    async with transaction(request) as connection:
        await close(connection, writer_of(request), question_id(request))
    return redirect(request, "/questions?shelf=mine", _("The question is closed."))


def writer_of(request: web.Request) -> Writer:
    """Who reads or writes."""
    return Writer.of(signed_in(request), actor_of(request), now())


def check_length(text: str) -> None:
    """Raises InvalidInput for a text that does not fit."""
    if len(text) > LONGEST_TEXT:
        raise InvalidInput(Mistake("text", too_long(len(text), LONGEST_TEXT)))


def question_id(request: web.Request) -> UUID:
    """`{id}` of the path; raises NotFound."""
    try:
        return UUID(request.match_info["id"])
    except ValueError:
        raise NotFound(_("There is no such question, or it is not yours to read.")) from None


async def _question(request: web.Request, text: str = "", mistakes: Mapping[str, str] = _NOTHING) -> web.Response:
    identity = signed_in(request)
    async with transaction(request) as connection:
        question = await find_question(connection, writer_of(request), question_id(request))
        await done(connection, [NoticeKind.QUESTION_ANSWERED], question.id, now(), identity.person)
    return page(
        request,
        "experts/question.html",
        status=422 if mistakes else 200,
        question=question,
        mine=question.asked_by_id == identity.person,
        text=text,
        mistakes={"text": "", **mistakes},
        told=[(field, f"{_('Text')}: {message}") for field, message in mistakes.items()],
        longest=LONGEST_TEXT,
        may_see_calls=identity.holds(Right.CALLS_READ),
    )

"""`/recordings/quality/{id}`: the review of a recording and comments on its moments; a page, or part of its call's.

Who may review sees it within his reach; whose call it was sees it always, and answers, whether he may listen or not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from aiohttp import web

from recordings.checklist import Mark, criteria
from recordings.quality import (
    LONGEST_TEXT,
    Agent,
    Writer,
    agent_of,
    answer,
    comment,
    comments_of,
    keep_review,
    review_of,
)
from recordings.recording import Recording, Stage
from recordings.store import find
from trunkline.calls.reading import find_call
from trunkline.errors import Forbidden, InvalidInput, NotFound
from trunkline.keys import redis_key
from trunkline.notices.notice import REVIEWS
from trunkline.notices.store import done, spread
from trunkline.people.pages.request import actor_of, mistakes_of, now, text_field, transaction
from trunkline.people.roles import Right
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.render import page, redirect, toast

REVIEWER: Final = frozenset({Right.RECORDINGS_LISTEN, Right.RECORDINGS_REVIEW})
ANSWERS: Final = {Mark.YES: mark("yes"), Mark.NO: mark("no"), Mark.NA: mark("does not apply")}
_HERE: Final = "/recordings/quality/{id}"


@dataclass(frozen=True, slots=True)
class Case:
    """A recording for whoever looks at it. `reviews`: he may review it and comment on it."""

    one: Recording
    agent: Agent | None
    is_agent: bool
    reviews: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that came back: which, with what, and what is wrong with it."""

    form: str
    values: Mapping[str, str]
    mistakes: Mapping[str, str]


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get(_HERE, show),
        web.post(f"{_HERE}/review", review),
        web.post(f"{_HERE}/moments", add),
        web.post(f"{_HERE}/moments/{{moment}}/answers", reply),
    ]


async def show(request: web.Request) -> web.Response:
    """`GET`: the page, or for htmx the part; it is nothing (204) to who may listen and no more."""
    try:
        case = await case_of(request)
    except NotFound:
        if "HX-Request" in request.headers:
            return web.Response(status=204)
        raise
    return await _shown(request, case)


async def review(request: web.Request) -> web.StreamResponse:
    """`POST <criterion>=yes|no|na&remark=`: the whole checklist; it takes the place of a review of before."""
    case = await case_of(request)
    agent = agent_to_review(case)
    sent = {name: str(value) for name, value in (await request.post()).items()}
    try:
        async with transaction(request) as connection:
            told = await keep_review(connection, writer_of(request), case.one, agent, sent, sent.get("remark", ""))
    except InvalidInput as error:
        return await _shown(request, case, Sent("review", sent, mistakes_of(error)))
    await spread(request.app[redis_key], told)
    return await _done(request, case, _("The review is kept; %(name)s is told.") % {"name": agent.name})


async def add(request: web.Request) -> web.StreamResponse:
    """`POST at=&text=`: a comment on a moment, minutes and seconds."""
    case = await case_of(request)
    agent, at, text = agent_to_review(case), await text_field(request, "at"), await _text(request)
    try:
        async with transaction(request) as connection:
            told = await comment(connection, writer_of(request), case.one, agent, at, text)
    except InvalidInput as error:
        return await _shown(request, case, Sent("moment", {"at": at[:20], "text": text}, mistakes_of(error)))
    await spread(request.app[redis_key], told)
    return await _done(request, case, _("It is written; %(name)s is told.") % {"name": agent.name})


async def reply(request: web.Request) -> web.StreamResponse:
    """`POST text=`: an answer under a comment, of whose call it was or of a reviewer."""
    case = await case_of(request)
    if case.agent is None:
        raise NotFound(_("There is no such comment."))
    text = await _text(request)
    try:
        parent = UUID(request.match_info["moment"])
    except ValueError:
        raise NotFound(_("There is no such comment.")) from None
    try:
        async with transaction(request) as connection:
            told = await answer(connection, writer_of(request), case.one, case.agent, parent, text)
            await done(connection, REVIEWS, case.one.id, now(), signed_in(request).person)
    except InvalidInput as error:
        return await _shown(request, case, Sent(str(parent), {"text": text}, mistakes_of(error)))
    await spread(request.app[redis_key], told)
    return await _done(request, case, _("It is written."))


async def case_of(request: web.Request) -> Case:
    """The recording of `{id}`; raises NotFound, for what is not his to see too."""
    nothing = NotFound(_("There is no such recording, or its review is not yours to see."))
    try:
        identifier = UUID(request.match_info["id"])
    except ValueError:
        raise nothing from None
    identity = signed_in(request)
    async with transaction(request) as connection:
        one = await find(connection, identifier)
        if one is None or one.stage in {Stage.REFUSED, Stage.DELETED}:
            raise nothing
        agent = await agent_of(connection, identifier)
        is_agent = agent is not None and agent.id == identity.person
        within = identity.rights >= REVIEWER and await find_call(connection, one.call_id, identity.reach()) is not None
    if not (is_agent or within):
        raise nothing
    return Case(one, agent, is_agent, within and agent is not None and not is_agent and one.is_audible)


def agent_to_review(case: Case) -> Agent:
    """Whose call it was; raises Forbidden where he who asks may not review it."""
    if case.reviews and case.agent is not None:
        return case.agent
    raise Forbidden(
        _("Your own calls are reviewed by others.") if case.is_agent else _("This recording cannot be reviewed.")
    )


def writer_of(request: web.Request) -> Writer:
    """Who asks."""
    identity = signed_in(request)
    return Writer(identity.person, identity.name, actor_of(request), now())


async def _text(request: web.Request) -> str:
    return (await text_field(request, "text")).replace("\0", "").replace("\r\n", "\n").strip()


async def _done(request: web.Request, case: Case, said: str) -> web.StreamResponse:
    if "HX-Request" in request.headers:
        return toast(await _shown(request, case), said)
    return redirect(request, f"/recordings/quality/{case.one.id}", said)


async def _shown(request: web.Request, case: Case, sent: Sent | None = None) -> web.Response:
    identity, one = signed_in(request), case.one
    async with transaction(request) as connection:
        call = await find_call(connection, one.call_id, identity.reach())
        found, comments = await review_of(connection, one.id), await comments_of(connection, one.id)
        asked = await criteria(connection) if case.reviews else ()
        await done(connection, REVIEWS, one.id, now(), identity.person)
    return page(
        request,
        "recordings/quality_part.html" if "HX-Request" in request.headers else "recordings/quality.html",
        status=422 if sent else 200,
        one=one,
        case=case,
        started_at=call[0].started_at if call else None,
        review=found,
        comments=comments,
        criteria=asked,
        given={str(each.criterion_id): each.answer for each in found.answers} if found else {},
        answers=[(each.value, _(word)) for each, word in ANSWERS.items()],
        sent=sent,
        longest=LONGEST_TEXT,
        may_listen=identity.holds(Right.RECORDINGS_LISTEN) and call is not None and one.is_audible,
        may_see_call=identity.holds(Right.CALLS_READ) and call is not None,
    )

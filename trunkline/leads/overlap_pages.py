"""`/leads/overlaps`: dealers who ask for one end customer, and who of them has him until when."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Final
from uuid import UUID

from aiohttp import web

from trunkline.db.types import Connection
from trunkline.errors import Forbidden, InvalidInput, Mistake, NotFound
from trunkline.leads.api import hand_of
from trunkline.leads.hand import Hand
from trunkline.leads.overlaps import LONGEST_REASON, OverlapState, end, list_overlaps, prolong, reject, reserve
from trunkline.leads.words import KEPT, OVERLAP_STATES
from trunkline.people.pages.request import now, text_field, transaction
from trunkline.people.roles import Right
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.paging import decode_cursor, first_url
from trunkline.web.render import page, reader_of, redirect

HERE: Final = "/leads/overlaps"

Act = Callable[[Connection, Hand, UUID], Awaitable[None]]


def routes() -> list[web.RouteDef]:
    """The routes of this module; they stand before `/leads/{id}`."""
    return [
        web.get(HERE, show),
        web.post(f"{HERE}/{{id}}/reserve", reserve_one),
        web.post(f"{HERE}/{{id}}/prolong", prolong_one),
        web.post(f"{HERE}/{{id}}/end", end_one),
        web.post(f"{HERE}/{{id}}/reject", reject_one),
    ]


async def show(request: web.Request) -> web.Response:
    """`GET ?state=&cursor=`: what is proposed, what was decided."""
    text = request.query.get("state", "")
    state = OverlapState(text) if text in set(OverlapState) else OverlapState.SUSPECTED
    after = decode_cursor(request.query.get("cursor"), tuple[datetime, UUID])
    async with transaction(request) as connection:
        found = await list_overlaps(connection, state, after)
    return page(
        request,
        "leads/overlaps.html",
        overlaps=found.rows,
        state=state.value,
        tabs=[(_(word), f"{HERE}?state={key.value}") for key, word in OVERLAP_STATES.items()],
        here=f"{HERE}?state={state.value}",
        kept={key: (_(word), kind) for key, (word, kind) in KEPT.items()},
        may_edit=signed_in(request).holds(Right.LEADS_EDIT),
        today=now().astimezone(reader_of(request).timezone).date(),
        longest=LONGEST_REASON,
        next_url=found.next_url(request.rel_url),
        first_url=first_url(request.rel_url),
    )


async def reserve_one(request: web.Request) -> web.StreamResponse:
    """`POST dealer, until, reason?`: he has the customer, the others are refused."""
    dealer, until = await text_field(request, "dealer"), await text_field(request, "until")
    reason = " ".join((await text_field(request, "reason")).replace("\0", "").split())

    async def do(connection: Connection, hand: Hand, overlap: UUID) -> None:
        await reserve(connection, hand, overlap, _uuid(dealer), _day(until), reason)

    return await _done(request, do, _("Reserved; the other dealers are refused."))


async def prolong_one(request: web.Request) -> web.StreamResponse:
    """`POST until`: a later term."""
    until = await text_field(request, "until")

    async def do(connection: Connection, hand: Hand, overlap: UUID) -> None:
        await prolong(connection, hand, overlap, _day(until))

    return await _done(request, do, _("Prolonged."))


async def end_one(request: web.Request) -> web.StreamResponse:
    """`POST`: nobody has the customer any more."""
    return await _done(request, end, _("The reservation is over."))


async def reject_one(request: web.Request) -> web.StreamResponse:
    """`POST`: it is no overlap."""
    return await _done(request, reject, _("It is no overlap."))


async def _done(request: web.Request, act: Act, said: str) -> web.StreamResponse:
    """Do it; what is in the way is told on the list. Who decides must see what dealers order."""
    if not signed_in(request).holds(Right.MONEY_READ):
        raise Forbidden(_("Who decides about dealers must see their orders: the right money.read."))
    back = f"{HERE}?state={OverlapState.SUSPECTED if act is reject else OverlapState.CONFIRMED}"
    try:
        async with transaction(request) as connection:
            await act(connection, hand_of(request), _uuid(request.match_info["id"]))
    except InvalidInput as error:
        return redirect(request, HERE, error.mistakes[0].message, "bad")
    except NotFound as error:
        return redirect(request, HERE, str(error), "bad")
    return redirect(request, back, said)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput(Mistake("dealer", _("choose one"))) from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(Mistake("until", _("must be a day, e.g. 2026-12-31"))) from None

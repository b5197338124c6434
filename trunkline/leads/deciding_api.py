"""`/api/v1/leads/orphans`, `/overlaps` and `/proposals`: what the pages of these names list and do, for programs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final, TypeVar
from uuid import UUID

import msgspec
from aiohttp import web

from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.keys import pool_key, redis_key
from trunkline.leads.api import hand_of, lead_of
from trunkline.leads.hand import Hand
from trunkline.leads.merging import Proposal, keep_apart, merge, proposals
from trunkline.leads.orphans import Given, Lack, Orphan, give, list_orphans
from trunkline.leads.overlaps import LONGEST_REASON, Overlap, OverlapState, end, list_overlaps, prolong, reject, reserve
from trunkline.leads.reading import Asker
from trunkline.notices.store import spread
from trunkline.people.identity import Identity
from trunkline.people.pages.request import now, transaction
from trunkline.people.roles import Right
from trunkline.web.auth import signed_in
from trunkline.web.body import json_answer, read_json
from trunkline.web.i18n import gettext as _
from trunkline.web.paging import decode_cursor, page_size

HERE: Final = "/api/v1/leads"
Word = TypeVar("Word", bound=StrEnum)
Act = Callable[[Connection, Hand, UUID], Awaitable[None]]


class Kind(StrEnum):
    """What may have nobody who minds it."""

    LEAD = "lead"
    DEAL = "deal"


class OrphanPage(msgspec.Struct, frozen=True):
    """A page of them, the oldest first."""

    items: list[Orphan]
    next: str | None


class OverlapPage(msgspec.Struct, frozen=True):
    """A page of them, the latest first."""

    items: list[Overlap]
    next: str | None


class ProposalList(msgspec.Struct, frozen=True):
    """All that is proposed, the newest first."""

    items: list[Proposal]


class GiveOrphan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """To whom, or when the next step is; or both."""

    kind: Kind
    person: UUID | None = None
    next_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class Reserve(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which of the dealers who ask has the customer, until the end of which day, and why."""

    dealer: UUID
    until: date
    reason: Annotated[str, msgspec.Meta(max_length=LONGEST_REASON)] = ""


class Prolong(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A later day."""

    until: date


class OtherLead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The second of two leads; which of them is named first is the same."""

    other: UUID


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a list is asked for."""

    cursor: str | None
    size: int


def routes() -> list[web.RouteDef]:
    """The routes of this module; they stand before `/api/v1/leads/{id}`."""
    return [
        web.get(f"{HERE}/orphans", show_orphans),
        web.post(f"{HERE}/orphans/{{id}}/give", give_orphan),
        web.get(f"{HERE}/overlaps", show_overlaps),
        web.post(f"{HERE}/overlaps/{{id}}/reserve", reserve_one),
        web.post(f"{HERE}/overlaps/{{id}}/prolong", prolong_one),
        web.post(f"{HERE}/overlaps/{{id}}/end", end_one),
        web.post(f"{HERE}/overlaps/{{id}}/reject", reject_one),
        web.get(f"{HERE}/proposals", show_proposals),
        web.post(f"{HERE}/{{id}}/merge", merge_pair),
        web.post(f"{HERE}/{{id}}/keep-apart", keep_pair_apart),
    ]


async def show_orphans(request: web.Request) -> web.Response:
    """`GET ?lack=&limit=&cursor=`: what the last look found within the reach; names and sums by their own rights."""
    asked, identity = _asked(request, "lack"), signed_in(request)
    after = decode_cursor(asked.cursor, tuple[datetime, UUID, str])
    lack = _word(request, "lack", Lack)
    async with request.app[pool_key].acquire() as connection:
        found = await list_orphans(connection, identity.reach(), after, lack, asked.size)
    return json_answer(OrphanPage([_told(one, identity) for one in found.rows], found.next_cursor))


async def give_orphan(request: web.Request) -> web.Response:
    """`POST {"kind", "person"?, "next_at"?}`: somebody minds it."""
    body = await read_json(request, GiveOrphan)
    async with transaction(request) as connection:
        given = Given(body.kind.value, lead_of(request), body.person, body.next_at)
        told = await give(connection, hand_of(request), given)
    await spread(request.app[redis_key], told)
    return web.Response(status=204)


async def show_overlaps(request: web.Request) -> web.Response:
    """`GET ?state=&limit=&cursor=`: what is proposed, or was decided."""
    asked, state = _asked(request, "state"), _word(request, "state", OverlapState)
    after = decode_cursor(asked.cursor, tuple[datetime, UUID])
    async with request.app[pool_key].acquire() as connection:
        found = await list_overlaps(connection, state or OverlapState.SUSPECTED, after, asked.size)
    return json_answer(OverlapPage(list(found.rows), found.next_cursor))


async def reserve_one(request: web.Request) -> web.Response:
    """`POST {"dealer", "until", "reason"?}`: he has the customer, the others are refused."""
    body = await read_json(request, Reserve)

    async def do(connection: Connection, hand: Hand, overlap: UUID) -> None:
        await reserve(connection, hand, overlap, body.dealer, body.until, " ".join(body.reason.split()))

    return await _done(request, do)


async def prolong_one(request: web.Request) -> web.Response:
    """`POST {"until"}`: a later term."""
    body = await read_json(request, Prolong)

    async def do(connection: Connection, hand: Hand, overlap: UUID) -> None:
        await prolong(connection, hand, overlap, body.until)

    return await _done(request, do)


async def end_one(request: web.Request) -> web.Response:
    """`POST`: nobody has the customer any more."""
    return await _done(request, end)


async def reject_one(request: web.Request) -> web.Response:
    """`POST`: it is no overlap."""
    return await _done(request, reject)


async def show_proposals(request: web.Request) -> web.Response:
    """`GET`: leads within the reach that may be one person's, with reasons."""
    async with request.app[pool_key].acquire() as connection:
        return json_answer(ProposalList(list(await proposals(connection, Asker.of(signed_in(request), now())))))


async def merge_pair(request: web.Request) -> web.Response:
    """`POST {"other"}`: the younger becomes part of the older, which is answered."""
    body = await read_json(request, OtherLead)
    async with transaction(request) as connection:
        return json_answer(await merge(connection, hand_of(request), lead_of(request), body.other))


async def keep_pair_apart(request: web.Request) -> web.Response:
    """`POST {"other"}`: they are two wishes."""
    body = await read_json(request, OtherLead)
    async with transaction(request) as connection:
        await keep_apart(connection, hand_of(request), lead_of(request), body.other)
    return web.Response(status=204)


def _told(orphan: Orphan, identity: Identity) -> Orphan:
    """As the page tells it: whose it is by *contacts.read*, for how much by *money.read*."""
    if not identity.holds(Right.CONTACTS_READ):
        orphan = msgspec.structs.replace(orphan, contact=None, company=None, contact_id=None)
    return orphan if identity.holds(Right.MONEY_READ) else msgspec.structs.replace(orphan, amount=None)


def _asked(request: web.Request, *known: str) -> _Asked:
    names = (*known, "limit", "cursor")
    query = {name: text for name, text in request.query.items() if text}
    mistakes = [Mistake(name, f"is not known; there are {', '.join(names)}") for name in query if name not in names]
    if mistakes:
        raise InvalidInput(*mistakes)
    return _Asked(query.get("cursor"), page_size(query.get("limit")))


def _word(request: web.Request, name: str, words: type[Word]) -> Word | None:
    text = request.query.get(name, "")
    if text and text not in set(words):
        raise InvalidInput(Mistake(name, _("must be one of %(words)s") % {"words": ", ".join(words)}))
    return words(text) if text else None


async def _done(request: web.Request, act: Act) -> web.Response:
    try:
        overlap = UUID(request.match_info["id"])
    except ValueError:
        raise NotFound(_("There is no such overlap.")) from None
    async with transaction(request) as connection:
        await act(connection, hand_of(request), overlap)
    return web.Response(status=204)

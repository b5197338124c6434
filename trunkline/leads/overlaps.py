"""Many dealers, one end customer: orders that overlap are proposed, and the ledger says who has him until when.

A look and each decision is one transaction with its row in the audit log; one dealer has a customer and article at a
time, which an index holds.
"""

import asyncio
import time
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NoReturn
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import msgspec

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection, Pool
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.ids import uuid7
from trunkline.leads.hand import Hand
from trunkline.log import get_logger
from trunkline.messages.happening import Kind
from trunkline.messages.store import happened_to_reservations, overlaps_found
from trunkline.people.audit import Actor, Deed, record
from trunkline.web.i18n import gettext as _
from trunkline.web.paging import Page, page_of

log = get_logger(__name__)

OVERLAPS: Final = load_queries("trunkline.leads", "overlaps.sql")
WINDOW_DAYS: Final = 30
"""Orders further apart are no overlap (crm.md §6.8)."""
KEPT_DAYS: Final = 365
"""What was rejected or closed and reserved for nobody goes then; the ledger stays."""
LOOK_SECONDS: Final = 300.0
LONGEST_REASON: Final = 500
PAGE: Final = 20
_FURTHEST: Final = timedelta(days=366)
_ACTOR: Final = Actor(None, "trunkline worker", "worker")


class OverlapState(StrEnum):
    """What was decided."""

    SUSPECTED = "suspected"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    CLOSED = "closed"


class DealerOrder(msgspec.Struct, frozen=True):
    """An order of a dealer for the end customer."""

    company_id: UUID
    company: str
    number: str
    ordered_on: date
    amount: float


class Kept(msgspec.Struct, frozen=True):
    """A row of the ledger; `until` is null of a refusal."""

    id: UUID
    company: str
    state: str
    until: date | None
    prolongations: int
    reason: str
    at: datetime
    person: str | None


class Overlap(msgspec.Struct, frozen=True):
    """One end customer and article that several dealers ask for."""

    id: UUID
    customer: str
    article: str
    state: OverlapState
    found_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    orders: list[DealerOrder]
    ledger: list[Kept]

    @property
    def dealers(self) -> dict[UUID, str]:
        """Who asks, by the first order."""
        return {one.company_id: one.company for one in self.orders}

    @property
    def active(self) -> Kept | None:
        """Who has the customer now."""
        return next((one for one in self.ledger if one.state == "active"), None)


async def run_overlaps(pool: Pool, timezone: str) -> NoReturn:
    """Look for ever; `timezone` is the company's, by which terms end."""
    zone = ZoneInfo(timezone)
    while True:
        try:
            async with pool.acquire() as connection, connection.transaction():
                await look(connection, datetime.now(UTC), zone)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("overlaps_wait", error=str(error) or type(error).__name__)
        await asyncio.sleep(LOOK_SECONDS)


async def look(connection: Connection, now: datetime, zone: ZoneInfo) -> int:
    """Propose what overlaps, end what is over; how many are new. In the caller's transaction."""
    if not await connection.fetchval(OVERLAPS["claim_look"]):
        return 0
    today = now.astimezone(zone).date()
    expired = await connection.fetch(OVERLAPS["expire"], today, now)
    for row in expired:
        after = {"company_id": str(row["company_id"]), "state": "expired"}
        await record(
            connection, _ACTOR, Deed("reservation.expired", "overlap", str(row["overlap_id"]), None, after), now
        )
    await happened_to_reservations(connection, Kind.RESERVATION_ENDED, [row["id"] for row in expired], now)
    await connection.execute(OVERLAPS["close_old"], now, WINDOW_DAYS)
    await connection.execute(OVERLAPS["prune"], now, KEPT_DAYS)
    found = await connection.fetch(OVERLAPS["find_overlaps"], today, WINDOW_DAYS)
    added = []
    for row in found:
        values = row["customer_key"], row["article"], row["customer"], row["dealers"]
        added.append(await connection.fetchval(OVERLAPS["add_overlap"], uuid7(time.time()), *values, now))
    await overlaps_found(connection, [one for one in added if one is not None], now)
    return len(found)


async def list_overlaps(
    connection: Connection, state: OverlapState, after: tuple[datetime, UUID] | None = None, size: int = PAGE
) -> Page[Overlap]:
    """Those of a state, the latest first."""
    rows = await connection.fetch(
        OVERLAPS["list_overlaps"], state.value, *(after or (None, None)), WINDOW_DAYS, size + 1
    )
    return page_of([msgspec.convert(dict(row), Overlap) for row in rows], size, lambda one: (one.found_at, one.id))


async def reserve(connection: Connection, hand: Hand, overlap: UUID, dealer: UUID, until: date, reason: str) -> None:
    """The dealer has the customer until that day, the others are refused. Raises InvalidInput, NotFound."""
    seen, dealers = await _held(connection, overlap)
    if dealer not in dealers:
        raise InvalidInput(Mistake("dealer", _("must be one of the dealers who ask")))
    _check_until(until, hand.now)
    ended = await connection.fetchrow(OVERLAPS["end_active"], overlap, hand.now)
    await _decide(connection, hand, overlap, OverlapState.CONFIRMED, len(dealers))
    given = uuid7(hand.now.timestamp())
    for company in sorted(dealers, key=lambda one: one != dealer):
        state, term = ("active", until) if company == dealer else ("refused", None)
        row = (overlap, company, state, term, reason[:LONGEST_REASON], hand.now, hand.identity.person)
        await connection.execute(OVERLAPS["reserve"], given if company == dealer else uuid7(hand.now.timestamp()), *row)
    before = {"state": seen["state"], "company_id": str(ended["company_id"]) if ended else None}
    after = {"state": "confirmed", "company_id": str(dealer), "until": str(until), "reason_characters": len(reason)}
    await _record(connection, hand, "reservation.made", overlap, before, after)
    if ended:
        await happened_to_reservations(connection, Kind.RESERVATION_ENDED, [ended["id"]], hand.now)
    if len(dealers) > 1:
        await happened_to_reservations(connection, Kind.RESERVATION_REFUSED, [given], hand.now)


async def prolong(connection: Connection, hand: Hand, overlap: UUID, until: date) -> None:
    """The one who has him has him longer. Raises InvalidInput, NotFound."""
    await _held(connection, overlap)
    _check_until(until, hand.now)
    row = await connection.fetchrow(OVERLAPS["prolong"], overlap, until)
    if row is None:
        raise InvalidInput(Mistake("until", _("must be later than the term that runs; there may be none any more")))
    after = {"company_id": str(row["company_id"]), "until": str(until), "prolongations": row["prolongations"]}
    await _record(connection, hand, "reservation.prolonged", overlap, None, after)
    await happened_to_reservations(connection, Kind.RESERVATION_PROLONGED, [row["id"]], hand.now)


async def end(connection: Connection, hand: Hand, overlap: UUID) -> None:
    """Nobody has the customer any more. Raises InvalidInput, NotFound."""
    await _held(connection, overlap)
    row = await connection.fetchrow(OVERLAPS["end_active"], overlap, hand.now)
    if row is None:
        raise InvalidInput(Mistake("until", _("nobody has this customer now")))
    await _record(connection, hand, "reservation.ended", overlap, None, {"company_id": str(row["company_id"])})
    await happened_to_reservations(connection, Kind.RESERVATION_ENDED, [row["id"]], hand.now)


async def reject(connection: Connection, hand: Hand, overlap: UUID) -> None:
    """It is no overlap; it is proposed again when another dealer asks. Raises InvalidInput, NotFound."""
    seen, dealers = await _held(connection, overlap)
    if seen["state"] != OverlapState.SUSPECTED:
        raise InvalidInput(Mistake("state", _("somebody has decided this already")))
    await _decide(connection, hand, overlap, OverlapState.REJECTED, len(dealers))
    await _record(connection, hand, "overlap.rejected", overlap, {"state": "suspected"}, {"state": "rejected"})


async def _held(connection: Connection, overlap: UUID) -> tuple[asyncpg.Record, set[UUID]]:
    """It, held until the transaction is over, and its dealers; a rejected or closed one is decided for good."""
    row = await connection.fetchrow(OVERLAPS["hold_overlap"], overlap)
    if row is None:
        raise NotFound(_("There is no such overlap."))
    if row["state"] in {OverlapState.REJECTED, OverlapState.CLOSED}:
        raise InvalidInput(Mistake("state", _("somebody has decided this already")))
    since = row["found_at"].date() - timedelta(days=WINDOW_DAYS)
    rows = await connection.fetch(OVERLAPS["dealers_of"], row["customer_key"], row["article"], since)
    return row, {one["company_id"] for one in rows}


def _check_until(until: date, now: datetime) -> None:
    if not now.date() <= until <= (now + _FURTHEST).date():
        raise InvalidInput(Mistake("until", _("must be a day from today on, within a year")))


async def _decide(connection: Connection, hand: Hand, overlap: UUID, state: OverlapState, dealers: int) -> None:
    await connection.execute(OVERLAPS["decide"], overlap, state.value, hand.now, hand.identity.person, dealers)


async def _record(
    connection: Connection, hand: Hand, action: str, overlap: UUID, before: dict[str, Any] | None, after: dict[str, Any]
) -> None:
    await record(connection, hand.actor, Deed(action, "overlap", str(overlap), before, after), hand.now)

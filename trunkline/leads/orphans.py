"""Leads and deals nobody minds: a look an hour finds them, one notice a day tells the heads, an assignment ends it.

A look is one transaction, with the notices that follow from it: a killed node leaves it to the next.
"""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, NoReturn
from uuid import UUID

import asyncpg
import msgspec
from redis.asyncio import Redis

from trunkline.db.sql import load_queries
from trunkline.db.types import Connection, Pool
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.ids import uuid7
from trunkline.leads.hand import FURTHEST, ChangeLead, Hand, PassLead, change, pass_on
from trunkline.leads.rules import read_rules
from trunkline.leads.touching import SQL
from trunkline.log import get_logger
from trunkline.notices import store as notices
from trunkline.notices.notice import Notice, NoticeKind
from trunkline.people.audit import Deed, record
from trunkline.people.identity import Reach
from trunkline.people.roles import ROLE_RIGHTS, Right, Role
from trunkline.web.i18n import gettext as _
from trunkline.web.paging import Page, page_of

log = get_logger(__name__)

ORPHANS: Final = load_queries("trunkline.leads", "orphans.sql")
LOOK_SECONDS: Final = 60.0
PAGE: Final = 50
_HEADS: Final = sorted(role for role in Role if Right.PRESENCE_OTHERS in ROLE_RIGHTS[role])


class Lack(StrEnum):
    """Why something is an orphan."""

    NO_OWNER = "no_owner"
    NO_NEXT_STEP = "no_next_step"


class Orphan(msgspec.Struct, frozen=True):
    """A lead or a deal that nobody minds; `here`: it is a lead that was opened here."""

    kind: str
    subject: UUID
    reason: Lack
    found_at: datetime
    phone: str
    contact: str | None
    company: str | None
    title: str
    stage: str
    amount: float | None
    opened_at: datetime
    owner: str | None
    owner_works: bool
    contact_id: UUID | None
    here: bool


class Given(msgspec.Struct, frozen=True):
    """To whom it goes, and when the next step is; at least one of them."""

    kind: str
    subject: UUID
    person: UUID | None
    next_at: datetime | None


async def run_orphans(pool: Pool, redis: Redis) -> NoReturn:
    """Look each hour, for ever; several nodes share the hour."""
    while True:
        try:
            await one_look(pool, redis, datetime.now(UTC))
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("orphans_wait", error=str(error) or type(error).__name__)
        await asyncio.sleep(LOOK_SECONDS)


async def one_look(pool: Pool, redis: Redis, now: datetime) -> bool:
    """Look, if this hour's look is still to be had, and tell the heads; whether it was."""
    async with pool.acquire() as connection:
        async with connection.transaction():
            if await connection.fetchval(ORPHANS["claim_look"], now) is None:
                return False
            quiet = (await read_rules(connection)).quiet_days
            changes = await connection.fetchrow(ORPHANS["look"], now, quiet)
            told = await _tell(connection, now)
        await notices.spread(redis, told)
    log.info("orphans_looked", told=len(told), **dict(changes or {}))
    return True


async def _tell(connection: Connection, now: datetime) -> list[Notice]:
    heads = await connection.fetch(ORPHANS["heads_to_tell"], now, _HEADS)
    subject, told = uuid7(time.time()), list[Notice]()
    for head in heads:
        facts = {"count": head["orphans"]}
        told += await notices.tell(connection, [head["person_id"]], NoticeKind.ORPHANS_FOUND, subject, facts, now)
    if told:
        await connection.execute(ORPHANS["note_told"], now)
    return told


async def list_orphans(
    connection: Connection,
    reach: Reach,
    after: tuple[datetime, UUID, str] | None = None,
    lack: Lack | None = None,
    size: int = PAGE,
) -> Page[Orphan]:
    """What the last look found within the reach, the oldest first."""
    behind = after or (None, None, None)
    asked = (reach.departments, reach.lines, *behind, lack.value if lack else None, size + 1)
    rows = [msgspec.convert(dict(row), Orphan) for row in await connection.fetch(ORPHANS["list_orphans"], *asked)]
    return page_of(rows, size, lambda one: (one.found_at, one.subject, one.reason.value))


async def give(connection: Connection, hand: Hand, given: Given) -> list[Notice]:
    """Somebody minds it from now on; spread the notices after the commit. Raises InvalidInput, NotFound."""
    reach = hand.identity.reach()
    held = await connection.fetchrow(ORPHANS["hold_orphan"], given.kind, given.subject, reach.departments, reach.lines)
    if held is None:
        raise NotFound(_("Somebody minds it already, or it is not yours to give."))
    await _check(connection, hand, given)
    told = await (_give_lead if given.kind == "lead" else _give_deal)(connection, hand, given)
    ended = [lack.value for lack, done in ((Lack.NO_OWNER, given.person), (Lack.NO_NEXT_STEP, given.next_at)) if done]
    await connection.execute(ORPHANS["settle"], given.kind, given.subject, ended)
    return told


async def _check(connection: Connection, hand: Hand, given: Given) -> None:
    if given.person is None and given.next_at is None:
        raise InvalidInput(Mistake("person", _("choose somebody, or a day for the next step")))
    if given.next_at is not None and not hand.now < given.next_at <= hand.now + FURTHEST:
        raise InvalidInput(Mistake("next_at", _("must be in the future, within two years")))
    if given.person is not None and given.person not in await _colleagues(connection):
        raise InvalidInput(Mistake("person", _("must be somebody who works here and may sign in")))


async def _colleagues(connection: Connection) -> Sequence[UUID]:
    return [row["id"] for row in await connection.fetch(SQL["colleagues"])]


async def _give_lead(connection: Connection, hand: Hand, given: Given) -> list[Notice]:
    if not await connection.fetchval("select exists (select from lead_clocks where lead_id = $1)", given.subject):
        await connection.execute(ORPHANS["give_lead"], given.subject, given.person, given.next_at)
        await _record(connection, hand, given)
        return []
    told: list[Notice] = []
    if given.next_at is not None:
        await change(connection, hand, given.subject, ChangeLead(next_call_at=given.next_at))
    if given.person is not None:
        _lead, told = await pass_on(connection, hand, given.subject, PassLead(given.person))
    return told


async def _give_deal(connection: Connection, hand: Hand, given: Given) -> list[Notice]:
    if given.person is not None:
        await connection.execute(ORPHANS["give_deal"], given.subject, given.person)
    if given.next_at is not None:
        task = uuid7(hand.now.timestamp())
        await connection.execute(ORPHANS["plan_task"], task, given.subject, given.next_at, _("Call the client"))
    await _record(connection, hand, given)
    return []


async def _record(connection: Connection, hand: Hand, given: Given) -> None:
    """What a CRM's row became; of a lead that was opened here its own steps are told."""
    after = {
        "responsible_id": str(given.person) if given.person else None,
        "next_at": given.next_at.isoformat() if given.next_at else None,
    }
    await record(
        connection, hand.actor, Deed(f"{given.kind}.given", given.kind, str(given.subject), None, after), hand.now
    )

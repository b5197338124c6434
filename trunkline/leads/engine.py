"""The task of the worker that minds the clocks of leads: gives away what nobody took, tells heads what is late.

Each lead is a transaction of its own, by one node at a time and behind the locks of its client: what was decided, the
notices of it and the audit log are one commit, so that neither a killed node nor another one does it twice.
"""

import asyncio
from datetime import UTC, datetime
from typing import Final, NoReturn
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
from redis.asyncio import Redis

from trunkline.db.types import Connection, Pool
from trunkline.leads.escalating import Candidate, Late, Step, What, next_step
from trunkline.leads.touching import SQL, hold_leads
from trunkline.log import get_logger
from trunkline.messages.happening import Kind
from trunkline.messages.store import happened_to_leads
from trunkline.notices import store as notices
from trunkline.notices.notice import LEADS, Notice, NoticeKind
from trunkline.pbx.devices import DeviceState
from trunkline.people.audit import Actor, Deed, record
from trunkline.people.roles import ROLE_RIGHTS, Right, Role
from trunkline.presence.state import AWAY, Timers, absence_at, combine, instant_of
from trunkline.presence.store import list_presence, pbx_ids
from trunkline.presence.telephones import telephones

log = get_logger(__name__)

TICK_SECONDS: Final = 5.0
_MOST: Final = 200
_NOBODY: Final = UUID(int=0)
_ACTOR: Final = Actor(None, "trunkline worker", "worker")
_TAKERS: Final = sorted({role for role in Role if Right.LEADS_EDIT in ROLE_RIGHTS[role]} - {Role.ADMINISTRATOR})
_HEADS: Final = sorted(role for role in Role if Right.PRESENCE_OTHERS in ROLE_RIGHTS[role])


async def run_leads(pool: Pool, redis: Redis, timezone: str) -> NoReturn:
    """Mind the clocks for ever; `timezone` is the company's, by which its people's hours count."""
    zone = ZoneInfo(timezone)
    while True:
        try:
            await one_round(pool, redis, zone, datetime.now(UTC))
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("leads_wait", error=str(error) or type(error).__name__)
        await asyncio.sleep(TICK_SECONDS)


async def one_round(pool: Pool, redis: Redis, zone: ZoneInfo, now: datetime, *, most: int = _MOST) -> int:
    """Look at leads whose clock has run out, the rest comes in the next round; with how many something was done."""
    async with pool.acquire() as connection:
        if not await connection.fetchval(SQL["anything_late"], now):
            return 0
        online = await online_people(connection, redis, zone, now)
        candidates = await _candidates(connection, online)
        able = [one.person for one in candidates]
        takers = [one for one in candidates if one.takes]
        departments = sorted({department for one in takers for department in one.departments})
        late = await connection.fetch(SQL["late_leads"], now, able, departments, bool(takers), most)
        moved = 0
        for row in late:
            told = await _look_at(connection, row["id"], online, now)
            moved += told is not None
            await notices.spread(redis, told or [])
        return moved


async def online_people(connection: Connection, redis: Redis, zone: ZoneInfo, now: datetime) -> list[UUID]:
    """Who is here: he says so, so do his hours, and his telephone is known to be in reach; he may be talking."""
    devices, _ = await telephones(redis, await pbx_ids(connection), now.timestamp())
    instant = instant_of(now.astimezone(zone))
    found = []
    for one in await list_presence(connection, _NOBODY, None, now):
        device = devices.get(one.extension or "", DeviceState.UNKNOWN)
        absence = absence_at(one.away, instant.at)
        presence = combine(one.manual, absence, one.hours_at(instant), device, Timers(), instant)
        if presence.state not in AWAY and device is not DeviceState.UNKNOWN:
            found.append(one.person)
    return found


async def _look_at(connection: Connection, lead: UUID, online: list[UUID], now: datetime) -> list[Notice] | None:
    """What is due about one lead; None where nothing is, any more, or another node is at it."""
    async with connection.transaction():
        if not await connection.fetchval(SQL["try_lock"]):
            return None
        await hold_leads(connection, [lead])
        row = await connection.fetchrow(SQL["late_lead"], lead)
        if row is None:
            return None
        late = Late(**{name: row[name] for name in Late.__struct_fields__})
        step = next_step(late, await _candidates(connection, online), now)
        return None if step is None else await _do(connection, lead, row, step, now)


async def _do(connection: Connection, lead: UUID, row: asyncpg.Record, step: Step, now: datetime) -> list[Notice]:
    """Write it down, with whom it is told."""
    facts = {"lead": row["named"]}
    if step.what is What.ASSIGN:
        assert step.person is not None
        await connection.execute(SQL["assign"], lead, step.person, now)
        deed = Deed("lead.assigned", "lead", str(lead), None, {"person_id": str(step.person)})
        await record(connection, _ACTOR, deed, now)
        await notices.done(connection, LEADS, lead, now)
        log.info("lead_assigned", lead=str(lead), person=str(step.person))
        await happened_to_leads(connection, Kind.LEAD_GIVEN, [lead], now)
        return await notices.tell(connection, [step.person], NoticeKind.LEAD_ASSIGNED, lead, facts, now)
    await connection.execute(SQL["note_told"], lead, now)
    await happened_to_leads(connection, Kind.LEAD_LATE, [lead], now)
    heads = [head["person_id"] for head in await connection.fetch(SQL["heads_of"], lead, _HEADS)]
    log.info("lead_late", lead=str(lead), why=step.what.value, heads=len(heads))
    if step.what is What.TELL_UNTAKEN:
        return await notices.tell(connection, heads, NoticeKind.LEAD_UNTAKEN, lead, facts, now)
    facts["whose"] = row["responsible"] or "—"
    return await notices.tell(connection, heads, NoticeKind.LEAD_UNCALLED, lead, facts, now)


async def _candidates(connection: Connection, online: list[UUID]) -> list[Candidate]:
    rows = await connection.fetch(SQL["candidates"], online, _TAKERS)
    return [Candidate(**dict(row)) for row in rows]

"""Feature codes become the agent's word: in order, once, and never over something newer."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import msgspec

from tests.people.company import AddPerson
from trunkline.db.types import Pool
from trunkline.people.audit import Actor
from trunkline.people.roles import Role
from trunkline.presence.applier import PresenceApplier
from trunkline.presence.change import PresenceChange
from trunkline.presence.record import PresenceRecord
from trunkline.presence.state import ManualState
from trunkline.presence.store import change_presence
from trunkline.spool import Kind, Position, Record
from trunkline.writer import Applied

NOW = datetime(2026, 8, 6, 9, tzinfo=UTC)


def said(person: UUID, state: ManualState, minute: int) -> Record:
    at = (NOW + timedelta(minutes=minute)).timestamp()
    told = PresenceRecord(at, "office", "1.1", "101", person, state)
    return Record(Kind.PRESENCE, at, msgspec.msgpack.encode(told), Position(0, 0))


async def apply(pool: Pool, *records: Record) -> Applied:
    async with pool.acquire() as connection, connection.transaction():
        return await PresenceApplier().apply(connection, records)


async def stored(pool: Pool, person: UUID) -> tuple[str, str, datetime | None, UUID | None]:
    row = await pool.fetchrow("select * from presence_states where person_id = $1", person)
    assert row is not None
    return row["state"], row["reason"], row["return_at"], row["by_id"]


async def deeds(pool: Pool) -> list[tuple[str, object]]:
    rows = await pool.fetch("select via, after from audit where action = 'presence.changed' order by id")
    return [(row["via"], row["after"]) for row in rows]


async def test_the_last_word_holds_and_each_is_in_the_log(pool: Pool, add_person: AddPerson) -> None:
    anna = await add_person("anna", Role.AGENT)
    spoken = [said(anna, ManualState.BREAK, 1), said(anna, ManualState.ONLINE, 2), said(anna, ManualState.OFFLINE, 3)]

    assert (await apply(pool, *spoken)).rejects == []
    assert await stored(pool, anna) == ("offline", "", None, anna)
    assert await deeds(pool) == [("telephone office/101", {"state": state}) for state in ("break", "online", "offline")]


async def test_applying_again_changes_nothing(pool: Pool, add_person: AddPerson) -> None:
    anna = await add_person("anna", Role.AGENT)
    spoken = [said(anna, ManualState.ONLINE, 1), said(anna, ManualState.BREAK, 2)]
    await apply(pool, *spoken)
    await apply(pool, *spoken)

    assert (await stored(pool, anna))[0] == "break"
    assert len(await deeds(pool)) == 2


async def test_what_was_said_later_on_the_page_stays(pool: Pool, add_person: AddPerson) -> None:
    anna = await add_person("anna", Role.AGENT)
    later = NOW + timedelta(minutes=5)
    change = PresenceChange(state=ManualState.BREAK, reason="обед", return_at=later + timedelta(hours=1))
    async with pool.acquire() as connection, connection.transaction():
        await change_presence(connection, anna, change, Actor(anna, "Анна", "session"), later)
    await apply(pool, said(anna, ManualState.OFFLINE, 4))
    kept = await stored(pool, anna)
    await apply(pool, said(anna, ManualState.ONLINE, 6))

    assert kept == ("break", "обед", later + timedelta(hours=1), anna)
    assert await stored(pool, anna) == ("online", "", None, anna)


async def test_who_has_left_and_what_is_no_record(pool: Pool, add_person: AddPerson) -> None:
    anna = await add_person("anna", Role.AGENT)
    await pool.execute("update people set active = false where id = $1", anna)
    broken = Record(Kind.PRESENCE, 1.0, b"\xc1", Position(0, 0))

    applied = await apply(pool, said(anna, ManualState.BREAK, 1), said(uuid4(), ManualState.BREAK, 1), broken)

    assert [reject.record for reject in applied.rejects] == [broken]
    assert await pool.fetchval("select count(*) from presence_states") == 0
    assert await deeds(pool) == []

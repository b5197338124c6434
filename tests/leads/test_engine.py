"""The engine on a real PostgreSQL and Valkey: whom it gives leads, whom it tells, and that it does each once."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from redis.asyncio import Redis

from tests.faults.harness import kill_at_every_point
from tests.people.company import AddPerson
from trunkline.db.types import Pool
from trunkline.leads.engine import one_round
from trunkline.notices.store import CHANNEL
from trunkline.pbx.devices import PROVED_AT, device_key
from trunkline.people.roles import Role

MOSCOW = ZoneInfo("Europe/Moscow")
NOON = datetime(2026, 3, 4, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PHONE = "+7916{:07}"


@pytest.fixture
async def sales(pool: Pool, redis: Redis, add_person: AddPerson) -> dict[str, UUID]:
    """Anna and Boris of the sales, their head, and the head of another department; both agents are at their desks."""
    await pool.execute("insert into pbxs (id, name, kind, settings) values ('office', 'Office', 'asterisk', '{}')")
    sales, other = uuid4(), uuid4()
    await pool.execute(
        "insert into departments (id, slug, name) values ($1, 'sales', 'Sales'), ($2, 'other', 'Other')", sales, other
    )
    people = {
        "anna": await add_person("anna", Role.AGENT),
        "boris": await add_person("boris", Role.AGENT),
        "head": await add_person("head", Role.SUPERVISOR),
        "stranger": await add_person("stranger", Role.SUPERVISOR),
        "root": await add_person("root", Role.ADMINISTRATOR, every_department=True),
    }
    for name, department, extension in (("anna", sales, "101"), ("boris", sales, "102"), ("head", sales, None)):
        await pool.execute(
            "update people set department_id = $2, extension = $3 where id = $1", people[name], department, extension
        )
    for name, department in (("head", sales), ("stranger", other)):
        scope = "insert into account_departments values ($1, $2) on conflict do nothing"
        await pool.execute(scope, people[name], department)
    await at_desks(redis, "101", "102")
    return people | {"sales": sales}


async def at_desks(redis: Redis, *extensions: str) -> None:
    await redis.delete(device_key("office"))
    fields: dict[Any, Any] = dict.fromkeys(extensions, "not_inuse")
    far = (NOON + timedelta(days=365)).timestamp()
    await redis.hset(device_key("office"), mapping=fields | {PROVED_AT: str(far)})


async def add_lead(pool: Pool, number: int = 1, departments: tuple[UUID, ...] = (), **more: Any) -> UUID:
    """To be taken by noon, called by a quarter to one."""
    lead, phone = uuid4(), PHONE.format(number)
    await pool.execute(
        "insert into leads (id, source, external_id, phone, title, opened_at, responsible_id)"
        " values ($1::uuid, 'call', $1::text, $2, 'Windows', $3, $4)",
        lead, phone, NOON - 15 * MINUTE, more.get("responsible"),
    )  # fmt: skip
    taken = more.get("taken")
    await pool.execute(
        "insert into lead_clocks (lead_id, phone, departments, take_by, call_by, taken_at, taken_by)"
        " values ($1, $2, $3, $4, $5, $6, $7)",
        lead, phone, list(departments), NOON, NOON + 45 * MINUTE, NOON - MINUTE if taken else None, taken,
    )  # fmt: skip
    return lead


async def told(pool: Pool) -> list[tuple[str, str]]:
    """Who was told what, in order."""
    rows = await pool.fetch("select name, kind from notices join people on people.id = person_id order by name, kind")
    return [(row["name"].partition(" ")[0].lower(), row["kind"]) for row in rows]


async def test_in_time_nothing_is_done(pool: Pool, redis: Redis, sales: dict[str, UUID]) -> None:
    await add_lead(pool, departments=(sales["sales"],))

    assert await one_round(pool, redis, MOSCOW, NOON - MINUTE) == 0
    assert await told(pool) == []


async def test_what_nobody_took_is_given_to_who_has_least(pool: Pool, redis: Redis, sales: dict[str, UUID]) -> None:
    """Anna has one already, so Boris gets the first; then who was given one longest ago."""
    await add_lead(pool, 9, responsible=sales["anna"], taken=sales["anna"])
    leads = [await add_lead(pool, number, (sales["sales"],)) for number in range(3)]
    async with redis.pubsub() as heard:
        await heard.subscribe(CHANNEL)
        assert await one_round(pool, redis, MOSCOW, NOON) == 3
        async with asyncio.timeout(10):
            while not (message := await heard.get_message(ignore_subscribe_messages=True, timeout=1)):
                pass
    assert b"lead.assigned" in message["data"]

    rows = await pool.fetch("select * from lead_inbox where id = any ($1)", leads)
    assert {row["responsible_id"] for row in rows} == {sales["anna"], sales["boris"]}
    assert all(row["responsible_id"] == row["taken_by_id"] for row in rows)
    assert all(row["taken_at"] == row["assigned_at"] == NOON for row in rows)
    counts = await pool.fetch("select responsible_id, count(*) as had from leads group by 1")
    assert {row["responsible_id"]: row["had"] for row in counts} == {sales["anna"]: 2, sales["boris"]: 2}
    assert len(await told(pool)) == 3
    assert await pool.fetchval("select count(*) from audit where action = 'lead.assigned'") == 3
    assert await one_round(pool, redis, MOSCOW, NOON + MINUTE) == 0


async def test_a_lead_of_a_department_is_given_to_who_works_below_it(
    pool: Pool, redis: Redis, sales: dict[str, UUID]
) -> None:
    company, other = uuid4(), await pool.fetchval("select id from departments where slug = 'other'")
    await pool.execute("insert into departments (id, slug, name) values ($1, 'all', 'All')", company)
    await pool.execute("update departments set parent_id = $1 where slug = 'sales'", company)
    above, beside = await add_lead(pool, departments=(company,)), await add_lead(pool, 2, departments=(other,))

    await one_round(pool, redis, MOSCOW, NOON)

    taken = "select taken_by from lead_clocks where lead_id = $1"
    assert await pool.fetchval(taken, above) in {sales["anna"], sales["boris"]}
    assert await pool.fetchval(taken, beside) is None


async def test_its_own_manager_first(pool: Pool, redis: Redis, sales: dict[str, UUID]) -> None:
    await add_lead(pool, 9, responsible=sales["boris"], taken=sales["boris"])
    lead = await add_lead(pool, 1, (sales["sales"],), responsible=sales["boris"])

    await one_round(pool, redis, MOSCOW, NOON)

    assert await pool.fetchval("select taken_by from lead_clocks where lead_id = $1", lead) == sales["boris"]
    assert await told(pool) == [("boris", "lead.assigned")]


@pytest.mark.parametrize("why", ["break", "away from the telephone", "not heard of"])
async def test_nobody_online_the_heads_are_told_once(
    pool: Pool, redis: Redis, sales: dict[str, UUID], why: str
) -> None:
    """Who comes online later is given it all the same."""
    lead = await add_lead(pool, 1, (sales["sales"],))
    if why == "break":
        await pool.execute("insert into presence_states (person_id, state) select id, 'break' from people")
    elif why == "not heard of":
        await at_desks(redis)
    else:
        await redis.hset(device_key("office"), mapping={"101": "unavailable", "102": "unavailable"})

    assert [await one_round(pool, redis, MOSCOW, NOON + step * MINUTE) for step in range(3)] == [1, 0, 0]
    assert await told(pool) == [("head", "lead.untaken")]

    await pool.execute("delete from presence_states")
    await at_desks(redis, "102")
    assert await one_round(pool, redis, MOSCOW, NOON + 5 * MINUTE) == 1
    assert await pool.fetchval("select taken_by from lead_clocks where lead_id = $1", lead) == sales["boris"]
    assert await told(pool) == [("boris", "lead.assigned"), ("head", "lead.untaken")]


async def test_who_may_not_sign_in_keeps_no_other_from_theirs(pool: Pool, redis: Redis, sales: dict[str, UUID]) -> None:
    """His leads, told to the heads already, can be given to nobody: they take no place in a round."""
    stuck = await add_lead(pool, 1, (uuid4(),), responsible=sales["boris"])
    await pool.execute("update people set login = null where id = $1", sales["boris"])
    await pool.execute(
        "update lead_clocks set late_told_at = $2, take_by = take_by - $3::interval where lead_id = $1",
        stuck,
        NOON,
        MINUTE,
    )
    lead = await add_lead(pool, 2, (sales["sales"],))

    assert await one_round(pool, redis, MOSCOW, NOON, most=1) == 1
    assert await pool.fetchval("select taken_by from lead_clocks where lead_id = $1", lead) == sales["anna"]


async def test_who_was_not_called_is_told_to_the_heads_once(pool: Pool, redis: Redis, sales: dict[str, UUID]) -> None:
    await add_lead(pool, 1, (sales["sales"],), taken=sales["anna"], responsible=sales["anna"])
    called = await add_lead(pool, 2, (sales["sales"],), taken=sales["anna"])
    await pool.execute("update lead_clocks set called_at = $2 where lead_id = $1", called, NOON)
    closed = await add_lead(pool, 3)
    await pool.execute("update leads set closed_at = now() where id = $1", closed)

    assert [await one_round(pool, redis, MOSCOW, NOON + step * MINUTE) for step in (44, 45, 46)] == [0, 1, 0]
    assert await told(pool) == [("head", "lead.uncalled")]
    assert "Anna" in (await pool.fetchval("select facts ->> 'whose' from notices")).title()


async def test_a_lead_of_no_department_is_of_every_head(pool: Pool, redis: Redis, sales: dict[str, UUID]) -> None:
    await add_lead(pool, taken=sales["anna"])
    await one_round(pool, redis, MOSCOW, NOON + 45 * MINUTE)
    assert await told(pool) == [("head", "lead.uncalled"), ("stranger", "lead.uncalled")]


async def test_administrators_where_there_is_no_head(pool: Pool, redis: Redis, sales: dict[str, UUID]) -> None:
    await pool.execute("update people set active = false where id = $1", sales["head"])
    await add_lead(pool, 1, (sales["sales"],), taken=sales["anna"])
    await one_round(pool, redis, MOSCOW, NOON + 45 * MINUTE)
    assert await told(pool) == [("root", "lead.uncalled")]


async def test_two_nodes_do_each_thing_once(pool: Pool, redis: Redis, sales: dict[str, UUID]) -> None:
    leads = [await add_lead(pool, number, (sales["sales"],)) for number in range(8)]
    async with asyncio.timeout(30):
        while await pool.fetchval("select exists (select from lead_clocks where taken_at is null)"):
            await asyncio.gather(*(one_round(pool, redis, MOSCOW, NOON) for _ in range(4)))

    assert len(await told(pool)) == len(leads)
    assert await pool.fetchval("select count(*) from audit where action = 'lead.assigned'") == len(leads)
    counts = await pool.fetch("select count(*) as had from leads group by responsible_id")
    assert [row["had"] for row in counts] == [4, 4]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("kind", ["sql", "socket"])
async def test_killed_anywhere_it_does_each_thing_once(
    pool: Pool,
    redis: Redis,
    database_url: str,
    valkey_url: str,
    sales: dict[str, UUID],
    kind: str,
    record_property: Callable[[str, object], None],
) -> None:
    """One lead is given away, of another the heads are told; the next round ends what the killed one left."""
    at = NOON + 45 * MINUTE
    gone = iter(range(10_000))

    async def prepare() -> None:
        await pool.execute("truncate leads, notices cascade")
        await add_lead(pool, next(gone), (sales["sales"],))
        await add_lead(pool, next(gone), (sales["sales"],), taken=sales["anna"])
        await add_lead(pool, next(gone), (uuid4(),))

    async def check() -> None:
        # The session of who was killed may hold the engine's lock until the server has noticed.
        async with asyncio.timeout(20):
            while len(await told(pool)) < 4:
                await one_round(pool, redis, MOSCOW, at)
        assert await one_round(pool, redis, MOSCOW, at) == 0
        kinds = [what for _name, what in await told(pool)]
        # What is given away so late is told to the heads next; of a foreign department nobody but administrators minds.
        assert sorted(kinds) == ["lead.assigned", "lead.uncalled", "lead.uncalled", "lead.untaken"]
        assert await pool.fetchval("select count(*) from lead_clocks where assigned_at is not null") == 1
        ids = [str(row["id"]) for row in await pool.fetch("select id from leads")]
        deeds = "select count(*) from audit where action = 'lead.assigned' and object_id = any ($1)"
        assert await pool.fetchval(deeds, ids) == 1

    tried = await kill_at_every_point(
        kind,
        "tests.leads.doomed:round_at",
        [database_url, valkey_url, at.isoformat()],
        tell=record_property,
        prepare=prepare,
        check=check,
    )

    assert tried.points >= 8

"""Leads and deals that nobody minds: which they are, that heads are told once, and who gets them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from redis.asyncio import Redis

from tests.faults.harness import kill_at_every_point
from tests.people.company import AddPerson
from tests.people.web import Browser, another, session_of
from tests.web.composed import text_of
from trunkline.db.types import Pool
from trunkline.keys import settings_key
from trunkline.leads.orphans import one_look
from trunkline.people.roles import Role

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
HERE = "/leads/orphans"


@pytest.fixture
async def sales(pool: Pool, add_person: AddPerson) -> dict[str, UUID]:
    """Anna and Boris of the sales, their head, and the head of another department."""
    found = {"sales": uuid4(), "other": uuid4()}
    for slug, department in tuple(found.items()):
        await pool.execute("insert into departments (id, slug, name) values ($1, $2, $2)", department, slug)
    for name, slug in (("head", "sales"), ("stranger", "other")):
        found[name] = await add_person(name, Role.SUPERVISOR)
        await pool.execute("insert into account_departments values ($1, $2)", found[name], found[slug])
    return found | {name: await add_person(name, Role.AGENT) for name in ("anna", "boris")}


async def add_contact(pool: Pool, **fields: Any) -> UUID:
    contact = uuid4()
    await pool.execute(
        "insert into contacts (id, name, responsible_id) values ($1, 'Vera', $2)", contact, fields.get("responsible")
    )
    return contact


async def add_deal(pool: Pool, contact: UUID | None, *, days: float = 1, **fields: Any) -> UUID:
    deal = uuid4()
    await pool.execute(
        "insert into deals (id, source, external_id, contact_id, responsible_id, department_id, title, opened_at)"
        " values ($1::uuid, 'crm', $1::uuid::text, $2, $3, $4, 'Windows', $5)",
        *(deal, contact, fields.get("responsible"), fields.get("department"), NOW - days * DAY),
    )
    return deal


async def add_lead(pool: Pool, *, days: float = 1, here: bool = False, **fields: Any) -> UUID:
    lead = uuid4()
    await pool.execute(
        "insert into leads (id, source, external_id, contact_id, responsible_id, phone, next_call_at, opened_at)"
        " values ($1::uuid, 'call', $1::uuid::text, $2, $3, '+79160000001', $4, $5)",
        *(lead, fields.get("contact"), fields.get("responsible"), fields.get("next_at"), NOW - days * DAY),
    )
    if here:
        await pool.execute(
            "insert into lead_clocks (lead_id, phone, take_by, call_by, taken_at, called_at)"
            " values ($1, '+79160000001', $2, $2, $3, $3)",
            *(lead, NOW, fields.get("called_at")),
        )
    return lead


async def found(pool: Pool) -> list[tuple[UUID, str]]:
    return [tuple(row) for row in await pool.fetch("select subject, reason from orphans order by reason")]


async def look(pool: Pool, redis: Redis, later: timedelta = timedelta()) -> list[tuple[UUID, str]]:
    assert await one_look(pool, redis, NOW + later)
    return await found(pool)


async def test_owners(pool: Pool, redis: Redis, sales: dict[str, UUID]) -> None:
    gone = await pool.fetchval("update people set active = false where id = $1 returning id", sales["boris"])
    his, annas = await add_contact(pool, responsible=gone), await add_contact(pool, responsible=sales["anna"])
    bad = {
        await add_deal(pool, his),
        await add_deal(pool, None),
        await add_lead(pool, responsible=gone),
        await add_lead(pool, here=True, responsible=gone, called_at=NOW),
    }
    await add_deal(pool, annas, responsible=gone)
    await add_deal(pool, his, responsible=sales["anna"])
    await add_lead(pool, responsible=sales["anna"])
    await add_lead(pool, here=True)  # untaken: its clocks mind it
    await add_deal(pool, None, days=0.01)  # of this hour

    assert {subject for subject, _ in await look(pool, redis)} == bad


async def test_next_steps(pool: Pool, redis: Redis, sales: dict[str, UUID]) -> None:
    anna = sales["anna"]
    quiet, planned, busy, talked = [await add_contact(pool, responsible=anna) for _ in range(4)]
    bad = {
        await add_deal(pool, quiet, days=30, responsible=anna),
        await add_lead(pool, days=30, responsible=anna),
        await add_lead(pool, days=30, here=True, responsible=anna, called_at=NOW),
    }
    await add_deal(pool, planned, days=30, responsible=anna)
    await add_lead(pool, days=30, responsible=anna, contact=planned, next_at=NOW + DAY)
    await add_deal(pool, busy, days=30, responsible=anna)
    await add_deal(pool, talked, days=30, responsible=anna)
    await add_deal(pool, quiet, days=3, responsible=anna)
    await pool.execute(
        "insert into tasks (id, source, external_id, contact_id) values ($1, 'crm', '1', $2)", uuid4(), busy
    )
    await pool.execute(
        "insert into touches (id, source, external_id, kind, contact_id, at) values ($1, 'c', '1', 'call', $2, $3)",
        *(uuid4(), talked, NOW - 6 * DAY),
    )

    assert {subject for subject, _ in await look(pool, redis)} == bad
    assert {reason for _, reason in await found(pool)} == {"no_next_step"}


async def test_heads_are_told_once_a_day(pool: Pool, redis: Redis, sales: dict[str, UUID]) -> None:
    deal = await add_deal(pool, None, department=sales["sales"])

    await look(pool, redis)
    assert not await one_look(pool, redis, NOW + timedelta(minutes=50)), "another node had this hour's"
    second = await add_deal(pool, None, department=sales["sales"])
    await look(pool, redis, timedelta(hours=1))
    told = await pool.fetch("select person_id, kind, facts from notices")
    assert [(row["person_id"], row["kind"], row["facts"]) for row in told] == [
        (sales["head"], "orphans.found", {"count": 1})
    ]

    await pool.execute("update deals set closed_at = now() where id = $1", deal)
    await look(pool, redis, timedelta(hours=2))
    assert {subject for subject, _ in await look(pool, redis, timedelta(hours=3))} == {second}
    assert await pool.fetchval("select count(*) from notices") == 1, "what it told of is minded; it is the same day"
    assert {subject for subject, _ in await look(pool, redis, timedelta(hours=21))} == {second}
    assert await pool.fetchval("select count(*) from notices") == 2


async def test_given_on_the_page(browser: Browser, pool: Pool, redis: Redis, sales: dict[str, UUID]) -> None:
    contact = await add_contact(pool)
    deal = await add_deal(pool, contact, days=30)
    lead = await add_lead(pool, days=30, here=True, called_at=NOW)
    await look(pool, redis)
    day = str((NOW + 3 * DAY).date())
    assert (await text_of(browser, HERE)).count('action="/leads/orphans/give"') == 4
    assert (await text_of(browser, f"{HERE}?lack=no_owner")).count('action="/leads/orphans/give"') == 2

    for kind, subject in (("deal", deal), ("lead", lead)):
        fields = {"kind": kind, "subject": str(subject), "person": str(sales["anna"]), "next_on": day}
        await browser.send(f"{HERE}/give", fields, page=HERE)
        assert "Somebody minds it from now on." in await text_of(browser, HERE)

    assert await found(pool) == []
    assert await look(pool, redis, timedelta(hours=1)) == []
    owners = await pool.fetch("select responsible_id from deals union all select responsible_id from contacts")
    assert [row["responsible_id"] for row in owners] == [sales["anna"]] * 2
    assert await pool.fetchval("select responsible_id from tasks where deal_id = $1", deal) == sales["anna"]
    assert browser.app is not None
    there = ZoneInfo(browser.app[settings_key].web.timezone)
    next_call = await pool.fetchval("select next_call_at from leads where id = $1", lead)
    assert str(next_call.astimezone(there).date()) == day
    actions = [
        row["action"] for row in await pool.fetch("select action from audit where object_kind in ('lead', 'deal')")
    ]
    assert sorted(actions) == ["deal.given", "lead.changed", "lead.passed"]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "choose somebody"),
        ({"person": "nobody"}, "choose one"),
        ({"person": str(uuid4())}, "must be somebody who works here"),
        ({"next_on": "soon"}, "must be a day"),
        ({"next_on": "2020-01-01"}, "must be in the future"),
        ({"next_on": "2099-01-01", "subject": str(uuid4())}, "Somebody minds it already"),
    ],
)
async def test_what_cannot_be_given(
    browser: Browser, pool: Pool, redis: Redis, fields: dict[str, str], told: str
) -> None:
    deal = await add_deal(pool, None)
    await look(pool, redis)

    await browser.send(f"{HERE}/give", {"kind": "deal", "subject": str(deal), **fields}, page=HERE)

    assert told in await text_of(browser, HERE)
    assert await found(pool) == [(deal, "no_owner")]


async def test_within_reach(
    browser: Browser, pool: Pool, redis: Redis, sales: dict[str, UUID], add_person: AddPerson
) -> None:
    await add_deal(pool, None, department=sales["sales"])
    await look(pool, redis)

    async with another(browser, await session_of(pool, browser.app, sales["stranger"])) as stranger:
        assert "Everything open has an owner" in await text_of(stranger, HERE)
    agent = await add_person("joe", Role.AGENT)
    async with another(browser, await session_of(pool, browser.app, agent)) as joe:
        await text_of(joe, HERE, 403)


async def test_killed_anywhere_heads_are_told_once(
    pool: Pool,
    redis: Redis,
    database_url: str,
    valkey_url: str,
    sales: dict[str, UUID],
    record_property: Callable[[str, object], None],
) -> None:
    async def prepare() -> None:
        await pool.execute("truncate orphans, notices, deals cascade")
        await pool.execute("update orphan_looks set looked_at = '-infinity', told_at = null")
        await add_deal(pool, None, department=sales["sales"])

    async def check() -> None:
        await one_look(pool, redis, NOW)
        assert await pool.fetchval("select count(*) from notices") == 1
        assert len(await found(pool)) == 1

    arguments = [database_url, valkey_url, NOW.isoformat()]
    tried = await kill_at_every_point(
        "sql",
        "tests.leads.doomed:look_at",
        arguments,
        tell=record_property,
        prepare=prepare,
        check=check,
    )

    assert tried.points >= 6

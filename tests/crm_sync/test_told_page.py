"""On a call's page: what each outside system was told of it, and what came of that, by one look at indexes."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis

from crm_sync.told import SYSTEMS
from tests.crm_sync.scene import Scene
from tests.people.company import AddPerson, add_person, box, hasher, passwords
from tests.people.web import Browser
from tests.web.composed import browsing_as, compose, text_of
from trunkline.alarms.told import WEBHOOKS
from trunkline.db.sql import load_queries
from trunkline.db.types import Pool
from trunkline.outbox.told import ToldState, told_of_call
from trunkline.people.roles import Role

__all__ = ["add_person", "box", "hasher", "passwords"]

SQL = load_queries("trunkline.outbox")
HOOK = UUID(int=9)
CLIENT = "+79161234567"
MANY = """
insert into {table} (stream, kind, idem, {columns})
select 'webhook:' || $1::uuid || ':call:' || n, 'webhook', 'x' || n, {values} from generate_series(1, 20000) as n
"""
TABLES = {
    "outbox": ("payload", "'{}'"),
    "outbox_log": ("id, attempts, took_ms, created_at", "-n, 1, 1, now()"),
    "outbox_dead": (
        "id, payload, attempts, error_class, error, parks, created_at",
        "-n, '{}', 1, 'permanent', '', false, now()",
    ),
}


@pytest.fixture
async def call(scene: Scene) -> UUID:
    """A call the portal was told of; a receiver of webhooks was told one thing, refused one, and waits for one."""
    await scene.happens("simple_answered")
    await scene.deliver()
    (call,) = await scene.calls()
    await scene.pool.execute(
        "insert into webhook_endpoints (id, name, url, secret, events) values ($1, 'Склад', 'https://x.ru', '', '{*}')",
        HOOK,
    )
    for place, (table, columns, values) in enumerate(
        (
            ("outbox_log", "id, attempts, took_ms, created_at, note", "1000001, 1, 5, now(), '200'"),
            (
                "outbox_dead",
                "id, attempts, error_class, error, parks, created_at",
                f"1000002, 3, 'permanent', 'no {CLIENT}', false, now()",
            ),
            ("outbox", "id, attempts, last_error", "1000003, 2, 'silence'"),
        )
    ):
        event = {"event": ("call.started", "call.ended", "call.missed")[place]}
        await scene.pool.execute(
            f"insert into {table} (stream, kind, idem, payload, {columns}) "
            f"values ('webhook:{HOOK}:call:{call}', 'webhook', '{table}', $1, {values})",
            event,
        )
    return call


@pytest.fixture
async def readers(
    database_url: str, valkey_url: str, redis: Redis, data_dir: Path, pool: Pool, add_person: AddPerson
) -> AsyncIterator[dict[str, Browser]]:
    """One who looks after deliveries, one who reads calls, one who sees none of them."""
    root = await add_person("root", Role.ADMINISTRATOR, every_department=True, every_line=True)
    marketer = await add_person("marketer", Role.MARKETER, every_department=True, every_line=True)
    agent = await add_person("agent", Role.AGENT)
    async with AsyncExitStack() as stack:
        people = {"root": root, "marketer": marketer, "agent": agent}
        yield {
            name: await stack.enter_async_context(
                browsing_as(compose(database_url, valkey_url, data_dir), pool, person)
            )
            for name, person in people.items()
        }


async def test_each_system_is_named_with_what_it_was_told_in_order(scene: Scene, call: UUID) -> None:
    async with scene.pool.acquire() as connection:
        rows = await told_of_call(connection, (SYSTEMS["bitrix24"], WEBHOOKS), call)
        assert await told_of_call(connection, (SYSTEMS["bitrix24"], WEBHOOKS), uuid4()) == []
    assert [(one.system, one.what, one.state) for one in rows] == [
        ("office", "that it began", ToldState.DELIVERED),
        ("office", "how it ended", ToldState.DELIVERED),
        ("Склад", "a call began", ToldState.DELIVERED),
        ("Склад", "a call ended", ToldState.GIVEN_UP),
        ("Склад", "a call was missed", ToldState.WAITING),
    ]
    assert [one.said for one in rows[2:]] == ["200", f"no {CLIENT}", "silence"]
    assert (rows[3].letter, rows[4].attempts) == (1000002, 2)


async def test_who_sees_the_call_sees_it_and_who_looks_after_deliveries_all_of_it(
    readers: dict[str, Browser], scene: Scene, call: UUID
) -> None:
    path = f"/calls/{call}/told"
    assert f'hx-get="{path}"' in await text_of(readers["root"], f"/calls/{call}")
    whole = await text_of(readers["root"], path)
    assert f"no {CLIENT}" in whole
    assert 'href="/settings/deliveries/1000002"' in whole
    assert "silence" in whole
    bare = await text_of(readers["marketer"], path)
    assert "Склад" in bare
    assert [words for words in (CLIENT, "no +7", "silence", "/settings/deliveries") if words in bare] == []
    assert (await readers["agent"].look(path)).status == 404
    await scene.pool.execute("update outbox_dead set error = 'the endpoint is switched off; nothing was sent'")
    spoken = await text_of(readers["root"], path, language="ru")
    assert "как он закончился" in spoken
    assert "адрес выключен; ничего не отправлено" in spoken


async def test_a_company_that_tells_nobody_has_no_such_card(
    readers: dict[str, Browser], scene: Scene, call: UUID
) -> None:
    await scene.pool.execute("truncate crm_connectors, webhook_endpoints cascade")
    assert "/told" not in await text_of(readers["root"], f"/calls/{call}")
    assert "No other system was told" in await text_of(readers["root"], f"/calls/{call}/told")


async def test_one_call_s_deliveries_are_found_by_indexes(scene: Scene, call: UUID) -> None:
    async with scene.pool.acquire() as connection, connection.transaction():
        for table, (columns, values) in TABLES.items():
            await connection.execute(MANY.format(table=table, columns=columns, values=values), HOOK)
            await connection.execute(f"analyze {table}")
        streams = [f"webhook:{HOOK}:call:{call}", f"bitrix24:{scene.connector}:call:{call}"]
        (row,) = await connection.fetch(f"explain (analyze, format json) {SQL['told']}", streams, 200)
    plan = row[0] if isinstance(row[0], list) else json.loads(row[0])
    nodes: list[dict[str, Any]] = []
    rest = [plan[0]["Plan"]]
    while rest:
        nodes.append(rest.pop())
        rest += nodes[-1].get("Plans", ())
    assert not [node for node in nodes if node["Node Type"] == "Seq Scan"]
    read = [node for node in nodes if node.get("Relation Name") in TABLES]
    assert {node["Relation Name"] for node in read} == set(TABLES)
    assert sum(node["Actual Rows"] * node["Actual Loops"] for node in read) == 5

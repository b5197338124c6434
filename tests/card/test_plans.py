"""A card is read off indexes, whatever the tables hold, and its last calls off the months asked for alone."""

import json
from datetime import date
from typing import Any

import pytest

from tests.card.conftest import CLIENT, House
from trunkline.card.reading import SQL, Asker, arguments
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.people.roles import Right

KEEPING = load_queries("trunkline.card", "keeping.sql")

BIG = (
    *("contacts", "contact_phones", "companies", "leads", "deals", "tasks", "orders", "invoices", "payments", "debts"),
    *("contact_notes", "people", "lines", "spam_numbers", "spam_legit", "spam_allow", "spam_personal", "call_wrap_ups"),
    *("dials", "callbacks"),
)
EVERYTHING = Asker(rights=frozenset(Right))


@pytest.fixture
async def connection(house: House) -> Any:
    """A house with some thousand rows in every table a card reads."""
    contact = await house.contact(company="ООО «Ромашка»")
    company = await house.company_of(contact)
    calls = [await house.call(over=True)]
    async with house.pool.acquire() as connection:
        for statement in _MANY:
            await connection.execute(statement)
        for table in ("leads", "deals", "orders", "invoices", "payments", "debts"):
            await house.add(table, company_id=company, **_NEEDED.get(table, {}))
        await connection.execute("analyze")
        yield connection, calls[0], house


_FOLK = "from (select row_number() over (order by id) as n, id, company_id from contacts) c"
_NEEDED: dict[str, dict[str, Any]] = {
    "payments": {"amount": 1, "paid_on": date(2026, 1, 1)},
    "debts": {"amount": 1},
}
_MANY = (
    "insert into companies (id, name, source, external_id) "
    "select gen_random_uuid(), n::text, 'm', n::text from generate_series(1, 3000) n",
    "insert into contacts (id, company_id, name, source, external_id) select gen_random_uuid(), id, name, 'm', name "
    "from companies where source = 'm'",
    "insert into contact_phones (number, contact_id) select '+7926' || lpad(name, 7, '0'), id from contacts "
    "where source = 'm'",
    *(
        f"insert into {table} (id, source, external_id, company_id, contact_id) "
        f"select gen_random_uuid(), 'm', n::text, company_id, id {_FOLK}"
        for table in ("leads", "deals", "orders", "invoices")
    ),
    "insert into tasks (id, source, external_id, contact_id, deal_id) "
    "select gen_random_uuid(), 'm', external_id, contact_id, id from deals",
    "insert into payments (id, source, external_id, company_id, contact_id, amount, paid_on) "
    f"select gen_random_uuid(), 'm', n::text, company_id, id, 1, '2026-01-01' {_FOLK}",
    "insert into debts (id, source, external_id, company_id, amount) "
    f"select gen_random_uuid(), 'm', n::text, company_id, 1 {_FOLK}",
    f"insert into contact_notes (id, contact_id, person, text) select gen_random_uuid(), id, 'a', 'b' {_FOLK}",
    "insert into people (id, name, extension) select gen_random_uuid(), n::text, (10000 + n)::text "
    "from generate_series(1, 3000) n",
    "insert into lines (id, number) select gen_random_uuid(), '+7812' || lpad(n::text, 7, '0') "
    "from generate_series(1, 3000) n",
    "insert into spam_numbers (number, source) select '+7958' || lpad(n::text, 7, '0'), 'm' "
    "from generate_series(1, 3000) n",
    "insert into spam_legit (number, weight, at) select number, 1, now() from spam_numbers",
    "insert into spam_allow (number, why) select number, 'hand' from spam_numbers",
    "insert into spam_personal (prefix, whole, treatment) select number, true, 'challenge' from spam_numbers",
    "insert into dials (id, at, number, pbx, agent, longest_seconds, ring_seconds, channel, call_id) "
    "select gen_random_uuid(), now(), number, 'm', '101', 60, 20, number, gen_random_uuid() from spam_numbers",
    "insert into call_wrap_ups (call_id, person_id) select gen_random_uuid(), id from people",
    """
    insert into calls (id, pbx, linkedid, direction, caller, caller_name, client, dialled, started_at, outcome,
        answered_by, agents, rang, queues, people, departments, wait_ms, talk_ms, is_partial, has_gap)
    select (left(id::text, 24) || lpad(to_hex(n), 12, '0'))::uuid, 'm', n::text, 'in', '', '',
        '+7926' || lpad((n % 500)::text, 7, '0'), '', now(), 'missed', '', '{}', '{}', '{}', '{}', '{}', 0, 0,
        false, false
    from (select id from calls limit 1) as one, generate_series(1, 3000) n
    on conflict do nothing
    """,
)


async def nodes_of(connection: Connection, statement: str, arguments: tuple[object, ...]) -> list[dict[str, Any]]:
    """The nodes of the plan that was run."""
    (row,) = await connection.fetch(f"explain (analyze, format json) {statement}", *arguments)
    plan = row[0] if isinstance(row[0], list) else json.loads(row[0])
    nodes: list[dict[str, Any]] = []
    rest = [plan[0]["Plan"]]
    while rest:
        node = rest.pop()
        nodes.append(node)
        rest += node.get("Plans", ())
    return nodes


def scanned(nodes: list[dict[str, Any]]) -> set[str]:
    """The big tables that were read whole; an empty month has nothing to read."""
    whole = {
        node["Relation Name"]
        for node in nodes
        if node["Node Type"] == "Seq Scan" and (node["Actual Rows"] or node.get("Rows Removed by Filter"))
    }
    return {name for name in whole if name in BIG or name.startswith(("calls", "decisions", "steps"))}


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
async def test_a_card_is_read_off_indexes(connection: Any, mode: str) -> None:
    open_one, call, house = connection
    await open_one.execute(f"set plan_cache_mode = {mode}")
    for subject in ({"call": call}, {"number": CLIENT}, {"number": "+79260000007"}):
        nodes = await nodes_of(open_one, SQL["card"], arguments(EVERYTHING, house.now, **subject))
        assert scanned(nodes) == set(), subject


async def test_what_is_kept_is_found_by_index(connection: Any) -> None:
    open_one, call, house = connection
    asked: dict[str, tuple[object, ...]] = {
        "wrap_ups_of": (call,),
        "due_call_backs": (house.anna, house.now),
    }
    for name, given in asked.items():
        assert scanned(await nodes_of(open_one, KEEPING[name], given)) == set(), name
    assert scanned(await nodes_of(open_one, KEEPING["due_call_backs"], (house.anna, None))) == set()


def test_the_statement_is_short_enough_to_be_kept_prepared() -> None:
    """What is longer asyncpg prepares anew each time, and planning it costs more than reading."""
    assert len(SQL["card"]) < 15 * 1024

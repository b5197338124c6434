"""A plan tried on stored decisions: what was known then counts, and never what is known today."""

import copy
import dataclasses
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest

from router.facts import Facts
from router.planning.replay import Replay, Report, Stored
from router.planning.replaying import Order, replay
from router.policy import policies_of
from router.rules import decide
from tests.router.company import OFFICE, PLAN, THURSDAY_NOON, head_of
from tests.router.planning.conftest import EDITED
from trunkline.calls.decisions import DecisionApplier
from trunkline.db.types import Pool
from trunkline.directory.values import ContactClass
from trunkline.pbx.port import DecisionRecord, Question
from trunkline.spool import Kind, Position, Record

SUPPLIER = Facts(
    caller="+79160000003", line=OFFICE, line_known=True, klass=ContactClass.SUPPLIER, contacts=(UUID(int=3),)
)
STRANGER = Facts(caller="+79160000004", line=OFFICE, line_known=True)
SPAMMER = Facts(caller="+79160000005", line=OFFICE, line_known=True, spam_votes=9, spam_source="own")


def record_of(facts: Facts, at: float, sequence: int, plan: dict[str, Any] = PLAN) -> Record:
    """A first turn as the question process leaves it in the spool."""
    question = Question("office", f"{int(at)}.{sequence}", facts.caller, facts.line)
    decision = decide(question, facts, policies_of(head_of(plan)), at, 0.5)
    told = DecisionRecord(at, 1, facts.caller, facts.line, question, decision, 7, 40)
    return Record(int(Kind.DECISION), at, msgspec.msgpack.encode(told), Position(0, sequence))


async def keep(pool: Pool, *records: Record) -> None:
    async with pool.acquire() as connection, connection.transaction():
        assert not (await DecisionApplier().apply(connection, records)).rejects


async def tried(database_url: str, body: dict[str, Any], at: float) -> Report:
    told = [each async for each in replay(Order(database_url, body, at - 3600, at + 3600))]
    assert told[-1].report is not None
    return told[-1].report


def moved(**classes: str) -> dict[str, Any]:
    body = copy.deepcopy(EDITED)
    body["classes"] |= classes
    return body


async def test_the_facts_of_that_moment_count_and_not_todays(company: None, pool: Pool, database_url: str) -> None:
    await pool.execute("insert into contacts (id, name, class) values ($1, 'Поставщик', 'supplier')", UUID(int=3))
    await pool.execute("insert into contact_phones (contact_id, number) values ($1, $2)", UUID(int=3), SUPPLIER.caller)
    await keep(
        pool,
        record_of(SUPPLIER, THURSDAY_NOON, 1),
        record_of(SUPPLIER, THURSDAY_NOON + 1, 2),
        record_of(STRANGER, THURSDAY_NOON + 2, 3),
        record_of(SPAMMER, THURSDAY_NOON + 3, 4),
    )
    same = await tried(database_url, EDITED, THURSDAY_NOON)
    before = await tried(database_url, moved(supplier="queue:finance"), THURSDAY_NOON)
    # Today the supplier is a client, spam, and has another number; none of that was so when he called.
    await pool.execute("update contacts set class = 'client', vip = true, overdue = 90000")
    await pool.execute("delete from contact_phones")
    await pool.execute("insert into spam_numbers (number, votes, source) values ($1, 5, 'own')", SUPPLIER.caller)
    after = await tried(database_url, moved(supplier="queue:finance"), THURSDAY_NOON)

    assert (same.total, same.elsewhere, same.skipped, same.plans) == (4, 0, 0, (7,))
    assert before == after
    assert (after.total, after.elsewhere) == (4, 2)
    (group,) = after.groups
    assert (group.before, group.after, group.rule, group.count) == ("queue:q-production", "queue:q-finance", "class", 2)
    assert {each.caller for each in group.examples} == {SUPPLIER.caller}


async def test_hours_are_those_of_the_moment_of_the_call(company: None, pool: Pool, database_url: str) -> None:
    await keep(pool, record_of(STRANGER, THURSDAY_NOON, 1), record_of(STRANGER, THURSDAY_NOON + 1800, 2))
    body = copy.deepcopy(EDITED)
    body["hours"]["thu"] = ["09:00-12:15"]
    report = await tried(database_url, body, THURSDAY_NOON)

    assert [(group.after, group.rule, group.count) for group in report.groups] == [("queue:q-quality", "closed", 1)]


async def test_the_moment_the_pbx_named_counts(company: None, pool: Pool, database_url: str) -> None:
    evening = THURSDAY_NOON + 8 * 3600
    record = record_of(STRANGER, THURSDAY_NOON, 1)
    told = msgspec.msgpack.decode(record.payload, type=DecisionRecord)
    named = msgspec.structs.replace(told, question=msgspec.structs.replace(told.question, at=evening))
    await keep(pool, dataclasses.replace(record, payload=msgspec.msgpack.encode(named)))
    report = await tried(database_url, EDITED, THURSDAY_NOON)

    assert [(group.after, group.rule) for group in report.groups] == [("queue:q-quality", "closed")]


async def test_a_branch_in_a_country_no_plan_had_brings_its_calendar(
    company: None, pool: Pool, database_url: str
) -> None:
    december = datetime(2026, 12, 16, 9, tzinfo=UTC).timestamp()
    await keep(pool, record_of(STRANGER, december, 1))
    body = EDITED | {"branches": {"almaty": {"country": "KZ"}}, "queues": {"sales": {"branch": "almaty"}}}
    report = await tried(database_url, body, december)

    assert [(group.after, group.rule) for group in report.groups] == [("queue:q-quality", "queue_holiday")]


async def test_only_the_period_is_looked_at_and_only_first_turns(company: None, pool: Pool, database_url: str) -> None:
    await keep(pool, record_of(STRANGER, THURSDAY_NOON, 1), record_of(STRANGER, THURSDAY_NOON - 7200, 2))
    await pool.execute("update decisions set turn = 2 where linkedid like '%.2'")
    await keep(pool, record_of(STRANGER, THURSDAY_NOON - 7300, 3))

    assert (await tried(database_url, EDITED, THURSDAY_NOON)).total == 1


async def test_no_decision_at_all(company: None, database_url: str) -> None:
    report = await tried(database_url, EDITED, THURSDAY_NOON)
    assert (report.total, report.elsewhere, report.groups) == (0, 0, ())


@pytest.mark.parametrize(
    ("rule", "facts"), [("body", msgspec.json.encode(STRANGER).decode()), ("class", None), ("class", '{"caller": 1}')]
)
def test_what_no_rule_answered_is_counted_apart(rule: str, facts: str | None) -> None:
    trying = Replay(policies_of(head_of()))
    trying.take(Stored(UUID(int=1), THURSDAY_NOON, "", OFFICE, "office", "reject", "", (), "", rule, 7, facts))
    assert (trying.report().total, trying.report().skipped, trying.report().elsewhere) == (1, 1, 0)


def test_another_digit_of_the_challenge_makes_no_difference() -> None:
    trying = Replay(policies_of(head_of()))
    facts = msgspec.json.encode(SPAMMER).decode()
    trying.take(Stored(UUID(int=1), THURSDAY_NOON, "", OFFICE, "office", "challenge", "7", (), "", "spam", 7, facts))
    assert trying.report().elsewhere == 0


async def test_a_wrong_plan_or_database_is_told(database_url: str) -> None:
    with pytest.raises((asyncpg.PostgresError, OSError)):
        await tried(database_url.rsplit("/", 1)[0] + "/nothing", EDITED, THURSDAY_NOON)

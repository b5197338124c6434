"""Which tags rules give: the table itself, and in the database for calls, forms and letters."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from tests.missed.told import CLIENT, Heard, news_of, put
from tests.reports.calls import NOON, SALES, SERVICE
from trunkline.calls.announce import News
from trunkline.calls.follow import follow_calls
from trunkline.db.partitions import ensure_partition
from trunkline.db.types import Pool
from trunkline.leads.rules import InForce, KeptLeadRules, is_working_time
from trunkline.leads.tagging import Facts, TagRule, tag
from trunkline.leads.writing import Message, keep_message
from trunkline.missed.promise import Rules, week_of

CALL = Facts(
    kind="call", places=("Sales", SALES), direction="Windows", channel="Paid Search", campaign="Brand",
    classes=frozenset({"client"}),
)  # fmt: skip
LETTER = Facts(kind="email", places=("Почта",), text="Нужны ОКНА", working=False)


def rule(**told: Any) -> TagRule:
    return TagRule(id=UUID(int=1), **{"name": "r", "tags": ("t",)} | told)


@pytest.mark.parametrize(
    ("asks", "of_call", "of_letter"),
    [
        ({}, True, True),
        ({"kinds": ("call", "missed")}, True, False),
        ({"places": ("sales",)}, True, False),
        ({"places": (SALES,)}, True, False),
        ({"places": ("почта",)}, False, True),
        ({"directions": ("windows",)}, True, False),
        ({"words": ("двер", "окн")}, False, True),
        ({"channels": ("paid search",)}, True, False),
        ({"campaigns": ("brand",)}, True, False),
        ({"classes": ("client",)}, True, False),
        ({"classes": ("supplier",)}, False, False),
        ({"hours": "in"}, True, False),
        ({"hours": "out"}, False, True),
        ({"kinds": ("email",), "words": ("двер",)}, False, False),
    ],
)
def test_conditions(asks: dict[str, Any], of_call: bool, of_letter: bool) -> None:
    assert [bool(tag(facts, [rule(**asks)]).tags) for facts in (CALL, LETTER)] == [of_call, of_letter]


def test_all_that_hold_give_tags_and_the_first_a_category() -> None:
    rules = [
        rule(name="a", tags=("one",)),
        rule(name="b", tags=("two", "one"), category="B"),
        rule(name="c", kinds=("form",), tags=("three",), category="C"),
        rule(name="d", tags=(), category="D"),
    ]
    tagged = tag(CALL, rules)

    assert (tagged.tags, tagged.category, tagged.rules) == (("one", "two"), "B", ("a", "b", "d"))


@pytest.mark.parametrize(
    ("at", "working"), [("2026-03-04T05:59", False), ("2026-03-04T06:00", True), ("2026-03-07T09:00", False)]
)
async def test_working_time(pool: Pool, at: str, working: bool) -> None:
    rules = InForce(working=Rules(week=week_of(["Mon-Fri 09:00-18:00"]), zone=ZoneInfo("Europe/Moscow")))
    async with pool.acquire() as connection:
        assert await is_working_time(connection, datetime.fromisoformat(at).replace(tzinfo=UTC), rules) is working
        assert await is_working_time(connection, NOON, InForce())


async def add_rule(pool: Pool, name: str, tags: list[str], category: str = "", **asks: list[str]) -> None:
    columns = ", ".join(asks)
    places = ", ".join(f"${number}" for number in range(6, 6 + len(asks)))
    await pool.execute(
        f"insert into lead_tag_rules (id, place, name, tags, category{', ' if asks else ''}{columns})"
        f" values ($1, $2, $3, $4, $5{', ' if asks else ''}{places})",
        *(uuid4(), await pool.fetchval("select count(*)::integer from lead_tag_rules"), name, tags, category),
        *asks.values(),
    )


async def told(pool: Pool, *calls: Heard, news: News = News.ENDED) -> None:
    async with pool.acquire() as connection, connection.transaction():
        for heard in calls:
            await ensure_partition(connection, "calls", heard.at.year, heard.at.month)
            await put(connection, heard)
        follow = partial(follow_calls, leads=KeptLeadRules(UTC))
        await follow(connection, [news_of(one, news, one.client if news is News.CORRECTED else "") for one in calls])


async def tags(pool: Pool) -> list[tuple[list[str], str]]:
    rows = await pool.fetch(
        "select c.tags, c.category from lead_clocks c join leads l on l.id = lead_id order by opened_at"
    )
    return [(row["tags"], row["category"]) for row in rows]


async def test_a_lead_has_the_tags_of_its_touches(pool: Pool) -> None:
    """Of calls, and of a letter that joins them; a call that turns out otherwise is tagged anew."""
    lines = [(uuid4(), SALES, "Sales", "Windows"), (uuid4(), SERVICE, "Service", "Windows")]
    await pool.executemany("insert into lines (id, number, name, brand) values ($1, $2, $3, $4)", lines)
    await add_rule(pool, "missed", ["lost"], "Missed", kinds=["missed"])
    await add_rule(pool, "talk", ["talk"], "Talks", kinds=["call"])
    await add_rule(pool, "service", ["service"], places=["service"])
    await add_rule(pool, "words", ["urgent"], "Urgent", words=["срочно"])
    await pool.execute(
        "insert into lead_tag_rules (id, place, name, active, tags) values ($1, 9, 'off', false, '{off}')", uuid4()
    )

    await told(pool, Heard(0), Heard(3, answered=True, line=SERVICE))
    assert await tags(pool) == [(["lost", "service", "talk"], "Missed")]
    async with pool.acquire() as connection, connection.transaction():
        message = Message(
            source="email", external_id="1", kind="email", phones=[CLIENT], direction="Windows", title="",
            text="Срочно!", at=NOON, place="Mail", raw={},
        )  # fmt: skip
        await keep_message(connection, message, await KeptLeadRules(UTC)(connection))
    assert (await tags(pool))[0][0] == ["lost", "service", "talk", "urgent"]
    await told(pool, replace(Heard(0), answered=True), news=News.CORRECTED)

    ((mended, category),) = await tags(pool)
    assert (mended, category in {"Talks", "Urgent"}) == (["service", "talk", "urgent"], True)
    rows = await pool.fetch("select raw -> 'tagged' as rules from touches where call_id is not null order by at")
    assert [row["rules"] for row in rows] == [["talk"], ["talk", "service"]]


async def test_a_call_is_tagged_by_its_advertisement(pool: Pool) -> None:
    await add_rule(pool, "ads", ["ads"], channels=["paid search"])
    heard = Heard(0)
    async with pool.acquire() as connection:
        await ensure_partition(connection, "attributions", heard.at.year, heard.at.month)
    await pool.execute(
        "insert into attributions (call_id, number, client, told_by, channel, confidence)"
        " values ($1, $2, $3, 'number', 'Paid Search', 1)",
        *(heard.id, SALES, CLIENT),
    )
    await told(pool, heard)

    assert await tags(pool) == [(["ads"], "")]


async def test_no_rule_no_tags(pool: Pool) -> None:
    await told(pool, Heard(0))

    assert await tags(pool) == [([], "")]
    assert await pool.fetchval("select raw ? 'tagged' from touches") is False

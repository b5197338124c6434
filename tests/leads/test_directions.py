"""The product manager of an article is told of overlapping dealers and of what becomes of reservations, once each."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis

from tests.leads.test_overlaps import HERE, IN_A_MONTH, IN_A_WEEK, NOW, act, company, looked, order, proposed
from tests.messages.conftest import READER, round_at
from tests.people.company import ACTOR, AddPerson
from tests.people.web import Browser
from tests.web.composed import text_of
from trunkline.db.types import Pool
from trunkline.errors import InvalidInput
from trunkline.leads.directions import TEMPLATES, Direction, read_direction, save_direction
from trunkline.messages import finding
from trunkline.messages.template import problem
from trunkline.people.roles import Role

PAGE = "/settings/leads/directions"
PETER = UUID(int=3)


async def told(pool: Pool) -> list[tuple[str, str]]:
    """What, and whom."""
    rows = await pool.fetch("select kind, recipient_name from messages order by at, kind, step")
    return [tuple(row) for row in rows]


@pytest.fixture
async def peter(pool: Pool, add_person: AddPerson) -> UUID:
    """The product manager of X, and Olga, of all else; two dealers ask for one article of his."""
    peter = await add_person("peter", Role.AGENT)
    olga = await add_person("olga", Role.AGENT)
    async with pool.acquire() as connection, connection.transaction():
        for name, prefixes, manager in (("Lamps", ("X-",), peter), ("Others", ("",), olga)):
            told = Direction(id=uuid4(), name=name, prefixes=prefixes, manager=manager)
            await save_direction(connection, told, ACTOR, NOW)
    await pool.execute("update message_rules set rule = jsonb_set(rule, '{working}', 'false')")
    await order(pool, "1", "A", "Вектор", "X-1")
    await order(pool, "2", "B", "Вектор", "X-1")
    return peter


async def test_he_is_told_of_each_thing_once(browser: Browser, pool: Pool, peter: UUID) -> None:
    for _ in range(2):
        await looked(pool)
    overlap = await proposed(pool)
    await act(browser, overlap, "reserve", dealer=await company(pool, "A"), until=IN_A_WEEK, reason="first")
    await act(browser, overlap, "prolong", until=IN_A_MONTH)
    await act(browser, overlap, "prolong", until=IN_A_WEEK)  # refused
    for days in (26, 27, 27, 28, 29, 29, 30):
        await finding.one_round(pool, READER.timezone, NOW + timedelta(days=days))
    for _ in range(2):
        await looked(pool, timedelta(days=31))

    everything = await told(pool)
    assert sorted(kind for kind, who in everything if who == "Peter") == [
        "overlap.found", "reservation.ended",
        "reservation.ending", "reservation.ending",  # three days before, and one
        "reservation.prolonged", "reservation.refused",
    ]  # fmt: skip
    assert {who for _kind, who in everything} == {"Peter", "Root"}, "administrators later, where he decides nothing"


async def test_what_is_decided_is_asked_no_more(browser: Browser, pool: Pool, redis: Redis, peter: UUID) -> None:
    await looked(pool)
    await round_at(pool, redis, NOW + timedelta(minutes=1))
    assert await pool.fetchval("select text from messages where step = 0") == (
        "Вектор, X-1: 2 dealers ask for one customer. Whose is he?"
    )
    await act(browser, await proposed(pool), "reject")
    await round_at(pool, redis, NOW + timedelta(days=2))
    states = await pool.fetch("select step, state, why from messages order by step")
    assert [tuple(row) for row in states] == [(0, "sent", ""), (1, "withdrawn", "settled")]


async def test_given_to_another_ends_the_former(browser: Browser, pool: Pool, peter: UUID) -> None:
    await looked(pool)
    overlap = await proposed(pool)
    for dealer in ("A", "B"):
        await act(browser, overlap, "reserve", dealer=await company(pool, dealer), until=IN_A_WEEK, reason="")
    await act(browser, overlap, "end")
    rows = await pool.fetch("select kind, facts ->> 'dealer' as dealer from messages where step = 0 order by kind, 2")
    assert [tuple(row) for row in rows] == [
        ("overlap.found", None), ("reservation.ended", "Dealer A"), ("reservation.ended", "Dealer B"),
        ("reservation.refused", "Dealer A"), ("reservation.refused", "Dealer B"),
    ]  # fmt: skip


async def test_whose_an_article_is(pool: Pool, peter: UUID) -> None:
    found = await pool.fetch("select a, (select name from direction_of(a)) as name from unnest($1::text[]) as a", [
        "X-1", "Y", "",
    ])  # fmt: skip
    assert [tuple(row) for row in found] == [("X-1", "Lamps"), ("Y", "Others"), ("", "Others")]


@pytest.mark.parametrize(
    ("field", "text"),
    [("name", ""), ("name", "x" * 61), ("prefixes", " , "), ("prefixes", "X" * 61), ("manager", "")],
)
def test_mistakes(field: str, text: str) -> None:
    sent = {"name": "Lamps", "prefixes": "x-, *", "manager": str(PETER)}
    assert read_direction(PETER, sent, [PETER]).prefixes == ("X-", "")
    with pytest.raises(InvalidInput) as caught:
        read_direction(PETER, sent | {field: text}, [PETER])
    assert [mistake.path for mistake in caught.value.mistakes] == [field]


def test_the_rules_that_come_say_what_there_is() -> None:
    assert [kind for kind, template in TEMPLATES.items() if problem(template, kind)] == []


async def test_the_page(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    peter = str(await add_person("peter"))
    assert "No direction yet" in await text_of(browser, PAGE)
    sent = {"name": "Lamps", "prefixes": "rt-, LM", "manager": peter}
    assert (await browser.send(f"{PAGE}/new", sent, page=PAGE)).status == 303
    assert "RT-, LM" in await text_of(browser, PAGE)
    assert await pool.fetchval("select count(*) from message_rules where active") == len(TEMPLATES)
    twice = await browser.send(f"{PAGE}/new", sent, page=PAGE)
    assert (twice.status, "another direction has this name" in await twice.text()) == (422, True)
    one = f"{PAGE}/{await pool.fetchval('select id from product_directions')}"
    await browser.send(one, sent | {"prefixes": "*"}, page=one)
    assert await pool.fetchval("select prefixes from product_directions") == [""]
    await pool.execute("delete from message_rules")
    await browser.send(f"{PAGE}/new", sent | {"name": "Others"}, page=PAGE)
    assert await pool.fetchval("select count(*) from message_rules") == 0, "removed rules do not come back"
    await browser.send(f"{one}/remove", {}, page=one)
    assert (await browser.look(one)).status == 404
    actions = await pool.fetch("select action from audit where object_kind = 'direction' order by id")
    assert [row["action"] for row in actions] == ["leads.direction_saved"] * 3 + ["leads.direction_removed"]
    assert (await browser.look(f"{HERE}?state=suspected")).status == 200

"""A foreman changes the status of his deliveries and installations by buttons; receivers of webhooks hear of it."""

from uuid import UUID

import pytest

from crm_sync.bots.store import Bot
from tests.crm_sync.bots.desk import CHAT, Desk
from tests.crm_sync.bots.test_leads import follow, press
from trunkline.mirror.imports import entity_named, import_records
from trunkline.webhooks.store import add as add_webhook

STATUS = "select status from works"


@pytest.fixture
async def bot(desk: Desk, anna: UUID, boris: UUID) -> Bot:
    bot = await desk.connect()
    await desk.bind(bot, anna)
    await desk.bind(bot, boris, 6006)
    return bot


async def comes(desk: Desk, **more: str) -> None:
    """As a CRM or 1C tells it."""
    orders = [{"external_id": "7", "number": "A-7"}]
    work = {"external_id": "w7", "order": "7", "kind": "delivery", "responsible": "anna", "address": "Lesnaya 5"}
    for entity, records in (("orders", orders), ("works", [work | more])):
        report = await import_records(desk.pool, records, entity_named(entity), "1c")
        assert report.problems == [], report


async def test_the_foreman_says_how_it_stands_and_the_webhook_tells(desk: Desk, bot: Bot) -> None:
    async with desk.pool.acquire() as connection, connection.transaction():
        await add_webhook(connection, desk.box, "1C", "https://1c.example.ru/in", ["order.status"])
    await comes(desk)
    await follow(desk)
    shown = desk.card()
    assert shown.texts == ["Delivery · order A-7 · planned\nLesnaya 5"]
    assert desk.telegram.in_chat(6006) == []
    begun, done = shown.button("On my way"), shown.button("It is done")
    assert await press(desk, shown, begun) == "Noted: under way."
    assert await press(desk, shown, begun) == "It stands so already."
    assert shown.texts[-1].startswith("Delivery · order A-7 · under way")
    assert [one["text"] for row in shown.keyboard for one in row] == ["It is done", "It did not come off"]
    assert await press(desk, shown, done) == "Noted: work done."
    assert await press(desk, shown, begun) == "That cannot be any more: it is work done."
    assert shown.keyboard == []
    told = await desk.pool.fetch("select payload -> 'data' as data from outbox where kind = 'webhook' order by id")
    assert [(row["data"]["was"], row["data"]["status"]) for row in told] == [("planned", "begun"), ("begun", "done")]
    assert told[0]["data"]["order"] == {"source": "1c", "external_id": "7", "number": "A-7"}
    assert told[0]["data"]["work"] == {"source": "1c", "external_id": "w7", "kind": "delivery"}
    assert await desk.pool.fetchval("select count(*) from audit where action = 'work.status'") == 2


async def test_who_is_its_foreman_no_more_changes_nothing(desk: Desk, bot: Bot) -> None:
    await comes(desk)
    await follow(desk)
    shown = desk.card()
    data = shown.button("It is done")
    await comes(desk, responsible="boris", version="2")
    assert await press(desk, shown, data) == "You may not do this."
    await follow(desk)
    assert await desk.pool.fetchval(STATUS) == "planned"
    assert shown.texts[-1].endswith("It is somebody else's now.")
    assert (shown.keyboard, len(desk.telegram.in_chat(6006))) == ([], 1)


async def test_works_are_listed_by_a_command(desk: Desk, bot: Bot) -> None:
    assert await desk.says("/works") == ["You have nothing to do outside."]
    await comes(desk, kind="installation", due_on="2026-12-01")
    (told,) = await desk.says("/works", CHAT)
    assert told.startswith("Installation · order A-7 · planned")


async def test_an_unknown_kind_is_a_row_s_mistake(desk: Desk, bot: Bot) -> None:
    work = {"external_id": "w8", "kind": "painting"}
    report = await import_records(desk.pool, [work], entity_named("works"), "1c")
    assert [problem.refused for problem in report.problems] == [True]


async def many(desk: Desk, first: int, after: int, **more: str) -> None:
    works = [{"external_id": f"w{n}", "kind": "delivery", "responsible": "anna", **more} for n in range(first, after)]
    assert (await import_records(desk.pool, works, entity_named("works"), "1c")).problems == []


async def test_many_works_at_once_are_one_message(desk: Desk, bot: Bot) -> None:
    await many(desk, 0, 45)
    await follow(desk)
    await follow(desk)
    (folded,) = desk.telegram.in_chat(CHAT)
    assert folded.texts == ["45 works are to be done outside: /works"]
    desk.clock.goes_on()
    await many(desk, 45, 60)
    await follow(desk)
    assert folded.texts[-1] == "60 works are to be done outside: /works"
    desk.clock.goes_on(70)
    await many(desk, 7, 8, address="Lesnaya 5", version="2")
    await follow(desk)
    assert [one.texts for one in desk.telegram.in_chat(CHAT)[1:]] == [["Delivery · planned\nLesnaya 5"]]
    assert desk.telegram.in_chat(6006) == []


@pytest.mark.parametrize(("waited", "kinds"), [(0, {"work": 5, "works": 1}), (61, {"work": 6})])
async def test_five_works_go_one_by_one_in_a_minute(desk: Desk, bot: Bot, waited: int, kinds: dict[str, int]) -> None:
    await many(desk, 0, 5)
    await follow(desk)
    desk.clock.goes_on(waited)
    await many(desk, 5, 6)
    await follow(desk)
    rows = await desk.pool.fetch("select kind, count(*) from bot_posts where not folded group by kind")
    assert {row["kind"]: row["count"] for row in rows} == kinds

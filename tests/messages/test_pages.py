"""`/settings/messages`, its log, `/messages`, and what a client allows."""

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis

from tests.messages.conftest import PHONE, Office, add_lead, put, round_at, states
from tests.messages.rules import rule, step
from tests.people.company import AddPerson
from tests.people.web import Browser, another, session_of
from tests.web.composed import text_of
from trunkline.db.types import Pool
from trunkline.messages.happening import Kind
from trunkline.messages.rule import Channel, Digest, Whom
from trunkline.messages.store import happened_to_leads
from trunkline.people.roles import Role

RULES = "/settings/messages"
NEW = f"{RULES}/rules/new"
FORM = {
    "name": "Просрочен",
    "kind": "debt.overdue",
    "active": "on",
    "template": "{client} должен {amount} уже {days} дн.",
    "days": "7",
    "amount": "1000",
    "whom_0": "responsible",
    "channel_0": "card",
    "whom_1": "heads",
    "channel_1": "email",
    "after_1": "60",
    "digest": "daily",
    "at": "10:30",
    "working": "on",
}


async def keep(browser: Browser, where: str = NEW, **change: str) -> tuple[int, str]:
    answer = await browser.send(where, FORM | change, page=NEW)
    return answer.status, unescape(await answer.text())


async def test_a_rule_is_kept_moved_and_removed(browser: Browser, pool: Pool) -> None:
    assert "No rules yet" in await text_of(browser, RULES)
    for name in ("Просрочен", "Второе"):
        await keep(browser, name=name)
    found = await pool.fetch("select id, rule from message_rules order by place")
    told = found[0]["rule"]
    assert (told["conditions"]["days"], told["digest"], told["at_minute"]) == (7, "daily", 630)
    assert [(one["whom"], one["channel"], one["after"]) for one in told["steps"]] == [
        ("responsible", "card", 0),
        ("heads", "email", 60),
    ]
    first, second = (row["id"] for row in found)
    text = await text_of(browser, f"{RULES}/rules/{first}")
    assert 'value="10:30"' in text
    await browser.send(f"{RULES}/rules/{first}/move", {"to": "down"}, page=RULES)
    await keep(browser, f"{RULES}/rules/{first}", name="Третье")
    text = await text_of(browser, RULES)
    assert text.index("Второе") < text.index("Третье")
    await browser.send(f"{RULES}/rules/{second}/remove", {}, page=RULES)
    assert [row["id"] for row in await pool.fetch("select id from message_rules")] == [first]
    deeds = await pool.fetch("select action from audit where object_kind = 'message_rule' order by id")
    assert [row["action"].partition("rule_")[2] for row in deeds] == ["saved", "saved", "moved", "saved", "removed"]


MISTAKES = [
    ({"name": " "}, "must have 1 to 100 characters"),
    ({"template": "{clint}"}, "there is no {clint} here; there are {client}, {company}"),
    ({"template": "{client"}, "a brace stands only around a field"),
    ({"template": "{client.__class__}"}, "a brace stands only around a field"),
    ({"template": ""}, "must not be empty"),
    ({"days": "-1"}, "must be a whole number, at most 3650"),
    ({"at": "25:00"}, "must be a time such as 09:30"),
    ({"after_1": "0"}, "must be later than the step before it"),
    ({"kind": "recording.commented", "template": "{by}", "whom_0": "client"}, "clients are not told of that"),
    ({"whom_0": "client"}, "does not reach whom you have chosen"),
    ({"whom_0": f"person:{uuid4()}"}, "is not there any more"),
    ({"whom_0": "", "whom_1": ""}, "choose who is told"),
]


async def test_every_mistake_is_told(browser: Browser, pool: Pool) -> None:
    for change, said in MISTAKES:
        status, text = await keep(browser, **change)
        assert (status, said in text) == (422, True), change
    assert await pool.fetchval("select count(*) from message_rules") == 0


async def test_a_preview_keeps_nothing(browser: Browser, pool: Pool) -> None:
    status, text = await keep(browser, preview="1", template="{client}, {phone}: {amount}, <b>")
    assert status == 200
    assert "Иванов Пётр, +7 916 123-45-67: 125" in text
    assert "<b></blockquote>" in text, "unescaped by the test, so it was escaped"
    assert await pool.fetchval("select count(*) from message_rules") == 0


async def test_what_holds_for_all(browser: Browser, pool: Pool) -> None:
    usual = {"opens": "08:00", "closes": "20:00", "client_most": "2", "client_days": "30", "kept_days": "90"}
    await browser.send(f"{RULES}/settings", usual, page=RULES)
    kept = await pool.fetchrow("select opens, closes, unasked, client_most, kept_days from message_settings")
    assert kept is not None
    assert tuple(kept) == (480, 1200, False, 2, 90)
    for change in ({"opens": "21:00"}, {"client_most": "0"}, {"kept_days": "x"}):
        assert (await browser.send(f"{RULES}/settings", usual | change, page=RULES)).status == 422


ADDRESSES = [
    ("slack", "https://hooks.slack.com/services/T/B/x", True),
    ("slack", "https://hooks.example.com/services/T/B/x", False),
    ("mattermost", "https://chat.example.com/hooks/abc", True),
    ("mattermost", "https://chat.example.com/abc", False),
    ("mattermost", "http://chat.example.com/hooks/abc", False),
    ("mattermost", "http://10.0.0.1/hooks/abc", False),
    ("mattermost", "file:///hooks/abc", False),
]


async def test_rooms(browser: Browser, pool: Pool) -> None:
    for kind, address, right in ADDRESSES:
        fields = {"room_name": "Продажи", "room_kind": kind, "address": address}
        answer = await browser.send(f"{RULES}/rooms", fields, page=RULES)
        assert answer.status == (303 if right else 422), address
        assert address not in await text_of(browser, RULES)
        row = await pool.fetchrow("select id, address from message_rooms")
        assert (row is not None) is right
        if row is not None:
            assert address.encode() not in row["address"]
            await browser.send(f"{RULES}/rooms/{row['id']}/remove", {}, page=RULES)
    assert await pool.fetchval("select count(*) from message_rooms") == 0


async def told_lead(pool: Pool, redis: Redis, office: Office, *steps: object) -> UUID:
    """Anna was told of a lead; her message."""
    now = datetime.now(UTC)
    await put(pool, rule("Новый лид", *steps, working=False, template="{client} {phone}"))  # type: ignore[arg-type]  # steps
    lead = await add_lead(pool, office)
    async with pool.acquire() as connection, connection.transaction():
        await happened_to_leads(connection, Kind.LEAD_OPENED, [lead], now)
    await round_at(pool, redis, now)
    found: UUID = await pool.fetchval("select id from messages where state = 'sent'")
    return found


async def test_who_sees_to_it_ends_the_chain(browser: Browser, pool: Pool, redis: Redis, office: Office) -> None:
    told = await told_lead(pool, redis, office, step(channel=Channel.CARD), step(Whom.HEADS, after=10))
    async with another(browser, await session_of(pool, browser.app, office["head"])) as head:
        assert (await head.look(f"/messages/{told}")).status == 404
        assert (await head.send(f"/messages/{told}/seen", {}, page="/messages")).status == 404
        assert (await head.look(RULES)).status == 403
        assert (await head.look(f"{RULES}/log")).status == 403
    async with another(browser, await session_of(pool, browser.app, office["anna"])) as anna:
        assert "Иванов" in await text_of(anna, "/messages")
        assert "nav-count" in await text_of(anna, "/messages/count")
        assert "/leads/" in await text_of(anna, f"/messages/{told}")
        await anna.send(f"/messages/{told}/seen", {}, page="/messages")
        assert "nav-count" not in await text_of(anna, "/messages/count")
    assert await states(pool) == [("Head", "withdrawn", "seen"), ("Анна", "sent", "")]
    text = await text_of(browser, f"{RULES}/log")
    assert "seen to by Анна" in text
    assert "somebody sees to it" in text


@pytest.mark.parametrize("plan", [{"digest": Digest.DAILY, "at_minute": 0}, {"after": 10}])
async def test_what_waits_shows_its_words(
    browser: Browser, pool: Pool, redis: Redis, office: Office, plan: dict[str, Any]
) -> None:
    """As it would be told now: gathered, or of a later step."""
    now, after = datetime.now(UTC), plan.pop("after", 0)
    steps = (step(), step(Whom.HEADS, after=after)) if after else (step(),)
    await put(pool, rule("Новый лид", *steps, working=False, template="{client} {phone}: {title}", **plan))
    lead = await add_lead(pool, office)
    async with pool.acquire() as connection, connection.transaction():
        await happened_to_leads(connection, Kind.LEAD_OPENED, [lead], now)
    await round_at(pool, redis, now)
    assert "Иванов +7 916 123-45-67: Окна" in await text_of(browser, f"{RULES}/log?state=waiting")
    assert await pool.fetchval("select text from messages where state = 'waiting'") == ""


async def test_the_log_is_filtered_and_paged(browser: Browser, pool: Pool, redis: Redis, office: Office) -> None:
    await told_lead(pool, redis, office, step())
    row = "insert into messages select (r).* from (select jsonb_populate_record(m, jsonb_build_object("
    row += "'id', gen_random_uuid(), 'key', n::text, 'at', m.at - n * interval '1 minute')) r"
    await pool.execute(f"{row} from messages m, generate_series(1, 60) n where m.state = 'sent' limit 60) x")
    text = await text_of(browser, f"{RULES}/log?name=%D0%90%D0%BD")
    assert text.count("Анна") >= 50
    following = re.search(r'href="([^"]*cursor=[^"]*)"', text)
    assert following is not None
    assert await text_of(browser, unescape(following[1]))
    assert "Nothing here" in await text_of(browser, f"{RULES}/log?state=refused")
    assert "Nothing here" in await text_of(browser, f"{RULES}/log?name=%25")
    assert "being sent" in await text_of(browser, f"{RULES}/log?state=under_way")
    assert (await browser.look(f"{RULES}/log?cursor=x")).status == 400


async def test_what_a_client_allows(browser: Browser, pool: Pool, office: Office, add_person: AddPerson) -> None:
    where = f"/contacts/{office['client']}/messages"
    assert "He was not asked." in await text_of(browser, where)
    await pool.execute("insert into message_stops values ('ivanov@example.com', now())")  # by the link in a letter
    assert "<p>He does not want it." in await text_of(browser, where)
    for answer, said in (("yes", "He allows it."), ("no", "He does not want it.")):
        await browser.send(where, {"allowed": answer}, page=where)
        assert f"<p>{said}" in await text_of(browser, where)
    assert (await browser.look(f"/contacts/{uuid4()}/messages")).status == 404
    marketer = await add_person("mark", Role.MARKETER)
    async with another(browser, await session_of(pool, browser.app, marketer)) as reader:
        assert (await reader.send(where, {"allowed": "yes"}, page="/messages")).status == 403
    assert PHONE not in await text_of(browser, f"{RULES}/log")

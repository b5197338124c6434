"""What the floor shows while recorded calls come in, to whom, and what it says when it does not know."""

import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

from tests.calls.dialogues import dialogue
from tests.calls.test_applier import Told, apply, run
from tests.floor.conftest import FINANCE_LINE, SALES_LINE
from tests.pbx.zadarma.test_told import ANSWERED, START, records
from tests.people.web import HTML, Browser
from tests.web.composed import text_of, token_of
from trunkline.calls.applier import CallApplier
from trunkline.db.types import Pool
from trunkline.floor import looking
from trunkline.pbx.devices import PROVED_AT
from trunkline.pbx.hooks.record import pack_hook
from trunkline.people.roles import Right
from trunkline.presence.legs import publish_legs
from trunkline.spool import Kind, Position, Record

CLIENT = "+79161234567"
MOSCOW = ZoneInfo("Europe/Moscow")
LIVE = {"HX-Request": "true", "HX-Target": "floor"}


class Floor:
    """Plays a recording as if it happened now, and looks at the API after each frame."""

    def __init__(self, browser: Browser, pool: Pool, redis: Redis, token: dict[str, str]) -> None:
        self._browser, self._pool, self._redis, self._token = browser, pool, redis, token

    async def prove(self, **states: str) -> None:
        """The link is up, and the telephones are in these states."""
        fields: dict[Any, Any] = states | {PROVED_AT: str(time.time())}
        await self._redis.hset("device:main", mapping=fields)

    async def look(self) -> dict[str, Any]:
        answer = await self._browser.get("/api/v1/live", headers=self._token)
        assert answer.status == 200, await answer.text()
        floor: dict[str, Any] = await answer.json()
        return floor

    async def replay(self, name: str) -> list[str]:
        """The floor in words whenever it changes."""
        applier, told = CallApplier(Told()), list[str]()
        for frame in moved_to_now(name):
            await apply(self._pool, applier, run([frame], time.time()))
            words = in_words(await self.look())
            if told[-1:] != [words]:
                told.append(words)
        return told


def moved_to_now(name: str) -> list[bytes]:
    """The frames of a recording that began a few seconds ago: times and ids alike."""
    recorded = dialogue(name)
    epoch = int(recorded.live[0].at / 1e6)
    now = int(time.time()) - 60
    out = []
    for frame in recorded.frames:
        text = frame.decode()
        for second in range(epoch - 5, epoch + 60):
            text = text.replace(str(second), str(now + second - epoch))
        out.append(text.encode())
    return out


def in_words(floor: dict[str, Any]) -> str:
    """`sales 1 waits, 101 ringing`; then what sales came to today: answered, in time, abandoned, left."""
    words = [f"{one['target']} {len(one['waiting'])} waits" for one in floor["queues"] if one["waiting"]]
    words += [f"{one['extension']} {one['state']}" for one in floor["agents"] if one["calls"]]
    (sales,) = (one["today"] for one in floor["queues"] if one["target"] == "sales")
    came_to = [f"{sales[name]} {name}" for name in ("answered", "in_time", "abandoned", "left") if sales[name]]
    return ", ".join(words + came_to) or "quiet"


@pytest.fixture
async def floor(browser: Browser, pool: Pool, redis: Redis, people: dict[str, UUID]) -> Floor:
    floor = Floor(browser, pool, redis, await token_of(pool, people["root"], [Right.LIVE_READ]))
    await floor.prove()
    return floor


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (
            "queue_answered",
            [
                "quiet",
                "sales 1 waits",
                "sales 1 waits, 101 ringing",
                "sales 1 waits, 101 talking",  # he has picked up, and the queue does not know yet
                "101 talking, 1 left",
                "101 talking, 1 answered, 1 in_time",
                "1 answered, 1 in_time",
            ],
        ),
        (
            "queue_abandoned",
            ["quiet", "sales 1 waits", "sales 1 waits, 101 ringing", "sales 1 waits", "1 abandoned"],
        ),
    ],
)
async def test_the_floor_after_each_frame(floor: Floor, name: str, told: list[str]) -> None:
    assert await floor.replay(name) == told


async def test_a_mobile_employee_is_shown_by_our_legs(floor: Floor, pool: Pool, redis: Redis) -> None:
    """The PBX has no telephone of his; he is online all the same, rings on his mobile, and talks when he pressed 1."""
    await pool.execute(
        "update people set mobile = '+79265550101', works_on = 'forwarded' where extension = '102'",
    )
    await floor.prove(**{"101": "not_inuse", "102": "unavailable"})
    await publish_legs(pool, redis, time.time())

    idle = {one["extension"]: (one["state"], one["heard"]) for one in (await floor.look())["agents"]}

    assert idle["102"] == ("online", True)
    assert await floor.replay("press_one") == ["quiet", "102 ringing", "102 talking", "quiet"]


async def test_calls_of_a_pbx_in_the_cloud_are_believed_without_a_link(floor: Floor, pool: Pool) -> None:
    await pool.execute("insert into pbxs (id, name, kind, secrets) values ('cloud', 'Облако', 'zadarma', 'x')")
    applier, told, began = CallApplier(Told()), list[str](), time.time() - 70
    for record in records(ANSWERED):
        at = int(began * 1e6) + record.received - START
        body = record.body.replace(
            b"2026-08-06+12%3A00%3A00", f"{datetime.fromtimestamp(began, MOSCOW):%F+%T}".encode()
        )
        now = replace(record, received=at, body=body)
        await apply(pool, applier, Record(Kind.HOOK, at / 1e6, pack_hook(now), Position(0, 0)))
        told.append(in_words(await floor.look()))
        assert (await floor.look())["silent"] == []

    assert told == ["quiet", "101 ringing", "101 ringing, 102 ringing", "102 talking", "quiet"]


async def test_today_counts_what_is_over(floor: Floor, pool: Pool) -> None:
    for name in ("queue_answered", "attended_transfer", "queue_abandoned"):
        await apply(pool, CallApplier(Told()), run(moved_to_now(name), time.time()))
    told = await floor.look()
    calls = {one["extension"]: one["calls_today"] for one in told["agents"]}
    talk = {one["extension"]: one["talk_seconds"] for one in told["agents"]}
    assert calls["101"] >= 2
    assert calls["102"] >= 1
    assert calls["201"] == 0
    assert 0 < talk["102"] < talk["101"] + talk["102"]
    (line,) = told["lines"]
    assert (line["number"], line["now"]) == ("+74951234567", 0)
    assert line["answered"] == 2


async def test_who_is_called_and_for_how_long(floor: Floor, pool: Pool) -> None:
    frames = moved_to_now("queue_answered")
    called = next(place for place, frame in enumerate(frames) if b"Event: AgentCalled" in frame)
    ringing = next(
        place for place, frame in enumerate(frames) if place > called and b"ChannelStateDesc: Ringing" in frame
    )
    await apply(pool, CallApplier(Told()), run(frames[: ringing + 1], time.time()))
    told = await floor.look()
    (queue,) = (one for one in told["queues"] if one["target"] == "sales")
    (waiting,) = queue["waiting"]
    assert (waiting["caller"], waiting["line"], waiting["sure"]) == (CLIENT, "+74951234567", True)
    assert (queue["members"], queue["free"]) == (2, 1)
    (call,) = next(one for one in told["agents"] if one["extension"] == "101")["calls"]
    assert (call["state"], call["other"], call["queue"]) == ("ringing", CLIENT, "sales")
    assert {one["number"]: one["now"] for one in told["lines"]} == {"+74951234567": 1}


async def test_without_a_link_nothing_is_certain(floor: Floor, browser: Browser, pool: Pool, redis: Redis) -> None:
    frames = moved_to_now("queue_answered")
    await apply(pool, CallApplier(Told()), run(frames[: len(frames) // 2], time.time()))
    await redis.hset("device:main", mapping={PROVED_AT: str(time.time() - 31), "101": "INUSE"})
    told = await floor.look()
    assert told["silent"] == ["Главная"]
    assert {call["sure"] for one in told["agents"] for call in one["calls"]} == {False}
    assert not any(one["heard"] for one in told["agents"])
    page = await text_of(browser, "/live")
    assert "No link to Главная" in page
    assert "not certain" in page


async def test_a_supervisor_of_sales_does_not_see_finance(
    floor: Floor, browser: Browser, pool: Pool, people: dict[str, UUID]
) -> None:
    for target, line in (("sales", SALES_LINE), ("finance", FINANCE_LINE), ("night", None)):
        await wait_in(pool, target, line)
    all_of_it = await floor.look()
    assert [one["target"] for one in all_of_it["queues"] if one["waiting"]] == ["finance", "sales", "night"]
    assert [one["name"] for one in all_of_it["agents"]] == ["Анна", "Борис", "Вера"]

    head = await token_of(pool, people["head"])
    limited = await (await browser.get("/api/v1/live", headers=head)).json()
    assert [one["target"] for one in limited["queues"]] == ["sales"]
    assert [one["name"] for one in limited["agents"]] == ["Анна", "Борис"]
    for path in ("/live", "/live/wall"):
        page = await text_of(browser, path)
        assert "Анна" in page
        assert "Вера" not in page
        assert "Бухгалтерия" not in page


async def test_a_line_that_is_not_his_hides_who_is_talked_with(
    floor: Floor, browser: Browser, pool: Pool, people: dict[str, UUID]
) -> None:
    await wait_in(pool, "sales", SALES_LINE)
    await wait_in(pool, "sales", FINANCE_LINE)
    for extension, line in (("101", "+74951234567"), ("102", "+74957654321")):
        await pool.execute(
            "insert into agent_calls (pbx, extension, call_id, state, leg, since, other, other_name, line, queue) "
            "values ('main', $1, gen_random_uuid(), 'talking', '1', now(), $2, 'Пётр', $3, 'sales')",
            extension,
            CLIENT,
            line,
        )
    await pool.execute("update accounts set every_line = false where person_id = $1", people["head"])
    await pool.execute("insert into account_lines values ($1, $2)", people["head"], SALES_LINE)
    head = await token_of(pool, people["head"])
    told = await (await browser.get("/api/v1/live", headers=head)).json()
    assert [len(one["waiting"]) for one in told["queues"]] == [1]
    shown = {one["extension"]: (one["state"], one["calls"][0]["other_name"]) for one in told["agents"]}
    assert shown == {"101": ("talking", "Пётр"), "102": ("talking", "")}


async def test_the_part_that_is_refreshed_is_sent_alone(browser: Browser) -> None:
    part = await (await browser.get("/live", headers=HTML | LIVE)).text()
    assert part.strip().startswith('<div class="floor-now" data-now="')
    assert "<html" not in part
    wall = await (await browser.get("/live/wall?theme=light", headers=HTML | LIVE)).text()
    assert wall.strip().startswith('<div class="wall-now" data-now="')
    whole = await text_of(browser, "/live/wall")
    assert 'data-theme="dark"' in whole
    assert 'class="sidebar"' not in whole


async def test_before_the_first_pbx_it_says_what_to_do(browser: Browser, pool: Pool, people: dict[str, UUID]) -> None:
    await pool.execute("update pbxs set secrets = null")
    assert "No PBX tells us of its calls yet" in await text_of(browser, "/live")
    assert "Пока ни одна АТС не рассказывает" in await text_of(browser, "/live/wall", language="ru")


async def test_presence_is_set_from_the_floor(browser: Browser, pool: Pool, people: dict[str, UUID]) -> None:
    fields = {"state": "break", "reason": "Обед", "return_at": "", "back": "live"}
    answer = await browser.send(f"/presence/{people['anna']}", fields, page="/live")
    assert (answer.status, answer.headers["Location"]) == (303, "/live")
    assert "Обед" in await text_of(browser, "/live")
    refused = await browser.send(f"/presence/{people['vera']}", fields, page="/live")
    assert refused.status == 404


async def test_the_promised_wait_is_the_administrator_s(
    browser: Browser, pool: Pool, people: dict[str, UUID], floor: Floor
) -> None:
    refused = await browser.send("/live/settings", {"answer_seconds": "30"}, page="/live")
    assert refused.status == 403
    await pool.execute("update accounts set role = 'administrator' where person_id = $1", people["head"])
    assert (await browser.send("/live/settings", {"answer_seconds": "30"}, page="/live")).status == 303
    assert (await floor.look())["answer_seconds"] == 30
    for wrong in ("0", "601", "soon", ""):
        answer = await browser.send("/live/settings", {"answer_seconds": wrong}, page="/live")
        assert answer.status == 303
        assert "from 1 to 600" in await text_of(browser, "/live")
    assert (await floor.look())["answer_seconds"] == 30
    assert await pool.fetchval("select count(*) from audit where action = 'floor.changed'") == 1


async def test_figures_of_today_are_counted_once_for_all_screens(floor: Floor, browser: Browser, pool: Pool) -> None:
    browser.app[looking.today_key].seconds = 60.0
    await floor.look()
    await wait_in(pool, "sales", None, ended="abandoned")
    assert in_words(await floor.look()) == "quiet"
    browser.app[looking.today_key].seconds = 0.0
    assert in_words(await floor.look()) == "1 abandoned"


async def wait_in(pool: Pool, queue: str, line: UUID | None, ended: str | None = None) -> None:
    await pool.execute(
        "insert into queue_waits values (gen_random_uuid(), 0, 'main', $1, $2, $3, '', $4, $5, $6)",
        queue,
        line,
        CLIENT,
        datetime.now(UTC),
        datetime.now(UTC) if ended else None,
        ended,
    )

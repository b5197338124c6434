"""Costs out of Yandex Direct's reports, played by a fake at its wire."""

import asyncio
import logging
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from redis.asyncio import Redis

from calltracking.feeds.nights import read_due, run_feeds
from calltracking.feeds.store import HELD, read_now, remove_feed
from calltracking.feeds.trouble import TROUBLES
from tests.calltracking.feeds.conftest import MOSCOW, NOW, ROOT, Scene
from tests.fakes.waiting import eventually
from tests.fakes.yandex_direct import Shown
from trunkline.background import end

DAY = date(2026, 11, 25)
NIGHT = datetime(2026, 11, 28, 2, tzinfo=UTC)
"""Five in the morning in Moscow."""


async def test_a_report_is_read_as_costs(scene: Scene) -> None:
    feed = await scene.add(login="", level="campaign")
    scene.direct.shown = [Shown(DAY, "100"), Shown(DAY, "50", group=802), Shown(DAY, "7", 7002), Shown(DAY, "0", 7003)]

    assert await scene.read() == 1

    assert await scene.costs() == [
        ("2026-11-25", "yandex", "7001", "", 18_300, 15_000),
        ("2026-11-25", "yandex", "7002", "", 854, 700),
    ]
    known = await scene.feed(feed)
    assert (known.read_at, known.read_rows, known.read_until, known.due_at) == (NOW, 2, date(2026, 11, 26), NIGHT)
    ((params, headers),) = scene.direct.heard
    assert params["SelectionCriteria"] == {"DateFrom": "2026-11-20", "DateTo": "2026-11-26"}
    assert (headers["processingMode"], "Client-Login" in headers) == ("auto", False)
    assert await scene.pool.fetchval("select count(*) from tracking_costs where channel <> 'Paid Search'") == 0


@pytest.mark.parametrize(
    ("told", "row"),
    [
        ({"level": "group"}, ("yandex", "7001", "801", 12_200, 10_000)),
        ({"level": "keyword", "with_vat": False}, ("yandex", "7001", "окна пвх", 12_200, 10_000)),
        ({"named": "name", "source": "Ya-Direct", "vat": 0}, ("ya-direct", "Окна | Поиск", "", 12_200, 12_200)),
        ({"login": "elama-1"}, ("yandex", "7001", "", 12_200, 10_000)),
    ],
)
async def test_what_is_read_is_as_the_source_says(scene: Scene, told: dict[str, Any], row: tuple[object, ...]) -> None:
    scene.direct.shown, scene.direct.clients = [Shown(DAY, "100")], {"", "elama-1"}
    await scene.add(**told)

    await scene.read()

    assert await scene.costs() == [("2026-11-25", *row)]


async def test_long_ago_is_read_in_pieces_and_nights_read_the_last_days_again(scene: Scene) -> None:
    feed = await scene.add(since=date(2026, 8, 1))
    scene.direct.shown = [Shown(date(2026, 8, 1) + timedelta(days=number), "1") for number in range(118)]

    assert await scene.read() == 4
    assert (await scene.feed(feed)).read_rows == 118
    before = await scene.pool.fetch("select * from tracking_costs order by day")
    scene.direct.heard.clear()

    assert await scene.read(NIGHT - timedelta(seconds=1)) == 0
    assert await scene.read(NIGHT) == 1

    assert scene.direct.heard[0][0]["SelectionCriteria"] == {"DateFrom": "2026-11-14", "DateTo": "2026-11-27"}
    assert await scene.pool.fetch("select * from tracking_costs order by day") == before


async def test_a_correction_replaces_and_what_is_gone_goes(scene: Scene) -> None:
    await scene.add(level="keyword")
    scene.direct.shown = [Shown(DAY, "100"), Shown(DAY, "50", criterion="двери"), Shown(date(2026, 11, 21), "1")]
    await scene.read()
    scene.direct.shown = [Shown(DAY, "90"), Shown(date(2026, 11, 21), "1"), Shown(date(2026, 11, 27), "2")]

    await scene.read(NIGHT)

    assert [row[:1] + row[3:5] for row in await scene.costs()] == [
        ("2026-11-21", "окна пвх", 122),
        ("2026-11-25", "окна пвх", 10_980),
        ("2026-11-27", "окна пвх", 244),
    ]


async def test_what_a_file_or_a_program_told_stays(scene: Scene) -> None:
    await scene.pool.execute(
        "insert into tracking_costs (day, channel, source, campaign, keyword, city, gross, net) values"
        " ($1, 'Paid Search', 'yandex', '7001', '', '', 5, 4), ($1, '', 'avito', 'x', '', '', 7, 6)",
        DAY,
    )
    feed = await scene.add()
    scene.direct.shown = [Shown(DAY, "100"), Shown(DAY, "1", 7002)]
    await scene.read()

    assert [row[2:5] for row in await scene.costs()] == [("7001", "", 5), ("7002", "", 122), ("x", "", 7)]
    assert (await scene.feed(feed)).read_kept == 1
    scene.direct.shown = []
    await scene.read(NIGHT)
    assert [row[2:5] for row in await scene.costs()] == [("7001", "", 5), ("x", "", 7)]


async def test_a_report_that_is_being_made_is_asked_for_again(scene: Scene) -> None:
    feed = await scene.add(now=NOW - timedelta(minutes=1))
    scene.direct.polls, scene.direct.shown = 2, [Shown(DAY, "100")]
    scene.direct.statuses = [502]
    await scene.read(NOW - timedelta(minutes=1))
    scene.direct.heard.clear()

    assert await scene.read() == 1
    known = await scene.feed(feed)
    assert (known.due_at, known.held_until, known.trouble) == (NOW + timedelta(seconds=5), None, "")
    assert await scene.read(NOW + timedelta(seconds=4)) == 0
    assert await scene.read(NOW + timedelta(seconds=5)) == 1
    assert await scene.read(NOW + timedelta(seconds=10)) == 1

    assert len(await scene.costs()) == 1
    assert len({params["ReportName"] for params, _ in scene.direct.heard}) == 1
    await scene.read(NIGHT)
    assert len({params["ReportName"] for params, _ in scene.direct.heard}) == 2


@pytest.mark.parametrize(
    ("broken", "trouble", "minutes"),
    [
        ({"statuses": [502]}, "busy", 1),
        ({"statuses": [500]}, "busy", 1),
        ({"statuses": [301]}, "refused", None),
        ({"errors": [52]}, "busy", 1),
        ({"errors": [152]}, "limit", 1),
        ({"errors": [1]}, "queue", 1),
        ({"errors": [53]}, "token", None),
        ({"errors": [54]}, "right", None),
        ({"errors": [58]}, "registration", None),
        ({"errors": [513]}, "login", None),
        ({"clients": {"another"}}, "login", None),
        ({"errors": [8000]}, "refused", None),
        ({"spoil": "cut"}, "away", 1),
        ({"spoil": "large"}, "large", None),
        ({"spoil": "odd"}, "unreadable", None),
        ({"token": "another"}, "token", None),
    ],
)
async def test_what_goes_wrong_changes_no_cost(
    scene: Scene, broken: dict[str, Any], trouble: str, minutes: int | None
) -> None:
    feed = await scene.add()
    scene.direct.shown = [Shown(DAY, "100")]
    await scene.read()
    before = await scene.costs()
    scene.direct.shown = []
    for name, value in broken.items():
        setattr(scene.direct, name, value)

    assert await scene.read(NIGHT) == 1

    known = await scene.feed(feed)
    assert (await scene.costs(), known.trouble, known.read_at) == (before, trouble, NOW)
    again = NIGHT + timedelta(days=1) if minutes is None else NIGHT + timedelta(minutes=minutes)
    assert (known.due_at, trouble in TROUBLES) == (again, True)
    scene.direct.spoil, scene.direct.clients, scene.direct.token = "", {""}, "y0_Secret-Token"
    assert await scene.read(again) == 1
    known = await scene.feed(feed)
    assert (await scene.costs(), known.trouble, known.tries, known.said) == ([], "", 0, "")


async def test_what_may_pass_is_tried_less_and_less_often(scene: Scene) -> None:
    feed = await scene.add()
    scene.direct.statuses = [502] * 9
    now, pauses = NOW, list[float]()
    for _ in range(9):
        await scene.read(now)
        due = (await scene.feed(feed)).due_at
        pauses.append((due - now).total_seconds() / 60)
        now = due
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]


async def test_two_workers_read_a_source_once(scene: Scene) -> None:
    await scene.add()
    scene.direct.shown = [Shown(DAY, "100")]

    read = await asyncio.gather(*(read_due(scene.pool, None, scene.box, scene.wire, MOSCOW, NOW) for _ in range(4)))

    assert (sorted(read), len(scene.direct.heard)) == ([False, False, False, True], 1)


async def test_the_worker_reads_what_is_due_one_after_another(scene: Scene, redis: Redis) -> None:
    now = datetime.now(UTC)
    for number in range(2):
        await scene.add(name=str(number), source=f"y{number}", since=now.date() - timedelta(days=2), now=now)
    scene.direct.shown = [Shown(now.date() - timedelta(days=2), "100")]
    task = asyncio.create_task(run_feeds(scene.pool, redis, scene.box, scene.wire, MOSCOW))

    async def both() -> bool:
        return len(await scene.costs()) == 2

    await eventually(both)
    await end([task])  # a driver may take the cancellation for a lost connection


async def test_a_worker_that_was_followed_writes_nothing(scene: Scene) -> None:
    """The first is held up for longer than it may be; a second has read by then, and something else."""
    feed = await scene.add()
    gate = asyncio.Event()
    scene.direct.shown, scene.direct.gates = [Shown(DAY, "100")], [gate]
    first = asyncio.create_task(read_due(scene.pool, None, scene.box, scene.wire, MOSCOW, NOW))
    await eventually(lambda: len(scene.direct.heard) == 1)
    scene.direct.shown = [Shown(DAY, "90")]
    later = NOW + HELD + timedelta(seconds=1)

    assert await scene.read(NOW + HELD - timedelta(seconds=1)) == 0
    assert await scene.read(later) == 1
    gate.set()
    await first

    assert [row[4] for row in await scene.costs()] == [10_980]
    assert (await scene.feed(feed)).read_at == later


async def test_a_source_that_is_not_read_for_two_days_raises_an_alarm(scene: Scene) -> None:
    feed = await scene.add(name="Директ")
    scene.direct.token = "another"
    count = "select count(*) from alarms where key = $1 and cleared_at is null"
    key = f"costs.feed:{feed}"

    await scene.read()
    await scene.read(NOW + timedelta(hours=47))
    assert await scene.pool.fetchval(count, key) == 0
    await scene.read(NOW + timedelta(hours=72))
    assert await scene.pool.fetchval(count, key) == 1

    scene.direct.token = "y0_Secret-Token"
    await scene.change(feed, NOW + timedelta(hours=73), secret=scene.direct.token)
    await scene.read(NOW + timedelta(hours=73))
    assert await scene.pool.fetchval(count, key) == 0


async def test_after_weeks_of_trouble_no_day_is_left_out(scene: Scene) -> None:
    feed = await scene.add()
    await scene.read()
    await scene.pool.execute("update cost_feeds set active = false")
    later = NOW + timedelta(days=60)
    scene.direct.heard.clear()
    await scene.change(feed, later, active=True)
    await scene.read(later)

    days = [
        (one["DateFrom"], one["DateTo"]) for one in (params["SelectionCriteria"] for params, _ in scene.direct.heard)
    ]
    assert days == [("2026-11-27", "2026-12-27"), ("2026-12-28", "2027-01-25")]


async def test_other_words_rewrite_every_day(scene: Scene) -> None:
    feed = await scene.add(since=date(2026, 10, 1))
    scene.direct.shown = [Shown(date(2026, 10, 1), "1"), Shown(DAY, "2")]
    await scene.read()
    await scene.change(feed, named="name", level="keyword", secret="")
    await scene.read()

    assert [row[2:4] for row in await scene.costs()] == [("Окна | Поиск", "окна пвх")] * 2


async def test_it_is_read_from_a_day_on_when_somebody_asks(scene: Scene) -> None:
    feed = await scene.add(since=date(2026, 11, 1))
    await scene.read()
    scene.direct.heard.clear()
    async with scene.pool.acquire() as connection, connection.transaction():
        known = await scene.feed(feed)
        assert await read_now(connection, known, date(2026, 11, 3), NOW.date(), ROOT, NOW)
    await scene.read()

    assert scene.direct.heard[0][0]["SelectionCriteria"] == {"DateFrom": "2026-11-03", "DateTo": "2026-11-26"}
    await scene.pool.execute("update cost_feeds set held_until = $1", NOW + timedelta(minutes=1))
    async with scene.pool.acquire() as connection, connection.transaction():
        assert not await read_now(connection, known, None, NOW.date(), ROOT, NOW)


@pytest.mark.parametrize(("costs", "left"), [(True, 0), (False, 1)])
async def test_a_source_goes_with_its_costs_or_without(scene: Scene, costs: bool, left: int) -> None:
    feed = await scene.add()
    scene.direct.shown = [Shown(DAY, "100")]
    await scene.read()
    async with scene.pool.acquire() as connection, connection.transaction():
        await remove_feed(connection, await scene.feed(feed), ROOT, NOW, costs=costs)

    assert len(await scene.costs()) == left
    assert await scene.pool.fetchval("select count(feed_id) from tracking_costs") == 0


async def test_no_log_and_no_row_holds_a_secret(
    scene: Scene, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    await scene.add()
    await scene.add("vk", secret="Wrong-Vk-Secret")
    scene.direct.spoil = "cut"
    await scene.read()
    scene.direct.spoil, scene.direct.token = "", "another"
    await scene.read(NOW + timedelta(minutes=1))

    kept = await scene.pool.fetch("select t::text from cost_feeds t union all select a::text from audit a")
    text = caplog.text + capsys.readouterr().out + str(kept)
    assert text.count("cost_feed_not_read") == 3
    assert "Secret" not in text

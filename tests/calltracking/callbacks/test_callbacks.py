"""Who asks to be called on a site waits in the engine's order, and the agent sees where he came from."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web

from calltracking.callbacks.public import desk_of_callbacks
from calltracking.callbacks.widget import Tickets, WidgetFields, checked_widget, is_worked, windows_of
from calltracking.explaining.follow import attribute_calls
from router.calendar.week import company_week
from tests.calltracking.conftest import KEY, NO_HOMES, ORIGIN, Rows, Street, Visitor
from trunkline.app.public import company_kinds
from trunkline.calls.announce import Announcement, News
from trunkline.calls.attribution_store import attribution_of
from trunkline.crypto import SecretBox
from trunkline.dialing.store import Wish, accept
from trunkline.directory.reader import Directory
from trunkline.directory.values import DayKind
from trunkline.errors import InvalidInput
from trunkline.keys import directory_key
from trunkline.presence.company import company_week_key
from trunkline.web.metrics import LEASE_REFUSALS

MOSCOW = ZoneInfo("Europe/Moscow")
PHONE = "+79161234567"
WEEK = WidgetFields(queue="sales", agreed="policy-1")
ALWAYS = "update callback_widgets set days = '{1,2,3,4,5,6,7}', opens = 0, closes = 24"


@pytest.fixture
async def button(street: Street, rows: Rows) -> Street:
    """The site with a button that always works."""
    await rows.pool.execute("insert into queues (id, name, target) values ('sales', 'Продажи', '600')")
    await rows.pool.execute(
        "insert into callback_widgets (site_id, active, queue_id, agreed) values ($1, true, 'sales', 'policy-1')",
        rows.site,
    )
    await rows.pool.execute(ALWAYS)
    return street


async def ticket(street: Street) -> str:
    answer = await street.client.get(f"/calltracking/v1/callback/{KEY}.json", headers={"Origin": ORIGIN})
    assert answer.status == 200, await answer.text()
    assert answer.headers["Cache-Control"] == "no-store"
    return str((await answer.json())["ticket"])


async def ask(by: Visitor, **more: Any) -> tuple[int, dict[str, Any]]:
    body = {"id": str(uuid4()), "page": f"{ORIGIN}/", "phone": PHONE, "agreed": "policy-1", "name": "Анна"} | more
    answer = await by.post("callback", **body)
    told: dict[str, Any] = await answer.json()
    return answer.status, told


async def test_a_visitor_is_called_and_the_card_says_from_where(button: Street, rows: Rows) -> None:
    visitor = button.visitor()
    await visitor.swap(page=f"{ORIGIN}/okna?utm_source=yandex&utm_medium=cpc&utm_campaign=zima")
    ids = {"visit": visitor.visit, "visitor": visitor.visitor}
    page = f"{ORIGIN}/okna?utm_source=yandex&utm_medium=cpc&utm_campaign=zima"

    status, told = await ask(visitor, **ids, page=page, ticket=await ticket(button))

    assert (status, told) == (200, {"wanted_at": None})
    waits = await rows.pool.fetchrow("select id, number, queue_id, source, host(ip) as ip, note from callbacks")
    assert waits is not None
    assert tuple(waits)[1:] == (PHONE, "sales", "site", visitor.address, "Анна")
    assert tuple(await rows.pool.fetchrow("select kind, lead_id is not null from touches") or ()) == ("callback", True)
    found = await _called(rows, waits["id"])
    assert found is not None
    assert (str(found.visit_id), found.channel, found.campaign, found.site) == (
        *(visitor.visit, "Paid Search", "zima", "Окна"),
    )
    assert found.confidence == 1.0


async def _called(rows: Rows, callback: UUID) -> Any:
    """What the card tells of our call to him, the moment it begins."""
    now = datetime.now(UTC)
    async with rows.pool.acquire() as connection, connection.transaction():
        dial = (
            await accept(connection, Wish(PHONE, "office", "101", callback=callback), now, SecretBox(bytes(32)))
        ).dial
        call_id = await connection.fetchval("select call_id from dials where id = $1", dial)
        payload = {"direction": "out", "dialled": PHONE, "client": PHONE, "started_at": now.isoformat()}
        await attribute_calls(connection, [Announcement(call_id, News.STARTED, "", 0, payload)], MOSCOW, NO_HOMES)
        return await attribution_of(connection, call_id)


async def test_a_later_time_is_kept_and_asked_twice_is_one(button: Street, rows: Rows) -> None:
    later = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
    visitor, said = button.visitor(), str(uuid4())
    wish = {"id": said, "wanted_at": later.isoformat()}

    first = await ask(visitor, **wish, ticket=await ticket(button))
    again = await ask(visitor, **wish, ticket=await ticket(button))

    assert first[0] == again[0] == 200
    assert datetime.fromisoformat(first[1]["wanted_at"]) == later
    assert [row["wanted_at"] for row in await rows.pool.fetch("select wanted_at from callbacks")] == [later]
    assert await rows.pool.fetchval("select count(*) from site_forms") == 1


async def test_out_of_hours_a_time_must_be_chosen(button: Street, rows: Rows) -> None:
    today = datetime.now(MOSCOW).isoweekday()
    await rows.pool.execute("update callback_widgets set days = array[$1::smallint]", today % 7 + 1)
    visitor = button.visitor()

    status, told = await ask(visitor, ticket=await ticket(button))
    tomorrow = (datetime.now(MOSCOW) + timedelta(days=1)).replace(hour=12)
    chosen = await ask(visitor, ticket=await ticket(button), wanted_at=tomorrow.isoformat())
    unzoned = await ask(visitor, ticket=await ticket(button), wanted_at="2026-11-27T12:00:00")

    assert (status, told["field"]) == (409, "wanted_at")
    assert chosen[0] == 200
    assert unzoned[0] == 400


GUARDED = (
    ("+78031234567", "", "", 409),
    ("+15551234567", "", "", 409),
    ("112", "", "", 400),
    (
        PHONE,
        "insert into do_not_call (number, reason, person) values ('+79161234567', 'asked', 'Root')",
        "delete from do_not_call",
        409,
    ),
    (PHONE, "update dial_rules set active = false", "update dial_rules set active = true", 409),
    (PHONE, "update dial_rules set ip_calls = 0", "update dial_rules set ip_calls = 1000", 429),
    (PHONE, "update dial_rules set day_calls = 0", "update dial_rules set day_calls = 2000", 409),
    (PHONE, "update callback_widgets set active = false", "", 404),
)


async def test_what_the_guard_refuses_is_not_called(button: Street, rows: Rows) -> None:
    for phone, prepare, undo, status in GUARDED:
        good = await ticket(button)
        if prepare:
            await rows.pool.execute(prepare)
            button.app[desk_of_callbacks].widgets._read_at = 0.0  # two seconds later
        answer, told = await ask(button.visitor(), phone=phone, ticket=good)
        assert answer == status, (phone, prepare, told)
        assert "do-not-call" not in told["error"]
        if undo:
            await rows.pool.execute(undo)

    assert await rows.pool.fetchval("select count(*) from callbacks") == 0
    assert await rows.pool.fetchval("select count(*) from site_forms") == 0


async def test_200_forged_requests_call_nobody(button: Street, rows: Rows) -> None:
    """Without a page of ours, with another's ticket, with one ticket for all, from one address with many numbers."""
    before = {reason: LEASE_REFUSALS.labels(reason)._value.get() for reason in ("ticket", "callback_address_rate")}
    number = iter(range(10_000))
    one, shared = button.visitor(), await ticket(button)
    foreign = Tickets(b"another key of 32 bytes, surely.").issue(rows.site, datetime.now(UTC).timestamp(), b"12345678")
    forged = [
        *[await ask(button.visitor(), phone=f"+7916100{next(number):04d}") for _ in range(50)],
        *[await ask(button.visitor(), phone=f"+7916100{next(number):04d}", ticket=foreign) for _ in range(50)],
        *[await ask(button.visitor(), phone=f"+7916100{next(number):04d}", ticket=shared) for _ in range(50)],
        *[await ask(one, phone=f"+7916100{next(number):04d}", ticket=await ticket(button)) for _ in range(50)],
    ]

    passed = sum(status == 200 for status, _told in forged)
    assert len(forged) == 200
    assert passed == 3 + 5
    assert await rows.pool.fetchval("select count(*) from callbacks") == passed
    for reason, most in (("ticket", 50 + 50 + 47), ("callback_address_rate", 45)):
        assert LEASE_REFUSALS.labels(reason)._value.get() - before[reason] == most


def test_hours_follow_the_zone() -> None:
    friday = datetime(2026, 11, 27, 17, 30, tzinfo=MOSCOW)
    windows = windows_of(WEEK, MOSCOW, friday)

    assert len(windows) == 5
    assert is_worked(windows, friday.timestamp())
    assert not is_worked(windows, (friday + timedelta(hours=1)).timestamp())
    assert is_worked(windows, datetime(2026, 11, 30, 9, 0, tzinfo=MOSCOW).timestamp())


@pytest.mark.parametrize(
    ("kind", "day", "hours"),
    [
        (None, 30, (9, 18)),
        (DayKind.OFF, 30, None),
        (DayKind.SHORT, 30, (9, 17)),
        (DayKind.WORKING, 28, (9, 18)),  # a Saturday
        (None, 28, None),
    ],
)
def test_hours_follow_the_calendar(kind: DayKind | None, day: int, hours: tuple[int, int] | None) -> None:
    friday = datetime(2026, 11, 27, 17, 30, tzinfo=MOSCOW)
    windows = windows_of(WEEK, MOSCOW, friday, {date(2026, 11, day): kind})

    begun = [datetime.fromtimestamp(one.since / 1000, MOSCOW) for one in windows]
    ended = [datetime.fromtimestamp(one.until / 1000, MOSCOW) for one in windows]
    found = [(since.hour, until.hour) for since, until in zip(begun, ended, strict=True) if since.day == day]
    assert found == ([] if hours is None else [hours])


def test_the_company_s_days_are_those_of_its_pages(data_dir: Path) -> None:
    """Of no plan: the public holidays of Russia."""
    private = web.Application()
    private[company_week_key] = company_week
    private[directory_key] = directory = Directory.open(data_dir / "directory")
    kinds = company_kinds(private)(date(2026, 12, 30))
    directory.close()
    assert [kinds.get(date(2026, 12, 30)), kinds.get(date(2027, 1, 1))] == [None, DayKind.OFF]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"agreed": " "}, "agreed"),
        ({"terms": "javascript:alert(1)"}, "terms"),
        ({"days": ()}, "days"),
        ({"days": (8,)}, "days"),
        ({"opens": 18}, "closes"),
        ({"closes": 25}, "closes"),
    ],
)
def test_a_wrong_button_is_told_where(change: dict[str, Any], field: str) -> None:
    fields = {name: getattr(WEEK, name) for name in WidgetFields.__struct_fields__} | change

    with pytest.raises(InvalidInput) as refused:
        checked_widget(WidgetFields(**fields))

    assert [mistake.path for mistake in refused.value.mistakes] == [field]


def test_a_ticket_is_of_its_site_and_of_its_time() -> None:
    tickets, site = Tickets(b"k" * 32), uuid4()
    told = tickets.issue(site, 1_000_000_000, b"12345678")

    assert tickets.is_good(site, told, 1_000_000_100)
    assert not tickets.is_good(uuid4(), told, 1_000_000_100)
    assert not tickets.is_good(site, told, 1_000_007_300)
    assert not tickets.is_good(site, told[:-1] + "0", 1_000_000_100) or told.endswith("0")

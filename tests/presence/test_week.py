"""A week's hours: what the form makes of them, who may set whose, and that routing goes by them."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from tests.people.company import AddPerson
from tests.people.web import Browser
from tests.web.composed import browsing_as, compose, text_of, token_of
from trunkline.db.types import Pool
from trunkline.directory.head import read_head
from trunkline.directory.values import DayKind, Head
from trunkline.errors import InvalidInput
from trunkline.people.roles import Role
from trunkline.presence.change import PresenceChange, ShiftBody, WeekBody, checked, shifts_of
from trunkline.presence.company import CompanyDay, company_week_key
from trunkline.presence.state import Shift
from trunkline.presence.week import DayForm, every_week, hours_of, monday_of, week_forms

SALES, SERVICE = UUID(int=0xD1), UUID(int=0xD2)
MOSCOW = ZoneInfo("Europe/Moscow")
FREE = DayForm()
LATER = "must be later than the beginning"
BETWEEN = "a break lies between"


def week(**days: DayForm) -> list[DayForm]:
    return [days.get(f"day{place}", FREE) for place in range(7)]


@pytest.mark.parametrize(
    ("form", "hours"),
    [
        (FREE, []),
        (DayForm("09:00", "18:00"), [("09:00", "18:00")]),
        (DayForm("09:00", "18:00", (("13:00", "14:00"),)), [("09:00", "13:00"), ("14:00", "18:00")]),
        (
            DayForm("08:00", "20:00", (("12:00", "12:30"), ("", ""), ("16:00", "16:15"))),
            [("08:00", "12:00"), ("12:30", "16:00"), ("16:15", "20:00")],
        ),
        (DayForm("22:00", "00:00"), [("22:00", "24:00")]),
        (DayForm("00:00", "00:00"), [("00:00", "24:00")]),
    ],
)
def test_a_day_written_is_hours(form: DayForm, hours: list[tuple[str, str]]) -> None:
    assert hours_of(week(day2=form)) == [ShiftBody(2, *each) for each in hours]


@pytest.mark.parametrize(
    ("form", "field", "told"),
    [
        (DayForm("18:00", "09:00"), "day2_closes", LATER),
        (DayForm("22:00", "06:00"), "day2_closes", "goes on from 00:00 the next day"),
        (DayForm("09:00", "09:00"), "day2_closes", LATER),
        (DayForm("09:00", ""), "day2_closes", "give both"),
        (DayForm("", "18:00"), "day2_opens", "give both"),
        (DayForm("9", "18:00"), "day2_opens", "must be a time"),
        (DayForm("09:00", "25:00"), "day2_closes", "must be a time"),
        (DayForm("09:00", "18:00", (("13:00", ""),)), "day2_break0_until", "both ends"),
        (DayForm("09:00", "18:00", (("", "14:00"),)), "day2_break0_since", "both ends"),
        (DayForm("09:00", "18:00", (("08:00", "10:00"),)), "day2_break0_since", BETWEEN),
        (DayForm("09:00", "18:00", (("17:00", "19:00"),)), "day2_break0_since", BETWEEN),
        (DayForm("09:00", "18:00", (("14:00", "13:00"),)), "day2_break0_since", BETWEEN),
        (DayForm("09:00", "18:00", (("12:00", "13:00"), ("12:30", "14:00"))), "day2_break1_since", BETWEEN),
        (DayForm("", "", (("13:00", "14:00"),)), "day2_opens", "needs a day's beginning"),
    ],
)
def test_a_mistake_stands_at_its_field(form: DayForm, field: str, told: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        hours_of(week(day2=form))
    ((path, message),) = [(one.path, one.message) for one in caught.value.mistakes]
    assert path == field
    assert told in message


@given(
    st.lists(
        st.tuples(st.integers(0, 6), st.lists(st.integers(0, 1440), min_size=2, max_size=8, unique=True)),
        unique_by=lambda day: day[0],
    )
)
def test_what_is_kept_comes_back_from_the_form(days: list[tuple[int, list[int]]]) -> None:
    shifts = []
    for weekday, times in days:
        ends = sorted(times)[: len(times) // 2 * 2]
        shifts += [Shift(weekday, *pair) for pair in zip(ends[::2], ends[1::2], strict=True)]
    assert shifts_of(hours_of(week_forms(sorted(shifts, key=lambda one: (one.weekday, one.opens))))) == tuple(
        sorted(shifts, key=lambda one: (one.weekday, one.opens))
    )


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (WeekBody(date(2026, 8, 4), []), "weeks[0].monday"),
        (WeekBody(date(2030, 8, 5), []), "weeks[0].monday"),
        (WeekBody(date(2026, 8, 3), [ShiftBody(0, "18:00", "09:00")]), "weeks[0].hours[0]"),
    ],
)
def test_a_week_that_cannot_be_kept(body: WeekBody, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        checked(PresenceChange(weeks=[body]), datetime(2026, 8, 6, tzinfo=UTC))
    assert [one.path for one in caught.value.mistakes] == [field]


NINE_TO_SIX, NINE_TO_FIVE, LATE = DayForm("09:00", "18:00"), DayForm("09:00", "17:00"), DayForm("12:00", "20:00")


@pytest.mark.parametrize(
    ("written", "filled", "regular", "own", "kept"),
    [
        pytest.param(FREE, FREE, NINE_TO_SIX, NINE_TO_SIX, NINE_TO_SIX, id="a holiday is none of every week"),
        pytest.param(NINE_TO_FIVE, NINE_TO_FIVE, NINE_TO_SIX, NINE_TO_SIX, NINE_TO_SIX, id="nor is a short day"),
        pytest.param(NINE_TO_SIX, NINE_TO_SIX, FREE, FREE, FREE, id="nor a Saturday that is worked once"),
        pytest.param(FREE, FREE, NINE_TO_SIX, LATE, LATE, id="his own usual hours go before the company's"),
        pytest.param(LATE, FREE, NINE_TO_SIX, NINE_TO_SIX, LATE, id="what he wrote stands"),
        pytest.param(FREE, NINE_TO_SIX, NINE_TO_SIX, NINE_TO_SIX, FREE, id="a day he takes out of every week"),
    ],
)
def test_the_calendar_of_one_week_is_not_that_of_every_week(
    written: DayForm, filled: DayForm, regular: DayForm, own: DayForm, kept: DayForm
) -> None:
    def of(form: DayForm) -> list[DayForm]:
        return week(day3=form)

    made, mended = every_week(of(written), of(filled), of(regular), of(own))

    assert made == of(kept)
    assert mended == ([3] if kept != written else [])


@pytest.fixture
async def people(pool: Pool, add_person: AddPerson) -> dict[str, UUID]:
    """A supervisor of the sales department, an agent of it and one of another."""
    await pool.execute(
        "insert into departments values ($1, 'sales', 'Продажи'), ($2, 'service', 'Сервис')", SALES, SERVICE
    )
    sales: dict[str, Any] = {"department_id": SALES, "departments": frozenset({SALES})}
    return {
        "head": await add_person("head", Role.SUPERVISOR, name="Глава", **sales),
        "anna": await add_person("anna", name="Анна", extension="101", **sales),
        "boris": await add_person("boris", name="Борис", extension="102", department_id=SERVICE),
    }


@pytest.fixture
async def browser(
    database_url: str, valkey_url: str, redis: Redis, data_dir: Path, pool: Pool, people: dict[str, UUID]
) -> AsyncIterator[Browser]:
    """A browser with the supervisor signed in."""
    async with browsing_as(compose(database_url, valkey_url, data_dir), pool, people["head"]) as browser:
        yield browser


async def kept(pool: Pool, person: UUID) -> tuple[tuple[Shift, ...], dict[int, tuple[Shift, ...]]]:
    """What the directory's builder reads."""
    async with pool.acquire() as connection:
        brief = (await read_head(connection)).presence.get(person)
    return (brief.hours, brief.weeks) if brief else ((), {})


async def test_a_week_is_set_on_its_page(browser: Browser, pool: Pool, people: dict[str, UUID]) -> None:
    monday = monday_of(datetime.now(MOSCOW).date()) + timedelta(days=7)
    path = f"/presence/{people['anna']}/week"
    text = await text_of(browser, f"{path}?monday={monday + timedelta(days=3)}")
    assert f'name="monday" value="{monday}"' in text
    assert "Like the company's" in text

    form = {"monday": str(monday), "for": "usual", "day0_opens": "09:00", "day0_closes": "18:00"}
    form |= {"day0_break0_since": "13:00", "day0_break0_until": "14:00"}
    sent = await browser.send(path, form, page=path)
    assert (sent.status, sent.headers["Location"]) == (303, f"{path}?monday={monday}")
    usual = (Shift(0, 540, 780), Shift(0, 840, 1080))
    assert await kept(pool, people["anna"]) == (usual, {})

    late = {"monday": str(monday), "for": "week", "day1_opens": "12:00", "day1_closes": "00:00"}
    assert (await browser.send(path, late, page=path)).status == 303
    assert await kept(pool, people["anna"]) == (usual, {monday.toordinal(): (Shift(1, 720, 1440),)})
    text = await text_of(browser, f"{path}?monday={monday}")
    assert "This week differs" in text
    assert 'name="day1_opens" type="time" value="12:00"' in text
    assert 'name="day0_opens" type="time" value=""' in text
    assert f"{path}?monday={monday}" in await text_of(browser, path), "told on the page of this week"

    assert (await browser.send(path, {"monday": str(monday), "for": "forget"}, page=path)).status == 303
    assert await kept(pool, people["anna"]) == (usual, {})
    assert (await browser.send(path, {"monday": str(monday), "for": "company"}, page=path)).status == 303
    assert await kept(pool, people["anna"]) == ((), {})


async def test_bad_input_comes_back_with_what_was_written(
    browser: Browser, pool: Pool, people: dict[str, UUID]
) -> None:
    path = f"/presence/{people['head']}/week"
    wrong = await browser.send(path, {"for": "week", "day4_opens": "22:00", "day4_closes": "06:00"}, page=path)
    text = await wrong.text()
    assert wrong.status == 422
    assert 'value="22:00"' in text
    assert "Friday, Ends: must be later than the beginning" in text
    for form in ({"for": "usual"}, {"for": "somebody"}, {}):
        assert (await browser.send(path, form, page=path)).status == 422
    assert (await browser.send(path, {"monday": "soon", "for": "week"}, page=path)).status == 400
    assert await kept(pool, people["head"]) == ((), {})
    await text_of(browser, f"{path}?monday=9999-12-31", 400)
    await text_of(browser, f"/presence/{people['boris']}/week", 404)
    other = {"for": "week", "day4_opens": "09:00", "day4_closes": "18:00"}
    assert (await browser.send(f"/presence/{people['boris']}/week", other, page=path)).status == 404


async def test_the_company_s_calendar_stands_beside_it(
    browser: Browser, people: dict[str, UUID], data_dir: Path
) -> None:
    path = f"/presence/{people['head']}/week"
    text = await text_of(browser, f"{path}?monday=2026-11-02", language="ru")
    assert "День народного единства" in text
    assert "00:00–24:00" in text, "no plan yet: open round the clock"
    assert "Сохранить только эту неделю" in text
    filled = await text_of(browser, f"{path}?monday=2026-08-03&fill=company")
    assert 'name="day0_opens" type="time" value="00:00"' in filled


async def test_who_has_the_company_s_hours_opens_a_form_with_them(
    browser: Browser, pool: Pool, people: dict[str, UUID]
) -> None:
    """Else one day that is written would take all the others."""
    path, told = f"/presence/{people['anna']}/week", "hours are written below"
    day = f"{path}?monday=2026-08-03"
    text = await text_of(browser, day)
    assert told in text
    for field, value in {"day0_opens": "00:00", "day6_closes": "00:00"}.items():
        assert f'name="{field}" type="time" value="{value}"' in text
    wrong = await browser.send(path, {"for": "week", "day4_opens": "22:00"}, page=path)
    assert told not in await wrong.text(), "what was written comes back"
    await pool.execute("insert into person_weeks values ($1, '2026-08-03', '[]')", people["anna"])
    text = await text_of(browser, day)
    assert told not in text, "a week without work is one's own"
    assert 'name="day0_opens" type="time" value=""' in text


async def test_every_week_keeps_the_day_that_is_a_holiday_in_one(
    database_url: str, valkey_url: str, redis: Redis, data_dir: Path, pool: Pool, people: dict[str, UUID]
) -> None:
    def company(_head: Head, monday: date, _language: str) -> list[CompanyDay]:
        usual = ((540, 1080),)
        week = [CompanyDay(monday + timedelta(days=day), None, usual, usual) for day in range(5)]
        week += [CompanyDay(monday + timedelta(days=day), None, (), ()) for day in (5, 6)]
        week[2] = week[2]._replace(kind=DayKind.OFF, hours=(), name="Holiday")
        return week

    app = compose(database_url, valkey_url, data_dir)
    app[company_week_key] = company
    anna, path = people["anna"], f"/presence/{people['anna']}/week"
    async with browsing_as(app, pool, people["head"]) as browser:
        page = await text_of(browser, path)
        fields = dict(re.findall(r'name="(day\d_\w+|monday|by_calendar)" [^>]*value="([^"]*)"', page))
        assert fields["day2_opens"] == ""
        assert (await browser.send(path, fields | {"for": "week"}, page=path)).status == 303
        assert [shift.weekday for shift in (await kept(pool, anna))[1][monday_day(fields)]] == [0, 1, 3, 4]
        assert (await browser.send(path, fields | {"for": "usual"}, page=path)).status == 303
        assert (await kept(pool, anna))[0] == tuple(Shift(day, 540, 1080) for day in range(5))
        assert "every week has the usual hours on: Wednesday" in await text_of(browser, path)


def monday_day(fields: dict[str, str]) -> int:
    return date.fromisoformat(fields["monday"]).toordinal()


async def test_by_the_api(browser: Browser, pool: Pool, people: dict[str, UUID]) -> None:
    token = await token_of(pool, people["anna"])
    monday = monday_of(datetime.now(MOSCOW).date())
    late = [{"weekday": 1, "opens": "12:00", "closes": "24:00"}]
    body: dict[str, Any] = {"weeks": [{"monday": str(monday), "hours": late}]}
    answer = await (await browser.put("/api/v1/presence", json=body, headers=token)).json()
    assert answer["weeks"] == body["weeks"]
    free = {"weeks": [{"monday": str(monday), "hours": []}]}
    answer = await (await browser.put("/api/v1/presence", json=free, headers=token)).json()
    assert (answer["state"], answer["why"], answer["weeks"]) == ("offline", "hours", free["weeks"])
    none = {"weeks": [{"monday": str(monday), "hours": None}]}
    answer = await (await browser.put("/api/v1/presence", json=none, headers=token)).json()
    assert (answer["state"], answer["weeks"]) == ("online", [])
    wrong = await browser.put(
        "/api/v1/presence", json={"weeks": [{"monday": str(monday + timedelta(1)), "hours": []}]}, headers=token
    )
    told = (await wrong.json())["mistakes"]
    assert wrong.status == 400
    assert told[0] == {"field": "weeks[0].monday", "message": f"must be a Monday such as {monday}"}

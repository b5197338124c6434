"""The rules of the missed-call list: the form, the row, and who goes by it without a restart."""

from datetime import timedelta
from functools import partial
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.missed.told import Heard, news_of, put
from tests.people.company import AddPerson
from tests.people.web import Browser
from tests.web.composed import text_of, token_of
from trunkline.calls.follow import follow_calls
from trunkline.db.partitions import ensure_partition
from trunkline.db.types import Pool
from trunkline.errors import InvalidInput
from trunkline.missed.promise import DAYS, MissedRules
from trunkline.missed.rules import KEPT_SECONDS, KeptRules, read_rules
from trunkline.missed.rules_form import read_form, shown_form
from trunkline.people.roles import Role
from trunkline.web.i18n import UTC

PATH: Final = "/settings/missed"
USUAL = MissedRules()
OFFICE = {"day0": "9:00-13:00, 14:00 – 18:00", "day5": "10:00-15:00"}


def test_the_form_and_back() -> None:
    rules = read_form(shown_form(USUAL) | OFFICE | {"country": "kz", "promise_minutes": "45"})

    assert rules.hours == ("Mon 09:00-13:00", "Mon 14:00-18:00", "Sat 10:00-15:00")
    assert (rules.promise_minutes, rules.country) == (45, "KZ")
    assert read_form(shown_form(rules)) == rules


def test_every_mistake_is_told() -> None:
    wrong = {
        "promise_minutes": "0", "short_seconds": "-1", "answer_seconds": "²", "country": "Russia",
        "day1": "18:00-09:00", "day2": "from nine", "day3": "09:00-13:00, 12:00-18:00", "day4": "00:00-25:00",
    }  # fmt: skip

    with pytest.raises(InvalidInput) as told:
        read_form(shown_form(USUAL) | wrong)

    assert {mistake.path for mistake in told.value.mistakes} == set(wrong)


_INTERVALS = st.lists(st.integers(0, 1440), min_size=2, max_size=6, unique=True).map(
    lambda ends: [*zip(sorted(ends)[::2], sorted(ends)[1::2], strict=False)]
)


@given(st.lists(_INTERVALS, min_size=7, max_size=7))
def test_hours_survive_the_form(week: list[list[tuple[int, int]]]) -> None:
    hours = [
        f"{day} {opens // 60:02}:{opens % 60:02}-{closes // 60:02}:{closes % 60:02}"
        for day, intervals in zip(DAYS, week, strict=True)
        for opens, closes in intervals
    ]
    rules = MissedRules(hours=tuple(hours))

    assert read_form(shown_form(rules)) == rules


@given(st.dictionaries(st.sampled_from(sorted(shown_form(USUAL))), st.text(max_size=30)))
def test_anything_is_rules_or_mistakes(sent: dict[str, str]) -> None:
    wrong: set[str] = set()
    try:
        read_form(shown_form(USUAL) | sent).in_zone(UTC)
    except InvalidInput as error:
        wrong = {mistake.path for mistake in error.mistakes}
    assert wrong <= set(sent)


async def test_the_page_keeps_them(browser: Browser, pool: Pool) -> None:
    assert 'value="30"' in await text_of(browser, PATH)
    sent = shown_form(USUAL) | OFFICE | {"promise_minutes": "20", "short_seconds": "0"}
    for _again in range(2):
        answer = await browser.send(PATH, sent, page=PATH)
        assert (answer.status, answer.headers["Location"]) == (303, PATH)

    assert 'value="09:00-13:00, 14:00-18:00"' in await text_of(browser, PATH)
    async with pool.acquire() as connection:
        assert await read_rules(connection) == read_form(sent)
    (deed,) = await pool.fetch("select before, after from audit where action = 'missed.rules_changed'")
    assert deed["before"]["promise_minutes"] == 30
    assert deed["after"]["hours"] == ["Mon 09:00-13:00", "Mon 14:00-18:00", "Sat 10:00-15:00"]
    assert "changed the rules of missed calls" in await text_of(browser, "/settings/audit")


async def test_mistakes_come_back_with_what_was_written(browser: Browser, pool: Pool) -> None:
    answer = await browser.send(PATH, shown_form(USUAL) | {"promise_minutes": "soon", "day6": "x"}, page=PATH)

    text = await answer.text()
    assert answer.status == 422
    assert 'href="#promise_minutes"' in text
    assert 'href="#day6"' in text
    assert 'value="soon"' in text
    answer = await browser.send(PATH, shown_form(USUAL) | {"country": "ZZ"}, page=PATH)
    assert (answer.status, "no calendar of this country" in await answer.text()) == (422, True)
    assert await pool.fetchval("select count(*) from audit where action = 'missed.rules_changed'") == 0


async def test_a_country_of_an_imported_calendar_is_known(browser: Browser, pool: Pool) -> None:
    await pool.execute("insert into calendar_days (country, day, kind) values ('ZZ', '2026-01-01', 'off')")

    assert (await browser.send(PATH, shown_form(USUAL) | {"country": "ZZ"}, page=PATH)).status == 303


async def test_who_counts_calls_sees_a_change_within_a_minute(pool: Pool) -> None:
    """One worker goes on counting; it reads the row again after a while, and not at every call."""
    seconds = 0.0
    kept = KeptRules(UTC, lambda: seconds)
    follow = partial(follow_calls, missed=kept)

    async def tell(*calls: Heard) -> None:
        async with pool.acquire() as connection, connection.transaction():
            for heard in calls:
                await ensure_partition(connection, "calls", heard.at.year, heard.at.month)
                await put(connection, heard)
            await follow(connection, [news_of(heard) for heard in calls])

    async def promised(number: str) -> timedelta:
        at = await pool.fetchval("select promised_at - missed_until from missed_clients where number = $1", number)
        assert isinstance(at, timedelta)
        return at

    first, soon, later = (f"+7916000000{last}" for last in (1, 2, 3))
    await tell(Heard(0, client=first))
    await pool.execute("update missed_rules set promise_minutes = 10")
    seconds = KEPT_SECONDS - 1
    await tell(Heard(1, client=soon))
    seconds = KEPT_SECONDS
    await tell(Heard(2, client=later))

    assert KEPT_SECONDS < 60
    assert [await promised(number) for number in (first, soon, later)] == [
        timedelta(minutes=30),
        timedelta(minutes=30),
        timedelta(minutes=10),
    ]


async def test_the_report_goes_by_the_row(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    anna = await add_person("anna", Role.SUPERVISOR, every_department=True, every_line=True)
    await pool.execute("update missed_rules set answer_seconds = 45")

    told = await browser.get("/api/v1/reports/agents?days=1", headers=await token_of(pool, anna))

    assert (await told.json())["answer_seconds"] == 45

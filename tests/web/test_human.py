"""Numbers, times and lengths as people of either language write them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.web import human
from trunkline.web.i18n import Reader

RU = Reader("ru", ZoneInfo("Europe/Moscow"))
EN = Reader("en", ZoneInfo("Europe/Moscow"))
NOW = datetime(2026, 3, 12, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "reader", "digits", "text"),
    [
        (14500, RU, 0, "14\u00a0500"),
        (14500, EN, 0, "14,500"),
        (0.5, RU, 1, "0,5"),
        (-1250000, EN, 0, "-1,250,000"),
        (None, RU, 0, "—"),
    ],
)
def test_numbers(value: float | None, reader: Reader, digits: int, text: str) -> None:
    assert human.number(value, reader, digits=digits) == text


@pytest.mark.parametrize(
    ("share", "reader", "text"), [(0.127, RU, "13\u00a0%"), (0.127, EN, "13%"), (1, EN, "100%"), (None, EN, "—")]
)
def test_percents(share: float | None, reader: Reader, text: str) -> None:
    assert human.percent(share, reader) == text


def test_money_is_whole_roubles() -> None:
    assert human.money(1250000, RU) == "1\u00a0250\u00a0000\u00a0₽"
    assert human.money(None, RU) == "—"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("+79161234567", "+7 916 123-45-67"),
        ("+4930123456", "+49 30 123456"),
        ("101", "101"),
        ("anonymous", "anonymous"),
        ("+", "+"),
        ("", "—"),
        (None, "—"),
    ],
)
def test_phone_numbers(value: str | None, text: str) -> None:
    assert human.phone(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (42, "0:42"), (725, "12:05"), (3725, "1:02:05"), (59.6, "1:00"), (None, "—")]
)
def test_clocks(seconds: float | None, text: str) -> None:
    assert human.clock(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 с"), (42, "42 с"), (725, "12 мин 5 с"), (7800, "2 ч 10 мин"), (3600, "1 ч")]
)
def test_lengths_have_two_units_at_most(seconds: float, text: str) -> None:
    assert human.lasting(seconds, RU).replace("\u00a0", " ") == text


@pytest.mark.parametrize(
    ("ago", "reader", "text"),
    [
        (timedelta(0), EN, "12:30"),
        (timedelta(days=1), EN, "yesterday 12:30"),
        (timedelta(days=3), EN, "9 Mar 12:30"),
        (timedelta(days=400), EN, "5 Feb 2025"),
        (timedelta(days=3), RU, "9 мар. 12:30"),
    ],
)
def test_moments_are_as_short_as_is_clear(ago: timedelta, reader: Reader, text: str) -> None:
    assert human.moment(NOW - ago, NOW, reader) == text


def test_today_is_the_readers_day() -> None:
    late = datetime(2026, 3, 11, 22, 0, tzinfo=UTC)

    assert human.moment(late, NOW, EN) == "01:00"


def test_full_moments_name_their_zone() -> None:
    assert human.full_moment(NOW, EN) == "Thu 12 Mar 2026, 12:30:00 +0300"
    assert human.exact_time(NOW, RU) == "12:30:00"
    assert human.machine_time(NOW) == "2026-03-12T09:30:00Z"


@pytest.mark.parametrize("value", [None])
def test_nothing_is_a_dash(value: None) -> None:
    shown = [
        human.moment(value, NOW, RU),
        human.full_moment(value, RU),
        human.exact_time(value, RU),
        human.day(value, date(2026, 3, 12), RU),
        human.lasting(value, RU),
        human.size(value, RU),
    ]

    assert set(shown) == {human.NOTHING}


@pytest.mark.parametrize(("octets", "text"), [(0, "0 byte"), (1536, "1.5 kB"), (250_000_000, "250 MB")])
def test_sizes_are_decimal(octets: int, text: str) -> None:
    assert human.size(octets, EN) == text


@given(st.integers(0, 10**9))
def test_a_clock_can_be_read_back(seconds: int) -> None:
    parts = [int(part) for part in human.clock(seconds).split(":")]

    assert sum(part * 60**place for place, part in enumerate(reversed(parts))) == seconds

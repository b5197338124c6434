"""What counts as busy in a calendar, whoever wrote it; and what is no calendar."""

from datetime import UTC, datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.calendar_server import CalendarServer, event
from trunkline.visits.caldav import calendars_in, query
from trunkline.visits.ical import OURS, NoCalendar, Window, busy_in
from trunkline.visits.slots import Span

WINDOW = Window(
    Span(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 10, tzinfo=UTC)),
    ZoneInfo("Europe/Moscow"),
    "anna@example.com",
)
AT_TEN = ("DTSTART:20261105T100000Z", "DTEND:20261105T110000Z")
BERLIN = """BEGIN:VTIMEZONE
TZID:Ours
BEGIN:STANDARD
DTSTART:19701025T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE""".replace("\n", "\r\n")


def busy(*events: str) -> list[str]:
    """As `05 10:00-11:00` in UTC."""
    spans = busy_in([CalendarServer().calendar(*events).encode()], WINDOW)
    return [f"{one.starts:%d %H:%M}-{one.ends:%d %H:%M}" for one in spans]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (AT_TEN, ["05 10:00-05 11:00"]),
        (("DTSTART;VALUE=DATE:20261105",), ["04 21:00-05 21:00"]),
        (("DTSTART;VALUE=DATE:20261105", "DTEND;VALUE=DATE:20261107"), ["04 21:00-06 21:00"]),
        (("DTSTART:20261105T100000", "DURATION:PT30M"), ["05 07:00-05 07:30"]),
        (("DTSTART;TZID=Asia/Yekaterinburg:20261105T100000", "DURATION:PT1H"), ["05 05:00-05 06:00"]),
        (("DTSTART;TZID=Russian Standard Time:20261105T100000", "DURATION:PT1H"), ["05 07:00-05 08:00"]),
        ((*AT_TEN, "TRANSP:TRANSPARENT"), []),
        ((*AT_TEN, "STATUS:CANCELLED"), []),
        ((*AT_TEN, "STATUS:TENTATIVE"), ["05 10:00-05 11:00"]),
        ((*AT_TEN, "X-MICROSOFT-CDO-BUSYSTATUS:FREE"), []),
        ((*AT_TEN, "ATTENDEE;PARTSTAT=DECLINED:mailto:Anna@example.com"), []),
        ((*AT_TEN, "ATTENDEE;PARTSTAT=DECLINED:mailto:boris@example.com"), ["05 10:00-05 11:00"]),
        (
            (*AT_TEN, "RRULE:FREQ=WEEKLY;COUNT=3", "EXDATE:20261112T100000Z", "RDATE:20261120T120000Z"),
            ["05 10:00-05 11:00", "19 10:00-19 11:00", "20 12:00-20 13:00"],
        ),
        (("DTSTART:20200101T100000Z", "DTEND:20200101T110000Z", "RRULE:FREQ=YEARLY"), []),
        (("DTSTART:20261105T100000Z", "DTEND:20261105T100000Z"), []),
        (("DTSTART:garbage", "DTEND:20261105T100000Z"), []),
        (("SUMMARY:without a time",), []),
        (("DTSTART:99991231T235959Z", "DTEND:99991231T235959Z"), []),
    ],
)
def test_what_an_event_makes_busy(lines: tuple[str, ...], expected: list[str]) -> None:
    assert busy(event("1", *lines)) == expected


def test_an_exception_of_a_series_takes_its_place() -> None:
    series = event("1", *AT_TEN, "RRULE:FREQ=DAILY;COUNT=3")
    moved = event("1", "RECURRENCE-ID:20261106T100000Z", "DTSTART:20261106T150000Z", "DTEND:20261106T153000Z")
    gone = event("1", "RECURRENCE-ID:20261107T100000Z", "DTSTART:20261107T100000Z", "DURATION:PT1H", "STATUS:CANCELLED")

    assert busy(series, moved, gone) == ["05 10:00-05 11:00", "06 15:00-06 15:30"]


def test_a_zone_of_the_calendar_s_own() -> None:
    assert busy(BERLIN, event("1", "DTSTART;TZID=Ours:20261105T100000", "DURATION:PT1H")) == ["05 09:00-05 10:00"]


def test_a_bad_event_takes_no_other_with_it() -> None:
    assert busy(event("1", "SUMMARY:nothing"), event("2", "DTSTART:x"), event("3", *AT_TEN)) == ["05 10:00-05 11:00"]


def test_a_time_that_no_clock_knows_makes_it_no_calendar() -> None:
    with pytest.raises(NoCalendar):
        busy(event("1", "DTSTART:99991231T235959Z", "DURATION:P5000000D"))


def test_our_own_visits_do_not_come_back_as_busy() -> None:
    assert busy(event(f"{uuid4()}{OURS}", *AT_TEN)) == []


def test_free_and_busy_as_exchange_publishes_it() -> None:
    told = [
        "BEGIN:VFREEBUSY",
        "FREEBUSY:20261105T100000Z/PT1H,20261106T100000Z/20261106T120000Z",
        "FREEBUSY;FBTYPE=FREE:20261107T100000Z/PT1H",
        "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20261108T100000Z/PT1H",
        "END:VFREEBUSY",
    ]

    assert busy("\r\n".join(told)) == ["05 10:00-05 11:00", "06 10:00-06 12:00", "08 10:00-08 11:00"]


WHOLE = CalendarServer().calendar(event("1", *AT_TEN), event("2", *AT_TEN, "SUMMARY:Встреча")).encode()


@pytest.mark.parametrize("text", [b"", b"<html>", b"\xff\xfe\x00", b"BEGIN:VEVENT\r\nEND:VEVENT\r\n", b"END:VCALENDAR"])
def test_what_is_no_calendar(text: bytes) -> None:
    with pytest.raises(NoCalendar):
        busy_in([text], WINDOW)


@pytest.mark.parametrize("length", range(0, len(WHOLE) - 3, 7))
def test_a_calendar_cut_anywhere_is_none(length: int) -> None:
    with pytest.raises(NoCalendar):
        busy_in([WHOLE[:length]], WINDOW)


@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=6))
def test_changed_bytes_give_busy_time_or_no_calendar(place: int, other: bytes) -> None:
    try:
        for span in busy_in([WHOLE[:place] + other + WHOLE[place + len(other) :]], WINDOW):
            assert WINDOW.within.starts <= span.starts < span.ends <= WINDOW.within.ends
    except NoCalendar:
        pass


def answered(*events: str, head: str = "") -> bytes:
    body = "".join(
        f"<d:response><d:propstat><d:prop><c:calendar-data>{one}</c:calendar-data></d:prop></d:propstat></d:response>"
        for one in events
    )
    return (
        f'{head}<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">{body}</d:multistatus>'.encode()
    )


def test_the_calendars_of_an_answer() -> None:
    text = answered("BEGIN:X&lt;y", "<![CDATA[second]]>", " ", head='<?xml version="1.0"?>')

    assert calendars_in(text) == [b"BEGIN:X<y", b"second"]
    assert calendars_in(answered()) == []


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"<html/>",
        answered("x")[:-9],
        answered("&lol;", head='<!DOCTYPE d [<!ENTITY lol "lol">]>'),
        answered("x", head='<!DOCTYPE d SYSTEM "file:///etc/passwd">'),
        b'<d:multistatus xmlns:d="DAV:"><d:response><d:status>HTTP/1.1 507 Insufficient Storage</d:status></d:response>'
        b"</d:multistatus>",
    ],
)
def test_what_is_no_answer(text: bytes) -> None:
    with pytest.raises(NoCalendar):
        calendars_in(text)


def test_what_is_asked() -> None:
    assert b'<C:time-range start="20261101T000000Z" end="20261210T000000Z"/>' in query(WINDOW.within)

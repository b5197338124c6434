"""What a system told, as costs: tables and what always holds."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calltracking.feeds import direct, vk
from calltracking.feeds.feed import Feed, FeedFields, checked
from calltracking.feeds.spent import Spent, Stretch, costs_of, days_to_read, kopecks_of, rate_of
from calltracking.feeds.trouble import TROUBLES, Trouble
from trunkline.errors import InvalidInput

DAY = date(2026, 11, 25)
DAYS = Stretch(DAY, DAY, DAY)
MOMENT = datetime(2026, 11, 27, tzinfo=UTC)
FEED = Feed(
    id=UUID(int=1), kind="direct", name="x", login="", level="keyword", named="id", source="yandex",
    channel="Paid Search", with_vat=True, vat=None, since=date(2026, 1, 1), active=True, active_at=MOMENT,
    due_at=MOMENT, begun_at=None, held_until=None, next_day=None, last_day=None, report="", tries=0, read_at=None,
    read_rows=0, read_kept=0, read_until=None, trouble="", said="", trouble_at=None,
)  # fmt: skip
HEAD = "Date\tCampaignId\tCriterion\tCost\n"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("2026-11-25\t7\tокна пвх -дешево -своими руками\t1.50", ("7", "окна пвх", 150)),
        ("2026-11-25\t7\t---autotargeting\t0.01\r", ("7", "---autotargeting", 1)),
        ("2026-11-25\t7\t--\t--", ("7", "", 0)),
        ("2026-11-25\t7\tокна-пвх\t12", ("7", "окна-пвх", 1200)),
    ],
)
def test_a_row_of_a_report(line: str, found: tuple[str, str, int]) -> None:
    for end in ("", "\n"):
        body = (HEAD + line + end).encode()
        assert direct.read_report(FEED, body, DAYS) == [Spent(DAY, *found)]


@pytest.mark.parametrize(
    ("body", "trouble"),
    [
        (HEAD + "2026-11-25\t7\tx\n", "unreadable"),
        (HEAD + "2026-11-25\t7\tx\tmany\n", "unreadable"),
        (HEAD + "2026-11-25\t7\tx\tNaN\n", "unreadable"),
        (HEAD + "2026-11-24\t7\tx\t1\n", "unreadable"),
        (HEAD + "25.11.2026\t7\tx\t1\n", "unreadable"),
        (HEAD + "2026-11-25\t7\tx\t1e30\n", "unreadable"),
        ("Date\tCost\n", "unreadable"),
        ("", "unreadable"),
        (HEAD + "\n" * (direct.MOST_ROWS + 1), "large"),
    ],
)
def test_a_report_that_is_none(body: str, trouble: str) -> None:
    with pytest.raises(Trouble) as found:
        direct.read_report(FEED, body.encode(), DAYS)
    assert found.value.name == trouble


def test_a_report_without_rows_is_one() -> None:
    assert direct.read_report(FEED, HEAD.encode(), DAYS) == []
    with pytest.raises(Trouble):
        direct.read_report(FEED, b"\xff\xfe", DAYS)


@pytest.mark.parametrize(
    "body",
    [
        b"no",
        b'{"items":[{"id":1,"rows":[{"date":"2026-11-24","base":{"spent":"1"}}]}]}',
        b'{"items":[{"id":2,"rows":[]}]}',
        b'{"items":[{"id":1,"rows":[{"date":"2026-11-25","base":{"spent":"x"}}]}]}',
    ],
)
def test_statistics_that_are_none(body: bytes) -> None:
    with pytest.raises(Trouble, match="unreadable"):
        vk.read_days(FEED, body, {1: "a"}, DAYS)


def test_every_trouble_has_words() -> None:
    names = {direct.refusal(400, f'{{"error":{{"error_code":{code}}}}}'.encode(), None).name for code in range(10_000)}
    names |= {vk.refusal(status, b"{}", None).name for status in range(300, 600)}
    assert names <= set(TROUBLES)


@pytest.mark.parametrize(("day", "rate"), [(date(2018, 12, 31), 18), (date(2025, 12, 31), 20), (date(2026, 1, 1), 22)])
def test_the_rate_is_the_laws(day: date, rate: int) -> None:
    assert rate_of(FEED, day) == rate
    assert rate_of(msgspec.structs.replace(FEED, vat=Decimal(5)), day) == 5


@given(st.lists(st.builds(Spent, st.just(DAY), st.text(max_size=3), st.text(max_size=3), st.integers(-(10**9), 10**9))))
def test_nothing_is_lost_and_no_place_is_told_twice(told: list[Spent]) -> None:
    costs = costs_of(FEED, told)

    assert sum(one.gross for one in costs) == sum(one.kopecks for one in told)
    assert len({(one.day, one.campaign, one.keyword) for one in costs}) == len(costs)
    assert all(abs(one.net) <= abs(one.gross) for one in costs)


@given(st.dates(date(2024, 1, 1), date(2026, 11, 26)), st.none() | st.dates(date(2024, 1, 1), date(2026, 11, 26)))
def test_no_day_is_left_out(since: date, until: date | None) -> None:
    today = date(2026, 11, 27)
    days = days_to_read(msgspec.structs.replace(FEED, since=since, read_until=until), today)

    assert days.last == date(2026, 11, 26)
    assert (days.last - days.first).days >= min(13, (days.last - since).days)
    assert until is None or days.first <= max(since, date.fromordinal(until.toordinal() + 1))
    assert (days.end - days.first).days < 7


@pytest.mark.parametrize(("text", "kopecks"), [("1.005", 101), ("0", 0), ("-2.5", -250)])
def test_kopecks(text: str, kopecks: int) -> None:
    assert kopecks_of(text) == kopecks


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "nobody"}, "kind"),
        ({"name": ""}, "name"),
        ({"secret": ""}, "secret"),
        ({"secret": "с"}, "secret"),
        ({"secret": "a b"}, "secret"),
        ({"secret": "x" * 501}, "secret"),
        ({"login": "a\r\nb"}, "login"),
        ({"level": "advertisement"}, "level"),
        ({"kind": "vk", "level": "keyword"}, "level"),
        ({"named": "title"}, "named"),
        ({"channel": "Radio"}, "channel"),
        ({"vat": Decimal(31)}, "vat"),
        ({"since": date(2026, 11, 27)}, "since"),
        ({"since": date(2023, 11, 1)}, "since"),
        ({"kind": "vk", "since": date(2025, 11, 1)}, "since"),
    ],
)
def test_a_wrong_source_is_told_where(change: dict[str, Any], field: str) -> None:
    told = FeedFields(kind="direct", name="x", secret="s", since=date(2026, 1, 1))
    assert checked(told, None, date(2026, 11, 27)).source == "yandex"

    with pytest.raises(InvalidInput) as refused:
        checked(msgspec.structs.replace(told, **change), None, date(2026, 11, 27))

    assert [mistake.path for mistake in refused.value.mistakes] == [field]

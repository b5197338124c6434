"""The plan as people write it, and every mistake in it."""

import copy
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.hours import Clock
from router.plan import Plan, read_plan
from router.policy import no_policies, policies_of
from router.target import parse_target
from tests.router.company import HOLIDAY_NOON, OFFICE, PLAN, QUEUES, SERVICE, THURSDAY_NOON, head_of
from trunkline.directory.intervals import parse_interval
from trunkline.directory.values import ContactClass, DayKind
from trunkline.errors import InvalidInput, Mistake

EXAMPLE = Path(__file__).parents[2] / "config" / "plan.example.toml"
HOUR = 3600.0


def broken(path: str, value: object) -> dict[str, Any]:
    """The plan with one field set."""
    plan = copy.deepcopy(PLAN)
    *folders, name = path.split("/")
    place = plan
    for folder in folders:
        place = place.setdefault(folder, {})
    place[name] = value
    return plan


def mistakes_of(plan: object) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        read_plan(plan, queues=QUEUES)
    return {mistake.path: mistake.message for mistake in caught.value.mistakes}


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("default", "queue:nobody", "there is no queue 'nobody'; there are finance, production"),
        ("default", "sales", "is no target; write queue:NAME"),
        ("default", "extension:1", "is no target"),
        ("default", "targets:101-", "is no target"),
        ("default", "number:112", "is no target"),
        ("default", "reject:me", "is no target"),
        ("default", 7, "Expected `str`, got `int`"),
        ("defualt", "queue:sales", "no such field; there are timezone"),
        ("timezone", "Moscow", "is no time zone"),
        ("timezone", "../../etc/passwd", "is no time zone"),
        ("classes/friend", "queue:sales", "must be one of unknown, client"),
        ("classes/client", "queue:", "is no target"),
        ("hours/mon", ["9-18"], "must be hours of one day such as 09:00-18:00"),
        ("hours/mon", "09:00-18:00", "Expected `array`, got `str`"),
        ("hours/short_day_minutes", -1, "must be from 0 to 480"),
        ("debtors/client", {"threshold": 0, "target": "queue:finance"}, "must be from 1"),
        ("debtors/client", {"threshold": 5}, "is missing"),
        ("debtors/client", {"threshold": 5, "target": ""}, "must name a target"),
        ("responsible/ring_seconds", 1, "must be from 5 to 120"),
        ("responsible/classes", ["friend"], "Invalid enum value"),
        ("overflow/wait_seconds", 0, "must be from 5 to 3600"),
        ("lines/84951234567", {}, "must be written +74951234567"),
        ("lines/office", {}, "must be a number such as +74951234567"),
        (f"lines/{OFFICE}", [], "must be a table of fields"),
    ],
)
def test_a_mistake_is_told_with_its_place(path: str, value: object, said: str) -> None:
    mistakes = mistakes_of(broken(path, value))

    told = [message for place, message in mistakes.items() if place.startswith(path.replace("/", "."))]
    assert len(told) == 1
    assert said in told[0]


def test_all_mistakes_are_told_at_once() -> None:
    plan = broken("default", "sales") | {"timezone": "Nowhere", "vip_priority": 1000}
    plan["hours"]["mon"] = ["18:00-09:00", "10:00-12:00", "11:00-13:00"]
    plan["spam"] = {"action": "laugh", "failed": "queue:nobody"}

    assert set(mistakes_of(plan)) == {
        "default",
        "timezone",
        "vip_priority",
        "hours.mon[0]",
        "hours.mon[2]",
        "spam.action",
        "spam.failed",
    }


def test_wrong_shapes_are_told_at_once_too() -> None:
    assert set(mistakes_of({"default": 1, "hours": {"mon": [1], "tue": 2}, "lines": {OFFICE: {"target": 3}}})) == {
        "default",
        "hours.mon[0]",
        "hours.tue",
        f"lines.{OFFICE}.target",
    }


def test_the_example_is_a_plan() -> None:
    plan = read_plan(tomllib.loads(EXAMPLE.read_text(encoding="utf-8")), queues=QUEUES)

    assert plan.classes[ContactClass.SUPPLIER] == "queue:production"
    assert plan.holiday.target == "queue:quality"


sections = st.sampled_from(list(Plan.__dataclass_fields__)) | st.text(max_size=10)
bodies = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda part: st.lists(part) | st.dictionaries(sections, part)
)


@given(bodies)
def test_any_body_is_a_plan_or_told_wrong(body: object) -> None:
    mistakes: tuple[Mistake, ...] = ()
    plan = None
    try:
        plan = read_plan(body)
    except InvalidInput as error:
        mistakes = error.mistakes
    assert bool(mistakes) is (plan is None)


def test_a_line_keeps_what_it_does_not_change() -> None:
    policies = policies_of(head_of())
    line, common = policies.of(SERVICE), policies.of(OFFICE)

    assert str(line.line_target) == "queue:q-service"
    assert str(line.default) == "extension:110"
    assert line.closed == common.closed
    assert line.clock is common.clock
    assert common.line_target is None


def test_queues_are_named_as_the_pbx_names_them() -> None:
    assert str(policies_of(head_of()).common.classes[ContactClass.SUPPLIER]) == "queue:q-production"


def test_without_a_plan_it_is_always_open() -> None:
    policies = no_policies()

    assert policies.common.clock.at(HOLIDAY_NOON).open
    assert not policies.common.classes


@pytest.mark.parametrize("text", ["queue:sales", "extension:101", "targets:101-102", "voicemail:a", "playback:a/b"])
def test_targets_read_back(text: str) -> None:
    assert str(parse_target(text)) == text


CALENDAR = head_of().calendar["RU"]
WEEK = [["09:00-13:00", "14:00-18:00"]] * 5 + [[], []]


@pytest.mark.parametrize(
    ("hours_after_noon", "is_open"),
    [(-3.01, False), (-3.0, True), (0.99, True), (1.0, False), (2.0, True), (5.99, True), (6.0, False), (48.0, False)],
)
def test_hours_of_a_working_day(hours_after_noon: float, is_open: bool) -> None:
    moscow = policies_of(head_of()).common.clock.zone
    clock = Clock(moscow, WEEK, CALENDAR, 60)

    assert clock.at(THURSDAY_NOON + hours_after_noon * HOUR).open is is_open


def test_days_of_the_production_calendar() -> None:
    clock = policies_of(head_of()).common.clock

    assert clock.at(HOLIDAY_NOON).day is DayKind.OFF
    assert not clock.at(HOLIDAY_NOON).open
    short = HOLIDAY_NOON - 24 * HOUR
    assert clock.at(short + 4.9 * HOUR).open
    assert not clock.at(short + 5 * HOUR).open
    assert clock.at(short).local == "2026-11-03 12:00"


def test_a_working_saturday_keeps_a_weekdays_hours() -> None:
    moscow = policies_of(head_of()).common.clock.zone
    saturday = THURSDAY_NOON + 48 * HOUR
    day = Clock(moscow, WEEK, {}, 60).at(saturday)
    assert (day.weekday, day.open) == (5, False)

    assert Clock(moscow, WEEK, {date(2026, 8, 8): DayKind.WORKING}, 60).at(saturday).open


def test_intervals() -> None:
    assert parse_interval("00:00-24:00") == (0, 1440)
    for text in ("24:00-24:00", "09:00-25:00", "9:00-18:00", "18:00-09:00", "", "24:30-24:40"):
        with pytest.raises(ValueError, match="must be hours"):
            parse_interval(text)


def test_a_published_plan_is_the_same_plan() -> None:
    assert read_plan(msgspec.json.decode(msgspec.json.encode(read_plan(PLAN)))) == read_plan(PLAN)

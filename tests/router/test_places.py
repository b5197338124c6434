"""Hours by branch and queue, each in its own zone and by its own country's calendar."""

import copy
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from router.plan import read_plan
from router.policy import Policies, policies_of
from router.rules import decide
from router.state import Turn
from tests.router.company import OFFICE, PLAN, QUEUES, SERVICE, THURSDAY_NOON, head_of
from tests.router.test_rules import STRANGER, with_
from trunkline.directory.calendar import public_holidays
from trunkline.directory.values import ContactClass
from trunkline.errors import InvalidInput
from trunkline.pbx.port import Decision, Question

FIVE_DAYS = {day: ["09:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
ROUND_THE_CLOCK = {day: ["00:00-24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
BRANCHES: dict[str, Any] = {
    "almaty": {
        "name": "Алматы",
        "timezone": "Asia/Almaty",
        "country": "KZ",
        "hours": FIVE_DAYS | {"closed": "voicemail:almaty"},
        "holiday": {"target": "playback:nauryz"},
        "days": {"2026-08-07": "off", "2026-08-08": "working", "2026-08-10": "short"},
    }
}
PLACED = PLAN | {
    "branches": BRANCHES,
    "lines": {SERVICE: {"target": "queue:service", "branch": "almaty"}, OFFICE: {}},
    "queues": {
        "service": {"branch": "almaty"},
        "production": {"hours": ROUND_THE_CLOCK},
        "reserve": {"hours": {"mon": ["10:00-11:00"], "closed": "voicemail:reserve"}},
    },
}
MOSCOW, ALMATY = "Europe/Moscow", "Asia/Almaty"


def policies(plan: dict[str, Any] = PLACED) -> Policies:
    head = head_of(plan)
    return policies_of(msgspec.structs.replace(head, calendar=head.calendar | {"KZ": public_holidays("KZ", (2026,))}))


def went(line: str, moment: str, zone: str, plan: dict[str, Any] = PLACED, **facts: Any) -> str:
    """Rule and target for a stranger calling `line` at `moment` of `zone`."""
    now = datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(zone)).timestamp()
    decision: Decision = decide(Question("office", "1"), with_(STRANGER, line=line, **facts), policies(plan), now, 0.5)
    return f"{decision.rule} {decision.action}:{decision.target or decision.sound}"


SUPPLIER = {"klass": ContactClass.SUPPLIER}


@pytest.mark.parametrize(
    ("line", "moment", "zone", "facts", "expected"),
    [
        # A branch opens and closes by its own clock: Almaty is two hours ahead of Moscow.
        (SERVICE, "2026-08-06 09:00", ALMATY, {}, "line queue:q-service"),
        (SERVICE, "2026-08-06 08:59", ALMATY, {}, "queue_closed voicemail:almaty"),
        (SERVICE, "2026-08-06 17:30", MOSCOW, {}, "queue_closed voicemail:almaty"),
        (OFFICE, "2026-08-06 17:30", MOSCOW, {}, "class queue:q-sales"),
        # Its country's holidays count, not the company's: 16 December in Kazakhstan, 4 November in Russia.
        (SERVICE, "2026-12-16 12:00", ALMATY, {}, "queue_holiday playback:nauryz"),
        (OFFICE, "2026-12-16 12:00", MOSCOW, {}, "class queue:q-sales"),
        (SERVICE, "2026-11-04 12:00", ALMATY, {}, "line queue:q-service"),
        (OFFICE, "2026-11-04 12:00", MOSCOW, {}, "holiday queue:q-quality"),
        # Days of the branch win over every calendar.
        (SERVICE, "2026-08-07 12:00", ALMATY, {}, "queue_holiday playback:nauryz"),
        (OFFICE, "2026-08-07 12:00", MOSCOW, {}, "class queue:q-sales"),
        (SERVICE, "2026-08-08 12:00", ALMATY, {}, "line queue:q-service"),
        (SERVICE, "2026-08-10 17:00", ALMATY, {}, "queue_closed voicemail:almaty"),
        (SERVICE, "2026-08-10 16:59", ALMATY, {}, "line queue:q-service"),
        # A queue with hours of its own works when the company sleeps.
        (OFFICE, "2026-08-06 03:00", MOSCOW, SUPPLIER, "class queue:q-production"),
        (OFFICE, "2026-08-06 03:00", MOSCOW, {}, "closed queue:q-quality"),
    ],
)
def test_where_and_when(line: str, moment: str, zone: str, facts: dict[str, Any], expected: str) -> None:
    assert went(line, moment, zone, **facts) == expected


def test_a_line_of_a_branch_goes_by_its_clock_where_its_queue_has_none() -> None:
    plan = copy.deepcopy(PLACED)
    del plan["queues"]["service"]

    assert went(SERVICE, "2026-08-06 17:30", MOSCOW, plan) == "closed voicemail:almaty"
    assert went(SERVICE, "2026-12-16 12:00", ALMATY, plan) == "holiday playback:nauryz"


def test_hours_of_a_line_count_beside_those_of_its_queue() -> None:
    plan = copy.deepcopy(PLACED)
    plan["lines"][OFFICE] = {"hours": {"thu": ["12:00-13:00"], "closed": "reject"}}

    assert went(OFFICE, "2026-08-06 14:00", MOSCOW, plan, **SUPPLIER) == "closed reject:"
    assert went(OFFICE, "2026-08-06 12:00", MOSCOW, plan, **SUPPLIER) == "class queue:q-production"


def test_a_closed_queue_takes_no_overflow() -> None:
    question = Question("office", "1", status="TIMEOUT")
    ended = decide(question, STRANGER, policies(), THURSDAY_NOON, 0.5, turn=Turn(1, "k"))
    assert ended.rule == "voicemail"


@pytest.mark.parametrize(
    ("change", "path", "said"),
    [
        ({"branches": {"Алматы": {}}}, "branches.Алматы", "must be a short name"),
        ({"branches": {"a": {"timezone": "Almaty"}}}, "branches.a.timezone", "is no time zone"),
        ({"branches": {"a": {"country": "DE"}}}, "branches.a.country", "must be one of RU, KZ"),
        ({"country": "Россия"}, "country", "must be one of RU, KZ"),
        ({"days": {"20260320": "off"}}, "days.20260320", "must be a day such as 2026-03-20"),
        ({"branches": {"a": {"days": {"2026-02-30": "off"}}}}, "branches.a.days.2026-02-30", "must be a day"),
        ({"days": {"2026-03-20": "half"}}, "days.2026-03-20", "must be one of off, short, working"),
        ({"queues": {"nobody": {}}}, "queues.nobody", "there is no queue 'nobody'"),
        ({"queues": {"sales": {"branch": "a"}}}, "queues.sales.branch", "there is no branch 'a'; there are none"),
        ({"lines": {OFFICE: {"branch": "a"}}}, f"lines.{OFFICE}.branch", "there is no branch 'a'"),
        ({"branches": {"a": {"hours": {"mon": ["9-18"]}}}}, "branches.a.hours.mon[0]", "must be hours of one day"),
        ({"queues": {"sales": {"hours": {"closed": "here"}}}}, "queues.sales.hours.closed", "is no target"),
        ({"branches": {"a": {"holiday": {"target": "queue:x"}}}}, "branches.a.holiday.target", "there is no queue 'x'"),
        ({"queues": {"sales": {"hours": {"short_day_minutes": 999}}}}, "queues.sales.hours.short_day_minutes", "0 to"),
    ],
)
def test_a_mistake_is_told_with_its_place(change: dict[str, Any], path: str, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_plan(PLAN | change, queues=QUEUES)
    told = {mistake.path: mistake.message for mistake in caught.value.mistakes}
    assert list(told) == [path]
    assert said in told[path]


def test_a_branch_in_another_country_does_not_take_the_companys_moved_days() -> None:
    plan = PLACED | {"days": {"2026-08-06": "off"}}
    assert went(OFFICE, "2026-08-06 12:00", MOSCOW, plan) == "holiday queue:q-quality"
    assert went(SERVICE, "2026-08-06 12:00", ALMATY, plan) == "line queue:q-service"

"""Autosecretary's statistics: trunks and pages, who called whom, what counts as a talk, and the recordings."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from tests.fakes.hosted_api import TRUNKS, Cloud, cloud_at
from tests.pbx.hooks.test_histories import LATER, account, mts, read
from tests.pbx.ten_calls import CLIENT, LINE, START
from trunkline.calls.advance import advance
from trunkline.calls.call import Call
from trunkline.calls.outcome import Direction, Outcome
from trunkline.calls.summary import Summary, summary_of
from trunkline.pbx.hooks.asking import ApiAnswer
from trunkline.pbx.hooks.history import HostedRecording, Row, Trouble, record_of
from trunkline.pbx.hooks.port import Account
from trunkline.pbx.hooks.providers import recordings_of, told_by
from trunkline.pbx.mts.history import HISTORY

SECOND = 1_000_000
CALL = "75317940441"
SETTINGS = {"numbers": {"102": "+79109136612"}}


@pytest.fixture
async def cloud() -> AsyncIterator[Cloud]:
    async with cloud_at() as cloud:
        yield cloud


def told(line: Mapping[str, Any], **settings: Any) -> Summary:
    record = record_of("cloud", "mts", Row(CALL, START, {"line": line}), SETTINGS | settings, LATER)
    return summary_of(advance(Call("cloud", CALL), *sorted(told_by(record), key=lambda one: one.order)))


async def test_every_trunk_is_read_to_its_end(cloud: Cloud) -> None:
    cloud.calls = [
        *(mts(str(number), callId=number, trunkId=TRUNKS[0]) for number in range(1, 1002)),
        *(mts(str(number), callId=number) for number in range(5001, 5003)),
    ]
    rows = await read("mts", account("mts", cloud))

    assert len({one.call for one in rows}) == len(rows) == 1003
    asked = [(fields["TrunkId"], fields["Offset"]) for path, fields in cloud.asked if path == "/trunks/statistics"]
    assert asked == [(TRUNKS[0], "0"), (TRUNKS[0], "1000"), (TRUNKS[1], "0")]
    assert {fields["Begin"] for path, fields in cloud.asked if path == "/trunks/statistics"} == {"2026-08-06T11:59:00"}


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (mts("1", dn="101"), (Direction.IN, CLIENT, LINE, "101")),
        (mts("1"), (Direction.IN, CLIENT, LINE, "102")),  # by the number of his that the settings name
        (mts("1", dn="9031234567"), (Direction.IN, CLIENT, LINE, "+79031234567")),
        (mts("1", via="", dn="101"), (Direction.IN, CLIENT, LINE, "101")),  # the trunk is the line
        (mts("1", an="9109136612", via="9109136612", dn="9160000004"), (Direction.OUT, "102", CLIENT, CLIENT)),
        (mts("1", an="101", dn="9160000004"), (Direction.OUT, "101", CLIENT, CLIENT)),
        (mts("1", an="101", dn="9109136612", rel=1), (Direction.INTERNAL, "101", "102", "102")),
    ],
    ids=["short", "named", "a mobile", "no line", "from a mobile of ours", "from a short number", "internal"],
)
def test_who_called_whom(line: Mapping[str, Any], wanted: tuple[Direction, str, str, str]) -> None:
    found = told(line)
    assert (found.direction, found.caller, found.dialled, found.answered_by) == wanted
    assert (found.outcome, found.talk) == (Outcome.ANSWERED, 60)


def test_one_of_ours_of_whom_nobody_knows_is_not_told_as_from_outside() -> None:
    line = mts("1", an="9031234567", via="9031234567", dn="9160000004")
    assert told_by(record_of("cloud", "mts", Row(CALL, START, {"line": line}), SETTINGS, LATER)) == ()


@pytest.mark.parametrize(
    ("duration", "wait", "recorded", "talk"), [(68, 8, 0, 60), (9, 8, 0, 0), (9, 8, 1, 1), (8, 8, 0, 0), (8, 9, 0, 0)]
)
def test_a_second_may_be_rounding_and_is_a_talk_where_it_was_recorded(
    duration: int, wait: int, recorded: int, talk: int
) -> None:
    found = told(mts("1", duration=duration, wait=wait, recDur=recorded))
    assert (found.outcome, found.talk) == (Outcome.ANSWERED if talk else Outcome.MISSED, talk)


@pytest.mark.parametrize(
    ("written", "zone"),
    [
        ("2026-08-06T12:00:00", "Europe/Moscow"),
        ("2026-08-06T09:00:00", "UTC"),
        ("2026-08-06T14:00:00", "Asia/Yekaterinburg"),
        ("2026-08-06T12:00:00", "nowhere"),
        ("2026-08-06T12:00:00.5970279+03:00", "UTC"),  # its own zone, as events write it
    ],
)
def test_times_are_of_the_zone_that_is_set(written: str, zone: str) -> None:
    found = told(mts("1", startTime=written), zone=zone)
    assert found.started_at // SECOND == START // SECOND


def test_a_recording_is_named_by_its_trunk_and_its_call() -> None:
    record = record_of("cloud", "mts", Row(CALL, START, {"line": mts("1")}), SETTINGS, LATER)
    assert recordings_of(record) == (HostedRecording(CALL, CALL, f"{TRUNKS[1]}/{CALL}"),)
    unrecorded = record_of("cloud", "mts", Row(CALL, START, {"line": mts("1", recDur=0)}), SETTINGS, LATER)
    assert recordings_of(unrecorded) == ()


def test_the_key_is_in_no_repr() -> None:
    account = Account("cloud", {"domain": "9807100241.ru"}, {"api_key": "hidden"})
    with pytest.raises(StopIteration) as done:
        next(HISTORY.link(account, f"4951234567/{CALL}", {}))

    assert done.value.value.value == "Bearer hidden"
    assert "hidden" not in repr(done.value.value)
    assert "hidden" not in done.value.value.url


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (ApiAnswer(401, b""), "refuses our key"),
        (ApiAnswer(400, b'{"message":"Domain"}'), "it answers: Domain"),
        (ApiAnswer(200, b'{"data":[]}'), "no JSON list"),
        (ApiAnswer(500, b"[]"), "HTTP 500"),
    ],
)
def test_what_is_no_list_is_trouble(answer: ApiAnswer, why: str) -> None:
    talk = HISTORY.rows(Account("cloud", {"domain": "d"}, {"api_key": "k"}), START, START, {})
    next(talk)
    with pytest.raises(Trouble, match=why):
        talk.send(answer)


async def test_no_trunk_and_no_call_are_no_trouble(cloud: Cloud) -> None:
    assert await read("mts", account("mts", cloud)) == []
    talk = HISTORY.rows(Account("cloud", {"domain": "d"}, {"api_key": "k"}), START, START, {})
    next(talk)
    with pytest.raises(StopIteration) as done:
        talk.send(ApiAnswer(204, b""))
    assert done.value.value == []


def test_it_says_what_it_lacks() -> None:
    assert HISTORY.lacks(Account("cloud", {"domain": " "})) == ("Domain of the account", "Key of its API")
    assert HISTORY.lacks(Account("cloud", {"domain": "d"}, {"api_key": "k"})) == ()

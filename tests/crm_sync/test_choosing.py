"""Which of a call's recordings stands for it, and what Bitrix24 is told of it."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_sync.bitrix24.record import attached, place_of, text_params, transcript_of, uploaded
from crm_sync.bitrix24.wire import Bad, Good, read
from crm_sync.choosing import choose, is_final
from trunkline.outbox.classify import ErrorClass, classify
from trunkline.outbox.event import Fault
from trunkline.recorded.talk import Line, RecordedTalk, Side, Standing

READY, AHEAD, STAYS, GONE = Standing


def talk(number: int, talked: float, seconds: float, standing: Standing = READY) -> RecordedTalk:
    return RecordedTalk(UUID(int=number), standing, talked, seconds, "1", has_text=False)


@pytest.mark.parametrize(
    ("recordings", "chosen"),
    [
        ([], None),
        ([talk(1, 0, 40)], None),
        ([talk(1, 30, 40, AHEAD), talk(2, 30, 40, STAYS), talk(3, 30, 40, GONE)], None),
        ([talk(1, 0, 40), talk(2, 10, 10)], 2),
        ([talk(1, 12, 90), talk(2, 60, 60)], 2),
        ([talk(1, 60, 60), talk(2, 12, 90)], 1),
        ([talk(1, 60, 60), talk(2, 90, 90, AHEAD)], 1),
        ([talk(1, 60, 75), talk(2, 60, 61)], 2),
        ([talk(1, 60, 60), talk(2, 60, 60)], 1),
    ],
)
def test_the_one_that_holds_the_most_of_the_talk(recordings: list[RecordedTalk], chosen: int | None) -> None:
    found = choose(recordings)
    assert (found.id.int if found else None) == chosen


TALKS = st.builds(
    talk, st.integers(1, 99), st.floats(0, 100), st.floats(0, 200), st.sampled_from(list(Standing))
)  # fmt: skip


@given(st.lists(TALKS, unique_by=lambda one: one.id), TALKS)
def test_what_is_ready_later_replaces_only_by_more_of_the_talk(before: list[RecordedTalk], late: RecordedTalk) -> None:
    first, then = choose(before), choose([*before, late])
    if first is not None:
        assert then is not None
        assert (then.talk, -then.seconds) >= (first.talk, -first.seconds)
    assert then is None or (then.talk > 0 and then.standing is READY)


@pytest.mark.parametrize(("others", "final"), [([], True), ([STAYS, GONE, READY], True), ([READY, AHEAD], False)])
def test_nothing_else_is_chosen_once_none_is_under_way(others: list[Standing], final: bool) -> None:
    assert is_final([talk(place, 1, 1, standing) for place, standing in enumerate(others)]) is final


PORTAL = "https://acme.bitrix24.ru"


@pytest.mark.parametrize(
    ("url", "good"),
    [
        (f"{PORTAL}/rest/upload.json?token=telephony%7Cabc", True),
        ("https://ACME.bitrix24.ru/up", True),
        (f"{PORTAL}:443/up", True),
        (f"{PORTAL}:0x1bb/up", False),
        ("https://us:er@acme.bitrix24.ru/up", False),
        (f"{PORTAL}.example/up", False),
        (f"{PORTAL}@else.example/up", False),
        (f"{PORTAL}:8443/up", False),
        ("http://acme.bitrix24.ru/up", False),
        ("//acme.bitrix24.ru/up", False),
        ("https://[::1/up", False),
        ("file:///etc/passwd", False),
        (f"{PORTAL}/{'x' * 2000}", False),
        (None, False),
        (["https://acme.bitrix24.ru/up"], False),
    ],
)
def test_a_recording_goes_to_the_portal_s_own_address_only(url: object, good: bool) -> None:
    found = place_of({"uploadUrl": url, "fieldName": "file"}, PORTAL)
    assert isinstance(found, Bad) is not good


@pytest.mark.parametrize(
    ("named", "field"), [("file", "file"), ("upload", "upload"), (None, "file"), ('a"\r\n', "file")]
)
def test_in_the_field_that_the_portal_names(named: object, field: str) -> None:
    found = place_of({"uploadUrl": f"{PORTAL}/up", "fieldName": named}, PORTAL)
    assert not isinstance(found, Bad)
    assert found.field == field


def test_a_text_is_told_in_whole_seconds_of_two_sides() -> None:
    lines = [
        Line(Side.OURS, 0.2, 0.4, "Алло"),
        Line(Side.CLIENT, 1.9, 3.1, "Добрый день"),
        Line(None, 4.0, 5.0, "Карта •••"),
        Line(Side.OURS, 6.0, 7.0, " "),
    ]
    assert text_params("externalCall.1", lines) == {
        "CALL_ID": "externalCall.1",
        "MESSAGES": [
            {"SIDE": "User", "START_TIME": 0, "STOP_TIME": 1, "MESSAGE": "Алло"},
            {"SIDE": "Client", "START_TIME": 1, "STOP_TIME": 4, "MESSAGE": "Добрый день"},
            {"SIDE": "User", "START_TIME": 4, "STOP_TIME": 5, "MESSAGE": "Карта •••"},
        ],
    }


@pytest.mark.parametrize(
    ("told", "found"),
    [({"TRANSCRIPT_ID": 7}, "7"), ({"TRANSCRIPT_ID": "7"}, "7"), ({"TRANSCRIPT_ID": None}, ""), ([], ""), (None, "")],
)
def test_the_id_of_a_text(told: object, found: str) -> None:
    assert transcript_of(told) == found


def refused(status: int, body: str) -> Bad:
    found = read(status, body.encode())
    assert not isinstance(found, Good)
    return found


NOT_THERE = "Call is not found in the statistic table. Looks like it is not finished yet."


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (NOT_THERE, ErrorClass.TRANSIENT),
        ("Call externalCall.1 is not found. Is it finished?", ErrorClass.TRANSIENT),
        ("Wrong file extension. Only wav and mp3 are allowed", ErrorClass.PERMANENT),
    ],
)
def test_statistics_may_lag_and_other_refusals_are_for_good(words: str, kind: ErrorClass) -> None:
    body = f'{{"error": "ERROR_CORE", "error_description": "{words}"}}'
    assert classify(attached(refused(400, body)).fault) is kind


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, '{"error": "NO_AUTH_FOUND"}', ErrorClass.TRANSIENT),
        (413, "<html>", ErrorClass.PERMANENT),
        (403, "<html>", ErrorClass.BLOCKED),
        (502, "<html>", ErrorClass.UNKNOWN),
        (200, "<html>", ErrorClass.UNKNOWN),
    ],
)
def test_what_came_of_an_upload(status: int, body: str, kind: ErrorClass) -> None:
    """The address is good once, and the sign-in is none of its matter."""
    bad = uploaded(refused(status, body))
    assert classify(bad.fault) is kind
    assert isinstance(bad.fault, Fault)

"""Telphin's history: pages, keys, the parts of a call, and its recordings.

`SDK` is the test data of `xdimedrolx/telphin-go-sdk`, with numbers made up [T]; the rest is made of RingMe's pages.
"""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from tests.fakes.hosted_api import Cloud, cloud_at
from tests.pbx.hooks.test_histories import account, read, summary, telphin
from tests.pbx.ten_calls import CALLED, CLIENT, START
from trunkline.calls.advance import advance
from trunkline.calls.call import Call
from trunkline.calls.outcome import Direction, Outcome
from trunkline.calls.summary import Summary, summary_of
from trunkline.pbx.hooks.api import hosted_api
from trunkline.pbx.hooks.asking import ApiAnswer
from trunkline.pbx.hooks.history import HostedRecording, Row, Trouble, record_of, trouble_of
from trunkline.pbx.hooks.port import Account
from trunkline.pbx.hooks.providers import recordings_of, told_by
from trunkline.pbx.hooks.talking import talk
from trunkline.pbx.telphin.history import HISTORY
from trunkline.webhooks.address import AddressRules

SECOND = 1_000_000
SDK: Mapping[str, Any] = {
    "to_username": CALLED,
    "result": "bridged",
    "cdr": [
        {
            "result": "answered",
            "duration": 24,
            "hangup_time_gmt": "2026-08-06 09:00:38",
            "application": "callback",
            "start_time_gmt": "2026-08-06 09:00:14",
            "hangup_disposition": "caller_bye",
            "init_time_gmt": "2026-08-06 09:00:00.76",
            "record_uuid": "469100-5D36E5557F1845FEB577EDE8A19C5108",
            "extension_type": "phone",
            "extension_name": "100*0111@sipproxy.telphin.ru",
            "flow": "out",
            "dest_number": CALLED,
            "did_number": None,
        }
    ],
    "duration": 37,
    "hangup_time_gmt": "2026-08-06 09:00:38",
    "from_username": "100*0111",
    "start_time_gmt": "2026-08-06 09:00:01",
    "hangup_disposition": "caller_bye",
    "init_time_gmt": "2026-08-06 09:00:00",
    "did_number": None,
    "flow": "out",
    "bridged_duration": 24,
    "bridged_time_gmt": "2026-08-06 09:00:14",
    "bridged_username": CALLED,
    "call_uuid": "CAA308E3333C4A19AAED9C0254B9C61B",
}
CALL = "caa308e3333c4a19aaed9c0254b9c61b"


@pytest.fixture
async def cloud() -> AsyncIterator[Cloud]:
    async with cloud_at() as cloud:
        yield cloud


def told(line: Mapping[str, Any]) -> Summary:
    record = record_of("cloud", "telphin", Row(CALL, START, {"line": line}), {}, START + 3600 * SECOND)
    return summary_of(advance(Call("cloud", CALL), *sorted(told_by(record), key=lambda one: one.order)))


def part(extension: str, result: str, kind: str = "phone", **more: Any) -> Mapping[str, Any]:
    name = f"2566*{extension}@sipproxy.telphin.ru"
    return {"extension_name": name, "extension_type": kind, "flow": "in", "result": result, **more}


async def test_a_call_that_we_asked_for(cloud: Cloud) -> None:
    cloud.calls = [SDK]
    of = account("telphin", cloud)
    rows = await read("telphin", of)
    found = summary("telphin", rows, of)

    assert [one.call for one in rows] == [CALL]  # as events spell it
    assert (found.direction, found.caller, found.dialled) == (Direction.OUT, "0111", CALLED)
    assert (found.outcome, found.talk, found.ended_at) == (Outcome.ANSWERED, 24, START + 38 * SECOND)
    recording = HostedRecording(CALL, CALL, "469100-5D36E5557F1845FEB577EDE8A19C5108")
    assert recordings_of(record_of("cloud", "telphin", rows[0], {}, START + 3600 * SECOND)) == (recording,)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ({"cdr": [part("099", "answered", "ivr"), part("102", "answered")]}, ("102", ("102",))),
        ({"cdr": [part("101", "not answered"), part("102", "answered")]}, ("102", ("101", "102"))),
        # who passed it on talked, and did not ring in vain
        ({"cdr": [part("101", "answered"), part("102", "answered")]}, ("102", ("102",))),
        ({"cdr": [], "bridged_username": "2566*103"}, ("103", ("103",))),
        ({"cdr": [{"flow": "transfer", "dest_number": "2566*104"}], "bridged_username": None}, ("104", ("104",))),
        ({"cdr": 7, "bridged_username": None}, ("outside", ("outside",))),
    ],
    ids=["a menu rings nobody", "one in vain", "passed on", "no parts", "named by its part alone", "nobody knows who"],
)
def test_who_rang_and_who_answered(line: Mapping[str, Any], wanted: tuple[str, tuple[str, ...]]) -> None:
    found = told(telphin("1", **line))
    assert (found.outcome, found.talk, found.caller) == (Outcome.ANSWERED, 60, CLIENT)
    assert (found.answered_by, found.rang) == wanted


def test_a_menu_that_answered_is_no_talk() -> None:
    line = telphin("1", "answered", 0, cdr=[part("099", "answered", "ivr")], hangup_disposition="caller_cancel")
    found = told(line)
    assert (found.outcome, found.talk, found.rang) == (Outcome.MISSED, 0, ())


def test_a_call_between_two_of_ours() -> None:
    line = telphin("1", flow="out", from_username="2566*101", to_username="2566*102", bridged_username="2566*102")
    found = told(line)
    assert (found.direction, found.caller, found.dialled) == (Direction.INTERNAL, "101", "102")
    assert (found.answered_by, found.talk) == ("102", 60)


def test_one_of_ours_of_whom_nobody_knows_is_not_told_as_from_outside() -> None:
    line = telphin("1", flow="out", from_username="+74951234567", to_username=CALLED)
    assert told_by(record_of("cloud", "telphin", Row(CALL, START, {"line": line}), {}, START)) == ()


async def test_pages_are_read_to_their_end(cloud: Cloud) -> None:
    cloud.page = 40  # fewer than we ask for: the answer says so
    cloud.calls = [telphin("1", call_uuid=f"{number:032X}") for number in range(95)]
    rows = await read("telphin", account("telphin", cloud))

    assert len({one.call for one in rows}) == len(rows) == 95
    assert [fields["page"] for path, fields in cloud.asked if path.endswith("/call_history/")] == ["1", "2", "3"]


def test_a_provider_that_knows_no_pages_is_trouble_and_no_loop() -> None:
    calls = [telphin("1", call_uuid=f"{number:032X}") for number in range(100)]
    dialogue = HISTORY.rows(Account("cloud"), START, START, {"key": "k"})
    next(dialogue)
    same = ApiAnswer(200, json.dumps({"call_history": calls}).encode())
    dialogue.send(same)
    with pytest.raises(Trouble, match="the same page"):
        dialogue.send(same)


async def test_a_dead_key_is_renewed_once(cloud: Cloud) -> None:
    cloud.calls = [SDK]
    keys = {"key": "long ago"}
    of = account("telphin", cloud)
    assert len(await read("telphin", of, keys)) == len(await read("telphin", of, keys)) == 1
    assert [path.split("/")[-2] for path, _ in cloud.asked] == ["call_history", "oauth", "call_history", "call_history"]


async def test_a_call_that_goes_on_is_left_alone(cloud: Cloud) -> None:
    cloud.calls = [telphin("1", hangup_time_gmt=None)]
    assert await read("telphin", account("telphin", cloud)) == []


async def test_a_recordings_name_leads_nowhere_else(cloud: Cloud) -> None:
    async with hosted_api(AddressRules(["127.0.0.0/8"])) as api:
        with pytest.raises(Trouble) as error:
            await talk(api, HISTORY.link(account("telphin", cloud), "../../user?x=/", {}), 0.0, trouble_of)
    assert error.value.late
    assert cloud.asked[-1][0] == "/api/ver1.0/client/@me/record/../../user?x=//storage_url/"

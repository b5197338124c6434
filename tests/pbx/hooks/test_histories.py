"""Histories of hosted PBXs over HTTP: what is asked and how it is proved, pages, cuts, refusals, and the calls told.

The lines are those of tests/fakes/hosted_api.py's sources; none is of real traffic.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import msgspec
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.hosted_api import ACCOUNT, API_KEY, DOMAIN, KEY, MANGO_CODE, SECRET, TRUNKS, Cloud, cloud_at
from tests.fakes.mango import FORM, webhook
from tests.pbx.ten_calls import CALLED, CLIENT, LINE, START
from trunkline.calls.advance import advance
from trunkline.calls.call import Call
from trunkline.calls.outcome import Direction, Outcome
from trunkline.calls.summary import Summary, summary_of
from trunkline.pbx.hooks import talking
from trunkline.pbx.hooks.api import hosted_api
from trunkline.pbx.hooks.asking import ApiAnswer
from trunkline.pbx.hooks.capabilities import CAPABILITIES, Can
from trunkline.pbx.hooks.histories import HISTORIES, LINKS
from trunkline.pbx.hooks.history import HostedRecording, Keys, Row, Trouble, base_of, json_value, record_of, trouble_of
from trunkline.pbx.hooks.port import Account
from trunkline.pbx.hooks.providers import recordings_of, told_by
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.talking import talk
from trunkline.webhooks.address import AddressRules

SECOND = 1_000_000
LATER = START + 3600 * SECOND
MOSCOW, UTC = "2026-08-06 12:00:00", "2026-08-06T09:00:00Z"

Line = Mapping[str, Any]


def zadarma(call: str, disposition: str = "answered", seconds: int = 60, **more: Any) -> Line:
    """A line as the documentation has it."""
    line = {"call_id": f"1458314231.23656{call[-1]}", "sip": "74951234567", "callstart": MOSCOW, "clid": "79160000004"}
    told = {"destination": "102", "disposition": disposition, "seconds": seconds, "is_recorded": seconds > 0}
    return line | told | {"pbx_call_id": call} | more


def onlinepbx(call: str, talked: int = 60, **more: Any) -> Line:
    stamp = START // SECOND
    line = {"uuid": call, "caller_id_number": "79160000004", "destination_number": "102", "start_stamp": stamp}
    told = {"end_stamp": stamp + 8 + talked, "duration": 8 + talked, "user_talk_time": talked, "gateway": "74951234567"}
    cause = "NORMAL_CLEARING" if talked else "NO_ANSWER"
    return line | told | {"accountcode": "inbound", "hangup_cause": cause} | more


def megafon(call: str, status: str = "success", duration: int = 60, **more: Any) -> Line:
    line = {"uid": call, "type": "in", "status": status, "client": "79160000004", "user": "102", "start": UTC}
    return line | {"diversion": "74951234567", "wait": 8, "duration": duration, "record": ""} | more


def uis(call: str, talked: int = 60, **more: Any) -> Line:
    line = {"id": int(call), "communication_id": 77, "start_time": MOSCOW, "direction": "in", "is_lost": not talked}
    end = {"finish_time": f"2026-08-06 12:0{(8 + talked) // 60}:{(8 + talked) % 60:02}", "talk_duration": talked}
    who = {"contact_phone_number": "79160000004", "virtual_phone_number": "74951234567", "wait_duration": 8}
    return line | end | who | {"last_answered_employee_full_name": "Ivan  Petrov", "call_records": []} | more


def sipuni(call: str, status: str = "отвечен", talked: int = 60, **more: Any) -> Line:
    """A line with the columns of 2025; the id carries the second of the beginning, as captured ones do."""
    line = {"Тип": "входящий", "Статус": status, "Время": "06.08.2026 12:00:00", "Схема": "Входящая"}
    who = {"Откуда": "79160000004", "Куда": "74951234567", "Кто ответил": "102" if talked else ""}
    spent = {"Длительность звонка, сек": 8 + talked, "Длительность разговора, сек": talked or ""}
    known = {"Время ответа, сек": 8 if talked else "", "Оценка": "", "ID записи": f"{START // SECOND}.{call}"}
    return line | who | spent | known | {"Запись существует": 1 if talked else 0} | more


def telphin(call: str, result: str = "bridged", talked: int = 60, **more: Any) -> Line:
    """A line as the SDK's test data has it; the parts of a call from outside as RingMe's page names their fields."""
    line = {"call_uuid": f"CAA308E3333C4A19AAED9C0254B9C61{call}", "flow": "in", "result": result}
    who = {"from_username": "+79160000004", "to_username": "2566*099", "did_number": "74951234567"}
    times = {"init_time_gmt": "2026-08-06 09:00:00", "hangup_time_gmt": f"2026-08-06 09:0{(8 + talked) // 60}:08"}
    bridged = {"bridged_time_gmt": "2026-08-06 09:00:08", "bridged_duration": talked, "bridged_username": "2566*102"}
    part: dict[str, Any] = {"extension_name": "2566*102@sipproxy.telphin.ru", "extension_type": "phone", "flow": "in"}
    told = {"init_time_gmt": "2026-08-06 09:00:01.76", "hangup_time_gmt": times["hangup_time_gmt"]}
    part |= told | {"result": "answered" if talked else "not answered"}
    part |= {"record_uuid": f"469100-5D36E5557F1845FEB577EDE8A19C510{call}" if talked else None}
    return line | who | times | (bridged if talked else {"bridged_duration": None}) | {"cdr": [part]} | more


def mts(call: str, talked: int = 60, **more: Any) -> Line:
    """A line with the fields that `mikopbx/ModuleMtsPbx` reads."""
    line = {"callId": 75317940440 + int(call), "trunkId": TRUNKS[-1], "startTime": "2026-08-06T12:00:00"}
    who = {"an": "9160000004", "dn": "9109136612", "via": "4951234567", "rel": 0}
    return line | who | {"duration": 8 + talked, "wait": 8, "recDur": talked} | more


def mango_leg(who: int, talked: int = 60, kind: str = "user", **more: Any) -> Line:
    """As the document's example of a group's member has it."""
    at = START // SECOND + 1
    told = {"call_type": kind, "call_abonent_id": who, "call_abonent_number": "sip:cu@t1.mangosip.ru"}
    times = {"call_start_time": at, "call_answer_time": at + 7 if talked else None, "call_end_time": at + 7 + talked}
    lasted = {"call_duration": 7 + talked, "talk_duration": talked, "dial_duration": 7}
    return told | times | lasted | {"call_end_reason": 1110, "recording_id": [], "members": None} | more


def mango(call: str, *legs: Line, talked: int = 60, **more: Any) -> Line:
    """A call of the extended statistics, after the document's example."""
    line = {"entry_id": call, "context_type": 1, "context_status": int(talked > 0), "caller_id": None}
    who = {"caller_name": "79160000004", "caller_number": "79160000004", "called_number": "74951234567"}
    times = {"context_start_time": START // SECOND, "duration": 8 + talked, "talk_duration": talked}
    return line | who | times | {"context_calls": [*legs]} | more


def mango_group(*members: Line, **more: Any) -> Line:
    told = {"call_type": "group", "call_abonent_id": 10051192, "call_abonent_number": None, "recording_id": []}
    return told | {"members": [*members]} | more


SERGEI, ANNA = 300043135, 300043164
BUSY = mango_leg(ANNA, 0, call_end_reason=1121)


def beeline(user: str = "102", talked: int = 60, at: int = 0, **more: Any) -> Line:
    """What the employee `user` was to a call that began at `at` seconds."""
    who = {"userId": f"9650000{user}@ip.beeline.ru", "phone": f"9650000{user}", "extension": user}
    line = {"startDate": START // 1000 + at * 1000, "abonent": who, "direction": "INBOUND", "duration": talked * 1000}
    told = {"status": "RECIEVED" if talked else "MISSED", "phone_from": "9160000004", "phone_to": "4951234567"}
    return line | told | more


def outgoing(talked: int = 30, **more: Any) -> Line:
    way = {"direction": "OUTBOUND", "status": "PLACED", "phone_from": "9650000101", "phone_to": "9160000009"}
    return beeline("101", talked, **way | more)


LINES: Mapping[str, Mapping[str, Sequence[Line]]] = {
    "zadarma": {
        "answered": [zadarma("in_1", "no answer", 0, destination="101"), zadarma("in_1")],
        "missed": [zadarma("in_2", "cancel", 0)],
        "outgoing": [zadarma("out_3", seconds=30, sip="101", clid="74951234567", destination="79160000009")],
    },
    "onlinepbx": {
        "answered": [onlinepbx("u-1")],
        "missed": [onlinepbx("u-2", 0)],
        "outgoing": [
            onlinepbx("u-3", 30, caller_id_number="101", destination_number="79160000009", accountcode="outbound")
        ],
    },
    "megafon": {
        "answered": [megafon("m-1")],
        "missed": [megafon("m-2", "missed", 0)],
        "outgoing": [megafon("m-3", duration=30, type="out", client="79160000009", user="101")],
    },
    "uis": {
        "answered": [uis("1")],
        "missed": [uis("2", 0)],
        "outgoing": [
            uis("3", 30, direction="out", contact_phone_number="79160000009", last_answered_employee_full_name="Anna")
        ],
    },
    "sipuni": {
        "answered": [sipuni("1")],
        "missed": [sipuni("2", "не отвечен", 0)],
        "outgoing": [sipuni("3", talked=30, Тип="исходящий", Откуда="101", Куда="89160000009")],
    },
    "telphin": {
        "answered": [telphin("1")],
        "missed": [telphin("2", "not answered", 0)],
        "outgoing": [
            telphin(
                "3",
                talked=30,
                flow="out",
                from_username="2566*101",
                to_username="+79160000009",
                bridged_username="+79160000009",
                hangup_time_gmt="2026-08-06 09:00:38",
            )
        ],
    },
    "mts": {
        "answered": [mts("1")],
        "missed": [mts("2", 0)],
        "outgoing": [mts("3", 30, an="101", dn="9160000009")],
    },
    "mango": {
        "answered": [mango("e-1", mango_group(BUSY, mango_leg(SERGEI)))],
        "missed": [mango("e-2", mango_group(mango_leg(SERGEI, 0)), talked=0)],
        "outgoing": [
            mango(
                "e-3",
                mango_leg(ANNA, 30, "number", call_abonent_number=None),
                talked=30,
                context_type=2,
                caller_id=ANNA,
                caller_number="sip:anna@t1.mangosip.ru",
                called_number="79160000009",
            )
        ],
    },
    "beeline": {
        "answered": [beeline("101", 0), beeline("102")],
        "missed": [beeline(talked=0)],
        "outgoing": [outgoing()],
    },
}
PLACES = {
    "zadarma": ("api_url", "api_key"),
    "onlinepbx": ("api_url", "api_key"),
    "megafon": ("rest_api", "rest_key"),
    "uis": ("data_api", "data_token"),
    "sipuni": ("api_url", "api_key"),
    "telphin": ("api_url", "app_secret"),
    "mts": ("api_url", "api_key"),
    "mango": ("api", "salt"),
    "beeline": ("api", "token"),
}
"""Which of its settings are the address and the key of what is asked for calls that are over."""
SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "zadarma": {"zone": "Europe/Moscow"},
    "onlinepbx": {"domain": "company.onpbx.ru"},
    "megafon": {},
    "beeline": {},
    "uis": {"employees": {"Ivan Petrov": "102", "Anna": "101"}},
    "sipuni": {"api_user": ACCOUNT},
    "telphin": {"app_id": ACCOUNT, "menus": "099"},
    "mts": {"domain": DOMAIN, "numbers": {"102": "+79109136612"}},
    "mango": {"key": MANGO_CODE, "history": True},
}


@pytest.fixture
async def cloud() -> AsyncIterator[Cloud]:
    async with cloud_at() as cloud:
        yield cloud


def account(provider: str, cloud: Cloud, **secrets: str) -> Account:
    place, key = PLACES[provider]
    known = {key: KEY, "secret": SECRET} if provider == "zadarma" else {key: API_KEY}
    base = f"{cloud.base}/portal" if provider == "beeline" else cloud.base
    return Account("cloud", {**SETTINGS[provider], place: base}, known | secrets)


async def read(provider: str, of: Account, keys: Keys | None = None, until: int = LATER) -> Sequence[Row]:
    dialogue = HISTORIES[provider].rows(of, START - 60 * SECOND, until, {} if keys is None else keys)
    async with hosted_api(AddressRules(["127.0.0.0/8"])) as api:
        return await talk(api, dialogue, 0.0, trouble_of)


def summary(provider: str, rows: Sequence[Row], of: Account) -> Summary:
    (row,) = rows
    record = record_of("cloud", provider, row, of.settings, LATER)
    return summary_of(advance(Call("cloud", row.call), *sorted(told_by(record), key=lambda one: one.order)))


def test_who_has_a_history_says_so() -> None:
    assert {name for name, one in CAPABILITIES.items() if Can.HISTORY in one.has} == HISTORIES.keys()
    assert HISTORIES.keys() == LINES.keys()
    assert HISTORIES.keys() >= LINKS.keys()


@pytest.mark.parametrize("provider", LINES)
async def test_a_line_is_the_call_it_tells(provider: str, cloud: Cloud) -> None:
    of = account(provider, cloud)
    found = {}
    for name, lines in LINES[provider].items():
        cloud.calls = [*lines]
        found[name] = summary(provider, await read(provider, of), of)

    answered, missed, outgoing = found["answered"], found["missed"], found["outgoing"]
    assert (answered.direction, answered.caller, answered.dialled) == (Direction.IN, CLIENT, LINE)
    assert (answered.outcome, answered.answered_by, answered.talk) == (Outcome.ANSWERED, "102", 60)
    assert (missed.direction, missed.caller, missed.dialled) == (Direction.IN, CLIENT, LINE)
    assert (missed.outcome, missed.answered_by) == (Outcome.MISSED, "")
    assert (outgoing.direction, outgoing.caller, outgoing.dialled) == (Direction.OUT, "101", CALLED)
    assert (outgoing.outcome, outgoing.talk) == (Outcome.ANSWERED, 30)
    for one in found.values():
        assert one.started_at // SECOND == START // SECOND
        assert one.ended_at is not None
        assert one.ended_at <= START + 120 * SECOND
        assert not one.is_partial


@pytest.mark.parametrize(
    ("provider", "wrong"),
    [
        ("zadarma", "secret"),
        ("onlinepbx", "api_key"),
        ("megafon", "rest_key"),
        ("telphin", "app_secret"),
        ("mango", "salt"),
        ("beeline", "token"),
    ],
)
async def test_a_wrong_key_is_said_to_be_one(provider: str, wrong: str, cloud: Cloud) -> None:
    with pytest.raises(Trouble) as error:
        await read(provider, account(provider, cloud, **{wrong: "mistyped"}))

    assert error.value.refused
    assert "mistyped" not in error.value.told


@pytest.mark.parametrize(
    ("provider", "body"),
    [
        ("mango", {"result": 3102}),
        ("mango", {"result": "3105", "key": "k"}),
        ("sipuni", {"success": False, "message": "Invalid hash"}),
        ("beeline", {"errorCode": "Unauthorized", "description": "no such token"}),
    ],
)
def test_a_wrong_key_is_said_to_be_one_in_an_answer_with_200(provider: str, body: Line) -> None:
    """Else it would be asked again every few minutes, and for ever shorter times."""
    secrets = {PLACES[provider][1]: API_KEY}
    dialogue = HISTORIES[provider].rows(Account("cloud", SETTINGS[provider], secrets), START, LATER, {})
    next(dialogue)
    with pytest.raises(Trouble) as error:
        dialogue.send(ApiAnswer(200, msgspec.json.encode(body)))
    assert error.value.refused


async def test_uis_says_which_error_it_is(cloud: Cloud) -> None:
    with pytest.raises(Trouble, match="-32001: access_token_invalid") as error:
        await read("uis", account("uis", cloud, data_token="mistyped"))
    assert error.value.refused


@pytest.mark.parametrize("provider", LINES)
@pytest.mark.parametrize(
    "answer",
    [
        {"text": '{"status":"success","stats":[{"call_id":14'},
        {"text": ""},
        {"text": "<html>Sign in</html>", "content_type": "text/html"},
        {"text": "[[[]]]"},
        {"text": '{"status":"1","data":{},"stats":7,"result":[]}'},
        {"text": "{}", "status": 500},
    ],
    ids=["cut", "empty", "a page", "a list", "other shapes", "a fault"],
)
async def test_an_answer_that_is_none_is_trouble_and_no_history(
    provider: str, answer: dict[str, Any], cloud: Cloud
) -> None:
    cloud.calls = [*LINES[provider]["answered"]]
    cloud.broken = [web.Response(**answer)]
    try:
        rows = await read(provider, account(provider, cloud))
    except Trouble:
        return
    # an answer that is a list, of no calls or of no trunks
    assert (provider in {"megafon", "mts", "beeline"}, answer["text"], rows) == (True, "[[[]]]", [])


@pytest.mark.parametrize("provider", LINES)
async def test_one_that_asks_for_a_rest_gets_it(provider: str, cloud: Cloud) -> None:
    cloud.broken = [web.Response(status=429, headers={"Retry-After": "17"})]
    with pytest.raises(Trouble) as error:
        await read(provider, account(provider, cloud))
    assert error.value.pause == 17


async def test_zadarmas_pages_are_read_to_their_end(cloud: Cloud) -> None:
    cloud.calls = [zadarma(f"in_{number}", call_id=f"1458314231.{number:06}") for number in range(2345)]
    rows = await read("zadarma", account("zadarma", cloud))

    assert len({row.call for row in rows}) == len(rows) == 2345
    assert [fields["skip"] for _, fields in cloud.asked] == ["0", "1000", "2000"]
    assert {fields["end"] for _, fields in cloud.asked} == {"2026-08-06 13:00:00"}
    assert {fields["version"] for _, fields in cloud.asked} == {"2"}


async def test_between_requests_lies_the_pause_the_provider_wants(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[tuple[float, int]] = []

    async def sleep(seconds: float) -> None:
        slept.append((seconds, len(cloud.asked)))

    monkeypatch.setattr(talking, "sleep", sleep)
    cloud.calls = [zadarma(f"in_{number}", call_id=f"1458314231.{number:06}") for number in range(2345)]
    history = HISTORIES["zadarma"]
    async with hosted_api(AddressRules(["127.0.0.0/8"])) as api:
        await talk(api, history.rows(account("zadarma", cloud), START, LATER, {}), history.pause_seconds, trouble_of)

    assert slept == [(21.0, 1), (21.0, 2)]  # three requests a minute at most
    assert 60 / history.pause_seconds < 3


async def test_an_id_that_ends_in_a_nought_keeps_it(cloud: Cloud) -> None:
    cloud.calls = [zadarma("in_1", call_id="1458314231.236560")]
    of = account("zadarma", cloud)
    (row,) = await read("zadarma", of)

    told = recordings_of(record_of("cloud", "zadarma", row, of.settings, LATER))
    assert told == (HostedRecording("in_1", "in_1", "1458314231.236560"),)


async def test_lines_of_beeline_are_one_call_each(cloud: Cloud) -> None:
    """By its name where lines have one, else by who called and when."""
    of = account("beeline", cloud)
    another = {"phone_from": "9160000008"}
    cloud.calls = [
        beeline("101", 0),
        beeline("102", 0, at=20),
        beeline("103", 40, at=39),
        beeline("101", 50, at=200),
        beeline("102", 0, at=30, **another),
        outgoing(0, at=31, phone_to="9160000004"),
        beeline("101", 0, at=500, externalTrackingId="t-1"),
        beeline("102", 9, at=580, externalTrackingId="t-1"),
        beeline("102", 7, at=590, externalTrackingId="t-2"),
        beeline("102", 7, at=600, phone_from="103"),
    ]
    rows = {row.call: row for row in await read("beeline", of)}
    told = [(call.partition("-")[2], len(row.told["lines"])) for call, row in sorted(rows.items())]
    client = CLIENT[1:]

    assert sorted(told) == sorted([("79160000008", 1), (client, 3), (client, 1), (client, 1), ("1", 2), ("2", 1)])
    hunted = min((row for row in rows.values() if len(row.told["lines"]) == 3), key=lambda row: row.over)
    summed = summary("beeline", [hunted], of)
    assert (summed.outcome, summed.answered_by, summed.talk) == (Outcome.ANSWERED, "103", 40)
    assert set(summed.rang) == {"101", "102", "103"}


async def test_a_recording_of_beelines_names_its_call(cloud: Cloud) -> None:
    def recorded(name: int, call: str, at: int, user: str = "102", **more: Any) -> Line:
        kept = {"id": str(name), "externalId": call, "phone": "9160000004", "fileSize": 7, "duration": 60_000}
        return {**beeline(user, at=at), **kept, "date": START // 1000 + at * 1000, "comment": ""} | more

    of = account("beeline", cloud)
    cloud.calls = [beeline("101", 0), beeline("102"), beeline(at=900, externalTrackingId="t-2")]
    cloud.records = [recorded(one, f"x-{one}", -100) for one in range(1, 150)]  # of calls that are in no line
    cloud.records += [recorded(200, "t-1", 4), recorded(201, "t-9", 4, "101"), recorded(202, "t-2", 904)]
    rows = await read("beeline", of)
    found = [one for row in rows for one in recordings_of(record_of("cloud", "beeline", row, {}, LATER))]

    assert sorted(found, key=lambda one: one.call) == [
        HostedRecording("t-1", "t-1", "200"),
        HostedRecording("t-2", "t-2", "202"),
    ]
    assert [fields.get("id") for path, fields in cloud.asked if path.endswith("/records")] == [None, "100"]


@pytest.mark.parametrize("provider", ["onlinepbx", "megafon"])
async def test_pages_of_an_unknown_length_lose_nothing(provider: str, cloud: Cloud) -> None:
    cloud.page = 120  # fewer than there are, and nobody is told
    cloud.calls = [
        onlinepbx(f"u-{number}", start_stamp=START // SECOND + 3 * number)
        if provider == "onlinepbx"
        else megafon(f"m-{number}", start=f"2026-08-06T09:{3 * number // 60:02}:{3 * number % 60:02}Z")
        for number in range(700)
    ]
    rows = await read(provider, account(provider, cloud))

    assert len({row.call for row in rows}) == len(rows) == 700


async def test_a_session_that_ended_is_begun_anew_once(cloud: Cloud) -> None:
    cloud.calls = [onlinepbx("u-1")]
    keys: dict[str, str] = {"session": "id:long ago"}
    assert len(await read("onlinepbx", account("onlinepbx", cloud), keys)) == 1
    assert len(await read("onlinepbx", account("onlinepbx", cloud), keys)) == 1

    assert [path.rpartition("/")[2] for path, _ in cloud.asked] == [
        "search.json",
        "auth.json",
        "search.json",
        "search.json",
    ]


async def test_a_call_that_goes_on_is_left_alone(cloud: Cloud) -> None:
    cloud.calls = [onlinepbx("u-1", end_stamp=0, duration=None)]
    assert await read("onlinepbx", account("onlinepbx", cloud)) == []
    cloud.calls = [uis("1", finish_time=None)]
    assert await read("uis", account("uis", cloud)) == []
    cloud.calls = [mango("e-1", duration=None)]
    assert await read("mango", account("mango", cloud)) == []


async def test_links_to_recordings(cloud: Cloud) -> None:
    asked = {
        "zadarma": "1458314231.236567",
        "onlinepbx": "u-1",
        "telphin": "469100-5D36",
        "mango": "MT=",
        "beeline": "77",
    }
    cloud.links = {recording: f"{cloud.base}/{recording}.mp3" for recording in asked.values()}
    async with hosted_api(AddressRules(["127.0.0.0/8"])) as api:
        for provider, recording in asked.items():
            of = account(provider, cloud)
            assert await talk(api, LINKS[provider].link(of, recording, {}), 0.0, trouble_of) == cloud.links[recording]
            with pytest.raises(Trouble) as error:
                await talk(api, LINKS[provider].link(of, "unknown", {}), 0.0, trouble_of)
            assert error.value.late


async def test_mango_is_asked_as_its_document_says(cloud: Cloud) -> None:
    """An order, a look until it is ready, and once who the employees are: then they are known."""
    cloud.calls = [*LINES["mango"]["answered"]]
    of = account("mango", cloud)
    keys: dict[str, str] = {}
    for _ in range(2):
        assert len(await read("mango", of, keys)) == 1
    asked = [(path, json.loads(fields["json"])) for path, fields in cloud.asked]

    order = {"start_date": "06.08.2026 11:59:00", "end_date": "06.08.2026 13:00:00", "limit": "1000", "offset": "0"}
    assert asked[0] == ("/stats/calls/request/", order)
    looks = [("/stats/calls/result/", {"key": "key+0="})] * 3
    assert asked[1:5] == [*looks, ("/config/users/request", {"ext_fields": ["general.user_id"]})]
    assert [path for path, _ in asked[5:]] == ["/stats/calls/request/", *["/stats/calls/result/"] * 3]
    assert HISTORIES["mango"].pause_seconds >= 5  # one order in 2 s, one look in 5 s


async def test_mangos_pages_are_read_to_their_end(cloud: Cloud) -> None:
    cloud.calls = [mango(f"e-{number}", talked=0) for number in range(2345)]
    rows = await read("mango", account("mango", cloud))

    assert len({row.call for row in rows}) == len(rows) == 2345
    assert [order["offset"] for order in cloud.orders.values()] == ["0", "1000", "2000"]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        # a leg that names the extension itself, as public clients read it; nobody has to be asked for
        (mango("e", mango_leg(7, call_abonent_extension="105")), ("105", 60, Outcome.ANSWERED)),
        # an employee who is in no list, and a group that names nobody
        (mango("e", mango_leg(7, 0), mango_group(), talked=0), ("", 0, Outcome.MISSED)),
        # forwarded to a number outside
        (
            mango("e", mango_leg(7, kind="number", call_abonent_number="79160000009")),
            (CALLED, 60, Outcome.ANSWERED),
        ),
        # whoever answered first is who answered; the call lasts until the last has gone
        (
            mango("e", mango_leg(SERGEI, 30), mango_leg(ANNA, 90, call_answer_time=START // SECOND + 60), talked=90),
            ("102", 90, Outcome.ANSWERED),
        ),
        (mango("e", talked=0), ("", 0, Outcome.MISSED)),
    ],
)
async def test_mangos_legs_say_who_answered(line: Line, wanted: tuple[Any, ...], cloud: Cloud) -> None:
    cloud.calls = [line]
    of = account("mango", cloud)
    found = summary("mango", await read("mango", of), of)

    assert (found.answered_by, found.talk, found.outcome) == wanted


async def test_a_statistic_that_mango_cannot_make_is_trouble(cloud: Cloud) -> None:
    cloud.broken = [web.json_response({"result": 3104})]
    with pytest.raises(Trouble, match="takes no order: result 3104"):
        await read("mango", account("mango", cloud))
    cloud.broken = [web.json_response({"key": "unknown"})]
    with pytest.raises(Trouble, match="no statistics: not-found"):
        await read("mango", account("mango", cloud))


def test_mango_is_asked_for_nothing_before_somebody_says_so() -> None:
    """Its key and its secret are there for events: recordings that nobody asked for are not fetched."""
    own = {"key": MANGO_CODE, "history": True}
    lacks = HISTORIES["mango"].lacks
    assert lacks(Account("cloud", {"key": MANGO_CODE}, {"salt": API_KEY}))
    assert lacks(Account("cloud", own))
    assert not lacks(Account("cloud", own, {"salt": API_KEY}))


async def test_mangos_recordings_are_told_by_an_event_and_by_the_statistics(cloud: Cloud) -> None:
    said = {"entry_id": "e-1", "product_id": 1, "user_id": -1, "recording_id": "MT=", "timestamp": START // SECOND}
    event = HookRecord("cloud", "mango", LATER, FORM, "POST", "events/record/added", "", webhook(said))
    assert recordings_of(event) == (HostedRecording("e-1", "e-1", "MT="),)
    assert recordings_of(msgspec.structs.replace(event, path="events/record/tagged")) == ()

    cloud.calls = [
        mango("e-1", mango_group(BUSY, mango_leg(SERGEI, recording_id=["MT=", "NT="]), recording_id=["MT="]))
    ]
    of = account("mango", cloud)
    (row,) = await read("mango", of)
    told = recordings_of(record_of("cloud", "mango", row, of.settings, LATER))
    assert [one.id for one in told] == ["MT=", "NT="]


async def test_recordings_that_are_told_with_the_call(cloud: Cloud) -> None:
    cloud.calls = [megafon("m-1", record="https://records.example/1.mp3")]
    of = account("megafon", cloud)
    (row,) = await read("megafon", of)
    told = recordings_of(record_of("cloud", "megafon", row, of.settings, LATER))
    assert told == (HostedRecording("m-1", "m-1", "m-1", "https://records.example/1.mp3"),)

    cloud.calls = [uis("1", call_records=["13f79da9", "x/y"])]
    settings = {**SETTINGS["uis"], "data_api": "https://dataapi.comagic.ru/v2.0"}
    (row,) = await read("uis", account("uis", cloud))
    told = recordings_of(record_of("cloud", "uis", row, settings, LATER))
    place = "https://app.comagic.ru/system/media/talk/77"
    assert [one.url for one in told] == [f"{place}/13f79da9/", f"{place}/x%2Fy/"]


def test_one_name_that_is_no_text_costs_no_history() -> None:
    told = json_value(ApiAnswer(200, b'[{"name": "\xd0\x98\xd0"}, {"name": "b"}]'))
    assert told == [{"name": "И\N{REPLACEMENT CHARACTER}"}, {"name": "b"}]


def test_an_id_of_a_thousand_digits_costs_no_history() -> None:
    dialogue = HISTORIES["beeline"].rows(Account("cloud", {}, {"token": API_KEY}), START, LATER, {})
    next(dialogue)
    dialogue.send(ApiAnswer(200, msgspec.json.encode([beeline()])))
    with pytest.raises(StopIteration) as done:
        dialogue.send(ApiAnswer(200, msgspec.json.encode([{"id": "9" * 5000}])))
    assert len(done.value.value) == 1


@pytest.mark.parametrize(
    "api", ["http://api.example", "ftp://api.example", "api.example", "https://", "http://8.8.8.8"]
)
def test_a_key_goes_nowhere_in_the_clear(api: str) -> None:
    with pytest.raises(Trouble, match="is no address of an API"):
        base_of(Account("cloud", {"api_url": api}), "https://usual.example")
    assert base_of(Account("cloud", {"api_url": " "}), "https://usual.example") == "https://usual.example"


@pytest.mark.parametrize(
    ("provider", "line"),
    [
        ("onlinepbx", onlinepbx("u-3", 30, caller_id_number="74951234567", accountcode="outbound")),
        ("onlinepbx", onlinepbx("u-3", 30, caller_id_number="", accountcode="local")),
        ("megafon", megafon("m-3", type="out", user="ivanov")),
        ("beeline", outgoing(abonent={"userId": "SIP@ip.beeline.ru"})),
        ("megafon", megafon("m-3", "missed", 0, type="out", user="")),
    ],
)
def test_an_outgoing_call_of_nobody_is_not_told_as_one_from_outside(provider: str, line: Line) -> None:
    assert told_by(record_of("cloud", provider, Row("x", START, {"line": line, "lines": [line]}), {}, LATER)) == ()


def test_a_time_no_row_can_hold_is_not_told() -> None:
    line = uis("1", 0, start_time="0001-01-01 00:00:00", finish_time="0001-01-01 00:00:09")
    record = record_of("cloud", "uis", Row("1", START, {"line": line}), {"zone": "Europe/Moscow"}, LATER)

    assert told_by(record) == ()


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["line", "lines", "uuid"]), inner),
    max_leaves=8,
)


@pytest.mark.parametrize("provider", LINES)
@given(data=st.data())
def test_no_line_makes_reading_raise(provider: str, data: st.DataObject) -> None:
    """Every field of a line may be anything: no step is told, or one a row can hold."""
    line = dict(LINES[provider]["answered"][0])
    for name in data.draw(st.sets(st.sampled_from(sorted(line)), max_size=4)):
        line[name] = data.draw(_ANY)
    row = Row("in_1", START, {"lines": [line, data.draw(_ANY)], "line": line})
    record = record_of("cloud", provider, row, SETTINGS[provider], LATER)

    for event in told_by(record):
        assert event.pbx == "cloud"
    recordings_of(record)

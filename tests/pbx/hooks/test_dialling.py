"""What each provider is asked for a call, and what is made of its answers; each marked by its source."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.diallers import KEY, SECRETS, SETTINGS, dumps
from trunkline.pbx.hooks.asking import ApiAnswer, ApiRequest
from trunkline.pbx.hooks.capabilities import CAPABILITIES, Can
from trunkline.pbx.hooks.dialling import CannotAsk, Dial, Heard, Said
from trunkline.pbx.hooks.diallings import DIALLINGS
from trunkline.pbx.hooks.port import Account, SettingKind
from trunkline.pbx.hooks.providers import PROVIDERS
from trunkline.pbx.hooks.request import HookRequest
from trunkline.pbx.zadarma.dialling import PATH
from trunkline.pbx.zadarma.signature import authorization

URL = "https://api.example.ru"
DIAL = Dial(UUID("01a1b2c3-0000-7000-8000-000000000001"), "101", "+79161234567", "+74957654321")


def account(name: str, **more: object) -> Account:
    return Account("cloud", {**SETTINGS[name], "api": URL, "api_url": URL, **more}, SECRETS[name])


def asked(name: str, dial: Dial = DIAL, key: str = "", **more: object) -> ApiRequest:
    return DIALLINGS[name].request(dial, account(name, **more), key)


def form(request: ApiRequest) -> Mapping[str, str]:
    return {name: values[0] for name, values in parse_qs(request.body.decode()).items()}


def said(name: str, status: int, body: object) -> Said:
    return DIALLINGS[name].read(ApiAnswer(status, body if isinstance(body, bytes) else dumps(body)))


def test_who_can_is_in_the_table() -> None:
    assert {name for name, one in CAPABILITIES.items() if Can.ORIGINATE in one.has} == DIALLINGS.keys()
    assert all(Can.OUTGOING in CAPABILITIES[name].has for name in DIALLINGS)
    for name, provider in PROVIDERS.items():
        flags = [one for one in provider.settings if one.kind is SettingKind.FLAG]
        switches = ["dials"] if name in DIALLINGS else []
        assert [one.name for one in flags] == [*switches, *(["history"] if name == "mango" else [])]
        assert {need for one in flags for need in one.needs} <= {one.name for one in provider.settings}


def test_zadarma() -> None:
    # pbx.md §1.1 "REST": params sorted and url-encoded, METHOD + params + md5(params), base64 of the hex of HMAC-SHA1
    request = asked("zadarma")

    assert request.method == "GET"
    assert request.url == f"https://api.example.ru{PATH}?format=json&from=101&sip=101&to=79161234567"
    # computed with OpenSSL and coreutils from the official algorithm
    assert authorization(PATH, "format=json&from=100&to=79161234567", "key", "secret") == (
        "key:YWRiYjQ3MWYzYWQ0M2U0YjAxYmZiODdlMjE1ODExNTU4NTE2ODdhNA=="
    )


def test_uis() -> None:
    # pbx.md §1.2, Call API v4.0
    request = asked("uis")
    told = json.loads(request.body)

    assert (request.method, request.url) == ("POST", "https://api.example.ru")
    assert request.headers["Content-Type"] == "application/json; charset=UTF-8"
    assert (told["jsonrpc"], told["method"]) == ("2.0", "start.employee_call")
    assert told["params"] | {"access_token": ""} == {
        "access_token": "",
        "first_call": "employee",
        "switch_at_once": True,
        "early_switching": True,
        "show_virtual_phone_number": False,
        "virtual_phone_number": "74957654321",
        "external_id": str(DIAL.id),
        "direction": "out",
        "contact": "79161234567",
        "employee": {"id": 25},
    }
    assert json.loads(asked("uis", DIAL._replace(line="")).body)["params"]["virtual_phone_number"] == "74951234567"


def test_onlinepbx() -> None:
    # pbx.md §1.7
    dialling = DIALLINGS["onlinepbx"]
    assert dialling.sign_in is not None
    first = dialling.sign_in(account("onlinepbx"))
    request = asked("onlinepbx", key="1:k")

    assert (first.method, first.url) == ("POST", "https://api.example.ru/office.onpbx.ru/auth.json")
    assert form(first) == {"auth_key": KEY, "new": "true"}
    assert dialling.key(ApiAnswer(200, dumps({"status": "1", "data": {"key_id": "1", "key": "k"}}))) == "1:k"
    refused = dialling.key(ApiAnswer(200, dumps({"status": "0", "comment": "no such key"})))
    assert refused == Said(False, why="no such key", key_refused=True)
    assert dialling.key(ApiAnswer(200, dumps({"status": "1", "data": {"key_id": "1\r\nX: y", "key": "k"}}))) != "1:k"
    assert request.url == "https://api.example.ru/office.onpbx.ru/call/now.json"
    assert request.headers["x-pbx-authentication"] == "1:k"
    assert form(request) == {"from": "101", "to": "79161234567"}


def test_megafon() -> None:
    # pbx.md §1.4: makeCall{user,phone,clid,token}
    request = asked("megafon")

    assert (request.method, request.url) == ("POST", "https://api.example.ru")
    fields = {"cmd": "makeCall", "user": "anna", "phone": "79161234567", "clid": "74957654321", "token": KEY}
    assert form(request) == fields
    assert "clid" not in form(asked("megafon", DIAL._replace(line="")))


def test_mango() -> None:
    # "VPBX API" 1.9 §3.2.1; the signature made a second time, over the very json that is sent
    request = asked("mango")
    sent = form(request)

    assert (request.method, request.url) == ("POST", f"{URL}/commands/callback")
    assert json.loads(sent["json"]) == {
        "command_id": f"dial-{DIAL.id}",
        "from": {"extension": "101"},
        "to_number": "79161234567",
        "line_number": "74957654321",
    }
    key, salt = SETTINGS["mango"]["key"], SECRETS["mango"]["salt"]
    assert (sent["vpbx_api_key"], sent["sign"]) == (key, sha256((key + sent["json"] + salt).encode()).hexdigest())
    assert "line_number" not in form(asked("mango", DIAL._replace(line="")))["json"]
    with pytest.raises(CannotAsk, match="https"):
        asked("mango", api="http://api.example.ru")


HOOK = f'{{"command_id":"dial-{DIAL.id}"'


@pytest.mark.parametrize(
    ("path", "said", "heard"),
    [
        ("events/call", HOOK + ',"entry_id":"e-1","call_id":"1"}', Heard(DIAL.id, "e-1")),
        ("result/callback", HOOK + ',"result":"3330"}', Heard(DIAL.id, refused="result 3330")),
        ("result/callback", HOOK + ',"result":2240}', Heard(DIAL.id, refused="result 2240")),
        # done; a fault of theirs, of which nobody knows what was done before it; no code
        ("result/callback", HOOK + ',"result":1000}', None),
        ("result/callback", HOOK + ',"result":5003}', None),
        ("result/callback", HOOK + "}", None),
        ("result/route", HOOK + ',"result":3330}', None),
        ("events/call", HOOK + "}", None),
        ("events/call", '{"command_id":"dial-7","entry_id":"e-1"}', None),
        ("events/call", '{"command_id":"c-1","callback_initiator":"ObDial","entry_id":"e-1"}', None),
    ],
)
def test_what_mango_says_of_a_dial(path: str, said: str, heard: Heard | None) -> None:
    body = urlencode({"vpbx_api_key": "k", "sign": "s", "json": said}).encode()
    listen = DIALLINGS["mango"].heard

    assert listen is not None
    assert listen(HookRequest(path=path, body=body)) == heard


def test_beeline() -> None:
    # public clients of `v2/abonents/{pattern}/call` [T]
    request = asked("beeline")

    called = f"{URL}/v2/abonents/9650000101@ip.beeline.ru/call"
    assert (request.method, request.url, request.body) == ("POST", f"{called}?phoneNumber=9161234567", b"")
    assert request.headers["X-MPBX-API-AUTH-TOKEN"] == KEY
    assert asked("beeline", DIAL._replace(number="+375291234567")).url == f"{called}?phoneNumber=%2B375291234567"
    with pytest.raises(CannotAsk, match="https"):
        asked("beeline", api="http://api.example.ru")


def test_sipuni() -> None:
    # the example of the cabinet: md5 of antiaon, phone, reverse, sipnumber, user, key, joined by "+"
    request = asked("sipuni")

    assert (request.method, request.url) == ("POST", "https://api.example.ru/callback/call_number")
    assert form(request) == {
        "antiaon": "0",
        "phone": "79161234567",
        "reverse": "0",
        "sipnumber": "101",
        "user": "012345",
        "hash": "5f73234ec15a90292a3c4ac890b38092",
    }


def test_telphin() -> None:
    # RingMe's page "callback"; the answer is xdimedrolx/telphin-go-sdk's testdata/post_callback.json [T]
    dialling = DIALLINGS["telphin"]
    assert dialling.sign_in is not None
    first = dialling.sign_in(account("telphin"))
    request = asked("telphin", key="k")

    assert (first.method, first.url) == ("POST", "https://api.example.ru/oauth/token")
    assert form(first) == {"grant_type": "client_credentials", "client_id": "012345", "client_secret": KEY}
    assert dialling.key(ApiAnswer(200, dumps({"access_token": "123123", "token_type": "Bearer"}))) == "123123"
    for status in (400, 401):  # RFC 6749 §5.2 has it either way
        told = dialling.key(ApiAnswer(status, dumps({"error": "invalid_client"})))
        assert told == Said(False, why="invalid_client", key_refused=True)
    assert dialling.key(ApiAnswer(200, dumps({"access_token": "1\r\nX: y"}))) == Said(False, why="HTTP 200")
    assert (request.method, request.headers["Authorization"]) == ("POST", "Bearer k")
    assert request.url == "https://api.example.ru/api/ver1.0/extension/469100/callback/"
    assert json.loads(request.body) == {"src_num": ["101"], "dst_num": "+79161234567", "dst_ani": "+74957654321"}
    assert "dst_ani" not in json.loads(asked("telphin", DIAL._replace(line="")).body)


@pytest.mark.parametrize(
    ("name", "status", "body", "wanted"),
    [
        ("zadarma", 200, {"status": "success", "from": "101", "to": "7916", "time": 1}, Said(True)),
        ("zadarma", 400, {"status": "error", "message": "Wrong from"}, Said(False, why="Wrong from")),
        ("zadarma", 200, {"status": "error", "message": "No money"}, Said(False, why="No money")),
        ("zadarma", 500, {"status": "error", "message": "Oops"}, Said(None)),
        ("uis", 200, {"result": {"data": {"call_session_id": 237859081}}}, Said(True, "237859081")),
        (
            "uis",
            200,
            {"error": {"code": -32003, "message": "no", "data": {"mnemonic": "ip_not_whitelisted"}}},
            Said(False, why="ip_not_whitelisted: no", key_refused=True),
        ),
        ("uis", 200, {"error": {"code": -32029, "message": "limit_exceeded"}}, Said(False, why="limit_exceeded")),
        ("uis", 200, {"error": {"code": -32603, "message": "Internal error"}}, Said(None)),
        ("uis", 200, {"result": {"data": {}}}, Said(None)),
        ("onlinepbx", 200, {"status": "1", "data": {"uuid": "d02d"}}, Said(True, "d02d")),
        ("onlinepbx", 200, {"status": 1, "data": {}}, Said(True)),
        ("onlinepbx", 200, {"status": "0", "comment": "NO_ANSWER"}, Said(False, why="NO_ANSWER")),
        (
            "onlinepbx",
            200,
            {"status": "0", "comment": "x", "isNotAuth": True},
            Said(False, why="x", signed_out=True),
        ),
        (
            "onlinepbx",
            200,
            {"status": "0", "errorCode": "WRONG_AUTH_DATA"},
            Said(False, why="WRONG_AUTH_DATA", signed_out=True),
        ),
        (
            "onlinepbx",
            200,
            {"status": "0", "errorCode": "API_KEY_CHECK_FAILED", "comment": "x"},
            Said(False, why="x", signed_out=True),
        ),
        ("onlinepbx", 200, {"status": "0", "errorCode": "INTERNAL", "comment": "x"}, Said(None)),
        (
            "onlinepbx",
            200,
            {"status": "0", "errorCode": "INTERNAL", "isNotAuth": True},
            Said(False, why="INTERNAL", signed_out=True),
        ),
        ("onlinepbx", 401, {"isNotAuth": True, "comment": "x"}, Said(False, why="x", signed_out=True)),
        ("onlinepbx", 403, b"<html>", Said(False, why="HTTP 403", signed_out=True)),
        ("onlinepbx", 500, {"status": "0", "isNotAuth": True}, Said(None)),
        ("sipuni", 200, {"success": True}, Said(True)),
        ("sipuni", 200, {"success": False, "message": "wrong hash"}, Said(False, why="wrong hash", key_refused=True)),
        ("sipuni", 200, {"anything": "else"}, Said(None)),
        ("telphin", 201, {"call_api_id": "02AB", "call_id": "02AB"}, Said(True, "02ab")),
        ("telphin", 200, {"call_api_id": "02AB"}, Said(None)),
        ("telphin", 400, {"message": "Wrong src_num"}, Said(False, why="Wrong src_num")),
        ("telphin", 401, {"message": "Unauthorized"}, Said(False, why="Unauthorized", signed_out=True)),
        ("telphin", 500, {"message": "Oops"}, Said(None)),
        ("megafon", 200, {"uuid": "5a8f"}, Said(True, "5a8f")),
        ("megafon", 400, {"error": "Invalid parameters"}, Said(False, why="Invalid parameters")),
        ("megafon", 401, {"error": "Invalid token"}, Said(False, why="Invalid token")),
        ("megafon", 200, {}, Said(None)),
        ("mango", 200, {"command_id": "dial-1", "result": 1000}, Said(True)),
        ("mango", 200, {"result": "3330"}, Said(False, why="result 3330")),
        ("mango", 200, {"result": 5003}, Said(None)),
        ("mango", 500, {"result": 3330}, Said(None)),
        ("mango", 200, {}, Said(None)),
        ("mango", 401, b"", Said(False, why="HTTP 401")),
        ("mango", 200, {"result": 3102}, Said(False, why="result 3102", key_refused=True)),
        ("mango", 200, {"result": "3105"}, Said(False, why="result 3105", key_refused=True)),
        ("beeline", 200, {"callId": "callhalf-1:0", "externalTrackingId": "4f1a"}, Said(True, "4f1a")),
        ("beeline", 200, {"callId": "callhalf-1:0"}, Said(True)),
        ("beeline", 200, {}, Said(None)),
        ("beeline", 200, {"errorCode": "CallError", "description": "no phone"}, Said(False, why="no phone")),
        ("beeline", 401, {"errorCode": "Unauthorized"}, Said(False, why="Unauthorized", key_refused=True)),
        ("beeline", 200, {"errorCode": "InvalidToken"}, Said(False, why="InvalidToken", key_refused=True)),
        # it names a call, so somebody rings: a dial that ended as refused could be followed by a second one
        ("beeline", 200, {"errorCode": "0", "externalTrackingId": "4f1a"}, Said(True, "4f1a")),
        ("beeline", 404, {}, Said(False, why="HTTP 404")),
        ("beeline", 500, {"errorCode": "ServerError"}, Said(None)),
    ],
)
def test_answers(name: str, status: int, body: object, wanted: Said) -> None:
    assert said(name, status, body) == wanted


@pytest.mark.parametrize("name", DIALLINGS)
@pytest.mark.parametrize(("status", "taken"), [(404, False), (403, False), (500, None), (502, None), (200, None)])
def test_a_page_of_html_is_a_refusal_only_with_4xx(name: str, status: int, taken: bool | None) -> None:
    assert said(name, status, b"<html>").taken is taken


@pytest.mark.parametrize("name", DIALLINGS)
@given(
    status=st.sampled_from([200, 201, 400, 500]),
    body=st.one_of(
        st.binary(max_size=40),
        st.dictionaries(
            st.sampled_from(
                [
                    "status",
                    "data",
                    "result",
                    "error",
                    "uuid",
                    "success",
                    "message",
                    "comment",
                    "errorCode",
                    "isNotAuth",
                    "call_id",
                    "description",
                    "callId",
                    "externalTrackingId",
                ]
            ),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.text(max_size=300),
                lambda inner: (
                    st.lists(inner, max_size=2)
                    | st.dictionaries(st.sampled_from(["uuid", "code", "data", "call_session_id"]), inner, max_size=3)
                ),
                max_leaves=4,
            ),
        ).map(lambda value: json.dumps(value).encode()),
    ),
)
def test_whatever_is_answered_is_read(name: str, status: int, body: bytes) -> None:
    """A 5xx is never taken for a refusal, and what is kept of an answer fits its column."""
    found = DIALLINGS[name].read(ApiAnswer(status, body))

    assert status < 500 or found.taken is not False
    assert len(found.call) <= 200
    assert len(found.why) <= 200
    assert found.taken is not False or found.why
    assert (found.call + found.why).isprintable()


@pytest.mark.parametrize(
    ("name", "settings", "secrets"),
    [
        ("zadarma", {}, {"secret": "s"}),
        ("zadarma", {}, {"api_key": "k"}),
        ("uis", {"employee_ids": {"102": "26"}}, SECRETS["uis"]),
        ("uis", {"employee_ids": {"101": "Ivan"}}, SECRETS["uis"]),
        ("onlinepbx", {"domain": ""}, SECRETS["onlinepbx"]),
        ("sipuni", {"api_user": ""}, SECRETS["sipuni"]),
        ("megafon", {"logins": {"102": "boris"}}, SECRETS["megafon"]),
        ("telphin", {"extension_ids": {"102": "469101"}}, SECRETS["telphin"]),
        ("telphin", {"extension_ids": {"101": "../1"}}, SECRETS["telphin"]),
        ("megafon", {"api_url": ""}, SECRETS["megafon"]),
        ("mango", {"key": ""}, SECRETS["mango"]),
        ("mango", {}, {}),
        ("beeline", {"users": {"102": "9650000102@ip.beeline.ru"}}, SECRETS["beeline"]),
        ("beeline", {}, {}),
    ],
)
def test_what_is_missing_is_said(name: str, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
    with pytest.raises(CannotAsk, match="settings of the PBX"):
        DIALLINGS[name].request(DIAL, Account("cloud", {**SETTINGS[name], **settings}, secrets), "")


@pytest.mark.parametrize("name", DIALLINGS)
def test_no_secret_is_shown(name: str) -> None:
    dialling = DIALLINGS[name]
    requests = [asked(name, key="1:hidden-key")]
    requests += [dialling.sign_in(account(name))] if dialling.sign_in else []

    for request in requests:
        assert all(secret not in repr(request) for secret in (*SECRETS[name].values(), "hidden-key"))
        assert urlsplit(request.url).scheme == "https"

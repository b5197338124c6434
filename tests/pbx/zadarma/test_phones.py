"""Whether telephones are registered at Zadarma (zadarma.com/ru/support/api/, `/v1/pbx/internal/<SIP>/status/`)."""

import base64
import hashlib
import hmac

import pytest

from trunkline.pbx.hooks.asking import ApiAnswer
from trunkline.pbx.hooks.capabilities import CAPABILITIES, Can
from trunkline.pbx.hooks.dialogue import Refused, Unclear
from trunkline.pbx.hooks.phones import PHONES as ALL
from trunkline.pbx.hooks.port import Account
from trunkline.pbx.zadarma.phones import PHONES

KEYS = {"api_key": "the-key", "secret": "the-secret"}
ACCOUNT = Account("cloud", {"phones": "101, 102;103 101 x 1234567"}, KEYS)


def online(value: object) -> ApiAnswer:
    return ApiAnswer(200, f'{{"status":"success","pbx_id":"1234","number":"101","is_online":{value}}}'.encode())


def test_the_request_is_signed_as_the_vendors_own_client_signs() -> None:
    """pbx.md §1.1: KEY:base64(hex(hmac_sha1(METHOD + params + md5(params), SECRET)))."""
    request = next(PHONES.look(ACCOUNT, ["101"]))
    path = "/v1/pbx/internal/101/status/"
    text = path + "format=json" + hashlib.md5(b"format=json", usedforsecurity=False).hexdigest()
    hexed = hmac.new(b"the-secret", text.encode(), hashlib.sha1).hexdigest()

    assert (request.method, request.url) == ("GET", f"https://api.zadarma.com{path}?format=json")
    assert request.headers == {"Authorization": f"the-key:{base64.b64encode(hexed.encode()).decode()}"}
    assert "the-secret" not in repr(request)


def test_each_is_asked_about_and_one_that_is_not_there_is_left_out() -> None:
    looking = PHONES.look(ACCOUNT, PHONES.extensions(ACCOUNT))
    next(looking)
    assert looking.send(online('"true"')).url.endswith("/102/status/?format=json")
    looking.send(ApiAnswer(404, b'{"status":"error","message":"Number not found"}'))
    with pytest.raises(StopIteration) as end:
        looking.send(online("false"))
    assert end.value.value == {"101": True, "103": False}


@pytest.mark.parametrize(
    ("answer", "error", "why"),
    [
        (ApiAnswer(401, b'{"status":"error","message":"Not authorized"}'), Refused, "HTTP 401 Not authorized"),
        (ApiAnswer(502, b"<html>"), Unclear, "HTTP 502"),
        (ApiAnswer(200, b"[]"), Unclear, "HTTP 200"),
        (online('"perhaps"'), Unclear, "no is_online"),
    ],
)
def test_errors(answer: ApiAnswer, error: type[Exception], why: str) -> None:
    looking = PHONES.look(ACCOUNT, ["101"])
    next(looking)
    with pytest.raises(error, match=why):
        looking.send(answer)


def test_what_has_to_be_told_first() -> None:
    assert PHONES.missing(ACCOUNT) == []
    assert PHONES.missing(Account("cloud", {"api_url": "http://api.zadarma.com"})) == ["api_url", "api_key", "secret"]
    assert PHONES.extensions(Account("cloud")) == []


def test_who_tells_of_telephones_can_it() -> None:
    assert {name for name, can in CAPABILITIES.items() if Can.PRESENCE in can.has} == set(ALL)

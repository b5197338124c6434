"""Departments of MegaFon's family: each request and answer, each marked by its source."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import pytest

from trunkline.pbx.hooks.asking import ApiAnswer, ApiRequest
from trunkline.pbx.hooks.dialogue import Dialogue, Refused, Unclear
from trunkline.pbx.hooks.groups import Seat, Seen
from trunkline.pbx.hooks.port import Account
from trunkline.pbx.megafon.groups import GROUPS

URL = "https://company.megapbx.ru/sys/crm_api.wcgp"
ACCOUNT = Account(
    "cloud",
    {"api_url": URL, "logins": {"101": "anna", "102": "boris"}, "groups": {"sales": "sales"}},
    {"api_token": "t&k"},
)
OK = ApiAnswer(200, b"OK")
# maxim-oleinik/gravitel: tests/CmdGroupsTest.php.
GROUPS_ANSWER = ApiAnswer(
    200,
    '[{"id":"sales","realName":"Отдел продаж","ext":701},'
    '{"id":"buhgalterija_g1551011445322666863","realName":"Бухгалтерия","ext":705}]'.encode(),
)
ON, OFF = ApiAnswer(200, b'{"status":"on"}'), ApiAnswer(200, b'{"status":"off"}')
BAD = ApiAnswer(400, b'{"error":"Invalid parameters"}')
TOKEN = ApiAnswer(401, b'{"error":"Invalid token"}')


def talk(dialogue: Dialogue[Any], *answers: ApiAnswer) -> tuple[Any, list[Mapping[str, str]]]:
    """What comes of a dialogue, and what was asked."""
    asked: list[Mapping[str, str]] = []
    left = list(answers)
    request = next(dialogue)
    while True:
        assert (request.method, request.url) == ("POST", URL)
        assert request.headers == {"Content-Type": "application/x-www-form-urlencoded"}
        asked.append(dict(parse_qsl(request.body.decode())))
        try:
            request = dialogue.send(left.pop(0))
        except StopIteration as end:
            assert not left
            return end.value, asked


def test_everybody_is_asked_about_for_the_api_names_no_members() -> None:
    """`groups&user` and `subscriptionStatus`: brandup-online/megafon-ats, src/MegafonATS.Client."""
    found, asked = talk(GROUPS.look(ACCOUNT, ["sales", "vip"]), GROUPS_ANSWER, ON, GROUPS_ANSWER, OFF)

    assert found == [Seen("sales", (Seat("anna", "101", True), Seat("boris", "102", False)))]
    assert asked == [
        {"cmd": "groups", "user": "anna", "token": "t&k"},
        {"cmd": "subscriptionStatus", "user": "anna", "group_id": "sales", "token": "t&k"},
        {"cmd": "groups", "user": "boris", "token": "t&k"},
        {"cmd": "subscriptionStatus", "user": "boris", "group_id": "sales", "token": "t&k"},
    ]


def test_who_is_to_be_rung_comes_first_and_only_in_that_group() -> None:
    """pbx.md §1.4 `subscribeoncalls{user,group_id,status=on|off}`; maxim-oleinik/gravitel: SubscribeOnCallsTest."""
    changes = {"anna": False, "boris": True}
    _, asked = talk(GROUPS.switch(ACCOUNT, Seen("sales"), changes), OK, OK)

    assert asked == [
        {"cmd": "subscribeOnCalls", "user": "boris", "group_id": "sales", "status": "on", "token": "t&k"},
        {"cmd": "subscribeOnCalls", "user": "anna", "group_id": "sales", "status": "off", "token": "t&k"},
    ]


def test_one_who_is_refused_leaves_the_others_to_be_switched() -> None:
    switching = GROUPS.switch(ACCOUNT, Seen("sales"), {"anna": True, "boris": True})
    next(switching)
    assert isinstance(switching.send(BAD), ApiRequest)
    with pytest.raises(Refused, match="HTTP 400 Invalid parameters"):
        switching.send(OK)


def test_the_last_who_rings_is_not_switched_off_where_the_others_were_refused() -> None:
    rung = Seen("sales", (Seat("anna", "101", False), Seat("boris", "102", True)))
    switching = GROUPS.switch(ACCOUNT, rung, {"anna": True, "boris": False})
    next(switching)
    with pytest.raises(Refused, match="HTTP 400 Invalid parameters"):
        switching.send(BAD)


def test_a_login_that_is_not_there_is_in_no_group() -> None:
    found, _ = talk(GROUPS.look(ACCOUNT, ["sales"]), BAD, GROUPS_ANSWER, ON)

    assert found == [Seen("sales", (Seat("boris", "102", True),))]


@pytest.mark.parametrize(
    ("answers", "error", "why"),
    [
        ((TOKEN, TOKEN), Refused, "HTTP 401 Invalid token"),  # maxim-oleinik/gravitel: ResponseErrorsTest
        ((ApiAnswer(502, b"502 Gateway Timeout"),), Unclear, "HTTP 502"),  # the same
        ((ApiAnswer(200, b"not a json"),), Unclear, "no list"),
        ((ApiAnswer(200, b'{"id":"sales"}'),), Unclear, "no list"),
        ((GROUPS_ANSWER, ApiAnswer(200, b'{"status":"maybe"}')), Unclear, "neither on nor off"),
        ((GROUPS_ANSWER, ApiAnswer(200, b"")), Unclear, "neither on nor off"),
    ],
)
def test_what_tells_nothing_changes_nothing(answers: tuple[ApiAnswer, ...], error: type[Exception], why: str) -> None:
    with pytest.raises(error, match=why) as raised:
        talk(GROUPS.look(ACCOUNT, ["sales"]), *answers)
    assert "t&k" not in str(raised.value)


def test_what_has_to_be_told_first() -> None:
    assert GROUPS.missing(ACCOUNT) == []
    assert GROUPS.missing(Account("cloud", {"api_url": "http://c.megapbx.ru/"})) == [
        "api_url",
        "api_token",
        "logins",
    ]

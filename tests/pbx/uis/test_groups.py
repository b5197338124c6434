"""Groups of employees of UIS by its Data API 2.0 (`comagic/comagic.github.io: data_api/employee/`)."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from trunkline.pbx.hooks.asking import ApiAnswer, ApiRequest
from trunkline.pbx.hooks.dialogue import Refused, Unclear
from trunkline.pbx.hooks.groups import Seat, Seen
from trunkline.pbx.hooks.port import Account
from trunkline.pbx.uis.groups import GROUPS

ACCOUNT = Account(
    "cloud", {"employees": {"Иванов  Иван": "101", "26": "102", "79160000003": "103"}}, {"data_token": "k"}
)


def number(at: int, name: str = "", employee: int = 0, phone: str = "", *, on: bool = True) -> dict[str, Any]:
    """As get.group_employees documents it."""
    return {
        "employee_phone_number": phone,
        "employee_phone_number_id": at,
        "employee_full_name": name,
        "employee_id": employee,
        "available": on,
    }


def groups(*numbers: Any) -> ApiAnswer:
    data = [{"id": 4411, "name": "Продажи", "phone_numbers": numbers}, {"id": 5, "name": "", "phone_numbers": []}]
    return result({"metadata": {}, "data": data})


def result(told: object) -> ApiAnswer:
    return ApiAnswer(200, msgspec.json.encode({"jsonrpc": "2.0", "id": 1, "result": told}))


def error(code: int, message: str, mnemonic: str) -> ApiAnswer:
    told = {"code": code, "message": message, "data": {"mnemonic": mnemonic}}
    return ApiAnswer(200, msgspec.json.encode({"jsonrpc": "2.0", "id": 1, "error": told}))


def looked(answer: ApiAnswer, wanted: Sequence[str] = ("4411",)) -> Sequence[Seen]:
    looking = GROUPS.look(ACCOUNT, wanted)
    next(looking)
    with pytest.raises(StopIteration) as end:
        looking.send(answer)
    told: Sequence[Seen] = end.value.value
    return told


def sent(request: ApiRequest) -> dict[str, Any]:
    assert (request.method, request.url) == ("POST", "https://dataapi.uiscom.ru/v2.0")
    assert request.headers["Content-Type"] == "application/json; charset=UTF-8"
    asked: dict[str, Any] = msgspec.json.decode(request.body)
    return asked


def test_employees_are_known_by_name_id_or_number() -> None:
    answer = groups(
        number(901, "иванов иван"),
        number(902, "Петрова Анна", 26, on=False),
        number(903, phone="79160000003"),
        number(904, "Чужой", 99),
    )

    assert looked(answer, ["4411", "77", "sales"]) == [
        Seen(
            "4411",
            (Seat("901", "101", True), Seat("902", "102", False), Seat("903", "103", True), Seat("904", "", True)),
        )
    ]
    assert sent(next(GROUPS.look(ACCOUNT, ["4411"]))) == {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "get.group_employees",
        "params": {"access_token": "k", "fields": ["id", "name", "phone_numbers"]},
    }


def test_an_update_names_every_number_in_its_order() -> None:
    """«Нужно передавать все номера»; what rings first is said by the order."""
    seen = Seen("4411", (Seat("903", "103", True), Seat("901", "101", True), Seat("904", "", False)))
    switching = GROUPS.switch(ACCOUNT, seen, {"901": False})

    told = sent(next(switching))
    assert told["method"] == "update.group_employees_numbers"
    assert told["params"] == {
        "access_token": "k",
        "id": 4411,
        "phone_numbers": [
            {"employee_phone_number_id": 903, "available": True},
            {"employee_phone_number_id": 901, "available": False},
            {"employee_phone_number_id": 904, "available": False},
        ],
    }
    with pytest.raises(StopIteration):
        switching.send(result({}))


@pytest.mark.parametrize(
    ("answer", "kind", "why", "rest"),
    [
        (error(-32001, "Access token has been expired", "access_token_expired"), Refused, "access_token_expired", None),
        (error(-32003, "Forbidden", "ip_not_whitelisted"), Refused, "ip_not_whitelisted", None),
        (error(-32029, "Limit exceeded", "limit_exceeded"), Refused, "limit_exceeded", 60.0),
        (error(-32602, "Invalid parameter value", "invalid_parameter_value"), Unclear, "changed meanwhile", None),
        (ApiAnswer(502, b"<html>"), Unclear, "HTTP 502", None),
        (ApiAnswer(200, b'{"jsonrpc":"2.0"}'), Unclear, "neither", None),
        (result({"data": None}), Unclear, "no list", None),
        # Of a number that tells no state the next update would make one up.
        (groups({"employee_phone_number_id": 901}), Unclear, "without its id or its state", None),
        (groups(7), Unclear, "without its id or its state", None),
    ],
)
def test_errors(answer: ApiAnswer, kind: type[Exception], why: str, rest: float | None) -> None:
    looking = GROUPS.look(ACCOUNT, ["4411"])
    next(looking)
    with pytest.raises(kind, match=why) as raised:
        looking.send(answer)
    assert getattr(raised.value, "rest", None) == rest


def test_what_has_to_be_told_first() -> None:
    assert GROUPS.missing(ACCOUNT) == []
    assert GROUPS.missing(Account("cloud", {"data_api": "http://dataapi.uiscom.ru"})) == [
        "data_api",
        "data_token",
        "employees",
    ]

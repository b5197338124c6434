"""Whose numbers are available in the groups of employees of UIS, asked and switched through its Data API. No I/O here.

Source: `get.group_employees` and `update.group_employees_numbers` of the Data API 2.0 (`comagic/comagic.github.io:
data_api/employee/`). An update has to name every number of the group, in the order in which they are rung; one that
lacks a number meanwhile added in the cabinet is refused with `invalid_parameter_value`, and the group is read again.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from trunkline.pbx.hooks.asking import ApiAnswer, ApiRequest
from trunkline.pbx.hooks.dialogue import Dialogue, Refused, Unclear, is_api_address
from trunkline.pbx.hooks.fields import json_of, text_of
from trunkline.pbx.hooks.groups import Seat, Seen
from trunkline.pbx.hooks.numbers import extension_in
from trunkline.pbx.hooks.port import Account
from trunkline.pbx.uis.history import API
from trunkline.pbx.uis.told import plain_name

_JSON: Final = {"Content-Type": "application/json; charset=UTF-8"}
_NAMES: Final = ("employee_full_name", "employee_id", "employee_phone_number")
_LIMIT: Final = -32029
_REST: Final = 60.0
"""Seconds: the shortest window of its points is a minute."""
_CHANGED_MEANWHILE: Final = "invalid_parameter_value"


class UisGroups:
    """The dialogues; it holds nothing."""

    pace = 1.0

    def missing(self, account: Account) -> Sequence[str]:
        """Its address, its key, the employees."""
        employees = account.settings.get("employees")
        given = {"data_api": is_api_address(_address(account)), "data_token": account.secrets.get("data_token")}
        return [name for name, value in {**given, "employees": employees}.items() if not value]

    def look(self, account: Account, groups: Sequence[str]) -> Dialogue[Sequence[Seen]]:
        """All groups come in one answer."""
        answer = yield _request(account, "get.group_employees", fields=["id", "name", "phone_numbers"])
        data = _result(answer).get("data")
        if not isinstance(data, list):
            raise Unclear("get.group_employees: its answer has no list")
        found = {text_of(one.get("id")): one for one in data if isinstance(one, dict)}
        known = [group for group in groups if group.isdecimal() and group in found]
        return [Seen(group, tuple(_seats(account, found[group]))) for group in known]

    def switch(self, account: Account, seen: Seen, changes: Mapping[str, bool]) -> Dialogue[None]:
        """The whole group in one request."""
        numbers = [
            {"employee_phone_number_id": int(seat.id), "available": changes.get(seat.id, seat.on)}
            for seat in seen.seats
        ]
        answer = yield _request(account, "update.group_employees_numbers", id=int(seen.group), phone_numbers=numbers)
        _result(answer)


def _seats(account: Account, group: Mapping[str, Any]) -> Iterator[Seat]:
    """A number that tells no id or no state would be lost with the next update: then nothing is known of the group."""
    pairs = account.settings.get("employees")
    known = {plain_name(str(key)): text_of(value) for key, value in pairs.items()} if isinstance(pairs, dict) else {}
    numbers = group.get("phone_numbers")
    for one in numbers if isinstance(numbers, list) else ():
        number, on = (one.get("employee_phone_number_id"), one.get("available")) if isinstance(one, dict) else ("", "")
        if not text_of(number).isdecimal() or not isinstance(on, bool):
            raise Unclear("get.group_employees: a number without its id or its state")
        named = (known.get(plain_name(text_of(one.get(name)))) for name in _NAMES)
        yield Seat(text_of(number), extension_in(next((one for one in named if one), "")), on)


def _address(account: Account) -> str:
    return text_of(account.settings.get("data_api")) or API


def _request(account: Account, method: str, **params: object) -> ApiRequest:
    told = {"access_token": account.secrets.get("data_token", ""), **params}
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": told}
    return ApiRequest("POST", _address(account), _JSON, msgspec.json.encode(body))


def _result(answer: ApiAnswer) -> Mapping[str, Any]:
    """The result; errors come with HTTP 200 (pbx.md §1.2). Raises Refused and Unclear."""
    told = json_of(answer.body)
    if not isinstance(told, dict) or answer.status >= 500:
        raise Unclear(f"HTTP {answer.status}")
    error = told.get("error")
    if isinstance(error, dict):
        data = error.get("data")
        mnemonic = text_of(data.get("mnemonic")) if isinstance(data, dict) else ""
        if mnemonic == _CHANGED_MEANWHILE:
            raise Unclear("the group was changed meanwhile")
        why = f"{text_of(error.get('message'))} {mnemonic}".strip()[:200]
        raise Refused(why, _REST if error.get("code") == _LIMIT else None)
    result = told.get("result")
    if not isinstance(result, dict):
        raise Unclear(f"HTTP {answer.status}: neither a result nor an error")
    return result


GROUPS: Final = UisGroups()

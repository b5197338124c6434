"""`start.employee_call` of the Call API of UIS, CoMagic and Novofon 2: JSON-RPC 2.0 (pbx.md §1.2). No I/O here.

Its answer names the session, which is the id of the call in our template of notifications.
"""

from typing import Final

import msgspec

from trunkline.pbx.hooks.asking import ApiAnswer, ApiRequest
from trunkline.pbx.hooks.dialling import (
    LACKS,
    NOBODY,
    CannotAsk,
    Dial,
    Dialling,
    Said,
    by_status,
    call_in,
    dialling_settings,
    object_of,
    pair_of,
    refused,
    secret_of,
    url_of,
)
from trunkline.pbx.hooks.fields import mapping_of, number_of, text_of
from trunkline.pbx.hooks.port import Account, Setting, SettingKind
from trunkline.web.i18n import mark

URL: Final = "https://callapi.uiscom.ru/v4.0"
SETTINGS: Final = dialling_settings(
    URL,
    Setting(
        "api_token",
        mark("Permanent key of its Call API"),
        SettingKind.SEALED,
        mark("Of a user who may use the Call API; our server's address stands in its list of allowed ones."),
        needed=True,
    ),
    Setting(
        "employee_ids",
        mark("Ids of employees there"),
        SettingKind.PAIRS,
        mark("A line each, as “101 = 25”: the extension here, and the employee's id in the cabinet. He is rung there."),
        needed=True,
    ),
    Setting(
        "virtual_number",
        mark("Number that clients are shown"),
        hint=mark(
            "One of the cabinet's virtual numbers, as 74951234567; a call for which a line was chosen shows that."
        ),
        needed=True,
    ),
)
_REFUSALS: Final = frozenset((-32001, -32002, -32003, -32004, -32007, -32008, -32029, -32600, -32601, -32602, -32700))
"""Codes of what was looked at before anything was done; any other, -32603 too, leaves open what was."""
_KEY_REFUSED: Final = frozenset((-32001, -32003))
"""Codes of a key that is not taken, or not from our address."""


def _request(dial: Dial, account: Account, _key: str) -> ApiRequest:
    employee = pair_of(account, "employee_ids", dial.agent)
    if not (employee.isascii() and employee.isdecimal()):
        raise CannotAsk(NOBODY, extension=dial.agent)
    shown = (dial.line or str(account.settings.get("virtual_number", ""))).removeprefix("+")
    if not shown:
        raise CannotAsk(LACKS, what="virtual_number")
    asked = {
        "jsonrpc": "2.0",
        "method": "start.employee_call",
        "id": str(dial.id),
        "params": {
            "access_token": secret_of(account, "api_token"),
            "first_call": "employee",
            "switch_at_once": True,
            "early_switching": True,
            "show_virtual_phone_number": False,
            "virtual_phone_number": shown,
            "external_id": str(dial.id),
            "direction": "out",
            "contact": dial.digits,
            "employee": {"id": int(employee)},
        },
    }
    headers = {"Content-Type": "application/json; charset=UTF-8"}
    return ApiRequest("POST", url_of(account, URL), headers, msgspec.json.encode(asked))


def _read(answer: ApiAnswer) -> Said:
    told = object_of(answer) or {}
    if call := call_in(mapping_of(mapping_of(told.get("result")).get("data")).get("call_session_id")):
        return Said(True, call)
    error = mapping_of(told.get("error"))
    if error:
        words = mapping_of(error.get("data")).get("mnemonic"), error.get("message")
        why = ": ".join(text for text in map(text_of, words) if text)
        code = number_of(error.get("code"))
        said = refused(why, "JSON-RPC") if code in _REFUSALS else Said(None)
        return said._replace(key_refused=code in _KEY_REFUSED)
    return by_status(answer)


DIALLING: Final = Dialling(_request, _read)

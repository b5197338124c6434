"""Mango's `commands/callback`: the employee is rung, then the number ("VPBX API" 1.9 §3.2.1). No I/O here.

The answer names no call. Our `command_id` stands in the events of its legs, and in `result/callback`, which says what
came of it: 1000 is success, 2xxx the bill, 3xxx what was asked, 4xxx a limit or a state, 5xxx a fault of the server, of
which nobody knows what was done before it.
"""

from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from trunkline.pbx.hooks.asking import ApiAnswer, ApiRequest
from trunkline.pbx.hooks.dialling import (
    LACKS,
    CannotAsk,
    Dial,
    Dialling,
    Heard,
    Said,
    by_status,
    dialling_settings,
    object_of,
    refused,
    secret_of,
)
from trunkline.pbx.hooks.dialogue import is_api_address
from trunkline.pbx.hooks.fields import number_of, text_of
from trunkline.pbx.hooks.port import Account
from trunkline.pbx.hooks.request import HookRequest
from trunkline.pbx.hooks.subscription_words import TROUBLES, Trouble
from trunkline.pbx.mango.asking import API, LOCKOUT_SECONDS, api_of, asked
from trunkline.pbx.mango.command import KEY_REFUSED, SUCCESS
from trunkline.pbx.mango.envelope import kind_of, told_in
from trunkline.pbx.mango.event import CALL, DIAL

PATH, RESULT = "commands/callback", "result/callback"
SETTINGS: Final = (replace(dialling_settings(API)[0], needs=("key", "salt")),)
_MARK: Final = b"dial"
"""In the body of whatever is of a dial, however it is url-encoded."""
_REFUSALS: Final = range(2000, 5000)
_SPACING: Final = 0.5
"""An account takes four a second; two nodes may send."""


def _request(dial: Dial, account: Account, _key: str) -> ApiRequest:
    if not account.settings.get("key"):
        raise CannotAsk(LACKS, what="key")
    secret_of(account, "salt")
    if not is_api_address(api_of(account)):
        raise CannotAsk(TROUBLES[Trouble.OPEN])
    said: dict[str, Any] = {
        "command_id": f"{DIAL}{dial.id}",
        "from": {"extension": dial.agent},
        "to_number": dial.digits,
    }
    if dial.line:
        said["line_number"] = dial.line.removeprefix("+")
    return asked(account, PATH, said)


def _read(answer: ApiAnswer) -> Said:
    told = object_of(answer) or {}
    code = text_of(told.get("result"))
    if answer.status == 200 and code == SUCCESS:
        return Said(True)
    if answer.status < 500 and _is_refusal(code):
        return refused(told.get("message"), f"result {code}")._replace(key_refused=code in KEY_REFUSED)
    return by_status(answer, told.get("message"))


def _heard(request: HookRequest) -> Heard | None:
    """`events/call` says which call it is, `result/callback` why there is none."""
    if _MARK not in request.body or (kind := kind_of(request)) not in (CALL, RESULT):
        return None
    said = told_in(request)
    dial = _dial_in(text_of(said.get("command_id")))
    if dial is None:
        return None
    if kind == CALL:
        call = text_of(said.get("entry_id"))
        return Heard(dial, call) if call else None
    code = text_of(said.get("result"))
    return Heard(dial, refused=f"result {code}") if _is_refusal(code) else None


def _dial_in(command: str) -> UUID | None:
    """Our dial of that name; None where it is none of ours."""
    if not command.startswith(DIAL):
        return None
    try:
        return UUID(command.removeprefix(DIAL))
    except ValueError:
        return None


def _is_refusal(code: str) -> bool:
    return int(number_of(code) or 0) in _REFUSALS


DIALLING: Final = Dialling(_request, _read, spacing=_SPACING, lockout=LOCKOUT_SECONDS, heard=_heard)

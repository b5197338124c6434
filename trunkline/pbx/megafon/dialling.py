"""`cmd=makeCall` of MegaFon's family, posted to the address of the CRM's API there (pbx.md §1.4). No I/O here.

Whether the `uuid` of the answer is the `callid` of events is not documented: the call is found by it, or by the agent,
the number and the time.
"""

from typing import Final

from trunkline.pbx.hooks.asking import ApiAnswer, ApiRequest
from trunkline.pbx.hooks.dialling import (
    NOBODY,
    CannotAsk,
    Dial,
    Dialling,
    Said,
    by_status,
    call_in,
    dialling_settings,
    form_of,
    object_of,
    pair_of,
    refused,
    secret_of,
    url_of,
)
from trunkline.pbx.hooks.port import Account, Setting, SettingKind
from trunkline.web.i18n import mark

SETTINGS: Final = dialling_settings(
    "",
    Setting(
        "api_token",
        mark("Key of the PBX for the CRM"),
        SettingKind.SEALED,
        mark("The cabinet's “key for authorization in the PBX”, beside the address of its API; not the token above."),
        needed=True,
    ),
)


def _request(dial: Dial, account: Account, _key: str) -> ApiRequest:
    login = pair_of(account, "logins", dial.agent)
    if not login:
        raise CannotAsk(NOBODY, extension=dial.agent)
    fields = {"cmd": "makeCall", "user": login, "phone": dial.digits, "token": secret_of(account, "api_token")}
    if dial.line:
        fields["clid"] = dial.line.removeprefix("+")
    return form_of(url_of(account, ""), fields)


def _read(answer: ApiAnswer) -> Said:
    told = object_of(answer) or {}
    if answer.status < 300 and (call := call_in(told.get("uuid"))):
        return Said(True, call)
    if answer.status < 500 and told.get("error"):
        return refused(told.get("error"), f"HTTP {answer.status}")
    return by_status(answer)


DIALLING: Final = Dialling(_request, _read)

"""`POST v2/abonents/{employee}/call` of Beeline: the employee's telephone rings, then the client's. No I/O here.

Source: public clients of that address [T]: the number is a parameter `phoneNumber`, the answer has `callId` and
`externalTrackingId`, which is the `extTrackingId` of the events. A Russian number is sent as its ten digits, as a
program in use does; how any other has to be written nobody shows.
"""

from typing import Final
from urllib.parse import quote

from trunkline.pbx.beeline.portal import asked, is_of_token, object_in, portal_of
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
    dials_setting,
    pair_of,
    refused,
)
from trunkline.pbx.hooks.dialogue import is_api_address
from trunkline.pbx.hooks.port import Account, Setting
from trunkline.pbx.hooks.subscription_words import TROUBLES, Trouble

SETTINGS: Final[tuple[Setting, ...]] = (dials_setting(("token", "users")),)
_RUSSIAN: Final = "+7"


def _request(dial: Dial, account: Account, _key: str) -> ApiRequest:
    if not account.secrets.get("token"):
        raise CannotAsk(LACKS, what="token")
    if not is_api_address(portal_of(account)):
        raise CannotAsk(TROUBLES[Trouble.OPEN])
    employee = pair_of(account, "users", dial.agent)
    if not employee:
        raise CannotAsk(NOBODY, extension=dial.agent)
    path = f"v2/abonents/{quote(employee, safe='@')}/call"
    return asked(account, "POST", path, {"phoneNumber": _spelled(dial.number)})


def _spelled(number: str) -> str:
    return number.removeprefix(_RUSSIAN) if number.startswith(_RUSSIAN) and len(number) == 12 else number


def _read(answer: ApiAnswer) -> Said:
    """What names a call rings somebody, whatever else it says."""
    told = object_in(answer)
    if answer.status < 300 and (call := call_in(told.get("externalTrackingId"))):
        return Said(True, call)
    if answer.status < 300 and call_in(told.get("callId")):
        return Said(True)
    if answer.status < 500 and told.get("errorCode"):
        why = refused(told.get("description") or told["errorCode"], f"HTTP {answer.status}")
        return why._replace(key_refused=is_of_token(told))
    return by_status(answer)


DIALLING: Final = Dialling(_request, _read)

"""A decision as the reply of interactive processing: `phones`, `message_name` or `returned_code` (pbx.md §1.2). No I/O.

A place of ours is a branch of the cabinet's scenario, bound to a return code, or numbers to call. The vendor documents
no form of "nothing known", only a branch for *no answer*; so it is the return code the account names for that, and
without one a JSON object with no instruction.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from trunkline.pbx.hooks.port import Account
from trunkline.pbx.port import Action, Decision

MOST_PHONES: Final = 20
REJECT: Final = "reject"
_NUMBER: Final = re.compile(r"\+?([1-9][0-9]{9,14})").fullmatch
_CODE: Final = re.compile(r"[0-9]{1,4}").fullmatch

Reply = dict[str, Any]


def reply_of(decision: Decision | None, account: Account) -> Reply:
    """The reply; "nothing known" also where the account has no word for what was decided."""
    say = _TABLE.get(decision.action) if decision is not None else None
    said = say(decision, account) if say is not None and decision is not None else {}
    return said or _returned(str(account.settings.get("default_code", "")))


def _place(decision: Decision, account: Account) -> Reply:
    return _code(decision.target, account)


def _extension(decision: Decision, account: Account) -> Reply:
    return _code(decision.target, account) or _phones(_phone_of(decision.target, account))


def _targets(decision: Decision, account: Account) -> Reply:
    return _phones(*(_phone_of(target, account) for target in decision.targets))


def _number(decision: Decision, _account: Account) -> Reply:
    """A press of 1 cannot be asked for, so a mobile whose voicemail may answer is left to the cabinet."""
    return {} if decision.confirm else _phones(decision.target)


def _challenge(decision: Decision, account: Account) -> Reply:
    """A branch that names this digit, asks for one and comes back to the operation."""
    return _code(f"{decision.sound}-{decision.target}", account)


def _playback(decision: Decision, account: Account) -> Reply:
    name = pairs(account.settings, "sounds").get(decision.sound)
    return {"message_name": name} if name else {}


def pairs(settings: Mapping[str, Any], name: str) -> Mapping[str, str]:
    """A setting of pairs; empty where it is none."""
    found = settings.get(name)
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}


def _code(place: str, account: Account) -> Reply:
    return _returned(pairs(account.settings, "codes").get(place, ""))


def _returned(code: str) -> Reply:
    return {"returned_code": int(code)} if _CODE(code.strip()) else {}


def _phone_of(extension: str, account: Account) -> str:
    return pairs(account.settings, "phones").get(extension, extension)


def _phones(*phones: str) -> Reply:
    found = [match[1] for phone in phones for match in (_NUMBER(phone.strip()),) if match]
    return {"phones": found[:MOST_PHONES]} if found else {}


_TABLE: Final[Mapping[Action, Callable[[Decision, Account], Reply]]] = MappingProxyType(
    {
        Action.QUEUE: _place,
        Action.VOICEMAIL: _place,
        Action.EXTENSION: _extension,
        Action.TARGETS: _targets,
        Action.NUMBER: _number,
        Action.CHALLENGE: _challenge,
        Action.PLAYBACK: _playback,
        Action.REJECT: lambda _decision, account: _code(REJECT, account),
    }
)

"""A decision as the XML of Call Interactive (pbx.md §1.8). No I/O here.

A place of ours is a context of the cabinet's voice menu, to which the call jumps: `Jump`, `Hangup`, `PlaySound` and
`SetCaller` are documented with their attributes. `SimpleTransfer` is named, its content is not: so it is a template.
One verb a reply, for whether several are carried out is not said.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from trunkline.pbx.hooks.port import Account
from trunkline.pbx.port import Action, Decision
from trunkline.pbx.telphin.xml import element, is_plain, response

TRANSFER: Final = "<SimpleTransfer>{target}</SimpleTransfer>"
_TARGET: Final = re.compile(r"\+?([0-9]{2,15})").fullmatch
_PLACE: Final = re.compile(r"([^/\s]{1,40})(?:/([^/\s]{1,40}))?").fullmatch
_START: Final = "start"


def reply_of(decision: Decision | None, account: Account, caller: str) -> bytes:
    """The reply; a jump to where calls go without us, or nothing said, where the account has no word for it."""
    say = _TABLE.get(decision.action) if decision is not None else None
    said = say(decision, account) if say is not None and decision is not None else ""
    if not said and decision is not None and decision.caller_name and caller:
        said = element("SetCaller", name=decision.caller_name, number=caller)
    said = said or _jump(str(account.settings.get("default_place") or ""))
    return response(said) if said else response()


def _place(decision: Decision, account: Account) -> str:
    return _jump(_pair(account, "places", decision.target))


def _extension(decision: Decision, account: Account) -> str:
    return _jump(_pair(account, "places", decision.target)) or _transfer(decision.target, account)


def _targets(decision: Decision, account: Account) -> str:
    """It rings one at a time: the first of them, and then the cabinet's own way."""
    return _transfer(decision.targets[0], account) if decision.targets else ""


def _number(decision: Decision, account: Account) -> str:
    """A press of 1 cannot be asked for, so a mobile whose voicemail may answer is left to the cabinet."""
    return "" if decision.confirm else _transfer(decision.target, account)


def _challenge(decision: Decision, account: Account) -> str:
    """A context that asks for this digit and goes on by itself: which was pressed we are not told."""
    return _jump(_pair(account, "places", f"{decision.sound}-{decision.target}"))


def _playback(decision: Decision, account: Account) -> str:
    file = _pair(account, "sounds", decision.sound)
    return element("PlaySound", file, where="foreground") if file else ""


@lru_cache(maxsize=1024)
def _jump(place: str) -> str:
    match = _PLACE(place.strip())
    return element("Jump", context=match[1], option=match[2] or _START) if match else ""


def _transfer(target: str, account: Account) -> str:
    match = _TARGET(target)
    own = str(account.settings.get("transfer") or TRANSFER)
    template = own if "{target}" in own and is_plain(own) else TRANSFER
    return template.replace("{target}", match[1]) if match else ""


def _pair(account: Account, name: str, key: str) -> str:
    found: Any = account.settings.get(name)
    return str(found.get(key, "")) if isinstance(found, dict) else ""


_TABLE: Final[Mapping[Action, Callable[[Decision, Account], str]]] = MappingProxyType(
    {
        Action.QUEUE: _place,
        Action.VOICEMAIL: _place,
        Action.EXTENSION: _extension,
        Action.TARGETS: _targets,
        Action.NUMBER: _number,
        Action.CHALLENGE: _challenge,
        Action.PLAYBACK: _playback,
        Action.REJECT: lambda _decision, _account: element("Hangup"),
    }
)

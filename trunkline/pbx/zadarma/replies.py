"""A decision as Zadarma's reply to NOTIFY_START and NOTIFY_IVR (pbx.md §1.1). No I/O here.

Only one thing is said in a reply: whether a name goes together with `redirect` is not documented. An empty body is
"nothing known": the call goes on as the cabinet says.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from trunkline.pbx.hooks.port import Account
from trunkline.pbx.port import Action, Decision, Next

SHORTEST_RETURN: Final = 3
"""Seconds; fewer but 0 are refused."""
_SCENARIO: Final = re.compile(r"[0-9]-(?:[0-9]{1,3}|main)|[0-9]{3}").fullmatch
_DTMF_SECONDS, _DTMF_ATTEMPTS = 5, 2
CHALLENGE: Final = "spam"

Reply = dict[str, Any]


def reply_of(decision: Decision, account: Account, *, greeted: bool) -> Reply:
    """The reply; empty where the account has no word for what was decided. `greeted`: the PBX has answered the caller
    already, with a menu or our question.
    """
    say = _TABLE.get(decision.action)
    said = say(decision, account) if say else {}
    if decision.action is Action.REJECT and greeted:
        said = {"hangup": 1}
    return said or _named(decision)


def _named(decision: Decision) -> Reply:
    return {"caller_name": decision.caller_name} if decision.caller_name else {}


def _queue(decision: Decision, account: Account) -> Reply:
    place = place_of(decision.target, account)
    return {"redirect": place, "return_timeout": _returns(decision, decision.wait_seconds)} if place else {}


def _extension(decision: Decision, account: Account) -> Reply:
    return _ring(decision.target, decision, account)


def _targets(decision: Decision, account: Account) -> Reply:
    """It rings one at a time: the first of them, and then the cabinet's own way."""
    return _ring(decision.targets[0], decision, account) if decision.targets else {}


def _ring(extension: str, decision: Decision, account: Account) -> Reply:
    place = place_of(extension, account)
    return {"redirect": place, "return_timeout": _returns(decision, decision.ring_seconds)} if place else {}


def _number(decision: Decision, account: Account) -> Reply:
    """An outside number is rung by an extension that forwards: it is told where to. A press of 1 it cannot ask for, so
    a mobile whose voicemail may answer is left to the cabinet.
    """
    forwarding = str(account.settings.get("forwarding", ""))
    if not forwarding or decision.confirm:
        return {}
    said = {"redirect": forwarding, "return_timeout": _returns(decision, decision.ring_seconds)}
    return said | {"rewrite_forward_number": decision.target}


def _challenge(decision: Decision, account: Account) -> Reply:
    """A recorded sentence for the digit where the account names one, else the digit is read out."""
    sounds = _pairs(account, "sounds")
    sound = sounds.get(f"{decision.sound}-{decision.target}")
    said: Reply = (
        {"ivr_play": sound} if sound else {"ivr_saydigits": int(decision.target), "language": _language(account)}
    )
    waits = {"timeout": _DTMF_SECONDS, "attempts": _DTMF_ATTEMPTS, "maxdigits": 1}
    return said | {"wait_dtmf": waits | {"name": CHALLENGE, "default": "hangup"}}


def _voicemail(decision: Decision, account: Account) -> Reply:
    place = place_of(decision.target, account)
    return {"redirect": place, "return_timeout": 0} if place else {}


def _playback(decision: Decision, account: Account) -> Reply:
    sound = _pairs(account, "sounds").get(decision.sound)
    return {"ivr_play": sound} if sound else {}


def place_of(target: str, account: Account) -> str:
    """A queue, box or extension of ours in the account: as its list says, or spelled as a scenario or extension is."""
    return _pairs(account, "places").get(target) or (target if _SCENARIO(target) else "")


def _returns(decision: Decision, seconds: int) -> int:
    """When the call comes back to the cabinet's menu; never, of what was decided for good or waits without limit."""
    return max(seconds, SHORTEST_RETURN) if decision.next is Next.ASK and seconds else 0


def _pairs(account: Account, name: str) -> Mapping[str, str]:
    pairs = account.settings.get(name)
    return pairs if isinstance(pairs, dict) else {}


def _language(account: Account) -> str:
    return str(account.settings.get("language") or "ru")


_TABLE: Final[Mapping[Action, Callable[[Decision, Account], Reply]]] = MappingProxyType(
    {
        Action.QUEUE: _queue,
        Action.EXTENSION: _extension,
        Action.TARGETS: _targets,
        Action.NUMBER: _number,
        Action.CHALLENGE: _challenge,
        Action.VOICEMAIL: _voicemail,
        Action.PLAYBACK: _playback,
        Action.REJECT: lambda _decision, _account: {"redirect": "blacklist"},
    }
)

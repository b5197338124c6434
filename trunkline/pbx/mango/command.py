"""A decision as Mango's command (pbx.md §1.3), and what it answers. No I/O here.

`to_number` that is an extension or a group goes by that one's card, schedule and way of ringing; any other number is
called whatever happens. How long something rings is said there and not here.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from trunkline.pbx.hooks.asking import ApiAnswer
from trunkline.pbx.hooks.commanding import Command, Written
from trunkline.pbx.hooks.fields import json_of, mapping_of, text_of
from trunkline.pbx.hooks.numbers import extension_in
from trunkline.pbx.hooks.port import Account
from trunkline.pbx.mango.asking import asked
from trunkline.pbx.mango.event import QUEUE, CallEvent
from trunkline.pbx.port import Action, Decision

ROUTE, HANG_UP = "commands/route", "commands/call/hangup"
SUCCESS: Final = "1000"
KEY_REFUSED: Final = frozenset({"3102", "3105"})
"""Of `result`: the signature is wrong, the key is; public clients' list of codes [T]."""
_LONGEST_NAME: Final = 60


def command_of(decision: Decision, event: CallEvent, account: Account, id_: str) -> Command | None:
    """The command called `id_`; None where the account has no word for it, or goes there by itself."""
    if not account.settings.get("key") or not account.live("salt"):
        return None
    if decision.action is Action.REJECT:
        # Whoever waits in a queue cannot be hung up: the vendor allows it before a menu and at a telephone.
        return Command(id_, event.entry, event.leg, "", rings=True) if event.place != QUEUE else None
    target = target_of(decision, account)
    usual = {line.lstrip("+"): place for line, place in pairs_of(account, "usual").items()}
    if not target or target == usual.get(event.line.lstrip("+")):
        return None
    return Command(id_, event.entry, event.leg, target, event.place != QUEUE, decision.caller_name[:_LONGEST_NAME])


def written(command: Command, account: Account) -> Written:
    """`command` as it is sent, signed by the newest secret."""
    said: dict[str, Any] = {"command_id": command.id, "call_id": command.leg}
    if command.target:
        said["to_number"] = command.target
        if command.name:
            said["sip_headers"] = {"From/display-name": command.name}
    path = ROUTE if command.target else HANG_UP
    kept = urlencode({"entry_id": command.call, "json": msgspec.json.encode(said)}).encode()
    return Written(asked(account, path, said), path, kept)


def target_of(decision: Decision, account: Account) -> str:
    """Where the account has to send the call; empty where there is no such place."""
    find = _TARGETS.get(decision.action)
    return find(decision, account) if find else ""


def pairs_of(account: Account, name: str) -> Mapping[str, str]:
    """A setting of lines `name = value`."""
    pairs = account.settings.get(name)
    return pairs if isinstance(pairs, dict) else {}


def is_taken(answer: ApiAnswer) -> bool:
    """200, with the code of success where its body has any."""
    code = text_of(mapping_of(json_of(answer.body)).get("result"))
    return answer.status == 200 and code in ("", SUCCESS)


def _place(target: str, account: Account) -> str:
    """A queue, box or extension of ours there: as its list says, or an extension as it is."""
    return pairs_of(account, "places").get(target) or extension_in(target)


def _first(decision: Decision, account: Account) -> str:
    """One of several: which ring together is said by a group of the cabinet."""
    return _place(decision.targets[0], account) if decision.targets else ""


def _outside(decision: Decision, _account: Account) -> str:
    """A press of 1 it cannot ask for, so a mobile whose voicemail may answer is left to the cabinet."""
    number = decision.target.lstrip("+")
    return number if number.isdecimal() and number.isascii() and not decision.confirm else ""


def _placed(decision: Decision, account: Account) -> str:
    return _place(decision.target, account)


def _named_only(decision: Decision, account: Account) -> str:
    """A box or a sound: a place of the list, for an extension of the same name would be something else."""
    return pairs_of(account, "places").get(decision.target or decision.sound, "")


_TARGETS: Final[Mapping[Action, Callable[[Decision, Account], str]]] = MappingProxyType(
    {
        Action.QUEUE: _placed,
        Action.EXTENSION: _placed,
        Action.TARGETS: _first,
        Action.NUMBER: _outside,
        Action.VOICEMAIL: _named_only,
        Action.PLAYBACK: _named_only,
    }
)

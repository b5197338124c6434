"""Sipuni's function "HTTP-запрос": one of two branches, chosen by the content of our JSON (pbx.md §1.6). No I/O here.

Which keys choose is published nowhere, so both replies are settings. The label of a function names a place of ours, and
the question is whether the call goes there.
"""

from typing import Final

from trunkline.pbx.hooks.fields import json_of
from trunkline.pbx.hooks.port import Account
from trunkline.pbx.port import Action, Decision

YES: Final = '{"success": true}'
NO: Final = '{"success": false}'
REJECT: Final = "reject"
_PLACES: Final = frozenset({Action.QUEUE, Action.EXTENSION, Action.VOICEMAIL, Action.NUMBER})


def fits(decision: Decision | None, label: str) -> bool:
    """Whether `decision` sends the call to the place that `label` names."""
    wanted = label.strip().casefold().removeprefix("+")
    if decision is None or not wanted:
        return False
    if decision.action is Action.REJECT:
        return wanted == REJECT
    if decision.action is Action.PLAYBACK:
        return wanted == decision.sound.casefold()
    if decision.action is Action.TARGETS:
        return wanted in decision.targets
    confirmed = decision.action in _PLACES and not decision.confirm
    return confirmed and wanted == decision.target.casefold().removeprefix("+")


def reply_of(account: Account, *, yes: bool) -> bytes:
    """The account's own reply; the default where it is no JSON."""
    name, default = ("yes", YES) if yes else ("no", NO)
    own = str(account.settings.get(name) or "").strip().encode(errors="replace")
    return own if json_of(own) is not None else default.encode()

"""What goes back to this family's requests (pbx.md §1.4). No I/O here.

"Nothing known" is `{}`: never `[]`, never null, and a field nothing is known of is left out.
"""

from typing import Final

import msgspec

from trunkline.pbx.hooks.port import Account, HookReply, Verdict
from trunkline.pbx.megafon.fields import logins_of
from trunkline.pbx.port import Action, Decision

_TYPE: Final = "application/json"
NOTHING: Final = HookReply(b"{}", _TYPE)
_BAD_TOKEN: Final = HookReply(b'{"error":"Invalid token"}', _TYPE, 401)
_BAD_FIELDS: Final = HookReply(b'{"error":"Invalid parameters"}', _TYPE, 400)


def contact(decision: Decision | None, account: Account) -> HookReply:
    """The caller's name, and the login of the user to ring first; the cabinet's own scheme does everything else."""
    if decision is None:
        return NOTHING
    said = {"contact_name": decision.caller_name, "responsible": _responsible(decision, account)}
    return HookReply(msgspec.json.encode({name: value for name, value in said.items() if value}), _TYPE)


def refusal(verdict: Verdict) -> HookReply:
    """The two errors of the contract."""
    return _BAD_FIELDS if verdict is Verdict.UNREADABLE else _BAD_TOKEN


def _responsible(decision: Decision, account: Account) -> str:
    """The login of the first of the chosen people who has one."""
    chosen = {Action.EXTENSION: (decision.target,), Action.TARGETS: decision.targets}.get(decision.action, ())
    logins = logins_of(account.settings)
    return next((str(logins[one]) for one in chosen if logins.get(one)), "")

"""A decision as Exolve's answer to `getControlCallFollowMe`. No I/O here.

`redirect_type` 1 rings one number, 3 several at once (pbx.md §1.5 [O]); the shape of `followme_struct`, a count and its
entries, is that of five public programs that work with it [T]. Further keys of `result` are a setting.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from trunkline.notjson import NOT_JSON
from trunkline.pbx.exolve.fields import LONGEST_ID, asked, numbers_of, split
from trunkline.pbx.hooks.fields import mapping_of
from trunkline.pbx.hooks.port import Account, HookReply
from trunkline.pbx.hooks.request import HookRequest
from trunkline.pbx.port import Action, Decision

_TYPE: Final = "application/json"
_ONE, _AT_ONCE = 1, 3
_SECONDS: Final = 30
"""How long a number is rung where the decision does not say."""
NOT_READ: Final = HookReply(b'{"id":null,"jsonrpc":"2.0","error":{"code":-32700,"message":"Parse error"}}', _TYPE, 400)
"""https://www.jsonrpc.org/specification, 5.1."""
TAKEN: Final = HookReply(b"{}", _TYPE)


def follow(decision: Decision | None, request: HookRequest, account: Account) -> HookReply:
    """Whom to ring; the account's own fallback where nothing is decided or the list has no number for it."""
    chosen = _numbers(decision, account) if decision is not None else ()
    seconds = (decision.ring_seconds or decision.wait_seconds) if decision is not None and chosen else 0
    numbers = chosen or split(account.settings.get("fallback", ""))
    result: dict[str, Any] = dict(mapping_of(account.settings.get("more")))
    result |= {
        "redirect_type": _AT_ONCE if len(numbers) > 1 else _ONE,
        "followme_struct": [len(numbers), [_entry(place, one, seconds) for place, one in enumerate(numbers, 1)]],
    }
    said = {"id": _id(request), "jsonrpc": "2.0", "sip_id": asked(request, "sip_id"), "result": result}
    return HookReply(msgspec.json.encode(said), _TYPE)


def rung(answered: str) -> Sequence[str]:
    """The numbers a reply of ours had rung, read back from it; none where it was too long to be kept."""
    try:
        said = msgspec.json.decode(answered, type=_Said)
    except NOT_JSON:
        return ()
    return [one.number for one in said.result.struct[1]]


def _id(request: HookRequest) -> str | int:
    """JSON-RPC's id comes back as it was sent; one that is none is not repeated."""
    sent = request.fields.get("id")
    return sent if isinstance(sent, int) or (isinstance(sent, str) and len(sent) <= LONGEST_ID) else 1


class _Entry(msgspec.Struct):
    number: str = msgspec.field(name="REDIRECT_NUMBER")


class _Result(msgspec.Struct):
    struct: tuple[int, list[_Entry]] = msgspec.field(name="followme_struct")


class _Said(msgspec.Struct):
    result: _Result


def _numbers(decision: Decision, account: Account) -> Sequence[str]:
    match decision.action:
        case Action.NUMBER if not decision.confirm:  # a press of 1 it cannot ask for
            return split(decision.target)
        case Action.TARGETS:
            return [one for target in decision.targets for one in numbers_of(target, account.settings)]
        case Action.EXTENSION | Action.QUEUE | Action.VOICEMAIL:
            return numbers_of(decision.target, account.settings)
        case _:
            return ()


def _entry(place: int, number: str, seconds: int) -> dict[str, Any]:
    return {
        "I_FOLLOW_ORDER": place,
        "ACTIVE": True,
        "NAME": number,
        "REDIRECT_NUMBER": number,
        "PERIOD": "always",
        "PERIOD_DESCRIPTION": "always",
        "TIMEOUT": seconds or _SECONDS,
    }

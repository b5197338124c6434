"""What the dialogue of an outgoing call remembers between turns, signed like those of incoming ones. No I/O here.

`o.turn.tried.minted.signature`: of each way out that was tried a mark of four letters, which the candidates of the
next turn are compared with; so the state stays far below 200 bytes and tells nothing.
"""

import re
from base64 import b32encode
from hashlib import blake2b

import msgspec

from router.sealing import SIGNATURE, Seal, is_fresh, minted
from trunkline.crypto import SecretBox
from trunkline.pbx.port import MAX_TURNS

LIFETIME_SECONDS = 3600
_FORM = re.compile(rf"o\.([1-8])\.([a-z2-7]{{0,32}})\.([0-9a-f]{{8}})\.{SIGNATURE}", re.ASCII).fullmatch
_MARK = 4


class OutgoingTurn(msgspec.Struct, frozen=True, gc=False):
    """Where a dialogue stands; at its defaults before the first question."""

    number: int = 0
    tried: tuple[str, ...] = ()
    """Marks of what was tried, in order."""

    def after(self, way: str) -> "OutgoingTurn":
        """The turn in which `way` (`line@trunk`) is tried."""
        return OutgoingTurn(self.number + 1, (*self.tried, short(way)))


def short(way: str) -> str:
    """The mark of `line@trunk`."""
    return b32encode(blake2b(way.encode(), digest_size=5).digest()).decode().lower()[:_MARK]


class OutgoingStates:
    """Signs and opens states of outgoing calls."""

    def __init__(self, box: SecretBox) -> None:
        self._seal = Seal(box.sign("outgoing state", b"signature"))

    def seal(self, turn: OutgoingTurn, pbx: str, call_id: str, now: float) -> str:
        """The state to hand out with `turn`'s answer."""
        body = f"o.{min(turn.number, MAX_TURNS)}.{''.join(turn.tried[:MAX_TURNS])}.{minted(now)}"
        return self._seal.put_on(body, pbx, call_id)

    def open(self, state: str, pbx: str, call_id: str, now: float) -> OutgoingTurn | None:
        """The turn `state` was sealed with; None when it is not ours, not this call's, or older than an hour."""
        match = _FORM(state)
        if match is None or not self._seal.holds(state, pbx, call_id):
            return None
        number, tried, moment = match.groups()
        if not is_fresh(moment, now, LIFETIME_SECONDS):
            return None
        return OutgoingTurn(int(number), tuple(tried[at : at + _MARK] for at in range(0, len(tried), _MARK)))

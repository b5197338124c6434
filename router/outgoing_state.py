"""What the dialogue of an outgoing call remembers between turns, signed as router/state.py does it. No I/O here.

`o.turn.tried.minted.signature`: of each way out that was tried a mark of four letters, which the candidates of the
next turn are compared with; so the state stays far below 200 bytes and tells nothing.
"""

import hmac
import re
from base64 import b32encode
from hashlib import blake2b

import msgspec

from trunkline.crypto import SecretBox
from trunkline.pbx.port import MAX_TURNS

LIFETIME_SECONDS = 3600
_FORM = re.compile(r"o\.([1-8])\.([a-z2-7]{0,32})\.([0-9a-f]{8})\.([0-9a-f]{32})", re.ASCII).fullmatch
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
        self._key = box.sign("outgoing state", b"signature")

    def seal(self, turn: OutgoingTurn, pbx: str, call_id: str, now: float) -> str:
        """The state to hand out with `turn`'s answer."""
        body = f"o.{min(turn.number, MAX_TURNS)}.{''.join(turn.tried[:MAX_TURNS])}.{int(now) & 0xFFFFFFFF:08x}"
        return f"{body}.{self._signature(body, pbx, call_id)}"

    def open(self, state: str, pbx: str, call_id: str, now: float) -> OutgoingTurn | None:
        """The turn `state` was sealed with; None when it is not ours, not this call's, or older than an hour."""
        match = _FORM(state)
        if match is None:
            return None
        body, _, signature = state.rpartition(".")
        if not hmac.compare_digest(self._signature(body, pbx, call_id), signature):
            return None
        if not -60 <= (int(now) - int(match[3], 16) + 2**31) % 2**32 - 2**31 <= LIFETIME_SECONDS:
            return None
        tried = match[2]
        return OutgoingTurn(int(match[1]), tuple(tried[at : at + _MARK] for at in range(0, len(tried), _MARK)))

    def _signature(self, body: str, pbx: str, call_id: str) -> str:
        text = f"{body}\0{pbx}\0{call_id}".encode("utf-8", "surrogatepass")
        return blake2b(text, digest_size=16, key=self._key[:64]).hexdigest()

"""What a dialogue remembers between turns, signed: the PBX carries it, so any node can take the next turn. No I/O here.

`plan.turn.tried.digit.minted[.rung].signature`, at most 200 bytes, safe in a URL as it is. The signature covers
the PBX and the call id too: a state of another call, of another company, or one that was changed, opens as nothing. The
digit of a challenge is hidden under a mask only the key makes, for the state may pass through logs and variables.
"""

import re
from collections.abc import Iterable
from hashlib import blake2b

import msgspec

from router.sealing import SIGNATURE, Seal, bound, is_fresh, minted
from trunkline.crypto import SecretBox
from trunkline.pbx.port import MAX_TURNS

LIFETIME_SECONDS = 6 * 3600
LONGEST_RUNG = 100
_FORM = re.compile(
    rf"([0-9]{{1,19}})\.([1-8])\.([A-Za-z1]{{0,16}})\.([0-9]?)\.([0-9a-f]{{8}})(?:\.([0-9-]{{1,100}}))?\.{SIGNATURE}",
    re.ASCII,
).fullmatch


class Turn(msgspec.Struct, frozen=True, gc=False):
    """Where a dialogue stands: before its first question, everything is at its default."""

    number: int = 0
    """Questions answered so far."""
    tried: str = ""
    """Codes of the rules acted on (router.rules.Rule.code), in order; in capitals: read that rule again."""
    digit: str = ""
    """What the caller was asked to press, while we wait for it."""
    plan: int = 0
    rung: str = ""
    """Extensions of agents rung in this dialogue, joined by `-`; the newest where they would be too long together."""

    def with_rung(self, extensions: Iterable[str]) -> str:
        """What `rung` is when these have been rung too."""
        known = [*self.rung.split("-"), *extensions] if self.rung else [*extensions]
        while len(joined := "-".join(known)) > LONGEST_RUNG:
            del known[0]
        return joined


FIRST = Turn()


class StateBook:
    """Signs and opens states; one key a company."""

    def __init__(self, box: SecretBox) -> None:
        key = box.sign("router state", b"signature") + box.sign("router state", b"signature, second half")
        self._seal = Seal(key)
        self._mask_key = box.sign("router state", b"mask of the digit")

    def seal(self, turn: Turn, pbx: str, call_id: str, now: float) -> str:
        """The state to hand out after `turn`."""
        moment = minted(now)
        digit = self._masked(turn.digit, 1, moment, pbx, call_id) if turn.digit else ""
        body = f"{turn.plan}.{turn.number}.{turn.tried}.{digit}.{moment}"
        if turn.rung:
            body = f"{body}.{turn.rung}"
        return self._seal.put_on(body, pbx, call_id)

    def open(self, state: str, pbx: str, call_id: str, now: float) -> Turn | None:
        """The turn `state` was sealed after; None when it is not ours, not this call's, or older than six hours."""
        match = _FORM(state)
        if match is None or not self._seal.holds(state, pbx, call_id):
            return None
        plan, number, tried, digit, moment, rung = match.groups()
        if not is_fresh(moment, now, LIFETIME_SECONDS):
            return None
        if digit:
            digit = self._masked(digit, -1, moment, pbx, call_id)
        return Turn(min(int(number), MAX_TURNS), tried, digit, int(plan), rung or "")

    def _masked(self, digit: str, sign: int, moment: str, pbx: str, call_id: str) -> str:
        mask = blake2b(bound(moment, pbx, call_id), digest_size=8, key=self._mask_key).digest()
        return str((int(digit) + sign * int.from_bytes(mask, "big")) % 10)

"""Steps of a call out of a hook: named so that a repeat is the same step, and timed by whoever knows. No I/O here."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Final
from zoneinfo import ZoneInfo

from trunkline.calls.events import Event, Source, encode_what
from trunkline.calls.what import AnyWhat

_STEP_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class Teller:
    """Makes the steps that one hook tells of the call `call` at the PBX `pbx`.

    `key` is the provider's `key` of the request, `at` when it came (µs): what happened as it was told.
    """

    pbx: str
    call: str
    key: str
    at: int

    def now(self, leg: str, channel: str, what: AnyWhat, *, ago: int = 0) -> Event:
        """Something that happened when the hook came, or `ago` µs before: its name holds no time, for it may be told
        again.
        """
        told = (self.call, self.key, leg, encode_what(what))
        return Event(self.pbx, self.call, leg, channel, self.at - ago, _step_id(*told), Source.LIVE, what)

    def then(self, at: int, leg: str, channel: str, what: AnyWhat) -> Event:
        """Something that happened at a time the provider names, whichever of its hooks says so."""
        told = (self.call, str(at), leg, encode_what(what))
        return Event(self.pbx, self.call, leg, channel, at, _step_id(*told), Source.LIVE, what)


def local_time(text: str, zone: ZoneInfo, form: str = "%Y-%m-%d %H:%M:%S") -> int | None:
    """A time written without a zone, in µs since the epoch; None where it is no such time."""
    try:
        return int(datetime.strptime(text.strip(), form).replace(tzinfo=zone).timestamp()) * 1_000_000
    except (ValueError, OverflowError):
        return None


def _step_id(*told: str | bytes) -> bytes:
    hashed = blake2b(digest_size=_STEP_BYTES)
    for one in told:
        part = one.encode(errors="replace") if isinstance(one, str) else one
        hashed.update(len(part).to_bytes(4, "big") + part)
    return hashed.digest()

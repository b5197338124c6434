"""One event of a call: whose it is, when it was, who told it, and what happened (`what.py`). No I/O here.

Adapters (`trunkline/pbx/*/messages.py`, `cel.py`) make these, `call.advance` folds them, `steps` keeps them.
"""

from enum import StrEnum

import msgspec

from trunkline.calls.what import AnyWhat


class Source(StrEnum):
    """Which record of the PBX told it."""

    LIVE = "live"
    """The PBX's event stream, as it happened."""
    LEDGER = "ledger"
    """Its own journal (CEL, CDR), read afterwards to fill a gap."""
    OURS = "ours"
    """We say so: a gap in the stream, a call that was gone when the link came back."""


class Event(msgspec.Struct, frozen=True):
    """One thing that happened to one call.

    `leg` is the channel's unique id, `channel` its name at that moment, `at` microseconds since the epoch by the PBX's
    clock, `step_id` eight bytes that name the record it was read from, the same on every node that read it.
    """

    pbx: str
    linkedid: str
    leg: str
    channel: str
    at: int
    step_id: bytes
    source: Source
    what: AnyWhat

    @property
    def order(self) -> tuple[int, int, bytes]:
        """Where it belongs among the steps of its call."""
        return self.at, self.what.rank, self.step_id


_ENCODER = msgspec.json.Encoder()
_DECODER: msgspec.json.Decoder[AnyWhat] = msgspec.json.Decoder(AnyWhat)


def encode_what(what: AnyWhat) -> bytes:
    """`what` as JSON, e.g. `{"kind":"joined","bridge":"…"}`."""
    return _ENCODER.encode(what)


def decode_what(body: bytes | str) -> AnyWhat:
    """Undo `encode_what`."""
    return _DECODER.decode(body)

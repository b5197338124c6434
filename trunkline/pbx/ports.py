"""What a link tells besides the PBX's own words: the payloads of spool records of kind LINK and MARK. No I/O here.

All times are Unix seconds; `stamp`, `since` and `until` are by the PBX's clock, `at` and `booted_at` by the node's.
"""

import msgspec


class LinkUp(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="up"):
    """The link is logged in and the PBX is fully booted.

    `restarted`: the PBX was started anew since this node last heard it, so no call of before `booted_at` lives.
    """

    pbx: str
    node: str
    at: float
    booted_at: float | None
    restarted: bool


class LinkLost(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="down"):
    """The link is gone; `reason` is a sentence for people."""

    pbx: str
    node: str
    at: float
    reason: str


class OpenLeg(msgspec.Struct, frozen=True):
    """A channel that lives."""

    channel: str
    uniqueid: str
    linkedid: str


class Waiting(msgspec.Struct, frozen=True):
    """A caller who waits in a queue."""

    queue: str
    uniqueid: str
    seconds: int


class Resynced(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="resync"):
    """All channels that lived at `stamp`: a call begun before it, still open here and not among them, ended unheard.

    It follows the back-filled rows of the gap, which may tell how that call ended.
    """

    pbx: str
    node: str
    at: float
    stamp: float
    legs: tuple[OpenLeg, ...]
    waiting: tuple[Waiting, ...] = ()


class Gap(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="gap"):
    """From `since` to `until` nothing was heard; `rows` of CEL were read instead, None when there is no CEL to read."""

    pbx: str
    node: str
    at: float
    since: float
    until: float
    cause: str
    rows: int | None


class Unheard(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="unheard"):
    """Of a PBX in the cloud, which has no link: its open calls of which nothing came after `since` ended unheard."""

    pbx: str
    node: str
    at: float
    since: float


class Mark(msgspec.Struct, frozen=True):
    """All this node heard from `pbx` up to `stamp` precedes this record in its spool; the payload of kind MARK."""

    pbx: str
    stamp: float


LinkRecord = LinkUp | LinkLost | Resynced | Gap | Unheard

_decoder: msgspec.msgpack.Decoder[LinkRecord] = msgspec.msgpack.Decoder(LinkRecord)


def pack_link(record: LinkRecord) -> bytes:
    """The payload of a record of kind LINK."""
    return msgspec.msgpack.encode(record)


def unpack_link(payload: bytes) -> LinkRecord:
    """Undo `pack_link`; raises msgspec.DecodeError."""
    return _decoder.decode(payload)


def pack_run(pbx: str, run: bytes) -> bytes:
    """The payload of a record of kind AMI: whole frames as received from `pbx`."""
    return msgspec.msgpack.encode((pbx, run))


_run_decoder = msgspec.msgpack.Decoder(tuple[str, bytes])


def unpack_run(payload: bytes) -> tuple[str, bytes]:
    """Undo `pack_run`; raises msgspec.DecodeError."""
    return _run_decoder.decode(payload)

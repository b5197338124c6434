"""How one record lies in a segment: a header with a CRC of its own, then the payload."""

import contextlib
import struct
import zlib
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

MAGIC = b"TL"
LAST_NAME = "last"
# magic, kind, payload length, Unix seconds, CRC-32 of the payload; then CRC-32 of these. A header that can be trusted
# alone tells a record cut short (wait, or the writer died) from a damaged one (look for the next).
_HEADER = struct.Struct("<2sBIdI")
_CRC = struct.Struct("<I")
OVERHEAD = _HEADER.size + _CRC.size
LONGEST_PAYLOAD = 4 * 1024 * 1024


class Kind(IntEnum):
    """What a record holds; the number is on disk and never reused."""

    DECISION = 1  # msgpack of trunkline.pbx.port.DecisionRecord
    AMI = 2  # msgpack [pbx, bytes of whole AMI frames]
    HOOK = 3  # msgpack of trunkline.pbx.hooks.record.HookRecord
    VISIT = 4  # msgpack of calltracking.leases.wire.VisitRecord
    BEAT = 5  # msgpack of calltracking.leases.wire.BeatRecord
    TAP = 8  # msgpack of calltracking.leases.wire.TapRecord
    LINK = 6  # msgpack map: a PBX link came up, went down, or has a gap
    FORM = 26  # msgpack of calltracking.forms.form.FormRecord
    CHAT = 43  # msgpack of trunkline.chats.chat2desk.ChatRecord
    CRM = 27  # msgpack of crm_sync.bitrix24.events.PortalEvent
    PRESENCE = 24  # msgpack of trunkline.presence.record.PresenceRecord
    OUTGOING = 20  # msgpack of trunkline.callerid.record.OutgoingRecord
    MARK = 7  # msgpack of trunkline.pbx.ports.Mark: all a node heard from a PBX up to a moment precedes it


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in one process's spool: the byte `offset` in segment number `segment`."""

    segment: int
    offset: int


@dataclass(frozen=True, slots=True)
class Record:
    """One accepted thing; `end` is the position behind it."""

    kind: int
    at: float
    payload: bytes
    end: Position


def encode(kind: Kind, at: float, payload: bytes) -> bytes:
    """The bytes of one record."""
    header = _HEADER.pack(MAGIC, kind, len(payload), at, zlib.crc32(payload))
    return b"".join((header, _CRC.pack(zlib.crc32(header)), payload))


def decode_at(data: bytes, start: int) -> tuple[int, float, bytes] | int | None:
    """The record at `start` as (kind, at, payload); the length it needs when `data` ends early; None if damaged."""
    if len(data) - start < OVERHEAD:
        return OVERHEAD
    body = start + OVERHEAD
    magic, kind, length, at, payload_crc = _HEADER.unpack_from(data, start)
    (header_crc,) = _CRC.unpack_from(data, start + _HEADER.size)
    if magic != MAGIC or header_crc != zlib.crc32(data[start : start + _HEADER.size]):
        return None
    if len(data) - body < length:
        return OVERHEAD + int(length)
    payload = data[body : body + length]
    return (kind, at, payload) if payload_crc == zlib.crc32(payload) else None


def newest_segment(directory: Path) -> int:
    """The highest segment number ever used in `directory`; 0 for a spool that was never written."""
    numbers = [int(file.stem) for file in directory.glob("*.spool")]
    # Stored segments are deleted, and numbers must only grow: the writer leaves the last one here.
    with contextlib.suppress(FileNotFoundError, ValueError):
        numbers.append(int((directory / LAST_NAME).read_text()))
    return max(numbers, default=0)


def segment_name(number: int) -> str:
    """The file of a segment; names sort as their numbers do."""
    return f"{number:010d}.spool"

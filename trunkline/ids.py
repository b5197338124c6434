"""Identifiers: UUIDv7 (RFC 9562 §5.7), so that an id's month is its partition. No I/O here."""

import hashlib
import os
import re
from datetime import UTC, datetime
from uuid import UUID

_LINKEDID_EPOCH = re.compile(r"(?:^|-)(\d{10})\.\d+$")


def uuid7(at: float, random: bytes | None = None) -> UUID:
    """A UUIDv7 of the moment `at` (Unix seconds); `random` gives the other 10 bytes.

    Without it the system does, behind 12 bits of the millisecond (RFC 9562 §6.2, method 3): of two things that came one
    after the other the later one has the higher id.
    """
    milliseconds = at * 1000
    value = int(milliseconds) << 80
    if random is None:
        value |= int(milliseconds % 1 * 4096) << 64 | int.from_bytes(os.urandom(8), "big")
    else:
        value |= int.from_bytes(random[:10], "big")
    value &= ~(0xF << 76) & ~(0x3 << 62)
    return UUID(int=value | 0x7 << 76 | 0x2 << 62)


def call_uuid(pbx: str, linkedid: str, first_seen: float) -> UUID:
    """The id of the call `(pbx, linkedid)`: the same for every process and every repeat.

    Asterisk's linkedid is `[systemname-]epoch.sequence`; its epoch places the call in time. Ids of PBXs that carry no
    time take `first_seen`, which the caller must keep (table `call_keys`).
    """
    match = _LINKEDID_EPOCH.search(linkedid)
    at = float(match.group(1)) if match else first_seen
    return uuid7(at, hashlib.sha256(f"{pbx}|{linkedid}".encode()).digest())


def carries_time(linkedid: str) -> bool:
    """Whether `call_uuid` can place this id without `first_seen`."""
    return _LINKEDID_EPOCH.search(linkedid) is not None


def time_of(identifier: UUID) -> float:
    """Unix seconds a UUIDv7 was made for."""
    return (identifier.int >> 80) / 1000


def month_bounds(year: int, month: int) -> tuple[UUID, UUID]:
    """The lowest UUIDv7 of a month and the lowest of the next: bounds of that month's partition."""
    start = datetime(year, month, 1, tzinfo=UTC)
    end = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    return lowest_id(start), lowest_id(end)


def lowest_id(moment: datetime) -> UUID:
    """The lowest UUIDv7 of a moment: what began then or later has an id no lower."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)

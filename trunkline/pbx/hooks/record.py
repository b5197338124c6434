"""A hook as it lies in the spool (Kind.HOOK): everything needed to read it again, on any day. No I/O here."""

import hashlib
from typing import Any, Final
from uuid import UUID

import msgspec

from trunkline.ids import uuid7
from trunkline.pbx.hooks.request import HookRequest

FOUND: Final = "found"
"""The verdict on a call of the provider's history (history.py): we asked for it, and no stranger can say so."""


class HookRecord(msgspec.Struct, frozen=True, array_like=True):
    """One request to the address of the PBX `pbx`; `received` is in µs since the epoch.

    `settings` are those of the PBX that a reading of its times and names needs, as they were then: the same record
    tells the same events for ever. Only one whose `verdict` is `fits` or FOUND tells any.
    """

    pbx: str
    provider: str
    received: int
    content_type: str
    method: str
    path: str
    query: str
    body: bytes
    verdict: str = "fits"
    settings: dict[str, Any] = {}
    answered: str = ""
    """The body of our reply, its first thousand letters."""
    peer: str = ""

    @property
    def id(self) -> UUID:
        """Its own: the same however often the record is read."""
        told = hashlib.sha256(repr((self.pbx, self.path, self.query)).encode() + self.body)
        return uuid7(self.received / 1e6, told.digest())

    @property
    def request(self) -> HookRequest:
        """What it was made of, but for headers other than `Content-Type`."""
        return HookRequest(
            self.method,
            self.path,
            self.query,
            {"content-type": self.content_type},
            self.body,
            self.received,
            self.peer,
        )


_decoder = msgspec.msgpack.Decoder(HookRecord)


def pack_hook(record: HookRecord) -> bytes:
    """The payload of a record of kind HOOK."""
    return msgspec.msgpack.encode(record)


def unpack_hook(payload: bytes) -> HookRecord:
    """Undo `pack_hook`; raises msgspec.DecodeError."""
    return _decoder.decode(payload)

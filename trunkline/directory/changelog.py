"""The log of changes beside a packed file: what the database changed after the file was read. No database here.

A header naming the file it belongs to, then frames (framing.py) of a msgpack Batch each. A batch is applied whole or
not at all; a torn tail is ignored by readers and cut off by the next writer. The log's own name carries the file's
build id, so that changes can never meet the wrong base.
"""

import os
from pathlib import Path
from typing import Self

import msgspec

from trunkline.directory.framing import framed, frames
from trunkline.directory.values import ContactBrief, Head, LastTalk, SpamEntry

_MAGIC = b"TRUNKCHG"
HEADER_SIZE = len(_MAGIC) + 16
LOGS = "changes-*.log"


class Batch(msgspec.Struct, frozen=True, array_like=True):
    """Everything that became visible between two snapshots of the database, as it is in the later one.

    A number without contacts or a spam entry of None is a tombstone.
    """

    snapshot: str
    contacts: list[tuple[int, tuple[ContactBrief, ...]]] = []
    spam: list[tuple[int, SpamEntry | None]] = []
    head: Head | None = None
    incomplete: bool = False
    """There were changes besides that only a new file can show; kept here so that a restarted worker still knows."""
    talks: list[tuple[int, LastTalk | None]] = []
    all_talks: list[tuple[int, LastTalk]] | None = None
    """All that are kept, once a log: the packed file has none."""

    def __bool__(self) -> bool:
        changed = self.contacts or self.spam or self.talks or self.all_talks is not None
        return bool(changed or self.head is not None or self.incomplete)


_encoder = msgspec.msgpack.Encoder(uuid_format="bytes")
_decoder = msgspec.msgpack.Decoder(Batch)


def log_path(folder: Path, build_id: bytes) -> Path:
    """The log of the packed file with this build id."""
    return folder / f"changes-{build_id.hex()}.log"


def encode_frame(batch: Batch) -> bytes:
    """One batch as it lies in the log."""
    return framed(_encoder.encode(batch))


def read_batches(path: Path, build_id: bytes, offset: int) -> tuple[list[Batch], int]:
    """The whole batches from `offset` (0: the beginning) on and the offset behind them; none without such a log."""
    try:
        with path.open("rb") as file:
            if file.read(HEADER_SIZE) != _MAGIC + build_id:
                return [], 0
            offset = file.seek(max(offset, HEADER_SIZE))
            data = file.read()
    except FileNotFoundError:
        return [], offset
    batches, end = [], 0
    for payload, end in frames(data):  # noqa: B007 - where the last one ended
        batches.append(_decoder.decode(payload))
    return batches, offset + end


class ChangeLog:
    """The writing end; one process has it at a time (trunkline/directory/follow.py holds the lock)."""

    def __init__(self, path: Path, build_id: bytes) -> None:
        self.snapshot: str | None = None
        self.keys = 0
        self.incomplete = False
        self.holds_talks = False
        batches, end = read_batches(path, build_id, 0)
        for batch in batches:
            self._count(batch)
        self._file = path.open("ab", buffering=0)
        self._file.truncate(end)
        if not end:
            self._file.write(_MAGIC + build_id)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; another ChangeLog can continue it."""
        self._file.close()

    @property
    def size(self) -> int:
        """Bytes in the log."""
        return os.fstat(self._file.fileno()).st_size

    def append(self, batch: Batch) -> None:
        """Add one batch in one write. No fsync: after a power loss the changes are read again from the database."""
        self._file.write(encode_frame(batch))
        self._count(batch)

    def _count(self, batch: Batch) -> None:
        self.snapshot = batch.snapshot
        self.incomplete |= batch.incomplete
        self.holds_talks |= batch.all_talks is not None
        self.keys += len(batch.contacts) + len(batch.spam) + len(batch.talks)

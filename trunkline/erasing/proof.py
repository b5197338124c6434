"""The proof of an erasure: who, when, what went, what is left and why. The number is not in it. No I/O here."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from trunkline.web.i18n import mark

BACKUPS: Final = "backups"
REASONS: Final[Mapping[str, str]] = {
    "ask": mark(
        "another system has it under this id: ask there for its erasure, or its next reading may bring it back"
    ),
    "refused": mark("a do-not-call or do-not-write entry goes on as a keyed hash, which names no number"),
    "pbx": mark("the PBX keeps the sound, and its folder does not let us delete it: delete the file there"),
    "waits": mark("the worker deletes the file at the PBX; erase the number again after that, and its name goes too"),
    "spool": mark("a segment goes once it is stored and its process has begun the next (after 16 MB, or at a restart)"),
    "log": mark("a log is not rewritten: it ends by the rotation of your system"),
    "directory": mark(
        "the running worker builds the packed directory anew, and drops the former's log ten minutes later"
    ),
    "file": mark("a file Trunkline does not know how to take a number out of: look at it and delete it"),
    "store": mark("the store of recordings did not answer: erase the number again when it does"),
    "google": mark(
        "its owner's phone book at Google is levelled with ours at the next turn, which deletes the card there"
    ),
    BACKUPS: mark("backups and the dead rows of the database's own files end with their retention and its cleaning"),
}


class Left(msgspec.Struct, frozen=True):
    """Something that is still there: `why` is a key of REASONS; `where` and `what` name it in the other system."""

    why: str
    where: str = ""
    what: str = ""


class Proof(msgspec.Struct, frozen=True):
    """One erasure. `counts`: rows by table, and `files: …`, `cache` for the rest."""

    id: UUID
    mark: str
    at: datetime
    finished_at: datetime | None
    person: str
    via: str
    counts: dict[str, int]
    left: tuple[Left, ...]

    def document(self) -> bytes:
        """The proof as JSON, for a file."""
        said = msgspec.to_builtins(self) | {"reasons": {one.why: REASONS[one.why] for one in self.left}}
        return msgspec.json.format(msgspec.json.encode(said)) + b"\n"

    def lines(self) -> Iterator[str]:
        """The proof to be read."""
        yield f"Erasure {self.id}"
        yield f"Asked for at {self.at:%Y-%m-%d %H:%M:%S} UTC by {self.person} ({self.via})"
        ended = f"{self.finished_at:%Y-%m-%d %H:%M:%S} UTC" if self.finished_at else "not finished: run it again"
        yield f"Finished: {ended}"
        yield f"Mark of the number (HMAC with the key of this installation): {self.mark}"
        yield "Erased:"
        yield from told_of_counts(self.counts)
        yield "Left:"
        for why in dict.fromkeys(one.why for one in self.left):
            yield f"  {REASONS[why]}"
            yield from (f"    {one.where} {one.what}".rstrip() for one in self.left if one.why == why and one.where)


def told_of_counts(counts: Mapping[str, int]) -> Iterator[str]:
    """A line for each table that had something."""
    for name, many in sorted(counts.items()):
        if many:
            yield f"  {name}: {many}"
    if not any(counts.values()):
        yield "  nothing: the number was in no table"

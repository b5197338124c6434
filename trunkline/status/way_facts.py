"""What the first steps are judged by, as the one read of `way_store` finds it. No I/O here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

MOST_COUNTED: Final = 100_000
"""Contacts and spam numbers are counted up to here: whether there are more says nothing to somebody who begins."""


class PbxFact(msgspec.Struct, frozen=True, kw_only=True):
    """A PBX in use. `heard_at` is the last proof of its link, or its last request that was taken."""

    id: str
    name: str
    kind: str
    heard_at: datetime | None = None
    verdict: str = ""
    """What was found of the newest request of a PBX in the cloud; empty where none came."""
    trouble: str = ""
    """An open alarm about its link, in the reader's language."""


class FileFact(msgspec.Struct, frozen=True, kw_only=True):
    """The newest import of a kind; `state` is a value of `contacts.runs.State`."""

    id: UUID
    state: str
    name: str


class SiteFact(msgspec.Struct, frozen=True, kw_only=True):
    """A site in use; `visited_at` is when a visitor was last seen by its script."""

    key: str
    name: str
    host: str
    placements: int
    visited_at: datetime | None = None


class CrmFact(msgspec.Struct, frozen=True, kw_only=True):
    """A connector to a CRM; `connected` once somebody has signed in there."""

    id: UUID
    name: str
    active: bool
    connected: bool


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything there is of the first steps. `calls` are those of the last 24 hours."""

    pbxs: tuple[PbxFact, ...] = ()
    links_known: bool = True
    """Whether Valkey, which keeps the proofs of links, answered."""
    calls: int = 0
    first_call: datetime | None = None
    last_call: datetime | None = None
    contacts: int = 0
    contacts_file: FileFact | None = None
    spam: int = 0
    spam_file: FileFact | None = None
    modes: Mapping[str, int] = {}
    """Lines in use by their mode."""
    strange: int = 0
    """Numbers called in the last 30 days that are neither a line nor an alias."""
    sites: tuple[SiteFact, ...] = ()
    people: int = 0
    extensions: int = 0
    """People who have one."""
    crms: tuple[CrmFact, ...] = ()
    left: frozenset[str] = frozenset()
    """Keys of steps that were left out, and `WAY` where all of them are over."""

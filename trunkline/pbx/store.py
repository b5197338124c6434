"""Rows of PBXs: where each is, and its secrets, sealed with the key outside the database."""

import secrets
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import asyncpg
import msgspec

from trunkline.crypto import SecretBox, WrongKey, token_hash
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection, Pool
from trunkline.errors import NotFound

SQL = load_queries("trunkline.pbx")


class PbxRow(msgspec.Struct, frozen=True):
    """One PBX as it is stored; `secrets` stays sealed until somebody needs it, also in a copy on the disk."""

    id: str
    name: str
    kind: str
    settings: dict[str, Any]
    secrets: bytes | None
    active: bool

    def opened(self, box: SecretBox) -> dict[str, str]:
        """Its secrets; raises WrongKey."""
        if self.secrets is None:
            return {}
        return msgspec.json.decode(box.open(self.secrets), type=dict[str, str])


async def list_pbxs(database: "Connection | Pool", kind: str) -> Sequence[PbxRow]:
    """Every PBX of `kind`, by id, the inactive too."""
    return [_row(row) for row in await database.fetch(SQL["list_pbxs"], kind)]


async def find_pbx(database: "Connection | Pool", pbx: str) -> PbxRow | None:
    """The PBX of that id."""
    row = await database.fetchrow(SQL["find_pbx"], pbx)
    return None if row is None else _row(row)


async def save_pbx(
    database: "Connection | Pool",
    box: SecretBox,
    *,
    pbx: str,
    name: str,
    kind: str,
    settings: dict[str, Any],
    secrets: dict[str, str] | None = None,
    active: bool = True,
) -> None:
    """Make a PBX or change one; without `secrets` those it has are kept."""
    sealed = None if secrets is None else box.seal(msgspec.json.encode(secrets))
    await database.execute(SQL["save_pbx"], pbx, name, kind, settings, sealed, active)


async def save_link(
    database: "Connection | Pool",
    box: SecretBox,
    known: PbxRow | None,
    *,
    pbx: str,
    name: str,
    kind: str,
    link: dict[str, Any],
    secrets: dict[str, str],
    active: bool = True,
) -> None:
    """Make a PBX, or change how `known` is reached: what else its row says, of its queue members too, stays.

    Without `secrets` those it has are kept as they are sealed; beside new ones the others stay, unless they were sealed
    with another key: then all have to be given again.
    """
    if known is not None and known.kind == kind:
        link = known.settings | link
        if secrets:
            with suppress(WrongKey):
                secrets = known.opened(box) | secrets
    await save_pbx(database, box, pbx=pbx, name=name, kind=kind, settings=link, secrets=secrets or None, active=active)


async def add_token(database: "Connection | Pool", pbx: str) -> str:
    """A new token for the PBX, told this once; the newest before it stays good. Raises NotFound."""
    token = secrets.token_urlsafe(32)
    if await database.fetchval(SQL["add_token"], pbx, token_hash(token)) is None:
        raise NotFound(f"there is no PBX named {pbx}; trunkline pbx list names them")
    return token


def _row(row: asyncpg.Record) -> PbxRow:
    return PbxRow(row["id"], row["name"], row["kind"], row["settings"], row["secrets"], row["active"])

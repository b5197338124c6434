"""The proofs that were written down."""

from typing import Any
from uuid import UUID

from trunkline.db.types import Connection
from trunkline.erasing.proof import Left, Proof
from trunkline.erasing.scrubbing import SQL


async def proof_of(connection: Connection, erasure: UUID) -> Proof:
    """What was written down of one."""
    row = await connection.fetchrow(SQL["one"], erasure)
    assert row is not None
    return _proof(row)


async def find(connection: Connection, erasure: UUID) -> Proof | None:
    """One of the proofs, None where there is none of this id."""
    row = await connection.fetchrow(SQL["one"], erasure)
    return _proof(row) if row is not None else None


async def newest(connection: Connection, most: int) -> list[Proof]:
    """The last proofs, the newest first."""
    return [_proof(row) for row in await connection.fetch(SQL["newest"], most)]


def _proof(row: Any) -> Proof:
    told = dict(row)
    left = tuple(Left(**one) for one in told.pop("found"))
    return Proof(**{**told, "mark": told["mark"].hex()}, left=left)

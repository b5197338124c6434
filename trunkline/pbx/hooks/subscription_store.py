"""Rows of subscriptions at hosted PBXs, and the address each sends to: its secret is kept sealed, to be told again."""

from datetime import datetime, timedelta
from typing import Final

import asyncpg
import msgspec

from trunkline.crypto import SecretBox, WrongKey, token_hash
from trunkline.db.types import Connection
from trunkline.pbx.hooks.store import SQL, HostedPbx
from trunkline.pbx.hooks.subscription import Kept
from trunkline.pbx.store import add_token

OPENS_AFTER: Final = timedelta(seconds=10)
LEFT: Final = timedelta(days=1)
"""No subscription lasts longer."""


class Visit(msgspec.Struct, frozen=True):
    """One subscription whose turn it is."""

    pbx: str
    number: int
    address: bytes | None
    kept: Kept
    heard_at: datetime
    fails: int


class Standing(msgspec.Struct, frozen=True):
    """What is told of a subscription."""

    id: str
    until: datetime | None
    looked_at: datetime | None
    ending: int
    failed_at: datetime | None
    trouble: str
    said: str
    left_at: datetime | None = None
    left_said: str = ""

    def is_left(self, now: datetime) -> bool:
        """Whether one that could not be ended may send still."""
        return self.left_at is not None and now - self.left_at < LEFT


async def claim(connection: Connection, now: datetime, until: datetime) -> Visit | None:
    """The subscription that has waited longest for its turn; nobody else has it before `until`."""
    row = await connection.fetchrow(SQL["claim_subscription"], now, until)
    if row is None:
        return None
    kept = Kept(
        row["id"],
        row["made_for"],
        row["until"],
        row["renew_at"],
        row["looked_at"],
        tuple(row["ending"]),
        tuple(row["stray"]),
        row["end_fails"],
        row["end_at"],
        row["left_at"],
        row["left_said"],
    )
    return Visit(row["pbx"], row["visit"], row["address"], kept, row["heard_at"], row["fails"])


async def keep(connection: Connection, visit: Visit, kept: Kept) -> bool:
    """Write down what came of it; False where another visit has begun, which is to end what this one made."""
    lives = (kept.id, kept.made_for, kept.until, kept.renew_at, kept.looked_at)
    told = (*lives, [*kept.ending], [*kept.stray], kept.end_fails, kept.end_at, kept.left_at, kept.left_said)
    if await connection.fetchval(SQL["keep_subscription"], visit.pbx, visit.number, *told) is not None:
        return True
    if kept.id and kept.id != visit.kept.id:
        await connection.execute(SQL["end_later"], visit.pbx, kept.id)
    return False


async def standing_of(connection: Connection, pbx: str) -> Standing | None:
    """How the subscription of a PBX stands; None where it has none."""
    row = await connection.fetchrow(SQL["subscription"], pbx)
    return None if row is None else Standing(**row)


async def new_address(connection: Connection, box: SecretBox, pbx: str, now: datetime) -> None:
    """Another address for its events, in one transaction; the one before stays good while they still go there.

    It is subscribed with a moment later: until then every process has come to know it.
    """
    async with connection.transaction():
        secret = await add_token(connection, pbx)
        await connection.execute(SQL["subscription_address"], pbx, box.seal(secret.encode()), now + OPENS_AFTER)


async def pbx_of(connection: Connection, pbx: str) -> tuple[HostedPbx, frozenset[bytes]] | None:
    """The PBX, and the hashes of the secrets that open its address."""
    row: asyncpg.Record | None = await connection.fetchrow(SQL["tokens_of"], pbx)
    if row is None:
        return None
    told = {name: row[name] for name in ("id", "name", "kind", "settings", "secrets", "active")}
    return HostedPbx(**told), frozenset(row["token_hashes"])


def secret_in(address: bytes | None, box: SecretBox, hashes: frozenset[bytes]) -> str | None:
    """The secret that is kept, where it still opens the address."""
    try:
        secret = box.open(address).decode() if address else ""
    except (WrongKey, UnicodeDecodeError):
        return None
    return secret if secret and token_hash(secret) in hashes else None

"""The key we sign with and the browsers to be told, in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from softphone_card.push.sealing import PrivateKey, new_key
from softphone_card.push.subscription import Subscription
from trunkline.crypto import SecretBox, WrongKey
from trunkline.db.sql import load_queries
from trunkline.db.types import Pool
from trunkline.ids import uuid7
from trunkline.people.credentials import held
from trunkline.people.identity import Identity
from trunkline.people.roles import Right

MOST_BROWSERS: Final = 10
"""Of one person; an eleventh takes the place of the oldest."""

_SQL = load_queries("softphone_card.push")


@dataclass(frozen=True, slots=True)
class Target:
    """A browser to be told, and whether its owner may see who contacts are."""

    id: UUID
    person: UUID
    endpoint: str
    p256dh: bytes
    auth: bytes
    language: str
    knows_contacts: bool


async def load_key(pool: Pool, box: SecretBox) -> PrivateKey:
    """The installation's pair, made at first use; raises WrongKey."""
    sealed = await pool.fetchval(_SQL["push_key"])
    if sealed is None:
        raw = new_key().private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        await pool.execute(_SQL["keep_key"], box.seal(raw))
        sealed = await pool.fetchval(_SQL["push_key"])
    key = load_der_private_key(box.open(sealed), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise WrongKey("this is no key of an elliptic curve")
    return key


async def subscribe(pool: Pool, identity: Identity, wanted: Subscription, language: str, now: datetime) -> None:
    """Tell this browser of the person's rings, as long as the session does not end by its length or a sign-out."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(
            _SQL["subscribe"],
            uuid7(now.timestamp()),
            identity.person,
            UUID(identity.credential),
            wanted.endpoint,
            wanted.p256dh,
            wanted.auth,
            language,
            wanted.expires_at,
        )
        await connection.execute(_SQL["keep_newest"], identity.person, MOST_BROWSERS)


async def unsubscribe(pool: Pool, person: UUID, endpoint: str) -> None:
    """Tell this browser no more."""
    await pool.execute(_SQL["unsubscribe"], person, endpoint)


async def forget(pool: Pool, subscription: UUID) -> None:
    """The push service says that it is over."""
    await pool.execute(_SQL["forget"], subscription)


async def targets_of(pool: Pool, extension: str, now: datetime) -> Sequence[Target]:
    """Whom to tell that the extension rings: browsers of who has it, if he may use the card."""
    found = []
    for row in await pool.fetch(_SQL["of_extension"], extension, now):
        rights = held(row)
        if Right.CARD_USE in rights:
            own = {name: row[name] for name in ("id", "endpoint", "p256dh", "auth", "language")}
            found.append(Target(**own, person=row["person_id"], knows_contacts=Right.CONTACTS_READ in rights))
    return found

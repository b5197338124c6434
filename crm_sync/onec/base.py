"""A 1C base as it is set up beside its connector, and the secret by which it proves itself."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec

from crm_sync.connector import Connector
from crm_sync.onec.saving import SQL
from trunkline.crypto import SecretBox
from trunkline.db.types import Connection
from trunkline.settings import Settings
from trunkline.web import hook_addresses

HEADER: Final = "X-Trunkline-Secret"


class Base(msgspec.Struct, frozen=True):
    """One row of crm_onec; `saved` and `refused` count rows that it sent."""

    connector_id: UUID
    source: str
    turn: int
    layout: str
    mapping: str
    history: str
    since: date
    heard_at: datetime | None
    saved: int
    refused: int
    refusal: str


async def base_of(connection: Connection, known: Connector) -> Base:
    """What is set up of it; made as nothing is read yet where nobody has set it up."""
    row = await connection.fetchrow(SQL["base"], known.id)
    if row is None:
        await connection.execute(SQL["begin_base"], known.id, known.name)
        row = await connection.fetchrow(SQL["base"], known.id)
    return Base(**dict(row))  # type: ignore[arg-type]  # it was just made


def secret_of(box: SecretBox, connector: UUID, turn: int) -> str:
    """Of one connector alone; `turn` counts up to make another."""
    return hook_addresses.secret_of(box, "1c rows", connector.bytes, turn)


def is_secret(box: SecretBox, base: Base, told: str) -> bool:
    """Whether it is the base's own; takes the same time either way."""
    return hook_addresses.is_live(told, secret_of(box, base.connector_id, base.turn))


def path_of(connector: UUID) -> str:
    """Where it sends its rows."""
    return f"/crm/onec/{connector}/v1/rows"


def address_of(settings: Settings, connector: UUID) -> str:
    """The same with the host; empty while nobody has named the public listener's address."""
    return hook_addresses.from_outside(settings, path_of(connector)) or ""

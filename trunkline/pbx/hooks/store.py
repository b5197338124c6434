"""Hosted PBXs and what they sent, as rows."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from trunkline.crypto import SecretBox
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.pbx.hooks.api_alarms import set_up_anew
from trunkline.pbx.hooks.providers import PROVIDERS
from trunkline.pbx.hooks.record import HookRecord

SQL = load_queries("trunkline.pbx.hooks")

KEPT: Final = 2_000
"""Requests of one PBX."""
_LONGEST_BODY: Final = 8_000
_LONGEST_QUERY: Final = 2_000
_ENCODER = msgspec.json.Encoder()


class HostedPbx(msgspec.Struct, frozen=True, kw_only=True):
    """One hosted PBX; `addresses` counts the secrets its address may have now."""

    id: str
    name: str
    kind: str
    settings: dict[str, Any] = {}
    secrets: bytes | None = None
    active: bool = True
    networks: tuple[str, ...] = ()
    addresses: int = 0

    def opened(self, box: SecretBox) -> dict[str, str]:
        """Its secrets; raises WrongKey."""
        return {} if self.secrets is None else msgspec.json.decode(box.open(self.secrets), type=dict[str, str])


async def list_hosted(connection: Connection) -> list[HostedPbx]:
    """All of them by name."""
    rows = await connection.fetch(SQL["hosted"], [*PROVIDERS])
    return [HostedPbx(**{**row, "networks": tuple(row["networks"])}) for row in rows]


async def save_hosted(
    connection: Connection, box: SecretBox, pbx: HostedPbx, secrets: Mapping[str, str] | None
) -> bool:
    """Make it or change it, False where another kind of PBX has its id; None for `secrets` leaves those it has."""
    sealed = None if secrets is None else box.seal(_ENCODER.encode(dict(secrets)))
    deadline = PROVIDERS[pbx.kind].deadline_ms
    asked = (pbx.id, pbx.name, pbx.kind, pbx.settings, sealed, pbx.active, [*pbx.networks], deadline)
    saved = await connection.fetchval(SQL["save_hosted"], *asked) is not None
    await connection.execute(SQL["subscription_soon"], pbx.id)
    await connection.execute(SQL["history_soon"], pbx.id)
    await set_up_anew(connection, pbx.id)
    return saved


async def keep_heard(connection: Connection, heard: Sequence[tuple[HookRecord, int]]) -> None:
    """Keep requests as they came, each with the number of steps it told; the oldest make room."""
    await connection.execute(SQL["keep_heard"], _ENCODER.encode([_row(*one) for one in heard]).decode())
    for pbx in sorted({record.pbx for record, _ in heard}):
        await connection.execute(SQL["prune_heard"], pbx, KEPT)


class Heard(msgspec.Struct, frozen=True):
    """One request as it came."""

    id: UUID
    at: datetime
    verdict: str
    name: str
    call: str
    steps: int
    method: str
    path: str
    query: str
    content_type: str
    peer: str
    body: str
    answered: str


async def last_heard(connection: Connection, pbx: str, most: int) -> list[Heard]:
    """The newest requests of a PBX, the newest first."""
    return [Heard(**row) for row in await connection.fetch(SQL["heard"], pbx, most)]


async def last_records(connection: Connection, pbx: HostedPbx, most: int) -> list[HookRecord]:
    """The newest requests of `pbx` as they came, the oldest first, to be read by the settings it has now."""
    return [
        HookRecord(
            pbx.id,
            pbx.kind,
            int(one.at.timestamp() * 1e6),
            one.content_type,
            one.method,
            one.path,
            one.query,
            one.body.encode(),
            one.verdict,
            pbx.settings,
            one.answered,
            one.peer,
        )
        for one in reversed(await last_heard(connection, pbx.id, most))
    ]


async def heard_since(connection: Connection, pbx: str, since: datetime) -> Sequence[asyncpg.Record]:
    """How many requests met which verdict, and when the last came: verdict, name, number, last."""
    return await connection.fetch(SQL["heard_since"], pbx, since)


def _row(record: HookRecord, steps: int) -> dict[str, Any]:
    request, provider = record.request, PROVIDERS.get(record.provider)
    return {
        "id": record.id,
        "pbx": record.pbx,
        "at": datetime.fromtimestamp(record.received / 1e6, UTC),
        "verdict": record.verdict,
        "name": _text(provider.name_of(request) if provider else "", 100),
        "call": _text(provider.call_of(request) if provider else "", 200),
        "steps": steps,
        "method": record.method,
        "path": _text(record.path, _LONGEST_QUERY),
        "query": _text(record.query, _LONGEST_QUERY),
        "content_type": _text(record.content_type, 200),
        "peer": record.peer,
        "body": _text(record.body.decode(errors="replace"), _LONGEST_BODY),
        "answered": _text(record.answered, _LONGEST_BODY),
    }


def _text(text: str, longest: int) -> str:
    """What a column can hold: no NUL, no half of a surrogate pair."""
    return text[:longest].replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()

"""Webhook endpoints, and announcing to them inside the transaction in which something happened."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from yarl import URL

from trunkline.crypto import SecretBox
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake, NotFound
from trunkline.outbox.append import append_many
from trunkline.outbox.event import NewEvent

KIND = "webhook"
#: What can be subscribed to; `*` stands for all.
EVENTS = (
    "call.started",
    "call.answered",
    "call.ended",
    "call.missed",
    "call.corrected",
    "call.attributed",
    "form.received",
    "lead.added",
    "message.told",
    "order.status",
    "alarm.raised",
    "alarm.cleared",
)

#: What became of a delivery, as the log is asked; what waits may have been tried.
OUTCOMES = ("delivered", "waiting", "refused")

REPLAYED = timedelta(days=1)
_SECRET_BYTES = 32
_MOST_REPLAYED = 10_000

_SQL = load_queries("trunkline.webhooks")


@dataclass(frozen=True, slots=True)
class Announcement:
    """`event` happened to `subject` (`call:<id>`); announcing the same `idem` again changes nothing."""

    event: str
    subject: str
    idem: str
    at: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A subscriber; `secret` is sealed."""

    id: UUID
    name: str
    url: str
    secret: bytes
    events: tuple[str, ...]
    active: bool
    created_at: datetime

    @property
    def host(self) -> str:
        """What pages and logs may show of the address: its path may hold a secret of the receiver's."""
        return urlsplit(self.url).netloc


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery to an endpoint: `delivered`, `waiting` for its first try, then `again`, or `refused` for good.

    `said` is the receiver's answer or what went wrong last; `at` when it came to that, of what waits when it was made.
    """

    id: int
    state: str
    stream: str
    idem: str
    attempts: int
    said: str
    warning: str
    took_ms: int | None
    at: datetime
    payload: Mapping[str, Any]

    @property
    def subject(self) -> str:
        """What it is about: `call:<id>`."""
        return self.stream.split(":", 2)[-1]


async def announce(connection: Connection, announcements: Sequence[Announcement]) -> int:
    """Append a delivery for every subscriber of every announcement; returns how many. Wake OUTBOX_WAKE after.

    Deliveries about one subject to one endpoint keep their order.
    """
    if not announcements:
        return 0
    rows = await connection.fetch(_SQL["subscribers"], sorted({each.event for each in announcements}))
    wanted: dict[str, list[UUID]] = {}
    for row in rows:
        wanted.setdefault(row["event"], []).append(row["id"])
    events = [
        NewEvent(
            stream=f"webhook:{endpoint}:{each.subject}",
            kind=KIND,
            idem=f"webhook:{endpoint}:{each.idem}",
            payload={"endpoint": str(endpoint), "event": each.event, "at": each.at.isoformat(), "data": each.data},
        )
        for each in announcements
        for endpoint in wanted.get(each.event, ())
    ]
    await append_many(connection, events)
    return len(events)


async def endpoints(connection: Connection) -> list[Endpoint]:
    """All of them."""
    return [_endpoint(row) for row in await connection.fetch(_SQL["endpoints"])]


async def endpoint(connection: Connection, identifier: UUID) -> Endpoint:
    """One of them; raises NotFound."""
    row = await connection.fetchrow(_SQL["endpoint"], identifier)
    if row is None:
        raise NotFound(f"no webhook endpoint {identifier}")
    return _endpoint(row)


async def add(connection: Connection, box: SecretBox, name: str, url: str, events: Sequence[str]) -> tuple[UUID, str]:
    """Make an endpoint; returns its id and its secret, which is shown this once. Raises InvalidInput."""
    _check(name, url, events)
    identifier, secret = uuid4(), "whsec_" + secrets.token_urlsafe(_SECRET_BYTES)
    await connection.execute(_SQL["add_endpoint"], identifier, name, url, box.seal(secret.encode()), list(events))
    return identifier, secret


async def change(
    connection: Connection, identifier: UUID, *, name: str, url: str, events: Sequence[str], active: bool
) -> None:
    """Change an endpoint; raises InvalidInput and NotFound."""
    _check(name, url, events)
    if await connection.fetchval(_SQL["change_endpoint"], identifier, name, url, list(events), active) is None:
        raise NotFound(f"no webhook endpoint {identifier}")


async def replay(connection: Connection, identifier: UUID, now: datetime) -> int:
    """Send again what the endpoint was sent in the last day, each under its old id; returns how many. Wake after."""
    rows = await connection.fetch(_SQL["delivered"], str(identifier), now - REPLAYED, _MOST_REPLAYED)
    return await _again(connection, rows, now)


async def replay_one(connection: Connection, identifier: UUID, idem: str, now: datetime) -> None:
    """Send one delivery again under its old id; raises NotFound. Wake after."""
    row = await connection.fetchrow(_SQL["delivered_once"], str(identifier), idem)
    if row is None:
        raise NotFound(f"no delivery {idem} to the webhook endpoint {identifier}")
    await _again(connection, [row], now)


async def deliveries(
    connection: Connection, identifier: UUID, after: tuple[datetime, int] | None, limit: int, outcome: str = ""
) -> list[Delivery]:
    """The latest first, behind `after` (moment and id); of one of OUTCOMES, or of all."""
    rows = await connection.fetch(_SQL["deliveries"], str(identifier), *(after or (None, None)), limit, outcome or None)
    return [Delivery(**row) for row in rows]


async def _again(connection: Connection, rows: Sequence[Any], now: datetime) -> int:
    events = []
    for row in rows:
        name = row["payload"].get("delivery", row["idem"])
        events.append(
            NewEvent(row["stream"], KIND, f"{name}:again:{now.isoformat()}", {**row["payload"], "delivery": name})
        )
    await append_many(connection, events)
    return len(events)


async def remove(connection: Connection, identifier: UUID) -> None:
    """Forget an endpoint; raises NotFound."""
    if await connection.fetchval(_SQL["remove_endpoint"], identifier) is None:
        raise NotFound(f"no webhook endpoint {identifier}")


def _check(name: str, url: str, events: Sequence[str]) -> None:
    mistakes = []
    if not 1 <= len(name) <= 100:
        mistakes.append(Mistake("name", "must have 1 to 100 characters"))
    if not _is_address(url):
        mistakes.append(Mistake("url", "must be an http or https address without a user name, e.g. https://host/path"))
    if not events or not set(events) <= {*EVENTS, "*"}:
        mistakes.append(Mistake("events", f"must be one or more of {', '.join(EVENTS)} or *"))
    if mistakes:
        raise InvalidInput(*mistakes)


def _is_address(url: str) -> bool:
    """Whether a request can be sent there; whether it may is asked of the address that is connected to."""
    try:
        parts = URL(url)
    except ValueError:
        return False
    said = parts.scheme in {"http", "https"} and bool(parts.host) and parts.user is None and len(url) <= 1000
    return said and url.isprintable() and " " not in url


def _endpoint(row: Any) -> Endpoint:
    return Endpoint(**{**dict(row), "events": tuple(row["events"])})

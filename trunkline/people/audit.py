"""The log of what people changed: who, when, what, on which object, before and after. Rows are only ever added."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from trunkline.db.types import Connection
from trunkline.log import mask_text
from trunkline.people.identity import Identity
from trunkline.people.statements import QUERIES
from trunkline.web.security import Address

HIDDEN = "•••"
_SECRETS = ("secret", "password", "token", "hash", "key", "code", "cookie", "authorization")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: a person, or a part of Trunkline (`person_id` is None, `name` says which, e.g. `trunkline admin`)."""

    person_id: UUID | None
    name: str
    via: str
    address: Address | None = None

    @classmethod
    def of(cls, identity: Identity, address: Address | None) -> "Actor":
        """The person behind a request."""
        return cls(identity.person, identity.name, f"{identity.via.value} {identity.credential}", address)


@dataclass(frozen=True, slots=True)
class Deed:
    """What was done: `action` is `noun.verb` in the past tense (`person.changed`), values as they may be shown."""

    action: str
    kind: str
    id: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the log."""

    id: int
    at: datetime
    person: str
    via: str
    action: str
    object_kind: str
    object_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    address: Address | None


async def record(connection: Connection, actor: Actor, deed: Deed, now: datetime) -> None:
    """Add one row, in the transaction of the change it tells about; secrets and numbers are hidden here."""
    await connection.execute(
        QUERIES["record_deed"],
        now,
        actor.person_id,
        actor.name,
        actor.via,
        deed.action,
        deed.kind,
        deed.id,
        hide(deed.before),
        hide(deed.after),
        actor.address,
    )


async def entries(
    connection: Connection, *, before: int | None = None, person: UUID | None = None, limit: int = 50
) -> Sequence[Entry]:
    """The newest rows older than row `before`, of one person where asked."""
    rows = await connection.fetch(QUERIES["list_deeds"], before, person, limit)
    return [Entry(**dict(row)) for row in rows]


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Both sides without what stayed the same; pure."""
    changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return {name: before.get(name) for name in changed}, {name: after.get(name) for name in changed}


def hide(value: Any, name: str = "") -> Any:
    """`value` as the log may keep it: what is named like a secret hidden whole, long numbers masked; pure."""
    if isinstance(value, Mapping):
        return {str(key): hide(item, str(key)) for key, item in value.items()}
    if value is not None and any(word in name.lower() for word in _SECRETS) and not isinstance(value, bool):
        return HIDDEN
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, Sequence | set | frozenset):
        return [hide(item) for item in (sorted(value) if isinstance(value, set | frozenset) else value)]
    return value

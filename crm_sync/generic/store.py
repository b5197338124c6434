"""The mapping of a home-made CRM and the facts of its calls, as rows."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from crm_sync.connector import Connector
from crm_sync.generic.fields import EVENTS
from crm_sync.generic.mapping import Shape, example, is_empty, read_mapping
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.errors import NotFound
from trunkline.people.audit import Actor, Deed, record

SQL: Final = load_queries("crm_sync.generic")


def source_of(known: Connector) -> str:
    """What its rows carry, wherever its receiver moves: several may be on one host, each with ids of its own."""
    return f"generic:{known.id}"


async def mapping_text(connection: Connection, connector: UUID) -> str:
    """As it was written; the default one where nobody wrote another."""
    return await connection.fetchval(SQL["mapping"], connector) or example("default")


async def mapping_of(connection: Connection, connector: UUID) -> Shape:
    """As it was read."""
    return read_mapping(await mapping_text(connection, connector))


async def save_mapping(connection: Connection, known: Connector, text: str, actor: Actor, now: datetime) -> Shape:
    """Another one from now on, what waits included; an empty one is the default. Raises InvalidInput."""
    shape = read_mapping(text)
    if not is_empty(text):
        await connection.execute(SQL["keep_mapping"], known.id, text, list(shape.events), now)
    else:
        await connection.execute(SQL["drop_mapping"], known.id, list(EVENTS))
    told = {"events": list(shape.events), "body": shape.body, "read": sorted(shape.entities)}
    await record(connection, actor, Deed("crm.mapping_saved", "crm", str(known.id), after=told), now)
    return shape


async def facts_of(connection: Connection, known: Connector, call: UUID) -> dict[str, Any]:
    """Of a call that was noted, by the names that mappings use; raises NotFound."""
    row = await connection.fetchrow(SQL["facts"], known.id, call, source_of(known))
    if row is None:
        raise NotFound("the call was never noted for this CRM")
    return _named(dict(row))


async def lead_facts_of(connection: Connection, known: Connector, lead: UUID, touch: UUID | None) -> dict[str, Any]:
    """The same of a lead that was opened here; raises NotFound."""
    row = await connection.fetchrow(SQL["lead_facts"], lead, source_of(known), touch)
    if row is None:
        raise NotFound("the lead is not there any more")
    of_lead = ("title", "stage", "direction", "phone", "email", "opened_at", "taken_at", "taken_by", "responsible")
    return {
        "lead.id": str(row["id"]),
        **{f"lead.{name}": row[name] for name in (*of_lead, "closed_at", "close_reason")},
        **{f"touch.{name}": row[f"touch_{name}"] for name in ("kind", "text", "at", "call")},
        "contact.id": row["external_id"],
        "contact.responsible": row["whose"],
        **{f"contact.{name}": row[name] for name in ("name", "company", "class")},
    }


def _named(row: Mapping[str, Any]) -> dict[str, Any]:
    outcome = "" if row["outcome"] == "ringing" else row["outcome"]
    same = (
        "direction",
        "client",
        "line",
        "line_name",
        "brand",
        "city",
        "site",
        "started_at",
        "answered_at",
        "ended_at",
    )
    return {
        **{f"call.{name}": row[name] for name in (*same, "missed_why", "extension", "agent", "agent_email")},
        **{f"call.{name}": row[name] for name in ("channel", "source", "campaign")},
        "call.id": str(row["id"]),
        "call.outcome": outcome,
        "call.wait_seconds": round(row["wait_ms"] / 1000),
        "call.talk_seconds": round(row["talk_ms"] / 1000) if row["ended_at"] else None,
        "call.extensions": list(row["extensions"]),
        "contact.id": row["external_id"],
        **{f"contact.{name}": row[name] for name in ("name", "company", "class", "responsible")},
    }

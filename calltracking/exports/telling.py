"""Calls and forms as conversions: with the ids by which their visitors are known elsewhere."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from calltracking.channels.reading import read_source
from calltracking.exports.conversion import Conversion
from calltracking.exports.store import SQL, add_exports
from calltracking.forms.form import FormRecord
from trunkline.calls.attribution import Attribution
from trunkline.db.types import Connection


async def tell_calls(connection: Connection, found: Sequence[tuple[Attribution, Mapping[str, Any]]]) -> None:
    """Calls that are over, each with what explains it and what was announced of it.

    Static numbers are of no visit; our calls to who asked for them were told when he asked.
    """
    found = [(one, call) for one, call in found if call["direction"] == "in"]
    if not found or not await connection.fetch(SQL["active_destinations"]):
        return
    visits = await _visits(connection, (one.visit_id for one, _ in found))
    clients = [call["client"] for _, call in found]
    rows = await connection.fetch(SQL["called_before"], [one.call_id for one, _ in found], clients)
    again = {row["call_id"] for row in rows}
    told = [
        (visit["site_id"], _of_call(one, call, visit, first=one.call_id not in again))
        for one, call in found
        if one.visit_id is not None and (visit := visits.get(one.visit_id)) is not None
    ]
    await add_exports(connection, told)


async def tell_form(connection: Connection, form: FormRecord) -> None:
    """A form that is new."""
    visits = await _visits(connection, (form.visit,))
    visit = visits.get(form.visit) if form.visit else None
    told = Conversion(subject=f"form:{form.id}", kind=form.kind, at=form.at, client=form.phone, page=form.page)
    await add_exports(connection, [(form.site, known_by(told, visit) if visit else told)])


async def latest(connection: Connection, kinds: Collection[str], since: UUID) -> Conversion | None:
    """The newest call or form since an id, for looking at what would be told; None where there is none."""
    if "call" in kinds and (row := await connection.fetchrow(SQL["latest_call"], since)) is not None:
        return known_by(
            Conversion(
                subject=f"call:{row['call_id']}",
                kind="call",
                at=row["started_at"].timestamp(),
                client=row["client"],
                site=row["site"],
                page=row["landing"],
                talk_seconds=row["talk_ms"] // 1000,
                hold_seconds=int((row["answered_at"] - row["started_at"]).total_seconds()) if row["answered_at"] else 0,
                missed=row["outcome"] == "missed",
                confidence=row["confidence"],
            ),
            row,
        )
    if (row := await connection.fetchrow(SQL["latest_form"], since)) is None:
        return None
    at = row["at"].timestamp()
    told = Conversion(subject=f"form:{row['id']}", kind=row["kind"], at=at, client=row["phone"], page=row["page"])
    return known_by(told, row)


def known_by(told: Conversion, visit: asyncpg.Record) -> Conversion:
    """`told` with the client ids of the counters, and the click ids of the landing."""
    clicks = dict(read_source(visit["landing"], "").click_ids)
    ga = visit["ga"].removeprefix("GA1.1.").removeprefix("GA1.2.")
    ids = {name: clicks.get(name, "") for name in ("yclid", "rb_clickid", "gclid", "gbraid", "wbraid")}
    counted = {"ym": visit["ym"], "ga": ga, "ga_sessions": visit["ga_sessions"]}
    return msgspec.structs.replace(told, **ids, **counted, clicked=visit["clicked_at"].timestamp())


def _of_call(found: Attribution, call: Mapping[str, Any], visit: asyncpg.Record, *, first: bool) -> Conversion:
    began = datetime.fromisoformat(call["started_at"])
    answered = call.get("answered_at")
    told = Conversion(
        subject=f"call:{found.call_id}",
        kind="call",
        at=began.timestamp(),
        client=call["client"],
        site=found.site,
        page=visit["landing"],
        talk_seconds=int(call["talk_seconds"]),
        hold_seconds=int((datetime.fromisoformat(answered) - began).total_seconds()) if answered else 0,
        missed=call["outcome"] == "missed",
        first=first,
        confidence=found.confidence,
    )
    return known_by(told, visit)


async def _visits(connection: Connection, wanted: Iterable[UUID | None]) -> dict[UUID, asyncpg.Record]:
    ids = sorted({one for one in wanted if one is not None})
    if not ids:
        return {}
    return {row["id"]: row for row in await connection.fetch(SQL["visits_of"], ids, ids[0], ids[-1])}

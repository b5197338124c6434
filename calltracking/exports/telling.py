"""Calls and forms as conversions: with the ids by which their visitors are known elsewhere."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from calltracking.channels.reading import read_source
from calltracking.exports.conversion import Conversion
from calltracking.exports.store import SQL, add_exports
from calltracking.forms.form import FormRecord
from trunkline.calls.attribution import Attribution
from trunkline.db.types import Connection
from trunkline.ids import lowest_id, time_of

_GOOGLE: Final = frozenset(("gclid", "gbraid", "wbraid"))
_CLICKS: Final = ("yclid", "rb_clickid", *sorted(_GOOGLE))
CLICK_COUNTS: Final = timedelta(days=90)
"""How far back a click may lie that led here: the longest window of Google Ads, and the usual one of the others."""


async def tell_calls(connection: Connection, found: Sequence[tuple[Attribution, Mapping[str, Any]]]) -> None:
    """Calls that are over, each with what explains it and what was announced of it.

    Static numbers are of no visit; our calls to who asked for them were told when he asked.
    """
    found = [(one, call) for one, call in found if call["direction"] == "in"]
    if not found or not await connection.fetch(SQL["active_destinations"]):
        return
    visits = await visits_of(connection, (one.visit_id for one, _ in found))
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
    visits = await visits_of(connection, (form.visit,))
    visit = visits.get(form.visit) if form.visit else None
    told = Conversion(subject=f"form:{form.id}", kind=form.kind, at=form.at, client=form.phone, page=form.page)
    await add_exports(connection, [(form.site, known_by(told, visit) if visit else told)])


async def latest(connection: Connection, kinds: Collection[str], since: UUID) -> Conversion | None:
    """The newest call or form since an id, for looking at what would be told; None where there is none."""
    if "call" in kinds and (row := await connection.fetchrow(SQL["latest_call"], since)) is not None:
        told = Conversion(
            subject=f"call:{row['call_id']}",
            kind="call",
            at=row["started_at"].timestamp(),
            client=row["client"],
            line=row["dialled"],
            site=row["site"],
            page=row["landing"],
            talk_seconds=row["talk_ms"] // 1000,
            hold_seconds=int((row["answered_at"] - row["started_at"]).total_seconds()) if row["answered_at"] else 0,
            missed=row["outcome"] == "missed",
            confidence=row["confidence"],
        )
    elif (row := await connection.fetchrow(SQL["latest_form"], since)) is not None:
        at = row["at"].timestamp()
        told = Conversion(subject=f"form:{row['id']}", kind=row["kind"], at=at, client=row["phone"], page=row["page"])
    else:
        return None
    visits = await visits_of(connection, [row["visit_id"]])
    return known_by(told, visits[row["visit_id"]])


def known_by(told: Conversion, visit: asyncpg.Record) -> Conversion:
    """`told` with the client ids of the counters, and of each click id the latest that the visitor came with."""
    ga = visit["ga"].removeprefix("GA1.1.").removeprefix("GA1.2.")
    counted = {"ym": visit["ym"], "ga": ga, "ga_sessions": visit["ga_sessions"]}
    clicks: dict[str, str] = {}
    clicked = visit["started_at"]
    for landing, begun in zip(visit["landings"], visit["begun"], strict=True):
        if begun < visit["started_at"] - CLICK_COUNTS:
            break  # the latest come first
        fresh = {name: value for name, value in read_source(landing, "").click_ids if name not in clicks}
        if _GOOGLE & fresh.keys() and not _GOOGLE & clicks.keys():
            clicked = begun
        clicks |= fresh
    ids = {name: clicks.get(name, "") for name in _CLICKS}
    return msgspec.structs.replace(told, **ids, **counted, clicked=clicked.timestamp())


def _of_call(found: Attribution, call: Mapping[str, Any], visit: asyncpg.Record, *, first: bool) -> Conversion:
    began = datetime.fromisoformat(call["started_at"])
    answered = call.get("answered_at")
    told = Conversion(
        subject=f"call:{found.call_id}",
        kind="call",
        at=began.timestamp(),
        client=call["client"],
        line=call["dialled"],
        site=found.site,
        page=visit["landing"],
        talk_seconds=int(call["talk_seconds"]),
        hold_seconds=int((datetime.fromisoformat(answered) - began).total_seconds()) if answered else 0,
        missed=call["outcome"] == "missed",
        first=first,
        confidence=found.confidence,
    )
    return known_by(told, visit)


async def visits_of(connection: Connection, wanted: Iterable[UUID | None]) -> dict[UUID, asyncpg.Record]:
    """Visits by id, with all that `known_by` needs; ids of none are passed over."""
    ids = sorted({one for one in wanted if one is not None})
    if not ids:
        return {}
    back = lowest_id(datetime.fromtimestamp(time_of(ids[0]), UTC) - CLICK_COUNTS)
    return {row["id"]: row for row in await connection.fetch(SQL["visits_of"], ids, ids[0], ids[-1], back)}

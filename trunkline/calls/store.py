"""Calls and their steps as rows: loaded and saved many at a time, inside the caller's transaction."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from trunkline.calls.advance import advance
from trunkline.calls.call import Call
from trunkline.calls.detail import micros, moment, story_of
from trunkline.calls.events import Event, Source, decode_what, encode_what
from trunkline.calls.summary import Summary
from trunkline.db.partitions import ensure_partition
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection
from trunkline.ids import call_uuid, carries_time, time_of

SQL = load_queries("trunkline.calls")

Key = tuple[str, str]
"""PBX and linkedid."""

_ENCODER = msgspec.json.Encoder()


async def ids_of(connection: Connection, first_seen: Mapping[Key, int]) -> dict[Key, UUID]:
    """The ids of calls; `first_seen` (µs) places those whose key carries no time, unless they were heard of before."""
    timeless = sorted(key for key in first_seen if not carries_time(key[1]))
    known: dict[Key, float] = {}
    if timeless:
        pbxs, linkedids = [key[0] for key in timeless], [key[1] for key in timeless]
        await connection.execute(SQL["keep_keys"], pbxs, linkedids, [moment(first_seen[key]) for key in timeless])
        rows = await connection.fetch(SQL["find_keys"], pbxs, linkedids)
        known = {(row["pbx"], row["linkedid"]): row["first_seen"].timestamp() for row in rows}
    return {key: call_uuid(*key, known.get(key, 0.0)) for key in first_seen}


async def load_calls(connection: Connection, ids: Mapping[Key, UUID]) -> dict[Key, Call]:
    """The calls as their stored steps tell them; one nobody has heard of is empty."""
    by_id = {call_id: key for key, call_id in ids.items()}
    steps: dict[Key, list[Event]] = {key: [] for key in ids}
    for row in await connection.fetch(SQL["load_steps"], list(by_id)) if ids else ():
        key = by_id[row["call_id"]]
        steps[key].append(_event(key, row))
    return {key: advance(Call(*key), *sorted(told, key=lambda event: event.order)) for key, told in steps.items()}


async def save_steps(connection: Connection, steps: Sequence[tuple[UUID, Event]]) -> None:
    """Add steps; those that are there already stay."""
    await connection.execute(
        SQL["save_steps"],
        [call_id for call_id, _ in steps],
        [moment(event.at) for _, event in steps],
        [event.step_id for _, event in steps],
        [event.source.value for _, event in steps],
        [event.leg for _, event in steps],
        [event.channel for _, event in steps],
        [encode_what(event.what).decode() for _, event in steps],
    )


async def save_calls(connection: Connection, rows: Iterable[bytes]) -> None:
    """Add or replace the rows of calls, each as `row_of` made it, and what their clients know us by."""
    told = (b"[" + b",".join(rows) + b"]").decode()
    await connection.execute(SQL["save_calls"], told)
    await connection.execute(SQL["remember_lines"], told)


async def ensure_months(connection: Connection, ids: Iterable[UUID], known: set[tuple[int, int]]) -> None:
    """Make the partitions these ids fall into; `known` is what the caller made before."""
    for month in {_month(call_id) for call_id in ids} - known:
        for table in ("calls", "steps", "attributions"):
            await ensure_partition(connection, table, *month)
        known.add(month)


def row_of(call_id: UUID, call: Call, summary: Summary) -> bytes:
    """The row of a call as the JSON that `save_calls` takes; the full story goes in when the call is over."""
    row: dict[str, Any] = {
        "id": call_id,
        "pbx": call.pbx,
        "linkedid": call.linkedid,
        "direction": summary.direction,
        "caller": summary.caller,
        "caller_name": summary.caller_name,
        "client": summary.client,
        "dialled": summary.dialled,
        "started_at": moment(summary.started_at),
        "answered_at": None if summary.answered_at is None else moment(summary.answered_at),
        "ended_at": None if summary.ended_at is None else moment(summary.ended_at),
        "outcome": summary.outcome,
        "missed_why": summary.missed_why,
        "answered_by": summary.answered_by,
        "hung_up_by": summary.hung_up_by,
        "agents": summary.agents,
        "rang": summary.rang,
        "queues": summary.queues,
        "wait_ms": round(summary.wait * 1000),
        "talk_ms": round(summary.talk * 1000),
        "is_partial": summary.is_partial,
        "has_gap": summary.has_gap,
        "notice_version": summary.notice_version,
        "notice_state": summary.notice_state,
        "part_of": call_uuid(call.pbx, call.merge.into, 0.0) if call.merge and carries_time(call.merge.into) else None,
        "story": None if summary.ended_at is None else story_of(call, summary),
    }
    return _ENCODER.encode(row)


def _event(key: Key, row: Any) -> Event:
    return Event(
        *key,
        row["leg"],
        row["channel"],
        micros(row["at"]),
        row["step_id"],
        Source(row["source"]),
        decode_what(row["what"]),
    )


def _month(call_id: UUID) -> tuple[int, int]:
    began = moment(int(time_of(call_id) * 1e6))
    return began.year, began.month

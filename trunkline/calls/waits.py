"""`queue_waits`: who waits in which queue, kept in the transaction of the steps."""

from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from trunkline.calls.agents import LONGEST_SECONDS
from trunkline.calls.detail import moment
from trunkline.calls.store import SQL
from trunkline.calls.waits_now import Wait
from trunkline.db.types import Connection, Pool

KEPT_SECONDS: Final = 2 * 86_400.0
"""The live floor tells of today only, in whatever zone; history is told by the calls themselves."""


class CallWaits(NamedTuple):
    """All visits of one call to queues; `dialled` is the line it came by, empty where it came by none."""

    pbx: str
    call_id: UUID
    dialled: str
    waits: Sequence[Wait]


async def store_waits(connection: Connection, changed: Sequence[CallWaits]) -> None:
    """Make the rows of these calls what `changed` says."""
    if not changed:
        return
    rows = [_row(one, place) for one in changed for place in range(len(one.waits))]
    ids, counts = [one.call_id for one in changed], [len(one.waits) for one in changed]
    await connection.execute(SQL["save_waits"], ids, counts, msgspec.json.encode(rows).decode())


async def sweep_waits(pool: Pool) -> None:
    """Delete what is of no day the floor tells of, and waits whose end nobody will tell."""
    await pool.execute(SQL["sweep_waits"], KEPT_SECONDS, LONGEST_SECONDS)


def _row(one: CallWaits, place: int) -> dict[str, object]:
    wait = one.waits[place]
    return {
        "call_id": one.call_id,
        "place": place,
        "pbx": one.pbx,
        "queue": wait.queue,
        "dialled": one.dialled,
        "caller": wait.caller,
        "caller_name": wait.caller_name,
        "since": moment(wait.since),
        "until": None if wait.until is None else moment(wait.until),
        "ended": None if wait.end is None else wait.end.value,
    }

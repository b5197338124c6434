"""Which call a row of a hosted PBX's history is of, where the history does not name it as webhooks do.

It is the call of the same client whose life the row's beginning falls into (docs/decisions/0810). A row that has a name
takes over only what another reading had to name itself.
"""

from datetime import timedelta
from typing import Final

from trunkline.calls.detail import moment
from trunkline.calls.store import SQL
from trunkline.db.types import Connection
from trunkline.ids import lowest_id
from trunkline.pbx.hooks.history import alike_in, renamed
from trunkline.pbx.hooks.record import HookRecord

_NEAR: Final = timedelta(seconds=10)
"""Clocks differ so much, and so late may the end of a call be told."""
_LONGEST: Final = timedelta(hours=4)
"""No call whose end is not known lasts longer."""


async def of_known_call(connection: Connection, record: HookRecord) -> HookRecord:
    """The row, under the name of the call that is known; as it is where none is. Its PBX is held by the caller."""
    alike = alike_in(record)
    if alike is None:
        return record
    at, call = moment(alike.at), record.request.text("call")
    known = await connection.fetchval(
        SQL["call_alike"],
        record.pbx,
        alike.client,
        "out" if alike.outgoing else "in",
        call,
        lowest_id(at - _LONGEST),
        at,
        _NEAR,
        _LONGEST,
        alike.nameless,
    )
    return record if known in (None, call) else renamed(record, known)

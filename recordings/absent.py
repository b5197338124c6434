"""Alarms for PBXs whose files do not come at all: a copy that ended, a folder that is not mounted or was never named.

One file that is missing while later ones come is told at its call alone.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from recordings.recording import Stop
from trunkline.alarms.alarm import AlarmBell, Severity
from trunkline.db.sql import load_queries
from trunkline.db.types import Pool
from trunkline.ids import lowest_id
from trunkline.pbx.recorded import MONITOR
from trunkline.web.i18n import mark

SQL: Final = load_queries("recordings", "absent.sql")
_KEY: Final = "recordings.files:"
_LOOKED_FOR: Final = timedelta(days=1)
"""So long a file is looked for (recordings/stopping.py)."""
_OLDEST_CALL: Final = timedelta(days=2)

_MISSING: Final = mark(
    "No file of %(pbx)s has come since %(since)s UTC, %(recordings)s are missing in %(seen)s:"
    " is the folder mounted there, and does the copy from the PBX run? They are looked for for a day"
)
_OUTSIDE: Final = mark(
    "%(recordings)s recordings of %(pbx)s since %(since)s UTC are not in %(at)s, where the PBX is said to write them:"
    " say where it does, by trunkline pbx recordings %(pbx)s --seen FOLDER --at FOLDER"
)
_NO_FOLDER: Final = mark(
    "%(recordings)s recordings of %(pbx)s since %(since)s UTC wait, for nobody said where this machine sees its folder:"
    " trunkline pbx recordings %(pbx)s --seen FOLDER"
)
_TOLD: Final[Mapping[Stop, str]] = MappingProxyType(
    {Stop.MISSING: _MISSING, Stop.OUTSIDE: _OUTSIDE, Stop.NO_FOLDER: _NO_FOLDER}
)


async def watch_absent(bell: AlarmBell, pool: Pool, now: datetime, patience: timedelta) -> None:
    """Look once for PBXs of which nothing came for `patience` that they had told of; of each the commonest reason."""
    async with pool.acquire() as connection:
        found = await connection.fetch(SQL["absent"], now - patience, now - _LOOKED_FOR, lowest_id(now - _OLDEST_CALL))
        over = {row["key"] for row in await connection.fetch(SQL["told"], _KEY)}
    for key, row in {f"{_KEY}{row['pbx']}": row for row in found}.items():
        facts = {
            "pbx": row["pbx"],
            "recordings": row["recordings"],
            "since": f"{row['oldest']:%Y-%m-%d %H:%M}",
            "seen": row["settings"].get("recordings_seen") or "",
            "at": row["settings"].get("recordings_at") or MONITOR,
        }
        await bell.raise_(key, Severity.WARNING, _TOLD[Stop(row["stop"])], facts)
        over.discard(key)
    for key in sorted(over):
        await bell.clear(key)

"""Calls of PBXs in the cloud whose end was never told: a lost webhook must not keep a call, and who is in it, for ever.

The look only asks whether there are any; what ends them is a spooled record, applied as every other word of a PBX.
"""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NoReturn

import asyncpg

from trunkline.calls.detail import moment
from trunkline.calls.store import SQL
from trunkline.db.types import Pool
from trunkline.errors import SpoolFull
from trunkline.ids import uuid7
from trunkline.log import get_logger
from trunkline.pbx.hooks.providers import PROVIDERS
from trunkline.pbx.ports import Unheard, pack_link
from trunkline.spool import Kind, SpoolWriter

log = get_logger(__name__)

SILENT_SECONDS: Final = 4 * 3600.0
"""Between the answer and the end no PBX in the cloud tells anything, so a talk is silent for as long as it lasts. Few
last longer than this, and one that does is put right by its end; until then whoever is in it counts as busy.
"""
LOOK_SECONDS: Final = 300.0
_SPOOL: Final = "worker"


async def run_unheard(pool: Pool, node: str, spool: Path, cap_bytes: int) -> NoReturn:
    """Look for ever; `spool` is the folder of all spools of this node.

    The first look, and the first after the database was away, ends nothing: ends may wait in the spool still.
    """
    calm = False
    while True:
        try:
            found = await unheard_now(pool, node, time.time())
            if found and calm:
                await asyncio.to_thread(accept, found, spool, cap_bytes)
            calm = True
        except (OSError, SpoolFull, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            calm = False
            log.warning("unheard_calls_not_looked_for", error=str(error) or type(error).__name__)
        await asyncio.sleep(LOOK_SECONDS)


async def unheard_now(pool: Pool, node: str, now: float) -> list[Unheard]:
    """A record for each PBX with calls nobody tells of any more."""
    since = now - SILENT_SECONDS
    bounds = (uuid7(since, bytes(10)), moment(int(since * 1e6)), 1)
    return [
        Unheard(pbx=row["id"], node=node, at=now, since=since)
        for row in await pool.fetch(SQL["cloud_pbxs"], [*PROVIDERS])
        if await pool.fetchrow(SQL["unheard_calls"], row["id"], *bounds)
    ]


def accept(found: Sequence[Unheard], spool: Path, cap_bytes: int) -> None:
    """Spool the records; one that is there twice finds nothing more to end."""
    with SpoolWriter(spool / _SPOOL, cap_bytes=cap_bytes) as writer:
        writer.append_all((Kind.LINK, pack_link(one), one.at) for one in found)
    log.info("unheard_calls_given_up", pbxs=[one.pbx for one in found])

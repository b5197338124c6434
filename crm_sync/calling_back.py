"""Somebody asked on a form of the CRM to be called back: he is put in the order of the callbacks, once."""

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

import asyncpg

from crm_sync.bitrix24.events import callback_of
from crm_sync.clicking import Became, line_of
from crm_sync.heard import SQL
from trunkline.crypto import SecretBox
from trunkline.db.types import Connection
from trunkline.dialing.callbacks_store import Taken, Wanted, number_of, take
from trunkline.dialing.store import Wish
from trunkline.log import get_logger
from trunkline.people.audit import Actor, Deed, record
from trunkline.people.identity import Reach
from trunkline.web.metrics import DIALS_REFUSED

log = get_logger(__name__)

NO_QUEUE: Final = "no_queue"
TAKEN: Final = "callback"
TOO_MANY: Final = "too_many"
HOURLY: Final = 60
"""Callbacks that one CRM may ask for. Anybody in the world can fill in its form, and each number he makes up counts as
one of the day's calls, of which all dialling has 2,000."""
_EVERYBODY: Final = Reach(UUID(int=0), None, None)


async def call_back(
    connection: Connection,
    row: asyncpg.Record,
    now: datetime,
    box: SecretBox,
    zone_of: Callable[[str], str],
    hourly: int = HOURLY,
) -> Became:
    """Put him before the guard, in the caller's transaction; `zone_of` is the zone a number's people live in.

    Those beyond `hourly` are turned away.
    """
    if row["callback_queue"] is None:
        log.warning("crm_callback_for_nobody", connector=row["name"])
        return Became("over", NO_QUEUE)
    if await connection.fetchval(SQL["callbacks_taken"], row["connector_id"], row["heard_at"]) >= hourly:
        DIALS_REFUSED.labels(TOO_MANY).inc()
        log.warning("crm_callback_too_many", connector=row["name"])
        return Became("over", TOO_MANY)
    asked = callback_of(row["said"])
    key = sha256(b"crm" + row["connector_id"].bytes + row["key"].encode()).hexdigest()
    wish = Wish(asked.phone, "", "", line=await line_of(connection, asked.line), key=key)
    zone = zone_of(number_of(asked.phone))
    wanted = Wanted(wish, row["callback_queue"], zone, row["crm"], row["heard_at"], note=asked.text)
    taken = await take(connection, wanted, _EVERYBODY, now, box)
    if taken.id is None:
        assert taken.verdict is not None, "everything is within everybody's reach"
        DIALS_REFUSED.labels(taken.verdict.rule).inc()
        log.info("callback_refused", rule=taken.verdict.rule, connector=row["name"])
        return Became("over", taken.verdict.rule)
    await _record(connection, row, taken, now)
    return Became("over", TAKEN)


async def _record(connection: Connection, row: asyncpg.Record, taken: Taken, now: datetime) -> None:
    """Each wish that counts is a deed: the first one, and one for a sooner time."""
    said = {"queue": row["callback_queue"], "source": row["crm"], "wanted_at": taken.wanted_at}
    actor = Actor(None, f"{row['crm']} {row['name']}", f"crm {row['name']}")
    if taken.fresh:
        await record(connection, actor, Deed("callback.added", "callback", str(taken.id), after=said), now)
    elif taken.was_wanted_at is not None:
        before = {"wanted_at": taken.was_wanted_at}
        await record(connection, actor, Deed("callback.sooner", "callback", str(taken.id), before, said), now)

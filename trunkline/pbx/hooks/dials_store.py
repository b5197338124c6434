"""Dials that hosted PBXs carry out, in the database: whose they are, and which calls of the story are theirs."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from trunkline.crypto import SecretBox
from trunkline.db.sql import load_queries
from trunkline.db.types import Connection, Pool
from trunkline.dialing.dial import Outcome
from trunkline.ids import lowest_id
from trunkline.log import get_logger
from trunkline.pbx.hooks.dialling import LONGEST_ID
from trunkline.pbx.hooks.diallings import DIALLINGS
from trunkline.pbx.hooks.port import Account, Verdict
from trunkline.pbx.hooks.record import HookRecord
from trunkline.web.metrics import DIALS_ENDED

log = get_logger(__name__)

SQL = load_queries("trunkline.pbx.hooks", "dials.sql")
SILENT_SECONDS: Final = 600.0
"""A dial of which nothing is told for so long is given up as unknown: an agent rings for a minute, a client for two."""
EARLY: Final = timedelta(seconds=10)
"""A provider's clock is behind ours at most so much."""
_LATE: Final = timedelta(seconds=SILENT_SECONDS)


class DiallingPbx(msgspec.Struct, frozen=True, kw_only=True):
    """A hosted PBX that has to do with dials; `dials`: it takes new ones."""

    id: str
    kind: str
    settings: dict[str, Any] = {}
    secrets: bytes | None = None
    dials: bool = True

    def account(self, box: SecretBox) -> Account:
        """What its requests are made of; raises WrongKey."""
        opened = {} if self.secrets is None else msgspec.json.decode(box.open(self.secrets), type=dict[str, str])
        return Account(self.id, self.settings, opened)


async def dialling_accounts(pool: Pool) -> list[DiallingPbx]:
    """All of them by id."""
    return [DiallingPbx(**row) for row in await pool.fetch(SQL["dialling_accounts"], [*DIALLINGS])]


async def keep_call(pool: Pool, dial: UUID, call: str) -> None:
    """Keep the id its provider gave the call."""
    await pool.execute(SQL["call_told"], dial, call)


async def follow_hooks(connection: Connection, hooks: Sequence[HookRecord]) -> None:
    """Keep what webhooks say of our own dials, in the transaction that keeps the webhooks."""
    for hook in hooks:
        dialling = DIALLINGS.get(hook.provider)
        if dialling is None or dialling.heard is None or hook.verdict != Verdict.FITS.value:
            continue
        heard = dialling.heard(hook.request)
        if heard is None:
            continue
        if heard.refused:
            if await connection.fetchval(SQL["dial_refused"], hook.pbx, heard.dial, heard.refused) is not None:
                DIALS_ENDED.labels(hook.pbx, Outcome.REFUSED.value).inc()
                log.info("dial_refused", pbx=hook.pbx, dial=str(heard.dial), why=heard.refused)
        elif 0 < len(heard.call) <= LONGEST_ID and heard.call.isprintable():
            await connection.execute(SQL["dial_heard"], hook.pbx, heard.dial, heard.call)


async def find_calls(pool: Pool, pbx: str) -> int:
    """Give dials of a PBX the calls that the story tells of meanwhile; how many."""
    found = 0
    async with pool.acquire() as connection, connection.transaction():
        dials = await connection.fetch(SQL["unfound"], pbx)
        if not dials:
            return 0
        await connection.execute(SQL["finding_lock"])
        for row in dials:
            since, until = row["sent_at"] - EARLY, row["sent_at"] + _LATE
            lowest = lowest_id(since - timedelta(minutes=1))
            found += await connection.fetchval(SQL["find_call"], row["id"], lowest, since, until) is not None
    return found

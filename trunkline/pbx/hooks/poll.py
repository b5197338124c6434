"""Reads the histories of hosted PBXs: calls whose webhooks were lost are spooled as the webhooks would have been.

One worker of all reads one PBX at a time (the claim in `hosted_histories`). Windows overlap, for a call is in a history
once it is over: half an hour of beginnings each time, and some hours once an hour. What is spooled before the watermark
moves is read again by whoever follows a killed reader, and changes nothing (calls/applier.py).
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NoReturn
from uuid import UUID

from redis.asyncio import Redis

from trunkline.crypto import SecretBox, WrongKey
from trunkline.db.types import Pool
from trunkline.errors import SpoolFull
from trunkline.log import get_logger
from trunkline.outbox.wake import OUTBOX_WAKE, wake
from trunkline.pbx.hooks.api import Api
from trunkline.pbx.hooks.api_alarms import NO_HISTORY, Use, api_accepts, api_refuses
from trunkline.pbx.hooks.hiding import words_without_secrets
from trunkline.pbx.hooks.histories import HISTORIES
from trunkline.pbx.hooks.history import History, Keys, Row, Trouble, record_of, trouble_of
from trunkline.pbx.hooks.history_store import CLAIM_SECONDS, Claim, Width, claim_history, note_fault, note_read
from trunkline.pbx.hooks.history_words import FAR
from trunkline.pbx.hooks.port import Account
from trunkline.pbx.hooks.record import HookRecord, pack_hook
from trunkline.pbx.hooks.store import HostedPbx, list_hosted
from trunkline.pbx.hooks.talking import talk
from trunkline.spool import Kind, SpoolWriter
from trunkline.writer import DATABASE_TROUBLE

log = get_logger(__name__)

TICK_SECONDS: Final = 10.0
OVERLAP: Final = timedelta(minutes=30)
DEEP: Final = timedelta(hours=12)
DEEP_EVERY: Final = timedelta(hours=1)
LONGEST_WINDOW: Final = timedelta(hours=24)
FURTHEST: Final = timedelta(days=7)
"""What was not read for longer is let go: a missed call of last week is nobody's to call back."""
SETTLED: Final = timedelta(minutes=2)
"""So long after its end a call is left to its webhooks."""
_REMEMBERED: Final = 50_000
_SPOOL: Final = "history"
_LONGEST_WAIT: Final = 3600.0
_MOST_HALVINGS: Final = 6
_MOST_DOUBLINGS: Final = 4
_CATCHING_UP_SECONDS: Final = 60.0


@dataclass(slots=True)
class Told:
    """Rows this process has spooled: overlaps are not spooled again. An economy, and not what keeps calls single."""

    rows: OrderedDict[UUID, None] = field(default_factory=OrderedDict)

    def fresh(self, records: Sequence[HookRecord]) -> list[HookRecord]:
        """Those that were not spooled."""
        return [one for one in records if _name(one) not in self.rows]

    def keep(self, records: Sequence[HookRecord]) -> None:
        """They are spooled."""
        self.rows.update(dict.fromkeys(map(_name, records)))
        while len(self.rows) > _REMEMBERED:
            self.rows.popitem(last=False)


@dataclass(slots=True)
class Poll:
    """`spool` is the folder of all spools of this node; `keys` are what providers gave us for a while, by PBX."""

    pool: Pool
    box: SecretBox
    api: Api
    spool: Path
    cap_bytes: int
    redis: Redis | None = None
    told: Told = field(default_factory=Told)
    keys: dict[str, Keys] = field(default_factory=dict)
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self) -> NoReturn:
        """For ever; a fault of one PBX is noted and holds up no other."""
        while True:
            try:
                await self.read_due()
            except DATABASE_TROUBLE as error:
                log.warning("histories_wait_for_database", error=str(error) or type(error).__name__)
            await asyncio.sleep(TICK_SECONDS)

    async def read_due(self) -> int:
        """Read all whose time it is; of how many."""
        async with self.pool.acquire() as connection:
            hosted = [one for one in await list_hosted(connection) if one.active and one.kind in HISTORIES]
        return sum(await asyncio.gather(*(self._read(pbx, HISTORIES[pbx.kind]) for pbx in hosted)))

    async def _read(self, pbx: HostedPbx, history: History) -> bool:
        try:
            account = Account(pbx.id, pbx.settings, pbx.opened(self.box))
        except WrongKey:
            return False  # `pbx check` and its page say so
        claim: Claim | None = None
        try:
            if history.lacks(account) or (claim := await claim_history(self.pool, pbx.id)) is None:
                return False
            async with asyncio.timeout(CLAIM_SECONDS * 0.9):
                await self._read_window(history, account, claim)
        except Trouble as error:
            error.told = words_without_secrets(error.told, account)
            await self._failed(pbx.id, history, claim, error)
        except (TimeoutError, SpoolFull) as error:
            await self._failed(pbx.id, history, claim, Trouble(str(error) or "its history was not told in time"))
        except DATABASE_TROUBLE:
            raise
        except Exception:  # a fault of ours with one provider's answer costs no other its history
            log.exception("history_not_understood", pbx=pbx.id)
            why = Trouble("its answer is not understood: the log of the worker says why")
            await self._failed(pbx.id, history, claim, why)
        return True

    async def _read_window(self, history: History, account: Account, claim: Claim) -> None:
        since, until, deep = window(claim)
        dialogue = history.rows(account, _micros(since), _micros(until), self.keys.setdefault(account.pbx, {}))
        rows = await talk(self.api, dialogue, history.pause_seconds, trouble_of)
        records = records_of(history, account, rows, claim, since)
        fresh = self.told.fresh(records)
        if fresh:
            async with self.writing:
                await asyncio.to_thread(accept, fresh, self.spool, self.cap_bytes)
        self.told.keep(fresh)
        behind = until < claim.now
        again = min(_CATCHING_UP_SECONDS, history.every_seconds) if behind else history.every_seconds
        width, counted = after_good(claim, behind=behind), (len(records), len(fresh))
        async with self.pool.acquire() as connection, connection.transaction():
            await note_read(connection, account.pbx, until, counted, width, deep=deep, again=again)
            news = await api_accepts(connection, account.pbx, Use.HISTORY)
        if news:
            await wake(self.redis, OUTBOX_WAKE)

    async def _failed(self, pbx: str, history: History, claim: Claim | None, error: Trouble) -> None:
        """The more often in a row, the later it is asked again; a key that is refused is not sent every minute."""
        before = claim.faults if claim else 0
        usual = history.every_seconds * (4 if error.refused else 1) * 2 ** min(before, _MOST_DOUBLINGS)
        again, width = min(max(usual, error.pause), _LONGEST_WAIT), after_fault(claim, error) if claim else Width()
        deep = claim is not None and window(claim)[2] and _may_be_too_much(error)
        async with self.pool.acquire() as connection, connection.transaction():
            faults = await note_fault(connection, pbx, error.told, width, deep=deep, again=again)
            refused = error.refused and await api_refuses(connection, pbx, Use.HISTORY, NO_HISTORY, error.told)
        if refused:
            await wake(self.redis, OUTBOX_WAKE)
        log.warning("history_not_read", pbx=pbx, error=error.told, faults=faults)


def window(claim: Claim) -> tuple[datetime, datetime, bool]:
    """From when to when calls begun are asked for, and whether it looks back deep, which a narrow one does not."""
    deep = claim.halvings == 0 and claim.now - claim.deep_at >= DEEP_EVERY
    since = claim.read_until - (DEEP if deep else OVERLAP)
    since = max(since, claim.begun_at, claim.now - FURTHEST)
    width = LONGEST_WINDOW / 2 ** min(claim.halvings, _MOST_HALVINGS)
    return since, min(claim.now, max(since, claim.read_until) + width), deep


def after_good(claim: Claim, *, behind: bool) -> Width:
    """Wider by one step, as far as wider did not fail right behind a good reading; all of it once nothing is left."""
    return Width(max(claim.halvings - 1, claim.least_halvings), claim.least_halvings) if behind else Width()


def after_fault(claim: Claim, error: Trouble) -> Width:
    """Narrower, for it may have been too much.

    An outage leaves no mark, as far behind as it is: its faults follow each other.
    """
    if not _may_be_too_much(error):
        return Width(claim.halvings, claim.least_halvings)
    halvings = min(claim.halvings + 1, _MOST_HALVINGS)
    stuck = claim.faults == 0 and (claim.halvings > 0 or claim.now - claim.read_until > FAR)
    return Width(halvings, halvings if stuck else claim.least_halvings)


def _may_be_too_much(error: Trouble) -> bool:
    """A refused key and a wish to be let alone say nothing of that."""
    return not (error.refused or error.pause)


def records_of(
    history: History, account: Account, rows: Sequence[Row], claim: Claim, since: datetime
) -> list[HookRecord]:
    """Those of which webhooks had the time to tell, the oldest first; none that was over before what was asked for."""
    now = _micros(claim.now)
    settled = [one for one in rows if _micros(since) <= one.over <= now - _micros_of(SETTLED)]
    settled.sort(key=lambda one: (one.over, one.call))
    return [record_of(account.pbx, history.name, one, account.settings, now) for one in settled]


def accept(records: Sequence[HookRecord], spool: Path, cap_bytes: int) -> None:
    """Spool them: what is accepted becomes calls, whatever becomes of this process. Raises SpoolFull."""
    with SpoolWriter(spool / _SPOOL, cap_bytes=cap_bytes) as writer:
        writer.append_all((Kind.HOOK, pack_hook(one), one.received / 1e6) for one in records)


def _name(record: HookRecord) -> UUID:
    """The same however often the same row is read."""
    return HookRecord(record.pbx, record.provider, 0, "", "GET", "", "", record.body).id


def _micros(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp()) * 1_000_000


def _micros_of(span: timedelta) -> int:
    return int(span.total_seconds() * 1e6)

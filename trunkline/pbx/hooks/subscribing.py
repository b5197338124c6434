"""Keeps our subscriptions at hosted PBXs alive, on whichever worker's turn it is.

A visit is claimed by putting its next one off, and only the last visit may write: a worker that was away while another
did its work ends what it made. A kill at any point leaves a row from which the next visit goes on, and at most a
subscription whose id nobody heard; its events give it away (subscription.py).
"""

import asyncio
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, NoReturn

import asyncpg
from msgspec.structs import replace as changed
from redis.asyncio import Redis

from trunkline.alarms.alarm import Severity, clear_alarm, raise_alarm
from trunkline.crypto import SecretBox, WrongKey
from trunkline.db.types import Connection, Pool
from trunkline.ids import lowest_id
from trunkline.log import get_logger
from trunkline.outbox.event import Fault
from trunkline.outbox.wake import OUTBOX_WAKE, wake
from trunkline.pbx.hooks.api import Api
from trunkline.pbx.hooks.asking import ApiAnswer, ApiRequest
from trunkline.pbx.hooks.port import Account
from trunkline.pbx.hooks.providers import PROVIDERS
from trunkline.pbx.hooks.request import HookRequest
from trunkline.pbx.hooks.store import SQL, HostedPbx
from trunkline.pbx.hooks.subscription import (
    Deed,
    Kept,
    Lives,
    Next,
    Subscribing,
    Told,
    Wanted,
    after_end,
    after_failing,
    after_looking,
    after_stray,
    after_subscribing,
    heard,
    is_vital,
    next_deed,
)
from trunkline.pbx.hooks.subscription_answers import Failed, answered, is_closed, is_ours
from trunkline.pbx.hooks.subscription_store import Visit, claim, keep, new_address, pbx_of, secret_in
from trunkline.pbx.hooks.subscription_words import LOUD, QUIET_ALARM, REFUSED_ALARM, Trouble

log = get_logger(__name__)

TICK_SECONDS: Final = 5.0
EVERY: Final = timedelta(seconds=15)
"""Between two looks at what has come; a subscription that has ended is noticed within it."""
_HELD: Final = timedelta(seconds=150)
"""Longer than a visit can last: its requests end within fifteen seconds each."""
_MOST_DEEDS: Final = 8
_LATE: Final = timedelta(seconds=60)
"""Events of another node may be written down so much after those of this one."""
_FIRST_PAUSE: Final = 15.0
_LONGEST_PAUSE: Final = 900.0
_RINGS_AFTER: Final = timedelta(minutes=10)
_MOST_DOUBLINGS: Final = 6


def alarm_key(pbx: str) -> str:
    """Of the alarm that a PBX is not subscribed to."""
    return f"pbx.subscription:{pbx}"


class Keeper:
    """Looks after every subscription in its turn, every `tick` seconds. `base` is our public address, `chance` gives
    0 to 1.
    """

    def __init__(
        self,
        pool: Pool,
        redis: Redis | None,
        box: SecretBox,
        api: Api,
        base: str,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        chance: Callable[[], float] = random.random,
        tick: float = TICK_SECONDS,
    ) -> None:
        self._pool = pool
        self._redis = redis
        self._box = box
        self._api = api
        self._base = base
        self._clock = clock
        self._chance = chance
        self._tick = tick

    async def run(self) -> NoReturn:
        """Look after them for ever."""
        kinds = [name for name, one in PROVIDERS.items() if isinstance(one, Subscribing)]
        while True:
            try:
                await self._pool.execute(SQL["subscription_rows"], kinds)
                while await self.one_visit():
                    pass
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("subscriptions_wait", error=str(error) or type(error).__name__)
            await asyncio.sleep(self._tick)

    async def one_visit(self) -> bool:
        """Look after the one whose turn it is; False where none waits."""
        now = self._clock()
        async with self._pool.acquire() as connection:
            visit = await claim(connection, now, now + _HELD)
            found = await pbx_of(connection, visit.pbx) if visit is not None else None
        if visit is None:
            return False
        if found is None:
            return True  # removed meanwhile
        try:
            await self._look_after(visit, *found)
        except Failed as error:
            await self._failed(visit, found[0], error)
        return True

    async def _look_after(self, visit: Visit, pbx: HostedPbx, hashes: frozenset[bytes]) -> None:
        provider = PROVIDERS.get(pbx.kind)
        if not isinstance(provider, Subscribing):  # the row was of another kind before
            return
        try:
            account = Account(pbx.id, pbx.settings, pbx.opened(self._box))
        except WrongKey as error:
            raise Failed(Trouble.SEALED) from error
        now, secret = self._clock(), secret_in(visit.address, self._box, hashes)
        if secret is None and pbx.active:  # made here, for nobody has to be told it but the provider
            async with self._pool.acquire() as connection:
                await new_address(connection, self._box, pbx.id, now)
            return
        wanted = Wanted(pbx.active, f"{self._base}/router/v1/hooks/{pbx.kind}/{secret or ''}", now)
        kept = await self._heard(visit, provider)
        for _ in range(_MOST_DEEDS):
            if (deed := next_deed(kept, wanted)) is None:
                break
            kept, failed = await self._tried(deed, kept, wanted, (provider, account))
            async with self._pool.acquire() as connection:
                if not await keep(connection, visit, kept):
                    return  # another visit goes on from here
            visit = changed(visit, kept=kept)
            if failed:
                break  # what could not be put in order is tried at the next visit
        await self._in_order(visit, now)

    async def _heard(self, visit: Visit, provider: Subscribing) -> Kept:
        """What the events that have come since say of their subscriptions."""
        since = lowest_id(visit.heard_at - _LATE)
        rows = await self._pool.fetch(SQL["heard_bodies"], visit.pbx, since)
        told: dict[tuple[str, bool], Told] = {}
        for row in rows:
            request = HookRequest(
                row["method"], row["path"], row["query"], {"content-type": row["content_type"]}, row["body"].encode()
            )
            if (one := provider.said_by(request)) is not None:
                told.setdefault((one.id, one.ended), one)
        return heard(visit.kept, [*told.values()])

    async def _tried(
        self, deed: Next, kept: Kept, wanted: Wanted, asked: tuple[Subscribing, Account]
    ) -> tuple[Kept, bool]:
        """What is kept after it, and whether it failed; raises Failed where our own subscription may not live."""
        try:
            return await self._done(deed, kept, wanted, asked), False
        except Failed as error:
            if error.rest or is_vital(deed):
                raise
            said = error.said[:300].replace("\0", "")
            told = {"pbx": asked[1].pbx, "deed": deed[0].value, "trouble": error.trouble.value, "said": said}
            log.info("subscription_not_put_in_order", **told)
            after = after_failing(kept, deed, wanted.now, said)
            if after.left_at != kept.left_at:
                log.warning("subscription_left_to_end_by_itself", **told)
            return after, True

    async def _done(self, deed: Next, kept: Kept, wanted: Wanted, asked: tuple[Subscribing, Account]) -> Kept:
        """What is kept after it; raises Failed."""
        kind, about = deed
        provider, account = asked
        match kind:
            case Deed.SUBSCRIBE:
                answer = await self._asked(provider.subscribe(account, wanted.url))
                made = answered(answer if isinstance(answer, Fault) else provider.subscribed(answer), wanted.url)
                return after_subscribing(kept, wanted, made) if isinstance(made, Lives) else kept
            case Deed.END:
                answer = await self._asked(provider.end(account, about))
                answered(answer if isinstance(answer, Fault) else provider.ended(answer), wanted.url)
                return after_end(kept, about)
            case _:
                answer = await self._asked(provider.look(account, about))
                found = answered(answer if isinstance(answer, Fault) else provider.looked(answer), wanted.url)
                if kind is Deed.LOOK:
                    return after_looking(kept, wanted, found)
                ours = isinstance(found, Lives) and (not found.url or is_ours(found.url, wanted.url))
                return after_stray(kept, about, found, ours)

    async def _asked(self, request: ApiRequest) -> ApiAnswer | Fault:
        """What came of a request; its token is told to nobody who listens on the way."""
        if not is_closed(request.url):
            raise Failed(Trouble.OPEN)
        return await self._api.ask(request)

    async def _in_order(self, visit: Visit, now: datetime) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            values = (visit.pbx, visit.number, now + EVERY, now)
            if await connection.fetchval(SQL["subscription_in_order"], *values) is None:
                return
            told = await clear_alarm(connection, alarm_key(visit.pbx))
        if told:
            await wake(self._redis, OUTBOX_WAKE)

    async def _failed(self, visit: Visit, pbx: HostedPbx, error: Failed) -> None:
        """Shown at once; told where a person is needed, or where it lasts. Tried again later each time."""
        now, loud = self._clock(), error.trouble in LOUD
        doubled = _FIRST_PAUSE * 2 ** min(visit.fails, _MOST_DOUBLINGS)
        pause = _LONGEST_PAUSE if loud else min(doubled, _LONGEST_PAUSE)
        pause = max(pause * (0.75 + 0.5 * self._chance()), min(error.rest or 0.0, 4 * _LONGEST_PAUSE))
        said = error.said[:300].replace("\0", "")
        log.warning("pbx_not_subscribed", pbx=pbx.id, trouble=error.trouble.value, said=said)
        due = now + timedelta(seconds=pause)
        values = (visit.pbx, visit.number, due, now, error.trouble.value, said)
        async with self._pool.acquire() as connection, connection.transaction():
            since = await connection.fetchval(SQL["subscription_failed"], *values)
            told = since is not None and (loud or now - since >= _RINGS_AFTER) and await _ring(connection, pbx, error)
        if told:
            await wake(self._redis, OUTBOX_WAKE)


async def _ring(connection: Connection, pbx: HostedPbx, error: Failed) -> bool:
    title = REFUSED_ALARM if error.trouble in LOUD else QUIET_ALARM
    facts = {"name": pbx.name, "said": error.said[:300]}
    return await raise_alarm(connection, alarm_key(pbx.id), Severity.CRITICAL, title, facts)

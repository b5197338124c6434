"""The task of the worker that keeps the groups of hosted PBXs equal to who works now in our queues.

One node at a time acts for a PBX, by its seat (trunkline/pbx/asterisk/acting.py); a node that cannot ask PostgreSQL
changes nothing. PBXs are tended beside each other: one that answers slowly holds up no other.
"""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, NoReturn
from zoneinfo import ZoneInfo

from redis.asyncio import Redis

from trunkline.crypto import SecretBox, WrongKey
from trunkline.db.types import Pool
from trunkline.log import get_logger
from trunkline.pbx.asterisk.acting import Granted, Seat
from trunkline.pbx.hooks.api import Api, hosted_api
from trunkline.pbx.hooks.grouped import GROUPS
from trunkline.pbx.hooks.groups import groups_of
from trunkline.pbx.hooks.keeping import DATABASE_ERRORS, GroupKeeper, KeepingTiming, Work
from trunkline.pbx.hooks.port import Account
from trunkline.pbx.hooks.store import SQL, HostedPbx, list_hosted
from trunkline.presence.working import working
from trunkline.settings import Settings
from trunkline.webhooks.address import AddressRules

log = get_logger(__name__)

_TICK_SECONDS: Final = 2.0
_LEASE_SECONDS: Final = 60.0
"""Longer than a request and the pause after it: it is renewed before each."""


class Tended(NamedTuple):
    """A PBX this node knows of."""

    seat: Seat
    keeper: GroupKeeper


class HostedGroups:
    """Tends all hosted PBXs with groups of ours."""

    def __init__(
        self,
        pool: Pool,
        redis: Redis | None,
        box: SecretBox,
        api: Api,
        node: str,
        zone: ZoneInfo,
        timing: KeepingTiming | None = None,
    ) -> None:
        self._pool = pool
        self._redis = redis
        self._box = box
        self._api = api
        self._node = node
        self._zone = zone
        self._timing = timing or KeepingTiming()
        self._tended: dict[str, Tended] = {}
        self._busy: set[str] = set()

    async def turns(self, now: datetime) -> list[Coroutine[Any, Any, None]]:
        """What is due to each that is not being tended, to be run beside each other. Raises what a database does."""
        async with self._pool.acquire() as connection:
            hosted = [one for one in await list_hosted(connection) if one.active and one.kind in GROUPS]
            ready = [(one, account) for one in hosted if (account := self._account(one)) is not None]
            works = {one.id: await connection.fetchval(SQL["routes_any"], one.id) for one, _ in ready}
            people = await working(connection, self._zone, now) if ready else {}
        for gone in self._tended.keys() - {one.id for one, _ in ready} - self._busy:
            await self._tended.pop(gone).seat.release()
        return [
            self._turn(one, account, Work(_of(account, people), works[one.id]))
            for one, account in ready
            if one.id not in self._busy
        ]

    async def leave(self) -> None:
        """Let other nodes act at once."""
        for one in self._tended.values():
            await one.seat.release()

    async def _turn(self, pbx: HostedPbx, account: Account, work: Work) -> None:
        tended = self._tended.get(pbx.id) or Tended(
            Seat(self._pool, pbx.id, self._node, _LEASE_SECONDS),
            GroupKeeper(pbx.id, GROUPS[pbx.kind], self._api, self._pool, self._redis, self._timing),
        )
        self._tended[pbx.id] = tended

        async def still() -> bool:
            return isinstance(await tended.seat.claim(), Granted)

        async def may_change() -> bool:
            return bool(await self._pool.fetchval(SQL["routes_any"], pbx.id))

        self._busy.add(pbx.id)
        try:
            if await still():
                await tended.keeper.tend(account, work, still, may_change)
        except DATABASE_ERRORS as error:
            log.warning("groups_wait", pbx=pbx.id, error=str(error) or type(error).__name__)
        finally:
            self._busy.discard(pbx.id)

    def _account(self, pbx: HostedPbx) -> Account | None:
        """None where it is not set up for it, which its page and `trunkline pbx check` say."""
        try:
            account = Account(pbx.id, pbx.settings, pbx.opened(self._box))
        except WrongKey:
            return None
        return account if groups_of(account) and not GROUPS[pbx.kind].missing(account) else None


def _of(account: Account, people: dict[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Only the queues whose groups are kept: news of others is none. One that has no people here is left out."""
    return {queue: people[queue] for queue in groups_of(account) if queue in people}


async def run_hosted_groups(settings: Settings, pool: Pool, redis: Redis) -> NoReturn:
    """Keep for ever."""
    rules = AddressRules(settings.web.webhook_private_addresses)
    zone = ZoneInfo(settings.web.timezone)
    async with hosted_api(rules) as api:
        groups = HostedGroups(pool, redis, settings.secret_box(), api, settings.node, zone)
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    try:
                        for turn in await groups.turns(datetime.now(UTC)):
                            group.create_task(turn)
                    except DATABASE_ERRORS as error:
                        log.warning("groups_wait", error=str(error) or type(error).__name__)
                    await asyncio.sleep(_TICK_SECONDS)
        finally:
            await asyncio.shield(groups.leave())
    raise AssertionError("the loop above has no end")

"""Telephones of hosted PBXs: who is in one of their calls, as the story tells, published as a link tells of devices.

Of who is in none nothing is said, unless the provider's API tells whether his telephone is registered: a webhook tells
of calls, not of telephones, so he is unknown and nobody passes him over. One node asks and publishes for a PBX, by its
seat. A webhook that was lost is believed no longer than the table here says.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final, NamedTuple, NoReturn

import asyncpg
from redis.asyncio import Redis
from redis.exceptions import RedisError

from trunkline.background import obey_cancelling
from trunkline.calls.agents import AGENTS_CHANNEL
from trunkline.calls.agents_now import AgentState
from trunkline.db.sql import load_queries
from trunkline.db.types import Pool
from trunkline.log import get_logger
from trunkline.outbox.wake import Alarm, listen
from trunkline.pbx.asterisk.acting import Granted, Seat
from trunkline.pbx.devices import DeviceState
from trunkline.pbx.hooks.api import hosted_api
from trunkline.pbx.hooks.providers import PROVIDERS
from trunkline.pbx.telling import Teller
from trunkline.presence.hosted_registered import Registered
from trunkline.settings import Settings
from trunkline.webhooks.address import AddressRules

_SQL = load_queries("trunkline.presence")
LEASE_SECONDS: Final = 60.0
_TICK_SECONDS: Final = 0.5
_PATIENCE_SECONDS: Final = 2.0
_PROVE_AGAIN: Final = 5.0
_LOOK_TICK: Final = 5.0
_AWAY: Final = (RedisError, OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)

BELIEVED: Final[Mapping[str, tuple[DeviceState, float]]] = MappingProxyType(
    {
        AgentState.TALKING.value: (DeviceState.INUSE, 3600.0),
        AgentState.RINGING.value: (DeviceState.RINGING, 120.0),
        AgentState.CALLING.value: (DeviceState.INUSE, 300.0),
    }
)
"""What a leg makes of its telephone, and for how many seconds; the earlier row wins where he has several."""
_LONGEST: Final = max(seconds for _, seconds in BELIEVED.values())

log = get_logger(__name__)


class SeatedLeg(NamedTuple):
    """A leg to an extension in a call that goes on."""

    extension: str
    state: str
    since: float


def busy(legs: Sequence[SeatedLeg], now: float) -> dict[str, DeviceState]:
    """Who is in a call, by extension."""
    found: dict[str, DeviceState] = {}
    for state, (device, seconds) in BELIEVED.items():
        for leg in legs:
            if leg.state == state and now - leg.since <= seconds:
                found.setdefault(leg.extension, device)
    return found


def states_of(registered: Mapping[str, bool], calls: Mapping[str, DeviceState]) -> dict[str, DeviceState]:
    """The telephones that are known: who is in a call is, whatever is told of his registration."""
    idle = {
        extension: DeviceState.NOT_INUSE if there else DeviceState.UNAVAILABLE
        for extension, there in registered.items()
    }
    return {**idle, **calls}


class Published:
    """What was last published of one PBX, and our seat there."""

    def __init__(self, pool: Pool, redis: Redis, pbx: str, node: str) -> None:
        self.seat = Seat(pool, pbx, node, LEASE_SECONDS)
        self._teller = Teller(redis, pbx)
        self._known: dict[str, str] | None = None
        self._proved_at = 0.0

    async def tell(self, states: Mapping[str, DeviceState], now: float) -> None:
        """Publish `states`, where they changed or it is time to prove that somebody looks after them."""
        fields = {extension: state.value for extension, state in states.items()}
        if fields == self._known and now - self._proved_at < _PROVE_AGAIN:
            return
        if not isinstance(await self.seat.claim(), Granted):
            self._known = None
            return
        # Readers add up what they hear: who is free again has to be named, and then is not in the hash any more.
        freed = dict.fromkeys((self._known or {}).keys() - fields.keys(), DeviceState.UNKNOWN.value)
        if freed:
            await self._teller.tell(freed, now, whole=False)
        await self._teller.tell(fields, now, whole=True)
        self._known, self._proved_at = fields, now


class HostedPhones:
    """Publishes for every active hosted PBX."""

    def __init__(self, pool: Pool, redis: Redis, node: str, registered: Registered | None = None) -> None:
        self._pool = pool
        self._redis = redis
        self._node = node
        self._registered = registered
        self._published: dict[str, Published] = {}

    async def publish(self, now: float) -> None:
        """Bring what is published level with the story."""
        pbxs = [row["id"] for row in await self._pool.fetch(_SQL["hosted_pbxs"], [*PROVIDERS])]
        legs: dict[str, list[SeatedLeg]] = {pbx: [] for pbx in pbxs}
        for row in await self._pool.fetch(_SQL["hosted_seats"], [*PROVIDERS], _LONGEST) if pbxs else ():
            if row["pbx"] in legs:
                legs[row["pbx"]].append(SeatedLeg(row["extension"], row["state"], _seconds(row["since"])))
        for pbx, own in legs.items():
            if (known := self._published.get(pbx)) is None:
                known = self._published[pbx] = Published(self._pool, self._redis, pbx, self._node)
            there = self._registered.of(pbx) if self._registered is not None else {}
            await known.tell(states_of(there, busy(own, now)), now)

    async def look(self) -> None:
        """Ask the providers that tell of telephones about those whose turn it is, where this node has the seat."""
        if self._registered is None:
            return
        for pbx in await self._registered.hosted():
            seat = Seat(self._pool, pbx.id, self._node, LEASE_SECONDS)

            async def still(seat: Seat = seat) -> bool:
                return isinstance(await seat.claim(), Granted)

            if await still():
                await self._registered.look(pbx, still)


async def run_hosted_phones(settings: Settings, pool: Pool, redis: Redis) -> NoReturn:
    """Ask and publish for ever."""
    stirred = Alarm()
    async with hosted_api(AddressRules(settings.web.webhook_private_addresses)) as api, asyncio.TaskGroup() as group:
        registered = Registered(pool, redis, settings.secret_box(), api)
        phones = HostedPhones(pool, redis, settings.node, registered)
        group.create_task(listen(redis, {AGENTS_CHANNEL: [stirred]}))
        group.create_task(_look(phones))
        while True:
            try:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    await phones.publish(time.time())
            except _AWAY as error:
                obey_cancelling()
                log.warning("phones_unpublished", error=str(error) or type(error).__name__)
            await stirred.wait(_TICK_SECONDS)
    raise AssertionError("the loop above has no end")


async def _look(phones: HostedPhones) -> NoReturn:
    while True:
        try:
            await phones.look()
        except _AWAY as error:
            obey_cancelling()
            log.warning("phones_unseen", error=str(error) or type(error).__name__)
        await asyncio.sleep(_LOOK_TICK)


def _seconds(moment: datetime) -> float:
    return moment.timestamp()

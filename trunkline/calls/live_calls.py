"""Calls the writer remembers between transactions: copies of committed rows, and of one writer at a time."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from uuid import UUID, uuid4

import msgspec

from trunkline.calls import store
from trunkline.calls.agents import Agents, load_agents
from trunkline.calls.agents_now import Seat
from trunkline.calls.call import Call
from trunkline.calls.store import Key
from trunkline.calls.summary import Summary
from trunkline.calls.waits_now import Wait
from trunkline.db.types import Connection

REMEMBERED_CALLS = 5_000


class LiveCall(msgspec.Struct):
    """A call in memory, as the rows of the last transaction have it."""

    id: UUID
    call: Call
    summary: Summary | None = None
    row: bytes = b""
    agents: Agents = msgspec.field(default_factory=dict)
    seats: tuple[Seat, ...] | None = None
    shown: Summary | None = None
    waits: tuple[Wait, ...] | None = ()
    """None: not known what was stored of them."""


class LiveCalls:
    """The calls lately told of, by PBX and linkedid; `load` before asking for one."""

    def __init__(self, most: int = REMEMBERED_CALLS) -> None:
        self._most = most
        self._writer = uuid4()
        self._calls: OrderedDict[Key, LiveCall] = OrderedDict()
        self._months: set[tuple[int, int]] = set()

    def __getitem__(self, key: Key) -> LiveCall:
        return self._calls[key]

    async def hold(self, connection: Connection, pbxs: Iterable[str]) -> None:
        """Be the only writer of these PBXs' calls until the commit; forget what another has written since."""
        for pbx in sorted(pbxs):
            writer = await connection.fetchval(store.SQL["hold_story"], pbx)
            if writer != self._writer:
                await connection.execute(store.SQL["take_story"], pbx, self._writer)
                for key in [key for key in self._calls if key[0] == pbx]:
                    del self._calls[key]

    async def load(self, connection: Connection, first_seen: Mapping[Key, int]) -> None:
        """Have these calls; one that nobody knew is begun at its moment (µs), without a step."""
        for key in first_seen.keys() & self._calls.keys():
            self._calls.move_to_end(key)
        missing = {key: at for key, at in first_seen.items() if key not in self._calls}
        if not missing:
            return
        ids = await store.ids_of(connection, missing)
        await store.ensure_months(connection, ids.values(), self._months)
        calls = await store.load_calls(connection, ids)
        agents = await load_agents(connection, [ids[key] for key, call in calls.items() if call.steps])
        for key, call in calls.items():
            waits = None if call.steps else ()
            self._calls[key] = LiveCall(ids[key], call, agents=agents.get(ids[key], {}), waits=waits)

    async def known(self, connection: Connection, first_seen: Mapping[Key, int]) -> dict[Key, UUID]:
        """The ids of those that have a step; the others are not remembered."""
        await self.load(connection, first_seen)
        for key in [key for key in first_seen if not self._calls[key].call.steps]:
            del self._calls[key]
        return {key: self._calls[key].id for key in first_seen if key in self._calls}

    def trim(self) -> None:
        """Forget the calls that were told of the longest ago."""
        while len(self._calls) > self._most:
            self._calls.popitem(last=False)

    def forget(self) -> None:
        """Forget all: the transaction was rolled back, or another node wrote meanwhile."""
        self._calls.clear()
        self._months.clear()

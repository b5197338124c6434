"""What telephones and queues of one PBX do now: heard, counted and published; may be lost without a record."""

import asyncio
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import NoReturn

from redis.asyncio import Redis
from redis.exceptions import RedisError

from trunkline.pbx.asterisk.devices import DeviceBoard
from trunkline.pbx.asterisk.framing import Frame
from trunkline.pbx.asterisk.session import together
from trunkline.pbx.asterisk.tally import Tally, call_rung_out
from trunkline.pbx.devices import DeviceState
from trunkline.pbx.reservations import Reservations

_GIVE_BACK_SECONDS = 1.0


class LiveState:
    """Kept by every node that hears the PBX; only the acting one publishes whole and gives telephones back."""

    def __init__(self, redis: Redis, pbx: str) -> None:
        self._pbx = pbx
        self._board = DeviceBoard(redis, pbx)
        self._devices: dict[str, DeviceState] = {}
        self._tally = Tally()
        self._queues_meanwhile: dict[str, str] = {}
        self._reservations = Reservations(redis)
        self._rung_out: deque[str] = deque(maxlen=1000)
        self._any_rung_out = asyncio.Event()

    async def run(self) -> None:
        """Publish until cancelled."""
        await together(self._board.run(), self._give_back(), self._keep_counts())

    def proved(self, at: float) -> None:
        """The link was alive at `at`."""
        self._board.proved(at)

    def devices(self, states: Mapping[str, DeviceState], *, whole: bool, acting: bool) -> None:
        """States that changed, or the `whole` of them."""
        self._devices = dict(states) if whole else {**self._devices, **states}
        if whole and acting:
            self._board.replace(states)
        else:
            self._board.change(states)

    def counted(self, frame: Frame, *, acting: bool) -> None:
        """An event that changes the counts of a queue, or tells that a call rings nobody any more."""
        changed = self._tally.take(frame, time.time())
        if changed:
            self._queues_meanwhile.update(changed)
            self._board.note(changed)
        if acting and (call := call_rung_out(frame)) is not None:
            self._rung_out.append(call)
            self._any_rung_out.set()

    def queues(self, frames: Sequence[Frame]) -> None:
        """All queues as they are; no frames: they are being asked for, and what changes meanwhile is newer."""
        if not frames:
            self._queues_meanwhile.clear()
            return
        self._tally.queues(frames, self._queues_meanwhile)
        self._board.replace_others(self._tally.fields)

    def publish_all(self) -> None:
        """From now on this node acts."""
        self._board.replace(self._devices)

    def close(self) -> None:
        """The link is down, or another node acts: what we know may be wrong."""
        self._board.close()

    async def _give_back(self) -> NoReturn:
        """Telephones reserved for calls that were answered or are gone may ring again; they end by themselves too."""
        while True:
            await self._any_rung_out.wait()
            self._any_rung_out.clear()
            while self._rung_out:
                call = self._rung_out.popleft()
                with suppress(RedisError, OSError, TimeoutError):
                    async with asyncio.timeout(_GIVE_BACK_SECONDS):
                        await self._reservations.release(self._pbx, call)

    async def _keep_counts(self) -> NoReturn:
        """Go on with the counts of the process before us, and end no more."""
        self._tally.restore(await self._board.published())
        self._board.replace_others(self._tally.fields)
        await asyncio.Event().wait()
        raise AssertionError("an event nobody sets")

"""A telephone that rings for one call is reserved for it in Valkey, so that two calls never ring it at once.

`reserved:{pbx}:EXTENSION` holds the id of the call and ends by itself; `reserved:{pbx}:call:ID` is the set of keys the
call holds. The braces are Valkey's own: keys of one PBX lie on one node. What is lost here costs a call that rings a
telephone already ringing, never an answer.
"""

import asyncio
from collections.abc import Sequence
from importlib import resources

from redis.asyncio import Redis

GRACE_SECONDS = 2.0
"""How much longer than it rings a telephone stays reserved: the PBX asks again only after the ringing ended."""
_LONGEST_SECONDS = 1.0

_SCRIPT = resources.files("trunkline.pbx").joinpath("reserve.lua").read_text(encoding="utf-8")


class _Batch:
    """Calls of one PBX that ask while others of it are on their way: half of what one costs is the way there."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.args: list[str | int] = []
        self.waiting: list[asyncio.Future[list[bytes]]] = []

    def answer(self, answers: Sequence[list[bytes]]) -> None:
        """Tell each call what others hold; who has waited long enough has gone."""
        for future, taken in zip(self.waiting, answers, strict=True):
            if not future.done():
                future.set_result(taken)

    def fail(self, error: Exception) -> None:
        """Tell everybody."""
        for future in self.waiting:
            if not future.done():
                future.set_exception(error)


class Reservations:
    """Reserves and gives back; every method raises TimeoutError or what redis raises, after _LONGEST_SECONDS."""

    def __init__(self, redis: Redis) -> None:
        self._script = redis.register_script(_SCRIPT)
        self._batches: dict[str, _Batch] = {}
        self._senders: dict[str, asyncio.Task[None]] = {}

    async def reserve(
        self, pbx: str, call_id: str, wanted: Sequence[str], others: Sequence[str], seconds: float
    ) -> frozenset[str]:
        """Reserve of `wanted` what is free, for `seconds`; give back what the call held besides.

        Returns those of `wanted` and `others` that ring for other calls; all in one step, so of two calls that want
        the same telephone one gets it.
        """
        first = dict.fromkeys(wanted)
        names = [*(first | dict.fromkeys(others))]
        milliseconds = int((seconds + GRACE_SECONDS) * 1000)
        taken = await self._ask(pbx, call_id, milliseconds, len(first), names)
        return frozenset(name.decode() for name in taken)

    async def release(self, pbx: str, call_id: str) -> None:
        """Give back everything the call holds."""
        await self._ask(pbx, call_id, 1, 0, [])

    async def _ask(self, pbx: str, call_id: str, milliseconds: int, wanted: int, names: list[str]) -> list[bytes]:
        batch = self._batches.setdefault(pbx, _Batch())
        batch.keys += [f"reserved:{{{pbx}}}:call:{call_id}", *(f"reserved:{{{pbx}}}:{name}" for name in names)]
        batch.args += [call_id, milliseconds, wanted, len(names), *names]
        future: asyncio.Future[list[bytes]] = asyncio.get_running_loop().create_future()
        batch.waiting.append(future)
        if pbx not in self._senders:
            self._senders[pbx] = asyncio.ensure_future(self._send(pbx))
        return await future

    async def _send(self, pbx: str) -> None:
        """One batch after another, while anybody of the PBX asks."""
        try:
            while batch := self._batches.pop(pbx, None):
                try:
                    async with asyncio.timeout(_LONGEST_SECONDS):
                        batch.answer(await self._script(keys=batch.keys, args=batch.args))
                except Exception as error:
                    batch.fail(error)
        finally:
            del self._senders[pbx]

"""A telephone that rings for one call is reserved for it in Valkey, so that two calls never ring it at once.

`reserved:{pbx}:EXTENSION` holds the id of the call and ends by itself; `reserved:{pbx}:call:ID` is the set of keys the
call holds. The braces are Valkey's own: keys of one PBX lie on one node. What is lost here costs a call that rings a
telephone already ringing, never an answer.
"""

from collections.abc import Sequence
from importlib import resources

from redis.asyncio import Redis

GRACE_SECONDS = 2.0
"""How much longer than it rings a telephone stays reserved: the PBX asks again only after the ringing ended."""

_SCRIPT = resources.files("trunkline.pbx").joinpath("reserve.lua").read_text(encoding="utf-8")


class Reservations:
    """Reserves and gives back; every method raises what redis raises, and waits as long as it is let."""

    def __init__(self, redis: Redis) -> None:
        self._script = redis.register_script(_SCRIPT)

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
        taken = await self._script(
            keys=[_own(pbx, call_id), *(f"reserved:{{{pbx}}}:{name}" for name in names)],
            args=[call_id, milliseconds, len(first), *names],
        )
        return frozenset(name.decode() if isinstance(name, bytes) else name for name in taken)

    async def release(self, pbx: str, call_id: str) -> None:
        """Give back everything the call holds."""
        await self._script(keys=[_own(pbx, call_id)], args=[call_id, 1, 0])


def _own(pbx: str, call_id: str) -> str:
    return f"reserved:{{{pbx}}}:call:{call_id}"

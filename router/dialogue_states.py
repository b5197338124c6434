"""Where the dialogues of PBXs that echo nothing stand, by call: in this process's memory, and in Valkey for all nodes.

`dialogue:{PBX}:CALL` holds the signed state of the last turn as long as a state is good; it is empty where the dialogue
is over. Both are looked at, for another node may have taken a turn since ours: the later turn counts. Where Valkey does
not answer in time memory does, and for a while no question waits for it.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Final, NamedTuple

from redis.asyncio import Redis

from router.lately import Lately
from router.offers import LIMIT_SECONDS
from router.state import LIFETIME_SECONDS
from trunkline.log import get_logger

log = get_logger(__name__)

_QUIET_SECONDS: Final = 1.0
_LONGEST_SECONDS: Final = 1.0
_MOST_UNTOLD: Final = 1000


class Standing(NamedTuple):
    """The state of the turn before, empty at the first; `missing`: another node may know one."""

    state: str = ""
    missing: bool = False


class DialogueStates:
    """One process's; without `redis` it is the only one. Every method but `look` waits for nothing."""

    def __init__(
        self, redis: Redis | None, *, limit: float = LIMIT_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._redis = redis
        self._limit = limit
        self._clock = clock
        self._memory: Lately[str] = Lately()
        self._quiet_until = 0.0
        self._asked: list[tuple[str, asyncio.Future[bytes | None]]] = []
        self._untold: dict[str, str] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def asks(self, call: str) -> bool:
        """Whether Valkey is to be asked as well, now."""
        return self._redis is not None and bool(call) and self._clock() >= self._quiet_until

    def at_hand(self, pbx: str, call: str) -> Standing:
        """As far as this process knows."""
        state = self._memory.get((pbx, call)) or ""
        return Standing(state, self._redis is not None and bool(call) and not state)

    async def look(self, pbx: str, call: str, seconds: float) -> Standing:
        """As far as any node knows, at most `seconds`, and the limit, from now. Never raises."""
        mine = self._memory.get((pbx, call)) or ""
        try:
            async with asyncio.timeout(min(self._limit, seconds)):
                told = await self._ask(_key(pbx, call))
        except Exception as error:  # whatever it is, the PBX gets its answer
            self._quiet(error)
            return Standing(mine, not mine)
        state = mine if told is None else later(mine, told.decode("ascii", "replace"))
        self._memory.put((pbx, call), state or None)
        if self._untold:
            self._run("tell", self._tell)
        return Standing(state)

    def put(self, pbx: str, call: str, state: str) -> None:
        """The turn is answered; an empty state ends the dialogue. What Valkey cannot be told is told it later."""
        was_known = self._memory.get((pbx, call)) is not None
        self._memory.put((pbx, call), state or None)
        if self._redis is None or not call or not (state or was_known):
            return
        self._untold.pop(key := _key(pbx, call), None)
        self._untold[key] = state
        if self._clock() >= self._quiet_until:
            self._run("tell", self._tell)

    async def close(self) -> None:
        """Wait for what is on its way."""
        await asyncio.gather(*self._tasks.values())

    async def _ask(self, key: str) -> bytes | None:
        future: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()
        self._asked.append((key, future))
        self._run("ask", self._answer)
        return await future

    async def _answer(self) -> None:
        """One batch after another: half of what one look costs is the way there."""
        while self._asked and self._redis is not None:
            asked, self._asked = self._asked, []
            waiting = [(key, future) for key, future in asked if not future.done()]
            try:
                async with asyncio.timeout(_LONGEST_SECONDS), self._redis.pipeline(transaction=False) as pipeline:
                    for key, _ in waiting:
                        pipeline.get(key)
                    answers = await pipeline.execute()
                for (_, future), answer in zip(waiting, answers, strict=True):
                    if not future.done():  # who has waited long enough has gone
                        future.set_result(answer)
            except Exception as error:
                for _, future in waiting:
                    if not future.done():
                        future.set_exception(error)

    async def _tell(self) -> None:
        while self._untold and self._redis is not None:
            untold, self._untold = self._untold, {}
            try:
                async with asyncio.timeout(_LONGEST_SECONDS), self._redis.pipeline(transaction=False) as pipeline:
                    for key, state in untold.items():
                        pipeline.set(key, state, ex=LIFETIME_SECONDS)
                    await pipeline.execute()
            except Exception as error:
                kept = {**untold, **self._untold}
                self._untold = dict([*kept.items()][-_MOST_UNTOLD:])
                self._quiet(error)
                return

    def _run(self, name: str, work: Callable[[], Coroutine[None, None, None]]) -> None:
        """Unless it runs; it ends where it looks for more, so that nothing falls between two of them."""

        async def run() -> None:
            try:
                await work()
            finally:
                del self._tasks[name]

        if name not in self._tasks:
            self._tasks[name] = asyncio.ensure_future(run())

    def _quiet(self, error: Exception) -> None:
        """For a while no other question waits for what does not answer."""
        self._quiet_until = self._clock() + _QUIET_SECONDS
        log.warning("dialogue_states_unseen", reason=str(error) or type(error).__name__)


def later(mine: str, told: str) -> str:
    """Of two states of one call that of the later turn; one that is over is over for all."""
    return mine if told and _turn(told) < _turn(mine) else told


def _turn(state: str) -> int:
    """Its number; router/state.py says how a state is written, and judges it."""
    _, _, rest = state.partition(".")
    number = rest.partition(".")[0]
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 3 else 0


def _key(pbx: str, call: str) -> str:
    return f"dialogue:{{{pbx}}}:{call}"

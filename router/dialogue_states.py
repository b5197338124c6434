"""Where the dialogues of PBXs that echo nothing stand, by call: in this process's memory, and in Valkey for all nodes.

`dialogue:{PBX}:CALL` holds the signed state of the last turn as long as a state is good; it is empty where the dialogue
is over. Both are looked at, for another node may have taken a turn since ours: the later turn counts. Where Valkey does
not answer in time memory does, and for a while no question waits for it.
"""

import asyncio
import time
from collections.abc import Callable
from importlib import resources
from typing import Final, NamedTuple

from redis.asyncio import Redis

from router.lately import Lately
from router.offers import LIMIT_SECONDS
from router.state import LIFETIME_SECONDS
from trunkline.log import get_logger

log = get_logger(__name__)

_QUIET_SECONDS: Final = 1.0
_TELL_SECONDS: Final = 0.005
"""How long what is to be told waits for a question it can go with; callers take seconds for their next turn."""
_LONGEST_SECONDS: Final = 1.0
_MOST_UNTOLD: Final = 1000
_SCRIPT: Final = resources.files("router").joinpath("dialogue.lua").read_text(encoding="utf-8")


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
        self._script = redis.register_script(_SCRIPT) if redis is not None else None
        self._limit = limit
        self._clock = clock
        self._memory: Lately[str] = Lately()
        self._quiet_until = 0.0
        self._asked: dict[str, list[tuple[bytes, asyncio.Future[bytes | None]]]] = {}
        """By PBX: its keys lie on one node of Valkey."""
        self._untold: dict[str, dict[bytes, str]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}

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
            told = await self._ask(pbx, _key(pbx, call), min(self._limit, seconds))
        except Exception as error:  # whatever it is, the PBX gets its answer
            self._quiet(error)
            return Standing(mine, not mine)
        if told is None:
            return Standing(mine)
        state = later(mine, told.decode("ascii", "replace"))
        self._memory.put((pbx, call), state or None)
        return Standing(state)

    def put(self, pbx: str, call: str, state: str) -> None:
        """The turn is answered; an empty state ends the dialogue. What Valkey cannot be told is told it later."""
        was_known = self._memory.get((pbx, call)) is not None
        self._memory.put((pbx, call), state or None)
        if self._redis is None or not call or not (state or was_known):
            return
        untold = self._untold.setdefault(pbx, {})
        untold.pop(key := _key(pbx, call), None)
        untold[key] = state
        if pbx not in self._timers and self._clock() >= self._quiet_until:
            self._timers[pbx] = asyncio.get_running_loop().call_later(_TELL_SECONDS, self._run, pbx)

    async def close(self) -> None:
        """Tell what is untold, unless Valkey is left alone, and wait for what is on its way."""
        for pbx in [*self._timers]:
            self._run(pbx)
        await asyncio.gather(*self._tasks.values())

    async def _ask(self, pbx: str, key: bytes, seconds: float) -> bytes | None:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[bytes | None] = loop.create_future()
        self._asked.setdefault(pbx, []).append((key, future))
        self._run(pbx)
        timer = loop.call_later(seconds, _give_up, future)  # asyncio.timeout takes longer, once a question
        try:
            return await future
        finally:
            timer.cancel()

    async def _talk(self, pbx: str) -> None:
        """One batch after another, what is untold beside what is asked: half of what one costs is the way there."""
        while pbx in self._asked or pbx in self._untold:
            asked, untold = self._asked.pop(pbx, []), self._untold.pop(pbx, {})
            waiting = [(key, future) for key, future in asked if not future.done()]
            try:
                lines = await self._exchange([key for key, _ in waiting], untold)
            except Exception as error:
                for _, future in waiting:
                    if not future.done():
                        future.set_exception(error)
                if untold:
                    kept = {**untold, **self._untold.get(pbx, {})}
                    self._untold[pbx] = dict([*kept.items()][-_MOST_UNTOLD:])
                    self._quiet(error)
                if pbx not in self._asked:
                    return
            else:
                for (_, future), line in zip(waiting, lines, strict=True):
                    if not future.done():  # who has waited long enough has gone
                        future.set_result(line[1:] if line else None)

    async def _exchange(self, keys: list[bytes], untold: dict[bytes, str]) -> list[bytes]:
        """What Valkey knows by these keys (router/dialogue.lua), once it was told what is untold."""
        if self._script is None or not (keys or untold):
            return []
        async with asyncio.timeout(_LONGEST_SECONDS):
            states: list[str | int] = [LIFETIME_SECONDS, *untold.values()]
            told: bytes = await self._script(keys=[*keys, *untold], args=states, client=self._redis)
        return told.split(b"\n") if keys else []

    def _run(self, pbx: str) -> None:
        """Unless it runs; it ends where it looks for more, so that nothing falls between two of them."""
        if (timer := self._timers.pop(pbx, None)) is not None:
            timer.cancel()

        async def run() -> None:
            try:
                await self._talk(pbx)
            finally:
                del self._tasks[pbx]

        if pbx not in self._tasks:
            self._tasks[pbx] = asyncio.ensure_future(run())

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


def _give_up(future: asyncio.Future[bytes | None]) -> None:
    if not future.done():
        future.set_exception(TimeoutError())


def _key(pbx: str, call: str) -> bytes:
    return f"dialogue:{{{pbx}}}:{call}".encode(errors="replace")

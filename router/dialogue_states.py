"""Where the dialogues of PBXs that echo nothing stand, by call: in the memory of every process, kept level by Valkey.

Each turn is told to the stream `router:dialogues`, those of some ms in one entry: PBX, call and the signed state, empty
where the dialogue is over. Every process reads that stream, from its beginning before it answers anything and on from
there, so a question waits for nothing and knows of any node's turn all the same. The later turn counts. Who cannot read
on decides by what he knows, and says so of what may be no first turn.
"""

import asyncio
import time
from collections.abc import Callable
from importlib import resources
from itertools import islice
from secrets import token_bytes
from typing import Any, Final, NamedTuple, NoReturn

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from router.lately import Lately
from router.state import LIFETIME_SECONDS
from trunkline.background import obey_cancelling
from trunkline.log import get_logger

log = get_logger(__name__)

STREAM: Final = "router:dialogues"
_FIELD: Final = b"told"
_MOST_KNOWN: Final = 50_000
_MOST_UNTOLD: Final = 1000
_MOST_AT_ONCE: Final = 500
_MOST_READ: Final = 100
"""Entries."""
_TOGETHER_SECONDS: Final = 0.01
"""How long what is told, and what is read, waits for more: a caller takes longer for his next turn."""
_WAIT_MS: Final = 500
"""How long a reading waits for news."""
_LONGEST_SECONDS: Final = 1.5
"""Of one command, its waiting included."""
_LEVEL_SECONDS: Final = 2.0
"""How long after a reading it is known of every turn: the next one has ended by then."""
_AWAY_SECONDS: Final = 0.5
_START_SECONDS: Final = 1.0
_SCRIPT: Final = resources.files("router").joinpath("dialogue.lua").read_text(encoding="utf-8")
_FAULTS: Final = (RedisError, OSError, TimeoutError)

Told = tuple[bytes, list[tuple[str, str, str]]]
"""By which process; of each turn its PBX, call and state."""

_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(Told)


class Standing(NamedTuple):
    """The state of the turn before, empty at the first; `missing`: another node may know one."""

    state: str = ""
    missing: bool = False


class DialogueStates:
    """One process's; without `redis` it is the only one. `standing` and `put` wait for nothing."""

    def __init__(self, redis: Redis | None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis = redis
        self._script = redis.register_script(_SCRIPT) if redis is not None else None
        self._clock = clock
        self._me = token_bytes(8)
        self._memory: Lately[str] = Lately(_MOST_KNOWN)
        self._read_to: bytes | str = "0-0"
        self._level_until = 0.0
        self._untold: dict[tuple[str, str], str] = {}
        self._news = asyncio.Event()

    @property
    def is_level(self) -> bool:
        """Whether this process knows of the turns all others have told."""
        return self._redis is None or self._clock() < self._level_until

    def standing(self, pbx: str, call: str) -> Standing:
        """Where the dialogue of this call stands; a call without an id has none."""
        state = self._memory.get((pbx, call)) or ""
        return Standing(state, not state and call != "" and not self.is_level)

    def put(self, pbx: str, call: str, state: str) -> None:
        """The turn is answered; an empty state ends the dialogue. What Valkey cannot be told is told it later."""
        key = pbx, call
        was_known = self._memory.get(key) is not None
        self._memory.put(key, state or None)
        if self._redis is None or not call or not (state or was_known):
            return
        self._untold.pop(key, None)
        self._untold[key] = state
        if len(self._untold) > _MOST_UNTOLD:
            del self._untold[next(iter(self._untold))]
        self._news.set()

    async def catch_up(self) -> None:
        """Read all that was told before this process began, within _START_SECONDS. Never raises."""
        if self._redis is None:
            return
        try:
            async with asyncio.timeout(_START_SECONDS):
                while await self._read(self._redis, None) == _MOST_READ:
                    pass
        except _FAULTS as error:
            log.warning("dialogues_not_read", reason=str(error) or type(error).__name__)

    async def follow(self) -> NoReturn:
        """Read on for ever."""
        if self._redis is None:
            raise RuntimeError("there is nothing to follow without Valkey")
        while True:
            try:
                while True:
                    if await self._read(self._redis, _WAIT_MS):
                        await asyncio.sleep(_TOGETHER_SECONDS)
                    obey_cancelling()
            except _FAULTS as error:
                obey_cancelling()
                if self.is_level:
                    log.warning("dialogues_not_read", reason=str(error) or type(error).__name__)
            self._level_until = 0.0
            await asyncio.sleep(_AWAY_SECONDS)

    async def tell(self) -> NoReturn:
        """Tell what is new for ever; while Valkey is away the newest are kept."""
        while True:
            await self._news.wait()
            self._news.clear()
            await asyncio.sleep(_TOGETHER_SECONDS)
            if not await self._tell():
                await asyncio.sleep(_AWAY_SECONDS)
                self._news.set()

    async def close(self) -> None:
        """Tell what is untold, once `tell` has ended."""
        await self._tell()

    async def _tell(self) -> bool:
        """Whether Valkey knows all now; what was told twice, because nobody knows, changes nothing."""
        while self._untold and self._script is not None:
            lot = dict(islice(self._untold.items(), _MOST_AT_ONCE))
            told = self._me, [(pbx, call, state) for (pbx, call), state in lot.items()]
            try:
                async with asyncio.timeout(_LONGEST_SECONDS):
                    await self._script(keys=[STREAM], args=[LIFETIME_SECONDS, _ENCODER.encode(told)])
            except _FAULTS as error:
                obey_cancelling()
                log.warning("dialogues_not_told", reason=str(error) or type(error).__name__)
                return False
            for key, state in lot.items():
                if self._untold.get(key) == state:  # no later turn meanwhile
                    del self._untold[key]
        return True

    async def _read(self, redis: Redis, wait_ms: int | None) -> int:
        """Take the entries behind what was read, at most _MOST_READ, and say how many there were."""
        asked = self._clock()
        async with asyncio.timeout(_LONGEST_SECONDS):
            found: Any = await redis.xread({STREAM: self._read_to}, count=_MOST_READ, block=wait_ms)
        entries = [entry for _, entries in found for entry in entries]
        for place, fields in entries:
            self._take(fields.get(_FIELD, b""))
            self._read_to = place
        if len(entries) < _MOST_READ:
            self._level_until = (self._clock() if wait_ms else asked) + _LEVEL_SECONDS
        return len(entries)

    def _take(self, told: bytes) -> None:
        """What a process told; our own is known, and what is no such thing left out."""
        try:
            whose, turns = _DECODER.decode(told)
        except (msgspec.DecodeError, UnicodeDecodeError):
            log.warning("dialogues_unreadable")
            return
        if whose == self._me:
            return
        for pbx, call, state in turns:
            mine = self._memory.get((pbx, call)) or ""
            self._memory.put((pbx, call), later(mine, state) or None)


def later(mine: str, told: str) -> str:
    """Of two states of one call that of the later turn; one that is over is over for all."""
    return mine if told and _turn(told) < _turn(mine) else told


def _turn(state: str) -> int:
    """Its number; router/state.py says how a state is written, and judges it."""
    _, _, rest = state.partition(".")
    number = rest.partition(".")[0]
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 3 else 0

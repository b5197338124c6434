"""Device states of one PBX on their way to Valkey: what may be lost, kept right by giving the whole again."""

import asyncio
import re
from collections.abc import Iterable, Mapping

from redis.asyncio import Redis
from redis.exceptions import RedisError

from trunkline.background import obey_cancelling
from trunkline.log import get_logger
from trunkline.pbx.asterisk.framing import Frame
from trunkline.pbx.devices import DeviceState, device_state, plain
from trunkline.pbx.telling import Teller

log = get_logger(__name__)

PHONES = frozenset({"PJSIP", "SIP", "IAX2", "SCCP", "DAHDI"})
"""Channel technologies whose devices are phones and trunks; their name there is the extension or the endpoint."""
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,80}").fullmatch
_RETRY_SECONDS = 1.0
_PATIENCE_SECONDS = 2.0


def extension_of(device: str) -> str | None:
    """`PJSIP/101` is the phone of extension 101, `PJSIP/provider` a trunk.

    Queues, hints, parking lots and Local channels are neither.
    """
    technology, slash, name = device.partition("/")
    return name if slash and technology in PHONES and _NAME(name) else None


def states_of(frames: Iterable[Frame]) -> dict[str, DeviceState]:
    """States by extension, of DeviceStateChange frames."""
    states = {}
    for frame in frames:
        extension = extension_of(str(frame.get("Device", "")))
        if extension is not None:
            states[extension] = device_state(str(frame.get("State", "")))
    return states


class DeviceBoard:
    """The states of one PBX's phones and when its link was last proved, as written to Valkey by `run`.

    Changes wait while a write is under way and go together in the next.
    """

    def __init__(self, redis: Redis, pbx: str) -> None:
        self._redis = redis
        self._teller = Teller(redis, pbx)
        self._states: dict[str, DeviceState] = {}
        self._changed: dict[str, DeviceState] = {}
        self._others: dict[str, str] = {}
        self._changed_others: dict[str, str] = {}
        self._proved_at = 0.0
        self._whole = False
        self._open = False
        self._stirred = asyncio.Event()

    def replace(self, states: Mapping[str, DeviceState]) -> None:
        """These are all, and they are published from now on."""
        self._states, self._changed = dict(states), {}
        self._whole = self._open = True
        self._stirred.set()

    def change(self, states: Mapping[str, DeviceState]) -> None:
        """Some changed."""
        self._states.update(states)
        self._changed.update(states)
        self._stirred.set()

    def note(self, fields: Mapping[str, str]) -> None:
        """Some of the other fields changed (trunkline/pbx/live.py)."""
        self._others.update(fields)
        self._changed_others.update(fields)
        self._stirred.set()

    def replace_others(self, fields: Mapping[str, str]) -> None:
        """These are all other fields, written with the next whole."""
        self._others, self._changed_others = dict(fields), {}
        self._whole = True
        self._stirred.set()

    async def published(self) -> dict[str, str]:
        """What the hash holds now; empty without Valkey."""
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                return plain(await self._redis.hgetall(self._teller.key))
        except (RedisError, OSError, TimeoutError):
            return {}

    def proved(self, at: float) -> None:
        """The link was proved alive at `at`; without it readers take every state for unknown after 30 s.

        The whole is written again: Valkey may have lost it meanwhile.
        """
        self._proved_at = at
        self._whole = True
        self._stirred.set()

    def close(self) -> None:
        """Publish no more: the link is gone or another node acts."""
        self._open = False

    async def run(self) -> None:
        """Write for ever."""
        while True:
            await self._stirred.wait()
            self._stirred.clear()
            if not self._open or not self._proved_at:
                continue
            try:
                await self._write()
            except (RedisError, OSError) as error:
                obey_cancelling()
                log.warning("device_states_unwritten", key=self._teller.key, error=str(error))
                self._whole = True
                self._stirred.set()
                await asyncio.sleep(_RETRY_SECONDS)

    async def _write(self) -> None:
        whole, self._whole = self._whole, False
        states, self._changed = (dict(self._states) if whole else self._changed), {}
        others, self._changed_others = dict(self._others) if whole else self._changed_others, {}
        await self._teller.tell({**states, **others}, self._proved_at, whole=whole)

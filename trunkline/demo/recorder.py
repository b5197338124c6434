"""Recordings of demo calls: kept talks, sent in by the API when a call is over, and then their words.

The talks were spoken by Festival's Russian voice (the client's is lowered) and written down by Whisper base, both once.
"""

import asyncio
import heapq
import itertools
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final
from uuid import UUID

import aiohttp
import msgspec

from trunkline.log import get_logger

log = get_logger(__name__)

_FOLDER: Final = "talks"
_TOLD_AFTER_SECONDS: Final = 5.0
_ATTEMPTS: Final = 5
"""The call is in the database by one of them."""
_EACH_SECONDS: Final = 1.0
_TRIES: Final = 120
_TIMEOUT: Final = aiohttp.ClientTimeout(total=20)


class _Taken(msgspec.Struct):
    id: UUID
    stage: str


@dataclass(frozen=True, slots=True)
class Talk:
    """Sound as a PBX keeps it, Opus in Ogg with a side a channel, and the body that sends its words in."""

    name: str
    sound: bytes
    words: bytes


@cache
def load_talks() -> Sequence[Talk]:
    """The talks of trunkline/demo/talks."""
    folder = resources.files("trunkline.demo").joinpath(_FOLDER)
    names = sorted(file.name.removesuffix(".opus") for file in folder.iterdir() if file.name.endswith(".opus"))
    return [
        Talk(one, folder.joinpath(f"{one}.opus").read_bytes(), folder.joinpath(f"{one}.json").read_bytes())
        for one in names
    ]


class Recorder:
    """Sends talks in, one after the other. `api` is the private listener's address, `token` may add and hear."""

    def __init__(self, api: str, token: str) -> None:
        self._here, self._headers = f"{api}/api/v1/recordings", {"Authorization": f"Bearer {token}"}
        self._due: list[tuple[float, int, UUID, int]] = []
        self._order = itertools.count()
        self._more = asyncio.Event()

    def record(self, call_id: UUID, over_at: float) -> None:
        """The call of that id, over at that Unix time, was recorded."""
        self._put_off(max(over_at, time.time()), call_id, _ATTEMPTS)
        self._more.set()

    def _put_off(self, moment: float, call_id: UUID, attempts: int) -> None:
        if attempts:
            heapq.heappush(self._due, (moment + _TOLD_AFTER_SECONDS, next(self._order), call_id, attempts))

    async def run(self) -> None:
        """Send in what is due, for ever; what is refused again and again is left."""
        async with aiohttp.ClientSession(timeout=_TIMEOUT, headers=self._headers) as session:
            while True:
                self._more.clear()
                wait = self._due[0][0] - time.time() if self._due else None
                if wait is not None and wait <= 0:
                    _, serial, call_id, attempts = heapq.heappop(self._due)
                    sent = False
                    with suppress(aiohttp.ClientError, TimeoutError, msgspec.DecodeError):
                        sent = await self.send(session, call_id, load_talks()[serial % len(load_talks())])
                    self._put_off(time.time(), call_id, 0 if sent else attempts - 1)
                    continue
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._more.wait(), wait)

    async def send(self, session: aiohttp.ClientSession, call_id: UUID, talk: Talk) -> bool:
        """Send one talk in and then its words; False where either was not taken."""
        form = aiohttp.FormData()
        form.add_field("call", str(call_id))
        form.add_field("file", talk.sound, filename=f"{talk.name}.opus", content_type="audio/ogg")
        async with session.post(self._here, data=form) as answer:
            if answer.status not in {200, 201}:
                log.debug("demo_recording_refused", status=answer.status)
                return False
            taken = msgspec.json.decode(await answer.read(), type=_Taken)
        for _ in range(_TRIES):
            here = f"{self._here}/{taken.id}/transcript"
            async with session.put(here, data=talk.words, headers={"Content-Type": "application/json"}) as answer:
                if answer.status != 409:  # its sound is still being converted
                    return answer.status == 200
            await asyncio.sleep(_EACH_SECONDS)
        return False

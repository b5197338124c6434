"""The PBX of a soak: says every planned call over the fake AMI, writes its CEL file, keeps its recordings.

While nobody is connected it goes on as Asterisk does: what is said is heard by nobody, the rows are
written all the same.
"""

import asyncio
import heapq
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from tests.fakes.ami_server import AmiServer, Headers
from tests.fakes.dialogue import stamped
from tests.soak.plan import Call
from trunkline.pbx.asterisk.framing import decode

_TICK = 0.01
_ROTATE_BYTES = 32 << 20
"""The file is put aside as logrotate does, once it is so long."""
_ROW_TIME = re.compile(rb'","\d{10}\.\d{6}","')
_FILE = re.compile(rb"MIXMONITOR_FILENAME=(\S+\.wav)")
_SHORTEST_AWAY = 0.5

Item = tuple[float, int, bool, bytes]
"""When, its place among all, whether it is a row of CEL (or a frame), and its bytes."""


class Wire:
    """One Asterisk; `cel` and `monitor` are what the product is told of it."""

    def __init__(self, folder: Path, talk: Path) -> None:
        self.server = AmiServer()
        self.cel = folder / "trunkline.csv"
        self.cel.touch()
        self.monitor = folder / "monitor"
        self.monitor.mkdir()
        self.said = 0
        self.late = 0.0
        """By how many seconds the last frame was said too late."""
        self._talk = talk
        self._live: dict[str, Headers] = {}
        for action in ("CoreShowChannels", "Status"):
            self.server.before[action] = self._show

    async def say(self, calls: Iterator[Call], begun: float) -> None:
        """Say all of them, each in its own time; returns when the last is over."""
        waiting: list[Item] = []
        places = iter(range(1 << 62))
        following = next(calls, None)
        while following is not None or waiting:
            now = time.time()
            while following is not None and begun + following.at <= now + 1.0:
                for is_row, items in ((False, following.frames(begun)), (True, following.rows(begun))):
                    for moment, said in items:
                        heapq.heappush(waiting, (moment, next(places), is_row, said))
                following = next(calls, None)
            due = []
            while waiting and waiting[0][0] <= now:
                due.append(heapq.heappop(waiting))
            if due:
                self.late = now - due[0][0]
                await self._say(due)
            await asyncio.sleep(_TICK)

    async def cut(self, seconds: float) -> None:
        """Nobody reaches it for so long."""
        await self.server.stop()
        await asyncio.sleep(max(_SHORTEST_AWAY, seconds))
        await self.server.start()

    async def _say(self, due: list[Item]) -> None:
        """Everything is stamped as it is said: what is said after a proof of the link has a later time than that."""
        frames, rows, now = [], [], time.time()
        for place, (_, _, is_row, said) in enumerate(due):
            moment = now + place * 1e-6  # two frames of one moment would be one event
            if is_row:
                rows.append(_ROW_TIME.sub(b'","%.6f","' % moment, said, count=1))
            else:
                frames.append(stamped(said, moment))
                self._follow(said)
        # The rows first: Asterisk has written them when a link that breaks just now is mended.
        self._write(b"".join(rows))
        if frames:
            await self.server.say(b"".join(frame + b"\r\n\r\n" for frame in frames))
            self.said += len(frames)

    def _follow(self, frame: bytes) -> None:
        if frame.startswith(b"Event: Newchannel\r\n"):
            told = decode(frame)
            row = {name: str(told[name]) for name in ("Channel", "Uniqueid", "Linkedid")}
            self._live[row["Uniqueid"]] = row
        elif frame.startswith(b"Event: Hangup\r\n"):
            self._live.pop(str(decode(frame)["Uniqueid"]), None)
            if found := _FILE.search(frame):  # its recorder wrote until now
                shutil.copy(self._talk, self.monitor / PurePosixPath(found[1].decode()).name)

    def _show(self) -> None:
        self.server.channels = list(self._live.values())

    def _write(self, rows: bytes) -> None:
        if not rows:
            return
        with self.cel.open("ab") as file:
            file.write(rows)
            length = file.tell()
        if length > _ROTATE_BYTES:
            self.cel.replace(self.cel.with_name(f"{self.cel.name}.1"))
            self.cel.touch()

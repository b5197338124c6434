"""A simulated Asterisk: speaks AMI on loopback to whoever logs in, and replays dialogues to all of them."""

import asyncio
import hashlib
import heapq
import hmac
import itertools
import secrets
import time
from collections.abc import Iterable
from contextlib import suppress

from trunkline.pbx.asterisk.framing import Frame, decode

USERNAME = "trunkline"
_GREETING = b"Asterisk Call Manager/11.0.0\r\n"
_LONGEST_FRAME = 1 << 16
_LISTS = {
    "CoreShowChannels": "CoreShowChannelsComplete",
    "Status": "StatusComplete",
    "QueueStatus": "QueueStatusComplete",
    "DeviceStateList": "DeviceStateListComplete",
}
_COMMANDS = ("Challenge", "ListCommands", "Login", "Ping", "UserEvent", *_LISTS)


class Exchange:
    """The demo company's PBX; `port` is where it listens once started."""

    def __init__(self, secret: str, extensions: Iterable[str]) -> None:
        self._secret = secret
        self._extensions = tuple(extensions)
        self._listeners: set[asyncio.StreamWriter] = set()
        self._due: list[tuple[float, int, bytes]] = []
        self._order = itertools.count()
        self._started = time.time()
        self._heard = asyncio.Event()
        self._server: asyncio.Server | None = None
        self.port = 0

    async def start(self, port: int = 0) -> None:
        """Listen on loopback."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port, limit=_LONGEST_FRAME)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """End as a stopped Asterisk does."""
        if self._server is not None:
            self._server.close()
            for listener in list(self._listeners):
                listener.close()
            await self._server.wait_closed()

    async def until_heard(self) -> None:
        """Wait for the first who logs in."""
        await self._heard.wait()

    def play(self, frames: Iterable[tuple[float, bytes]]) -> None:
        """Say each frame when its time comes; those of the past at once."""
        for moment, frame in frames:
            heapq.heappush(self._due, (moment, next(self._order), frame))

    async def run(self) -> None:
        """Say what is due, for ever."""
        while True:
            now = time.time()
            while self._due and self._due[0][0] <= now:
                self._say(heapq.heappop(self._due)[2])
            for listener in list(self._listeners):
                with suppress(OSError):
                    await listener.drain()
            await asyncio.sleep(0.05)

    def _say(self, frame: bytes) -> None:
        for listener in self._listeners:
            listener.write(frame)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        challenge = str(secrets.randbelow(10**9))
        writer.write(_GREETING)
        try:
            while True:
                action = decode(await reader.readuntil(b"\r\n\r\n"))
                self._answer(action, writer, challenge)
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError):
            pass
        finally:
            self._listeners.discard(writer)
            writer.close()

    def _answer(self, action: Frame, writer: asyncio.StreamWriter, challenge: str) -> None:
        name = str(action.get("Action", ""))
        if name == "Challenge":
            _write(writer, action, Response="Success", Challenge=challenge)
        elif name == "Login":
            self._login(action, writer, challenge)
        elif writer not in self._listeners:
            _write(writer, action, Response="Error", Message="Permission denied")
        elif name == "ListCommands":
            _write(writer, action, Response="Success", **dict.fromkeys(_COMMANDS, "(Priv: reporting,user)"))
        elif name == "Ping":
            _write(writer, action, Response="Success", Ping="Pong", Timestamp=f"{time.time():.6f}")
        elif name == "UserEvent":
            _write(writer, action, Response="Success", Message="Event Sent")
            said = {key: str(value) for key, value in action.items() if key not in {"Action", "ActionID"}}
            self._say(_frame(Event="UserEvent", Privilege="user,all", Timestamp=f"{time.time():.6f}", **said))
        elif name in _LISTS:
            self._list(name, action, writer)
        else:
            _write(writer, action, Response="Error", Message="Permission denied")

    def _login(self, action: Frame, writer: asyncio.StreamWriter, challenge: str) -> None:
        # MD5 is the AMI's own protocol.
        expected = hashlib.md5((challenge + self._secret).encode(), usedforsecurity=False).hexdigest()
        if action.get("Username") != USERNAME or not hmac.compare_digest(expected, str(action.get("Key", ""))):
            _write(writer, action, Response="Error", Message="Authentication failed")
            return
        _write(writer, action, Response="Success", Message="Authentication accepted")
        self._listeners.add(writer)
        self._heard.set()
        up = str(int(time.time() - self._started))
        writer.write(
            _frame(Event="FullyBooted", Privilege="system,all", Uptime=up, LastReload=up, Status="Fully Booted")
        )

    def _list(self, name: str, action: Frame, writer: asyncio.StreamWriter) -> None:
        _write(writer, action, Response="Success", EventList="start", Message="List follows")
        devices = self._extensions if name == "DeviceStateList" else ()
        for extension in devices:
            _write(writer, action, Event="DeviceStateChange", Device=f"PJSIP/{extension}", State="NOT_INUSE")
        _write(writer, action, Event=_LISTS[name], EventList="Complete", ListItems=str(len(devices)))


def _write(writer: asyncio.StreamWriter, action: Frame, **headers: str) -> None:
    first, *rest = headers.items()
    identity = {"ActionID": str(action["ActionID"])} if "ActionID" in action else {}
    writer.write(_frame(**dict([first]), **identity, **dict(rest)))


def _frame(**headers: str) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode() + b"\r\n"

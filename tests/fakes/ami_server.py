"""A protocol fake of Asterisk's AMI on loopback: it says recorded bytes and, when told, does what breaks clients.

What it answers is what Asterisk 22 answers (recorded in tests/scenarios; pbx.md §1.12). Faults are attributes that may
be changed while it runs: `cut` (bytes a segment), `refuse_logins`, `ignore_pings`, `stalled` (half-open: takes nothing,
says nothing), and the methods `cut_off` (a way that is cut without a word), `drop` and `say` (any garbage). With `tls`
it is Asterisk's second port (tlsbindaddr), which hangs up without a word on who speaks no TLS (main/tcptls.c).
"""

import asyncio
import hashlib
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from types import TracebackType

from trunkline.pbx.asterisk.framing import Frame, decode, split_frames

Headers = dict[str, str]
_CHALLENGE = "840415273"
_GREETING = b"Asterisk Call Manager/11.0.0\r\n"
_READ_LIMIT = 1 << 16
_LISTS = ("CoreShowChannels", "DeviceStateList", "ExtensionStateList", "QueueStatus", "Status")
COMMANDS = ("Challenge", "ListCommands", "Login", "Logoff", "Ping", "UserEvent", *_LISTS)
MEMBER_COMMANDS = ("QueueAdd", "QueuePause", "QueuePenalty", "QueueRemove")


def frame(**headers: str) -> bytes:
    """One frame of these headers."""
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode() + b"\r\n"


def member(
    queue: str, interface: str, *, penalty: str = "0", kind: str = "static", reason: str | None = None
) -> Headers:
    """A QueueMember as QueueStatus lists it; with a reason, paused."""
    pause = {"Paused": f"{reason is not None:d}", "PausedReason": reason or ""}
    return {"Queue": queue, "Name": interface, "Location": interface, "Membership": kind, "Penalty": penalty, **pause}


class AmiServer:
    """One Asterisk. Use as a context; `port` is then where it listens."""

    def __init__(
        self, users: dict[str, str] | None = None, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
    ) -> None:
        self.host = host
        self.users = {"trunkline": "s3cret"} if users is None else users
        self.tls = tls
        self.port = 0
        self.booted_at = time.time() - 3600
        self.channels: list[Headers] = []
        self.devices: Headers = {}
        self.queues: list[Headers] = []
        """Rows of QueueSummary (`manager show event QueueSummary`): Queue, Callers …"""
        self.queue_names: list[str] = []
        self.members: dict[tuple[str, str], Headers] = {}
        self.entries: list[Headers] = []
        """Who waits, as QueueStatus lists it (`manager show event QueueEntry`): Queue, Channel, Uniqueid."""
        self.unrecorded: set[str] = set()
        """Channels at which no MixMonitor runs."""
        self.muted: set[str] = set()
        """Channels whose MixMonitor is muted."""
        self.contexts: set[str] = set()
        """Of the dialplan."""
        self.refusals: Headers = {}
        """By action, the words of an error it is answered with."""
        self.before: dict[str, Callable[[], None]] = {}
        """By action, what happens in the PBX just before it is answered."""
        self.drop_after = ""
        """An action that is carried out and not answered: the connection is cut instead."""
        self.commands: Iterable[str] = COMMANDS
        self.timestamps = True
        self.skew = 0.0
        self.cut = 0
        self.refuse_logins = False
        self.ignore_pings = False
        self.deaf_to: set[str] = set()
        self.denied: set[str] = {"Filter"}
        self.stalled = False
        self.write_seconds: float | None = None
        """manager.conf's writetimeout: who takes nothing for so long is hung up on."""
        self.actions: list[Frame] = []
        self.logins = 0
        self._server: asyncio.Server | None = None
        self._connections: set[_Connection] = set()
        self.changed = asyncio.Condition()

    async def __aenter__(self) -> "AmiServer":
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen, after a `stop` on the same port."""
        self._server = await asyncio.start_server(self._serve, self.host, self.port, limit=_READ_LIMIT, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """End as a killed Asterisk does."""
        if self._server is not None:
            self._server.close()
            self.drop()
            await self._server.wait_closed()
            self._server = None

    async def restart(self) -> None:
        """End and come up anew, with no channel left."""
        await self.stop()
        self.channels, self.booted_at = [], time.time()
        await self.start()

    def drop(self) -> None:
        """Cut every connection."""
        for connection in set(self._connections):
            connection.through.set()
            connection.writer.transport.abort()

    def cut_off(self, *logins: int) -> None:
        """Cut the way to who logged in so, from 1, and to nobody else: what either says is on its way until then.

        To a client a PBX that stands still is the same.
        """
        for connection in self._connections:
            if connection.login in logins:
                connection.through.clear()
            else:
                connection.through.set()

    @property
    def logged_in(self) -> int:
        """How many connections are logged in."""
        return sum(connection.logged_in for connection in self._connections)

    def asked(self, action: str) -> list[Frame]:
        """The actions of this name received so far."""
        return [one for one in self.actions if one.get("Action") == action]

    async def until(self, true: Callable[[], bool], limit: float = 10.0) -> None:
        """Wait until something that actions, logins or connections change is true."""
        async with asyncio.timeout(limit), self.changed:
            await self.changed.wait_for(true)

    async def say(self, data: bytes) -> None:
        """Send bytes to all who are logged in."""
        for connection in [one for one in self._connections if one.logged_in]:
            await connection.send(data)

    async def event(self, name: str, **headers: str) -> None:
        """Send an event to all who are logged in."""
        await self.say(self.event_frame(name, **headers))

    async def replay(self, frames: Sequence[bytes], *, rate: float | None = None, batch: int = 1) -> None:
        """Say recorded frames, at `rate` a second or as fast as the readers take them, `batch` to a segment."""
        start = time.monotonic()
        for first in range(0, len(frames), batch):
            if rate is not None:
                await asyncio.sleep(max(0.0, start + first / rate - time.monotonic()))
            await self.say(b"".join(one + b"\r\n\r\n" for one in frames[first : first + batch]))

    def event_frame(self, name: str, **headers: str) -> bytes:
        """An event as it is broadcast: with a time when `timestampevents` is on."""
        stamp = {"Timestamp": f"{time.time() + self.skew:.6f}"} if self.timestamps else {}
        return frame(Event=name, **stamp, **headers)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = _Connection(self, writer)
        self._connections.add(connection)
        try:
            await connection.send(_GREETING)
            await self._read(reader, connection)
        except ConnectionError:
            pass  # the client went; that is its right
        finally:
            self._connections.discard(connection)
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
            await self._stir()

    async def _read(self, reader: asyncio.StreamReader, connection: "_Connection") -> None:
        rest = b""
        while data := await reader.read(_READ_LIMIT):
            await connection.through.wait()
            frames, rest = split_frames(rest + data)
            for one in frames:
                if self.stalled:
                    continue
                action = decode(one)
                self.actions.append(action)
                await connection.answer(action)
                await self._stir()

    async def _stir(self) -> None:
        async with self.changed:
            self.changed.notify_all()


class _Connection:
    def __init__(self, server: AmiServer, writer: asyncio.StreamWriter) -> None:
        self.server = server
        self.writer = writer
        self.logged_in = False
        self.login = 0
        self.through = asyncio.Event()
        self.through.set()
        self._under_way = bytearray()
        self._writing = asyncio.Lock()

    async def send(self, data: bytes) -> None:
        if self.server.stalled:
            return
        self._under_way += data
        if not self.through.is_set():
            return
        async with self._writing:  # a frame in pieces is not torn by the next
            data, self._under_way = bytes(self._under_way), bytearray()
            if data:  # not sent with what another waited to send
                await self._write(data)

    async def _write(self, data: bytes) -> None:
        step = self.server.cut or len(data)
        for start in range(0, len(data), step):
            self.writer.write(data[start : start + step])
            try:
                async with asyncio.timeout(self.server.write_seconds):
                    await self.writer.drain()
            except TimeoutError:
                self.writer.transport.abort()
            except ConnectionError:
                pass
            if self.server.cut:
                await asyncio.sleep(0.0005)  # else the kernel joins the segments again

    async def answer(self, action: Frame) -> None:
        name = str(action.get("Action"))
        if name in self.server.deaf_to or (name == "Ping" and self.server.ignore_pings):
            return
        self.server.before.get(name, lambda: None)()
        answers: dict[str, Callable[[Frame], list[bytes]]] = {
            "Redirect": lambda _: [self._reply(action, Message="Redirect successful")],
            "BlindTransfer": lambda _: [self._reply(action, Message="Transfer succeeded")],
            "MixMonitorMute": self._mute,
            "Setvar": lambda _: [self._reply(action, Message="Variable Set")],
            "ShowDialPlan": self._show_context,
            "Challenge": lambda _: [self._reply(action, Challenge=_CHALLENGE)],
            "Login": self._login,
            "Ping": lambda _: [self._reply(action, Ping="Pong")],
            "UserEvent": lambda _: [self._reply(action, Message="Event Sent")],
            "Originate": lambda _: [self._reply(action, Message="Originate successfully queued")],
            "CoreShowChannels": lambda _: self._list(action, "Channels", "CoreShowChannel", self.server.channels),
            "Status": lambda _: self._list(action, "Channel status", "Status", self._statuses(action)),
            "QueueStatus": lambda _: self._list(action, "Queue status", "", self._queue_rows()),
            **dict.fromkeys(MEMBER_COMMANDS, self._change_member),
            "QueueSummary": lambda _: self._list(action, "Queue summary", "QueueSummary", self.server.queues),
            "DeviceStateList": lambda _: self._list(
                action, "Device State Changes", "DeviceStateChange", self._states()
            ),
            "ListCommands": lambda _: [self._reply(action, **dict.fromkeys(self.server.commands, "(Priv: x)"))],
        }
        if name in self.server.denied:
            replies = [self._error(action, "Permission denied")]
        elif name in self.server.refusals:
            replies = [self._error(action, self.server.refusals[name])]
        elif name in answers:
            replies = answers[name](action)
        else:
            replies = [self._error(action, "Invalid/unknown command")]
        if name == self.server.drop_after:
            self.server.drop_after = ""
            self.writer.transport.abort()
            return
        for one in replies:
            await self.send(one)
        if name == "UserEvent" and name not in self.server.denied:
            headers = {key: str(value) for key, value in action.items() if key not in {"UserEvent", "Event"}}
            await self.server.event("UserEvent", Privilege="user,all", UserEvent=str(action["UserEvent"]), **headers)

    def _queue_rows(self) -> list[Headers]:
        queues = [{"Event": "QueueParams", "Queue": queue} for queue in self.server.queue_names]
        members = [{"Event": "QueueMember", **member} for member in self.server.members.values()]
        return queues + members + [{"Event": "QueueEntry", **entry} for entry in self.server.entries]

    def _statuses(self, action: Frame) -> list[Headers]:
        """A channel's variables come only where they are asked for (manager.c, action_status)."""
        left_out = set() if "Variables" in action else {"Variable"}
        return [{name: row[name] for name in row.keys() - left_out} for row in self.server.channels]

    def _mute(self, action: Frame) -> list[bytes]:
        """app_mixmonitor.c, manager_mute_mixmonitor."""
        channel = str(action["Channel"])
        if channel not in {row["Channel"] for row in self.server.channels}:
            return [self._error(action, "No such channel")]
        if channel in self.server.unrecorded:
            return [self._error(action, "Cannot set mute flag")]
        (self.server.muted.add if action["State"] == "1" else self.server.muted.discard)(channel)
        return [self._reply(action)]

    def _show_context(self, action: Frame) -> list[bytes]:
        if action.get("Context") not in self.server.contexts:
            return [self._error(action, f"Did not find context {action.get('Context')}")]
        return self._list(action, "DialPlan list", "ListDialplan", [{"Context": str(action["Context"])}])

    def _change_member(self, action: Frame) -> list[bytes]:
        """The words are those of app_queue.c in Asterisk 22."""
        name, place = action["Action"], (str(action["Queue"]), str(action["Interface"]))
        known = self.server.members.get(place)
        if place[0] not in self.server.queue_names:
            return [self._error(action, "Unable to add interface to queue: No such queue")]
        if name == "QueueAdd":
            if known is not None:
                return [self._error(action, "Unable to add interface: Already there")]
            self.server.members[place] = member(*place, penalty=str(action["Penalty"]), kind="dynamic")
            return [self._reply(action, Message="Added interface to queue")]
        if known is None:
            return [self._error(action, "Unable to remove interface from queue: Not there")]
        if name == "QueueRemove":
            del self.server.members[place]
        elif name == "QueuePenalty":
            known["Penalty"] = str(action["Penalty"])
        else:
            paused = action["Paused"] == "true"
            known |= {"Paused": f"{paused:d}", "PausedReason": str(action.get("Reason", "")) if paused else ""}
        return [self._reply(action, Message="Done")]

    def _states(self) -> list[Headers]:
        return [{"Device": device, "State": state} for device, state in self.server.devices.items()]

    def _login(self, action: Frame) -> list[bytes]:
        secret = self.server.users.get(str(action.get("Username")), "")
        key = hashlib.md5(f"{_CHALLENGE}{secret}".encode()).hexdigest()
        if self.server.refuse_logins or not (action.get("Key") == key or action.get("Secret") == secret != ""):
            return [self._error(action, "Authentication failed")]
        self.logged_in = True
        self.server.logins += 1
        self.login = self.server.logins
        uptime = f"{time.time() - self.server.booted_at:.0f}"
        booted = frame(Event="FullyBooted", Uptime=uptime, LastReload=uptime, Status="Fully Booted")
        return [self._reply(action, Message="Authentication accepted"), booted]

    def _list(self, action: Frame, title: str, event: str, rows: list[Headers]) -> list[bytes]:
        own = str(action.get("ActionID", ""))
        start = self._reply(action, EventList="start", Message=f"{title} will follow")
        items = [frame(**{"Event": event, "ActionID": own, **row}) for row in rows]
        end = {"Event": f"{action['Action']}Complete", "ActionID": own, "EventList": "Complete"}
        extra = b"\r\n" if action["Action"] in {"CoreShowChannels", "Status"} else b""  # as Asterisk 22 does
        return [start, *items, frame(**end, ListItems=str(len(rows))) + extra]

    def _reply(self, action: Frame, **headers: str) -> bytes:
        own = {"ActionID": str(action["ActionID"])} if "ActionID" in action else {}
        return frame(Response="Success", **own, **headers)

    def _error(self, action: Frame, message: str) -> bytes:
        own = {"ActionID": str(action["ActionID"])} if "ActionID" in action else {}
        return frame(Response="Error", **own, Message=message)

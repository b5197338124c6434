"""One AMI connection: the only importer of panoramisk 1.4, whose eleven faults (ten in pbx.md §4) are mended here.

| # | panoramisk 1.4                                  | here                                                        |
|---|-------------------------------------------------|-------------------------------------------------------------|
| 1 | decodes each segment, losing cut letters        | frames bytes, decodes whole frames (framing.py)             |
| 2 | a raising callback closes the connection        | every frame and callback is guarded, faults are counted     |
| 3 | `Originate` without `Async` closes it too       | `Async: true` is always added                               |
| 4 | `Originate` waits for its outcome without end   | every action has a time-out                                 |
| 5 | unanswered actions stay in `responses`          | an action that timed out is forgotten                       |
| 6 | a missing Pong is never noticed                 | silence after a Ping ends the link                          |
| 7 | re-sends unanswered actions after a reconnect   | a link is one connection; nothing outlives it               |
| 8 | queues actions while down                       | `ask` raises LinkDown at once                               |
| 9 | callbacks are unordered tasks without a bound   | one ordered, bounded queue; what overflows is counted       |
| 10| reconnects by itself, also after `close`        | never does: session.py decides when, and `close` is the end |
| 11| awaits a list after `Added interface to queue`  | says that QueueAdd and Originate have one answer            |
"""

import asyncio
import hashlib
import ssl
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.message import Message

from trunkline.log import get_logger
from trunkline.pbx.asterisk.framing import TERMINATOR, Frame, decode, split_frames
from trunkline.pbx.asterisk.silence import Silence, Stage
from trunkline.pbx.asterisk.terms import ActionTimedOut, Address, Counts, Fault, Limits, LinkDown, LoginRefused
from trunkline.pbx.asterisk.tls import context_of, handshake_fault, silence_fault, stranger
from trunkline.web.i18n import mark

log = get_logger(__name__)

_UNREACHABLE = (
    mark("cannot connect to %(where)s: %(reason)s"),
    mark("is Asterisk up, does manager.conf say enabled = yes and bind that address, is a firewall between?"),
)
_PING = b"Action: Ping\r\nActionID: ping\r\n\r\n"
_ACTION_ID = b"\r\nActionID: "
_EVENT = b"Event: "
_ANSWERED_ONCE = frozenset(("QueueAdd", "Originate"))
_USER_EVENT = b"Event: UserEvent\r\n"  # carries the ActionID of the action that made it, yet is no answer


class Link:
    """One logged-in connection, from `open_link` until `lost` is done; there is no second life.

    `received` is called with each run of whole frames, as they came, before anything else is done with them. Frames of
    the events named in `wanted` are then taken, in order, from `next_event`. `doubted` is called when a doubt (see
    silence.py) begins and when it ends.
    """

    def __init__(
        self,
        address: Address,
        limits: Limits,
        received: Callable[[bytes], None],
        wanted: frozenset[str],
        doubted: Callable[[], None],
    ) -> None:
        loop = asyncio.get_running_loop()
        self.lost: asyncio.Future[str | Fault] = loop.create_future()
        self._address = address
        self.counts = Counts()
        self._limits = limits
        self._received = received
        self._doubted = doubted
        self._wanted = frozenset(name.encode() for name in wanted)
        self._events: deque[bytes] = deque()
        self._stirred = asyncio.Event()
        self._protocol = _Protocol(self)
        self._rest = b""
        self._clock = loop.time
        self._silence = Silence(limits, loop.time())

    async def ask(self, action: Mapping[str, str], *, timeout: float | None = None) -> list[Frame]:
        """Send an action once; its answer comes first, the events of a list after it.

        Raises LinkDown when there is no connection or it goes before the answer, ActionTimedOut after `timeout`.
        """
        self._check()
        for name, value in action.items():
            if "\r" in value or "\n" in value:
                raise ValueError(f"{name}: a value may not hold a line break")
        sent = Action(dict(action))
        if sent["Action"].lower() == "originate":
            sent["Async"] = "true"
        answer: asyncio.Future[Any] = self._protocol.send(
            sent, as_list=False if sent["Action"] in _ANSWERED_ONCE else None
        )
        try:
            await first_done(timeout or self._limits.action, answer, self.lost)
        finally:
            self._protocol.responses.pop(sent.id, None)
        if not answer.done():
            self._check()
            raise ActionTimedOut(f"no answer to {sent['Action']}")
        messages = answer.result()
        return [dict(message) for message in (messages if isinstance(messages, list) else [messages])]

    async def next_event(self) -> Frame:
        """The oldest event not yet taken; waits for one. Raises LinkDown when the link is lost and all are taken."""
        while not self._events:
            self._check()
            self._stirred.clear()
            await self._stirred.wait()
        return decode(self._events.popleft())

    @property
    def waiting(self) -> int:
        """How many actions await their answer."""
        return len(self._protocol.responses)

    @property
    def unanswered(self) -> bool:
        """Whether nothing came since a Ping was sent."""
        return self._silence.pinged_at is not None

    @property
    def doubtful(self) -> bool:
        """Whether that has lasted so long that another node may act."""
        return self._silence.doubtful

    def close(self, reason: str | Fault = "closed by us") -> None:
        """End the connection now; what was not yet sent is thrown away."""
        if not self.lost.done():
            self.lost.set_result(reason)
            self._stirred.set()
        if self._protocol.transport is not None:
            self._protocol.transport.abort()

    async def connect(self) -> None:
        """Raises LinkDown."""
        address, loop = self._address, asyncio.get_running_loop()
        context = await asyncio.to_thread(context_of, address.trust) if address.tls else None
        try:
            async with asyncio.timeout(self._limits.connect):
                await loop.create_connection(lambda: self._protocol, address.host, address.port, ssl=context)
        except (OSError, TimeoutError) as error:
            if address.tls and isinstance(error, (ssl.SSLError, ConnectionResetError)):
                raise LinkDown(handshake_fault(address, error)) from error
            reason = getattr(error, "strerror", None) or f"no answer within {self._limits.connect:g} s"
            raise LinkDown(Fault(*_UNREACHABLE, {"where": address.where, "reason": reason})) from error
        self._check()

    def _check(self) -> None:
        """Raises LinkDown when the link is lost."""
        if self.lost.done():
            raise LinkDown(self.lost.result())

    def connected(self, encrypted: ssl.SSLObject | None) -> None:
        """Before anything is read or said: where one certificate is trusted, this has to be it."""
        if encrypted is not None and (fault := stranger(self._address, encrypted.getpeercert(binary_form=True))):
            self.close(fault)

    def hung_up(self, reason: str) -> None:
        """The other side ended the connection."""
        heard = self._rest if self.counts.bytes == len(self._rest) else b"something"
        self.close(silence_fault(self._address, heard) or reason)

    async def login(self) -> None:
        """Log in without showing the secret on the wire; raises LoginRefused, LinkDown, ActionTimedOut."""
        address = self._address
        challenge = (await self.ask({"Action": "Challenge", "AuthType": "MD5"}))[0].get("Challenge")
        if not isinstance(challenge, str):
            raise LoginRefused("the AMI gave no challenge")
        # MD5 is the AMI's own protocol (ActionChallenge); a stronger digest is not on offer.
        key = hashlib.md5(f"{challenge}{address.secret}".encode(), usedforsecurity=False).hexdigest()
        action = {"Action": "Login", "AuthType": "MD5", "Username": address.username, "Key": key, "Events": "on"}
        answer = (await self.ask(action))[0]
        if answer.get("Response") != "Success":
            raise LoginRefused(f"{address.username}: {answer.get('Message', 'refused')}")

    async def watch(self) -> None:
        """Ping a silent link, doubt it, and end it when it stays silent; runs as long as the link lives."""
        while not self.lost.done():
            stage, at = self._silence.due()
            if (left := at - self._clock()) > 0:
                await first_done(min(left, self._limits.ping_after), self.lost)  # what is due may come sooner by then
                continue
            self._silence.reached(stage, self._clock())
            match stage:
                case Stage.PING:
                    assert self._protocol.transport is not None
                    self._protocol.transport.write(_PING)
                case Stage.DOUBT:
                    self._doubted()
                case Stage.END:
                    self.close(f"silent for {self._clock() - self._silence.heard_at:.0f} s, even to a Ping")

    def take(self, data: bytes) -> None:
        """What the socket brought; nothing is taken after the end."""
        if self.lost.done():
            return
        if self._silence.heard(self._clock()):
            self._doubted()
        self.counts.bytes += len(data)
        whole, terminator, rest = (self._rest + data).rpartition(TERMINATOR)
        self._rest = rest
        if len(rest) > self._limits.frame_bytes:
            self.close("what it sends is no AMI: a frame without an end")
        if not terminator:
            return
        run = whole + terminator
        self._guarded(self._received, run)
        for frame in split_frames(run)[0]:
            self.counts.frames += 1
            self._guarded(self._sort, frame)

    def _guarded(self, act: Callable[[bytes], None], what: bytes) -> None:
        try:
            act(what)
        except Exception:  # one bad frame or one bug must not end the stream
            faults = self.counts.faults = self.counts.faults + 1
            if faults & (faults - 1) == 0:  # the 1st, 2nd, 4th, 8th: a fault in every frame must not drown the log
                log.exception("ami_frame_failed", size=len(what), faults=faults)

    def _sort(self, frame: bytes) -> None:
        if _ACTION_ID in frame and self._protocol.responses and not frame.startswith(_USER_EVENT):
            message = Message(decode(frame))
            if message.id in self._protocol.responses:
                self._protocol.handle_message(message)
                return
        if not frame.startswith(_EVENT):
            return
        self.counts.events += 1
        if frame[len(_EVENT) : frame.find(b"\r\n")] not in self._wanted:
            return
        if len(self._events) >= self._limits.queue:
            self.counts.overflow += 1
            return
        self._events.append(frame)
        self._stirred.set()


async def first_done(seconds: float, *futures: "asyncio.Future[Any]") -> None:
    """Wait until one is done, at most so long.

    In two halves: after a standstill of this process time-outs come first and what the socket holds only then, so a
    single wait would end before the answer that lies there is read.
    """
    for _ in range(2):
        await asyncio.wait(futures, timeout=seconds / 2, return_when=asyncio.FIRST_COMPLETED)


@asynccontextmanager
async def open_link(
    address: Address,
    *,
    received: Callable[[bytes], None],
    wanted: frozenset[str],
    limits: Limits,
    doubted: Callable[[], None] = lambda: None,
) -> AsyncIterator[Link]:
    """A logged-in link that is watched and, on leaving, closed; raises LinkDown, LoginRefused, ActionTimedOut."""
    link = Link(address, limits, received, wanted, doubted)
    watcher: asyncio.Task[None] | None = None
    try:
        await link.connect()
        await link.login()
        watcher = asyncio.create_task(link.watch())
        yield link
    finally:
        link.close()
        if watcher is not None:
            watcher.cancel()
            with suppress(asyncio.CancelledError):
                await watcher


class _Protocol(AMIProtocol):  # type: ignore[misc]  # panoramisk carries no types
    """panoramisk's protocol with the reading taken away from it: it only sends actions and collects their answers."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self.transport: asyncio.Transport | None = None
        self.responses: dict[str, Action] = {}
        self.encoding = "utf-8"

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self._link.connected(transport.get_extra_info("ssl_object"))

    def data_received(self, data: bytes) -> None:
        self._link.take(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._link.hung_up(f"connection lost: {exc}" if exc else "closed by the PBX")

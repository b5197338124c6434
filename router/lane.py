"""The short way: a plain question or hook (`POST`) that comes in one piece is answered where it was read.

aiohttp reads any HTTP there is, which takes longer than deciding. A PBX sends the same head with every question, so a
head of nothing but plain lines is read once and known by its bytes from then on; heads of hooks are read by
router/hook_lane.py. Everything else (another path, a body in pieces, a browser, a refusal, a doubled field) goes to
aiohttp, and its connection stays there: what this way takes is what no two readers of HTTP understand differently.
"""

import asyncio
import socket
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final, NamedTuple, TypeVar, cast

from router.access import Access
from router.hook_keeping import Judged
from router.hook_lane import BEGINNING, HookLane
from router.hooks import Waiting
from router.journal import Answered
from router.plain_head import plain_headers
from router.prepared import ready
from router.web import JSON, Desk
from trunkline.directory.values import PbxBrief
from trunkline.log import get_logger
from trunkline.pbx.port import Question

log = get_logger(__name__)

LONGEST_HEAD: Final = 1024
IDLE_SECONDS: Final = 3630.0
"""How long a connection may stay open with nothing asked: aiohttp's own time, which outlasts that of callers' pools."""
MOST_HELD: Final = 65_536
_MOST_HEADS: Final = 1024
_JSON: Final = JSON["Content-Type"]

Protocols = Callable[[], asyncio.Protocol]


class Known(NamedTuple):
    """A head read before: who asks, and how long the body behind it is."""

    pbxs: tuple[PbxBrief, ...]
    length: int


class Lanes:
    """Makes the protocol of each connection; `others` makes aiohttp's. Give it to `loop.create_server`."""

    def __init__(
        self,
        desk: Desk,
        others: Protocols,
        *,
        longest_body: int,
        idle_seconds: float = IDLE_SECONDS,
        hooks: HookLane,
    ) -> None:
        self.desk = desk
        self.hooks = hooks
        self.others = others
        self.idle_seconds = idle_seconds
        self.open: set[Lane] = set()
        self.answers: set[asyncio.Task[None]] = set()
        self.closing = False
        self._untold: list[tuple[Lane, Answered | Judged]] = []
        self._longest_body = longest_body
        self._access: Access | None = None
        self._heads: dict[tuple[bytes, str], Known] = {}

    def __call__(self) -> "Lane":
        return Lane(self)

    def known(self, head: bytes, remote: str) -> Known | None:
        """Who sent this head from `remote`; None sends him to aiohttp. Forgotten with the directory it was read by."""
        if self._access is not self.desk.access:
            self._access = self.desk.access
            self._heads.clear()
        found = self._heads.get((head, remote))
        if found is None and (found := self._read(head, remote)) is not None:
            if len(self._heads) >= _MOST_HEADS:
                self._heads.clear()
            self._heads[head, remote] = found
        return found

    def _read(self, head: bytes, remote: str) -> Known | None:
        headers = plain_headers(head)
        if headers is None or (length := int(headers["Content-Length"])) > self._longest_body:
            return None
        pbxs = self.desk.access.pbxs_from(headers, remote)
        return Known(pbxs, length) if pbxs else None  # aiohttp's handler counts the refusal

    def tell(self, lane: "Lane", answered: Answered | Judged) -> None:
        """Answer on `lane` at the end of this turn of the event loop, all of its answers kept by one write."""
        self._untold.append((lane, answered))
        if len(self._untold) == 1:
            asyncio.get_running_loop().call_soon(self._tell)

    def _tell(self) -> None:
        untold, self._untold = self._untold, []
        questions = [(lane, one) for lane, one in untold if isinstance(one, Answered)]
        hooks = [(lane, one) for lane, one in untold if isinstance(one, Judged)]
        if questions:
            _write(questions, self._told)
        if hooks:
            _write(hooks, self.hooks.told)

    def _told(self, answered: Sequence[Answered]) -> list[bytes]:
        return [ready(body, _JSON) for body in self.desk.told(answered)]

    async def close(self) -> None:
        """End every connection, each after the answer it waits for."""
        await asyncio.sleep(0)  # what lies in the sockets already is asked
        self.closing = True
        for lane in tuple(self.open):
            lane.close_when_answered()
        if self.answers:  # also those whose connection is lost: they are kept
            await asyncio.wait(self.answers)
        self._tell()


class Lane(asyncio.Protocol):
    """One connection."""

    def __init__(self, lanes: Lanes) -> None:
        self.answering: asyncio.Task[None] | None = None
        """The answer under way, where telephones have to be asked for first."""
        self._asked = False
        self._lanes = lanes
        self._desk = lanes.desk
        self._other: asyncio.Protocol | None = None
        self._transport: asyncio.Transport
        self._remote = ""
        self._held = b""
        self._full = False
        self._heard_at = 0.0
        self._idle: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's does not inherit from it
        peer = transport.get_extra_info("peername")
        self._remote = peer[0] if peer else ""
        connected = transport.get_extra_info("socket")
        if connected is not None:
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._lanes.open.add(self)
        if self._lanes.closing:
            self._transport.close()
        self._heard_at = time.perf_counter()
        self._wait_idly(self._lanes.idle_seconds)

    def data_received(self, data: bytes) -> None:
        if self._other is not None:
            self._other.data_received(data)
        elif self._asked:
            self._hold(data)
        else:
            self._read(data)

    def eof_received(self) -> bool | None:
        return self._other.eof_received() if self._other is not None else None

    def connection_lost(self, exc: Exception | None) -> None:
        self._lanes.open.discard(self)
        self._held = b""
        if self._idle is not None:
            self._idle.cancel()
        if self._other is not None:
            self._other.connection_lost(exc)

    def pause_writing(self) -> None:
        self._full = True
        if self._other is not None:
            self._other.pause_writing()
        else:
            self._transport.pause_reading()  # who does not read his answers asks nothing more

    def resume_writing(self) -> None:
        self._full = False
        if self._other is not None:
            self._other.resume_writing()
        else:
            self._transport.resume_reading()

    def close_when_answered(self) -> None:
        """Close now, or behind the answer under way; a connection of aiohttp's is closed by aiohttp."""
        if self._other is None and not self._asked:
            self._transport.close()

    def _read(self, data: bytes) -> None:
        started = time.perf_counter()
        head, gap, body = data.partition(b"\r\n\r\n")
        if not gap:  # more of the head may be on its way
            self._hand_over(data)
            return
        if head.startswith(BEGINNING):
            self._hear(head, body, data, started)
            return
        known = self._lanes.known(head, self._remote) if len(head) <= LONGEST_HEAD else None
        if known is None or len(body) != known.length:
            self._hand_over(data)
            return
        self._heard_at = started
        desk, pbxs = self._desk, known.pbxs
        now = desk.clock()
        question, reply, rings = desk.decide(pbxs, body, now)
        self._asked = True
        if rings:
            self._wait_for(self._reserve(Answered(question, reply, now, started), pbxs[0].deadline_ms), question)
        else:
            self._lanes.tell(self, Answered(question, reply, now, started))

    def _hear(self, head: bytes, body: bytes, data: bytes, started: float) -> None:
        """A hook, where it is plain."""
        hooks = self._lanes.hooks
        heard = hooks.heard(head, body, self._remote)
        if heard is None:
            self._hand_over(data)
            return
        self._heard_at = started
        self._asked = True
        judged = hooks.judge(heard, started)
        if isinstance(judged, Waiting):
            self._wait_for(hooks.awaited(judged), judged.question)
        else:
            self._lanes.tell(self, judged)

    async def _reserve(self, answered: Answered, deadline_ms: int) -> Answered:
        question, reply, now, started = answered
        return Answered(question, await self._desk.reserved(question, reply, now, started, deadline_ms), now, started)

    def _wait_for(self, answer: Coroutine[Any, Any, Answered | Judged], question: Question) -> None:
        """Ask for the telephones, then answer; what was sent meanwhile comes after that."""

        async def tell() -> None:
            try:
                answered = await answer
            except Exception:
                log.exception("answer_failed", call_id=question.call_id)
                self.give_up()
            else:
                self._lanes.tell(self, answered)

        self.answering = asyncio.ensure_future(tell())
        self._lanes.answers.add(self.answering)
        self.answering.add_done_callback(self._lanes.answers.discard)

    def write(self, data: bytes) -> None:
        """Answer what was asked."""
        self.answering, self._asked = None, False
        if not self._transport.is_closing():  # who hung up is told nothing, and asked nothing more
            self._transport.write(data)
            self._go_on()

    def give_up(self) -> None:
        """There is no answer: the PBX need not wait to go its own way."""
        self._transport.abort()

    def _go_on(self) -> None:
        """After an answer: close, or read what was sent meanwhile."""
        if self._lanes.closing:
            self._transport.close()
        elif self._held:
            held, self._held = self._held, b""
            if not self._full:
                self._transport.resume_reading()
            self._read(held)

    def _hold(self, data: bytes) -> None:
        self._held += data
        if len(self._held) > MOST_HELD:
            self._transport.pause_reading()

    def _wait_idly(self, seconds: float) -> None:
        self._idle = asyncio.get_running_loop().call_later(seconds, self._close_if_idle)

    def _close_if_idle(self) -> None:
        """One timer a connection, set anew only when it rings: setting it with every question costs more than this."""
        left = self._heard_at + self._lanes.idle_seconds - time.perf_counter()
        if left > 0 or self._asked:
            self._wait_idly(max(left, 1.0))
        elif self._full:
            self._transport.abort()  # a close would wait for a reader who does not read
        else:
            self._transport.close()

    def _hand_over(self, data: bytes) -> None:
        """From here on this connection is aiohttp's."""
        self._lanes.open.discard(self)
        if self._idle is not None:
            self._idle.cancel()
        self._other = self._lanes.others()
        self._other.connection_made(self._transport)
        if self._full:
            self._transport.resume_reading()
            self._other.pause_writing()
        self._other.data_received(data)


_T = TypeVar("_T", Answered, Judged)


def _write(untold: Sequence[tuple[Lane, _T]], told: Callable[[Sequence[_T]], list[bytes]]) -> None:
    """Keep what is told, and write each answer on its lane."""
    try:
        answers = told([one for _, one in untold])
    except Exception:
        log.exception("answers_failed", count=len(untold))
        for lane, _ in untold:
            lane.give_up()
    else:
        for (lane, _), data in zip(untold, answers, strict=True):
            lane.write(data)

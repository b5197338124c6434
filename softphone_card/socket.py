"""`GET /card/ws`: a browser's or program's socket to the feed; one writer, a bounded queue, and who is slow is cut."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from aiohttp import WSMsgType, web

from softphone_card.feed import Feed
from softphone_card.message import (
    LONGEST_FRAME,
    TOO_LONG,
    TOO_MANY_CARDS,
    TOO_MANY_FRAMES,
    Goodbye,
    Message,
    Seen,
    as_json,
    read_frame,
    unreadable,
)
from softphone_card.own_words import Mark
from softphone_card.room import room_key
from trunkline.calls.places import queue_names
from trunkline.errors import Forbidden, InvalidInput, Mistake
from trunkline.keys import directory_key
from trunkline.people.identity import Identity
from trunkline.people.roles import Right
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.metrics import CARD_CUT

QUEUE_LENGTH = 32
SEND_SECONDS = 10.0
_HEARTBEAT_SECONDS = 20.0
_CLOSE_SECONDS = 2.0
_MOST_FRAMES = 30
"""What a client may say within _FRAMES_SECONDS; a page says one thing at a reconnection."""
_FRAMES_SECONDS = 10.0
# Frames a little over our limit are answered; aiohttp ends the socket by itself for those over this.
_HARD_LIMIT = 16 * LONGEST_FRAME
_LONGEST_LAST = 15  # digits a browser keeps whole


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get("/card/ws", card_socket)]


async def card_socket(request: web.Request) -> web.StreamResponse:
    """The signed-in person's calls, at once and whenever they change; `last` is the newest event the client knows.

    With `presence=yes` it is told too that his own presence is another.
    """
    identity, room = signed_in(request), request.app[room_key]
    if identity.extension is None:
        raise Forbidden(_("You have no extension, so no call can ring for you: an administrator gives you one."))
    last = _last_of(request)
    response = web.WebSocketResponse(
        heartbeat=_HEARTBEAT_SECONDS, compress=False, max_msg_size=_HARD_LIMIT, timeout=_CLOSE_SECONDS
    )
    if not response.can_prepare(request):
        raise InvalidInput(Mistake("Upgrade", _("this address is a WebSocket: the page /card opens it")))
    await response.prepare(request)
    socket = CardSocket(request, response, identity, room.feed, room.looked.set)
    if room.enter(socket):
        try:
            await socket.run(last)
        finally:
            room.leave(socket)
    else:
        await socket.refuse(TOO_MANY_CARDS)
    return response


class CardSocket:
    """One open card."""

    def __init__(
        self,
        request: web.Request,
        response: web.WebSocketResponse,
        identity: Identity,
        feed: Feed,
        looked: Callable[[], None],
    ) -> None:
        self.identity = identity
        self.extension = identity.extension or ""
        self.follows_presence = request.query.get("presence") == "yes" and identity.holds(Right.PRESENCE_OWN)
        self.presence_told: Mark | None = None
        self._request = request
        self._response = response
        self._feed = feed
        self._looked = looked
        self._waiting: asyncio.Queue[Message] = asyncio.Queue(QUEUE_LENGTH)
        self._frames: list[float] = []
        self._ending = False
        self.cut = False
        self.visible = False

    async def run(self, last: int) -> None:
        """Tell and listen until either side ends it."""
        self._feed.listen(self.extension, self)
        writer = asyncio.create_task(self._write(), name="card-socket")
        try:
            self.offer(await self._feed.state(self.extension, last))
            await self._read()
            if self._ending:
                await writer
        finally:
            self._feed.leave(self.extension, self)
            writer.cancel()
            with suppress(asyncio.CancelledError):
                await writer

    def offer(self, message: Message) -> None:
        """Queue `message`; who has not taken the last ones by now is cut off, and will resume."""
        if self._ending:
            return
        self._ending = isinstance(message, Goodbye)
        try:
            self._waiting.put_nowait(message)
        except asyncio.QueueFull:
            self._cut()

    async def refuse(self, goodbye: Goodbye) -> None:
        """Say why and close, before anything else was said."""
        with suppress(ConnectionError):
            await self._send(goodbye)

    async def _write(self) -> None:
        """The only one that sends, so that nothing is told out of its order."""
        while not self._response.closed:
            message = await self._waiting.get()
            try:
                await asyncio.wait_for(self._send(message), SEND_SECONDS)
            except TimeoutError:
                self._cut()
                return
            except ConnectionError:
                return
            if isinstance(message, Goodbye):
                return

    async def _send(self, message: Message) -> None:
        names = queue_names(self._request.app[directory_key].head)
        await self._response.send_str(as_json(message, datetime.now(UTC), names))
        if isinstance(message, Goodbye):
            await self._response.close(code=int(message.code), message=message.code.name.lower().encode())

    async def _read(self) -> None:
        """Hear the client until it leaves or says what ends it."""
        async for frame in self._response:
            if frame.type in {WSMsgType.TEXT, WSMsgType.BINARY}:
                answer = await self._answer(frame.data)
                if answer is not None:
                    self.offer(answer)
                if self._ending:
                    return

    async def _answer(self, data: str | bytes) -> Message | None:
        if (wrong := self._judged(data)) is not None:
            return wrong
        try:
            asked = read_frame(data)
        except InvalidInput as error:
            return unreadable(error)
        if isinstance(asked, Seen):
            if asked.visible != self.visible:
                self.visible = asked.visible
                self._looked()
            return None
        return await self._feed.state(self.extension, asked.last)

    def _judged(self, data: str | bytes) -> Goodbye | None:
        """Why a frame is not even read: it is too long, or one too many."""
        if len(data if isinstance(data, bytes) else data.encode()) > LONGEST_FRAME:
            return TOO_LONG
        now = asyncio.get_running_loop().time()
        self._frames = [at for at in self._frames if now - at < _FRAMES_SECONDS] + [now]
        return TOO_MANY_FRAMES if len(self._frames) > _MOST_FRAMES else None

    def _cut(self) -> None:
        if not self.cut:
            self.cut = True
            CARD_CUT.inc()
        if self._request.transport is not None:
            self._request.transport.abort()


def _last_of(request: web.Request) -> int:
    text = request.query.get("last", "") or "0"
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_LAST):
        raise InvalidInput(Mistake("last", _("the number of the newest event the card knows, or nothing")))
    return int(text)

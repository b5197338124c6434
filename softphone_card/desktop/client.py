"""The helper's side of the card's socket and of the API: comes back by itself, later each time, and knows its end."""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple, TypeVar

import aiohttp
import msgspec
from aiohttp import hdrs
from yarl import URL

from softphone_card.desktop import told
from softphone_card.desktop.told import Card, Changed, Elsewhere, Goodbye, Notice, Presence, State

T = TypeVar("T")

_FINAL: Final = frozenset({4401, 4409})
"""The token is no more; the extension is somebody else's. Coming back would be told the same."""
_LARGEST: Final = 1 << 20
_HEARTBEAT: Final = 20.0
_PATIENCE: Final = 10.0
_MORE_TRIES: Final = 2


class Link(StrEnum):
    """How we stand with the server."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    LOST = "lost"


class Why(StrEnum):
    """Why we come back no more."""

    TOKEN = "token"  # noqa: S105 - a name
    RIGHT = "right"
    TOLD = "told"
    """The server says why."""


class Stopped(NamedTuple):
    """The end: `text` is the server's sentence, where it said one."""

    why: Why
    text: str = ""


class CardRead(NamedTuple):
    """The card of a call has come; `other` was its other side when it was asked for."""

    call_id: str
    other: str
    card: Card


class PresenceTold(NamedTuple):
    """What the server keeps of my own presence; None where it told none."""

    state: Presence | None


Said = State | Changed | Notice | Elsewhere | Link | Stopped | CardRead | PresenceTold


@dataclass(frozen=True, slots=True)
class Server:
    """Where it is and what it is shown; the token is in no repr."""

    address: str
    token: str
    language: str = "en"

    def __repr__(self) -> str:
        return f"Server({self.address!r})"

    @property
    def headers(self) -> dict[str, str]:
        """Of every request."""
        return {hdrs.AUTHORIZATION: f"Bearer {self.token}", hdrs.ACCEPT_LANGUAGE: self.language}


@dataclass(frozen=True, slots=True)
class Delays:
    """Seconds before coming back: the first, and the longest; a telephone rings 20."""

    first: float = 0.3
    longest: float = 3.0


class Client:
    """One connection to one server; `say` is told everything, from the event loop's own thread."""

    def __init__(self, server: Server, say: Callable[[Said], None], delays: Delays = Delays()) -> None:
        self._server = server
        self._say = say
        self._delays = delays
        self._base = URL(server.address)
        self._session: aiohttp.ClientSession | None = None
        self._extension = ""
        self._last = 0

    async def run(self) -> None:
        """Follow my calls until there is no sense in it any more."""
        delay = self._delays.first
        limits = aiohttp.ClientTimeout(total=_PATIENCE)
        async with aiohttp.ClientSession(headers=self._server.headers, timeout=limits) as self._session:
            self._say(Link.CONNECTING)
            while True:
                ended = await self._follow(self._session)
                if isinstance(ended, Stopped):
                    self._say(ended)
                    return
                if ended:  # it had been connected
                    delay = self._delays.first
                self._say(Link.LOST)
                # Some sooner, some later: a server that was restarted is not asked by everybody at once.
                await asyncio.sleep(delay * (0.5 + random.random()))  # noqa: S311 - no secret
                delay = min(delay * 2, self._delays.longest)

    async def read_card(self, call_id: str, other: str) -> None:
        """Ask for the card of a call; without an answer the window shows what the PBX said."""
        if (card := await self._ask(hdrs.METH_GET, f"api/v1/cards/{call_id}/told", told.read_card)) is not None:
            self._say(CardRead(call_id, other, card))

    async def choose(self, call_id: str, contact: str, other: str) -> None:
        """Say who of several it is; the card is read again either way."""
        await self._ask(hdrs.METH_POST, f"card/calls/{call_id}/contact", _nothing, data={"contact": contact})
        await self.read_card(call_id, other)

    async def set_presence(self, state: Presence) -> None:
        """Say what I am; what the server then keeps is told, also where it refused."""
        person = await self._ask(hdrs.METH_PUT, "api/v1/presence", told.read_person, json={"state": state.value})
        if person is not None:
            self._say(PresenceTold(person.manual.state))
        else:
            await self.read_presence()

    async def read_presence(self) -> None:
        """Ask for my own presence, a few times where the server is slow."""
        people = await self._ask(hdrs.METH_GET, "api/v1/presence", told.read_people)
        for _again in range(_MORE_TRIES):
            if people is not None:
                break
            await asyncio.sleep(self._delays.longest)
            people = await self._ask(hdrs.METH_GET, "api/v1/presence", told.read_people)
        mine = [one for one in people.items if one.extension == self._extension] if people else []
        self._say(PresenceTold(mine[0].manual.state if mine else None))

    async def _follow(self, session: aiohttp.ClientSession) -> Stopped | bool:
        """One connection, to its end: why it is the last, or whether it stood at all."""
        address = self._base.joinpath("card/ws").with_query(last=self._last, presence="yes")
        try:
            async with session.ws_connect(address, heartbeat=_HEARTBEAT, max_msg_size=_LARGEST) as socket:
                return await self._hear(socket)
        except aiohttp.WSServerHandshakeError as error:
            return {401: Stopped(Why.TOKEN), 403: Stopped(Why.RIGHT)}.get(error.status, False)
        except (aiohttp.ClientError, OSError, TimeoutError, msgspec.DecodeError, UnicodeDecodeError):
            return False

    async def _hear(self, socket: aiohttp.ClientWebSocketResponse) -> Stopped | bool:
        goodbye: Goodbye | None = None
        stood = False
        async for frame in socket:
            if frame.type is not aiohttp.WSMsgType.TEXT:
                continue
            message = told.read_message(frame.data)
            if message is None:
                continue
            if isinstance(message, Goodbye):
                goodbye = message
                continue
            if isinstance(message, State):
                stood = True
                self._extension = message.extension
                self._last = message.event_id
                self._say(Link.CONNECTED)
            elif isinstance(message, Changed):
                self._last = max(self._last, message.event_id)
            self._say(message)
        code = goodbye.code if goodbye else socket.close_code
        if code in _FINAL:
            why = Why.TOKEN if code == 4401 else Why.TOLD
            return Stopped(why, goodbye.message if goodbye else "")
        return stood

    async def _ask(self, method: str, path: str, read: Callable[[bytes], T], **body: Any) -> T | None:
        """What the server answers with a 200; None for anything else: the socket tells whether it is there."""
        if self._session is None or self._session.closed:
            return None
        with suppress(aiohttp.ClientError, OSError, TimeoutError, msgspec.DecodeError):
            address = self._base.joinpath(path)
            async with self._session.request(method, address, allow_redirects=False, **body) as answer:
                if answer.status == 200:
                    return read(await answer.read())
        return None


def _nothing(_body: bytes) -> None:
    return None

"""The short way of a hook: a plain `POST` to the address of a hosted PBX that comes in one piece (router/lane.py).

Here a head is read by lines and not known whole: a signature differs with every request, a length with most. What
stands in the address is looked up first, so nothing a stranger sends is remembered.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from multidict import CIMultiDict

from router.hook_doors import Door
from router.hook_keeping import Judged
from router.hooks import HookDesk, Waiting, received_now
from router.plain_head import LINE, is_length, stays_open
from router.prepared import ready
from trunkline.pbx.hooks.request import LONGEST_BODY, LONGEST_HEADER, HookRequest
from trunkline.web.security import FORWARDING_HEADERS, Address, Perimeter, peer_of

BEGINNING: Final = b"POST /router/v1/hooks/"
LONGEST_HEAD: Final = 4096
"""A proxy's lines and a signature are in it."""
_MOST_REMEMBERED: Final = 1024
_REQUEST_LINE: Final = re.compile(
    rb"POST /router/v1/hooks/([a-z0-9]{1,40})/([A-Za-z0-9_-]{1,200})"
    rb"(?:/([A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*))? HTTP/1\.1"
).fullmatch
"""Of letters that every reader of an address leaves as they are; one with a query is aiohttp's."""
_FORWARDING: Final = frozenset(name.lower() for name in FORWARDING_HEADERS)
_STEADY: Final = frozenset(
    {
        "accept",
        "accept-encoding",
        "accept-language",
        "cache-control",
        "connection",
        "content-length",
        "content-type",
        "host",
        "user-agent",
        "via",
        "x-forwarded-host",
        "x-forwarded-proto",
    }
)
"""Fields that come again as they were: their lines are remembered."""
_PLAIN: Final = _STEADY | _FORWARDING | {"authorization", "pragma", "signature", "x-request-id"}
"""None of them says where a body ends or what becomes of the connection, but `Content-Length` and `Connection`."""
_NO_HEADERS: Final[CIMultiDict[str]] = CIMultiDict()

Field = tuple[str, str]


class Heard(NamedTuple):
    """A request that was read: whose it is, and from where it came."""

    door: Door
    request: HookRequest
    address: Address | None


class HookLane:
    """Reads plain requests by the doors of `desk`, and says what goes back as the bytes aiohttp would send."""

    def __init__(self, desk: HookDesk, perimeter: Perimeter) -> None:
        self._desk = desk
        self._perimeter = perimeter
        self._doors = desk.doors
        self._opened: dict[bytes, tuple[Door, str]] = {}
        self._lines: dict[bytes, Field] = {}
        self._peers: dict[str, tuple[Address | None, str]] = {}

    def heard(self, head: bytes, body: bytes, remote: str) -> Heard | None:
        """The request, where aiohttp reads the same one from these bytes and `desk` knows the address; else None."""
        if len(head) > LONGEST_HEAD:
            return None
        request_line, _, rest = head.partition(b"\r\n")
        if (told := self._door(request_line)) is None or (headers := self._headers(rest)) is None:
            return None
        length = headers.get("content-length", "")
        if "host" not in headers or not is_length(length) or int(length) != len(body) or len(body) > LONGEST_BODY:
            return None
        if not stays_open(headers.get("connection")):
            return None
        door, path = told
        address, peer = self._peer(headers, remote)
        return Heard(door, HookRequest("POST", path, "", headers, body, received_now(), peer), address)

    def judge(self, heard: Heard, started: float) -> Judged | Waiting:
        """What is to be `told`, or has to be `awaited` before."""
        return self._desk.judge(heard.door, heard.request, heard.address, started)

    async def awaited(self, waiting: Waiting) -> Judged:
        """Judged, once its telephones were asked for."""
        return await self._desk.awaited(waiting)

    def told(self, judged: Sequence[Judged]) -> list[bytes]:
        """The answer to each; all of them are kept."""
        return [
            ready(reply.body, f"{reply.content_type}; charset=utf-8", reply.status) for reply in self._desk.kept(judged)
        ]

    def _door(self, request_line: bytes) -> tuple[Door, str] | None:
        """Whose address it is, and what stands behind it; what was right is remembered until the directory changes."""
        doors = self._desk.doors
        if doors is not self._doors:
            self._doors = doors
            self._opened.clear()
        if (told := self._opened.get(request_line)) is not None:
            return told
        if (match := _REQUEST_LINE(request_line)) is None:
            return None
        provider, secret, path = (part.decode() if part else "" for part in match.groups())
        door = doors.behind(provider, secret)
        if door is None:  # aiohttp's handler counts the refusal
            return None
        if len(self._opened) >= _MOST_REMEMBERED:
            self._opened.clear()
        self._opened[request_line] = (door, path)
        return door, path

    def _headers(self, lines: bytes) -> dict[str, str] | None:
        """The fields of plain lines, each once; None for any other."""
        headers: dict[str, str] = {}
        known = self._lines
        for line in lines.split(b"\r\n"):
            found = known.get(line) or self._field(line)
            if found is None or found[0] in headers:
                return None
            headers[found[0]] = found[1]
        return headers

    def _field(self, line: bytes) -> Field | None:
        if (match := LINE(line)) is None:
            return None
        name, value = match[1].decode().lower(), match[2].decode()
        if name not in _PLAIN or len(value) > LONGEST_HEADER:  # cut, it would name another proxy than the last
            return None
        if name in _STEADY:
            if len(self._lines) >= _MOST_REMEMBERED:
                self._lines.clear()
            self._lines[line] = (name, value)
        return name, value

    def _peer(self, headers: Mapping[str, str], remote: str) -> tuple[Address | None, str]:
        """From where it came, and how that is spelled: behind a proxy of ours what it says."""
        if not _FORWARDING.isdisjoint(headers):
            return self._spelled(remote, CIMultiDict(headers))
        found = self._peers.get(remote)
        if found is None:
            if len(self._peers) >= _MOST_REMEMBERED:
                self._peers.clear()
            found = self._peers[remote] = self._spelled(remote, _NO_HEADERS)
        return found

    def _spelled(self, remote: str, headers: CIMultiDict[str]) -> tuple[Address | None, str]:
        address = peer_of(remote, headers, secure=False, perimeter=self._perimeter).address
        return address, str(address) if address else ""

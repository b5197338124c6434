"""An answer that goes out as it lies ready: head and body in one write.

aiohttp's own Response builds, checks and joins its headers anew for every answer, which takes as long as deciding.
"""

import time
from collections.abc import Mapping
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus

from aiohttp import HttpVersion11, web
from aiohttp.abc import AbstractStreamWriter


class Prepared(web.StreamResponse):
    """A 200 on a connection that stays open (HTTP/1.1); `answer` chooses it."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    @property
    def status(self) -> int:
        return 200

    @property
    def keep_alive(self) -> bool:
        return True

    @property
    def prepared(self) -> bool:
        return False

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Write everything, and wait for a reader who is slow."""
        transport = request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the caller has gone")
        transport.write(self._data)
        await request.writer.drain()
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to write."""


def answer(request: web.BaseRequest, body: bytes, headers: Mapping[str, str]) -> web.StreamResponse:
    """A 200 with `body`; `headers` is one of a few constant mappings."""
    if request.version == HttpVersion11 and request.keep_alive:
        return Prepared(ready(body, headers["Content-Type"]))
    return web.Response(body=body, headers=headers)


def ready(body: bytes, content_type: str, status: int = 200) -> bytes:
    """The whole answer with `body` as it goes out; of other statuses than 200 as aiohttp writes it, byte by byte."""
    second = int(time.time())
    if status != 200:
        return _other(status, content_type, len(body), second) + body
    return b"%b%d\r\n\r\n%b" % (_head(content_type, second), len(body), body)


@lru_cache(maxsize=8)
def _head(content_type: str, second: int) -> bytes:
    date = formatdate(second, usegmt=True)
    return f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nDate: {date}\r\nContent-Length: ".encode()


def _other(status: int, content_type: str, length: int, second: int) -> bytes:
    lines = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        "Server: -",
        f"Content-Type: {content_type}",
        f"Content-Length: {length}",
        f"Date: {formatdate(second, usegmt=True)}",
    )
    return "\r\n".join((*lines, "", "")).encode()

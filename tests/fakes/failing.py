"""A proxy on loopback before an HTTP server that goes away at a request: before it, or with its answer on the way."""

import asyncio
import re
from contextlib import suppress
from typing import Final, Self

_BEGINS: Final = re.compile(rb"[A-Z]+ \S+ HTTP/1\.1\r\n")


class Failing:
    """Passes on to `port_behind` until the request of number `at`, from 1; then every connection is reset until `back`.

    With `answers` that request is passed on, and what it is answered is lost. `requests` were passed on.
    """

    def __init__(self, port_behind: int) -> None:
        self.port = 0
        self.requests = 0
        self.gone = False
        self._at = 0
        self._answers = False
        self._behind = port_behind
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._served: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_error: object) -> None:
        assert self._server is not None
        self._server.close()
        self.go()
        await self._server.wait_closed()
        await asyncio.gather(*self._served)

    def fail(self, at: int, *, answers: bool = False) -> None:
        """Go away at that request, counted from now."""
        self.requests, self._at, self._answers, self.gone = 0, at, answers, False

    def go(self) -> None:
        """Go away now."""
        self.gone = True
        for writer in self._writers:
            writer.transport.abort()

    def back(self) -> None:
        """Be there again, for good."""
        self._at, self.gone = 0, False

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.gone:
            writer.transport.abort()
            return
        task = asyncio.current_task()
        assert task is not None
        self._served.add(task)
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._behind)
        both = {writer, far_writer}
        self._writers |= both
        await asyncio.gather(self._ask(reader, far_writer), self._answer(far_reader, writer))
        self._writers -= both
        self._served.discard(task)

    async def _ask(self, reader: asyncio.StreamReader, far: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(1 << 16):
                begun = len(_BEGINS.findall(data))
                if begun and self._at == self.requests + begun and not self._answers:
                    self.go()
                    return
                self.requests += begun
                far.write(data)
                await far.drain()
        far.close()

    async def _answer(self, far: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await far.read(1 << 16):
                if self._answers and 0 < self._at <= self.requests:
                    self.go()
                    return
                writer.write(data)
                await writer.drain()
        writer.close()

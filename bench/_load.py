"""Load on an HTTP server over keep-alive connections, light enough to outrun it: raw bytes out, responses counted."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from typing import cast


class _Connection(asyncio.Protocol):
    """Sends one prepared request at a time and calls back when its whole response has come."""

    def __init__(self) -> None:
        self._buffer = b""
        self._done: asyncio.Future[bytes] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's does not inherit from it

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, mark, body = self._buffer.partition(b"\r\n\r\n")
        if not mark:
            return
        at = head.index(b"Content-Length: ") + 16
        length = int(head[at : at + 8].split(b"\r", 1)[0])
        if len(body) >= length:
            self._buffer = body[length:]
            done, self._done = self._done, None
            if done is not None and not done.done():
                done.set_result(head)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_exception(exc or ConnectionError("closed by the server"))

    async def ask(self, request: bytes) -> bytes:
        """The head of the response."""
        assert self._transport is not None
        self._done = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._done

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def post(path: str, body: bytes, headers: str = "") -> bytes:
    """A prepared POST of JSON."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{headers}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def closed_loop(port: int, requests: Sequence[bytes], *, seconds: float, connections: int = 16) -> float:
    """Answers a second when every connection asks again as soon as it was answered."""
    until = time.perf_counter() + seconds
    started = time.perf_counter()
    counts = await asyncio.gather(*(_ask_until(port, _rotated(requests, place), until) for place in range(connections)))
    return sum(counts) / (time.perf_counter() - started)


async def open_loop(port: int, requests: Sequence[bytes], *, rate: float, seconds: float) -> list[float]:
    """Seconds each answer took from the moment it was due, at `rate` a second: a slow answer delays no question."""
    loop = asyncio.get_running_loop()
    idle: list[_Connection] = []
    took: list[float] = []
    pending: set[asyncio.Task[None]] = set()

    async def one(due: float, request: bytes) -> None:
        connection = idle.pop() if idle else (await loop.create_connection(_Connection, "127.0.0.1", port))[1]
        _check(await connection.ask(request))
        took.append(time.perf_counter() - due)
        idle.append(connection)

    started = time.perf_counter()
    questions = _rotated(requests, 0)
    for number in range(int(rate * seconds)):
        due = started + number / rate
        if (early := due - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        task = asyncio.create_task(one(due, next(questions)))
        pending.add(task)
        task.add_done_callback(pending.discard)
    await asyncio.gather(*pending)
    for connection in idle:
        connection.close()
    return took


async def _stay_awake() -> None:
    while True:  # noqa: ASYNC110 - nothing is waited for
        await asyncio.sleep(0)


async def _ask_until(port: int, requests: Iterator[bytes], until: float) -> int:
    _, connection = await asyncio.get_running_loop().create_connection(_Connection, "127.0.0.1", port)
    count = 0
    while time.perf_counter() < until:
        _check(await connection.ask(next(requests)))
        count += 1
    connection.close()
    return count


def _check(head: bytes) -> None:
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"the server answered {head[:60]!r}")


def _rotated(requests: Sequence[bytes], start: int) -> Iterator[bytes]:
    place = start * 97
    while True:
        yield requests[place % len(requests)]
        place += 1

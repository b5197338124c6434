"""Load on an HTTP server over keep-alive connections, light enough to outrun it: raw bytes out, responses counted."""

import asyncio
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Final, cast

from trunkline.precedence import REAL_TIME

_RIGHT: Final = b"HTTP/1.1 200"


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
        if (length := _whole(self._buffer)) is not None:
            response, self._buffer = self._buffer[:length], self._buffer[length:]
            done, self._done = self._done, None
            if done is not None and not done.done():
                done.set_result(response)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_exception(exc or ConnectionError("closed by the server"))

    async def ask(self, request: bytes) -> bytes:
        """The response."""
        assert self._transport is not None
        self._done = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._done

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def post(path: str, body: bytes, headers: str = "", kind: str = "application/json") -> bytes:
    """A prepared POST."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {kind}\r\n{headers}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


class _Asker(asyncio.Protocol):
    """Asks again in the callback that brought the answer: waking a task would cost as much as a bare answer."""

    def __init__(self, requests: Iterator[bytes], until: float, done: asyncio.Future[int]) -> None:
        self._requests = requests
        self._until = until
        self._done = done
        self._buffer = b""
        self._count = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        if (length := _whole(self._buffer)) is None:
            return
        if length != len(self._buffer) or not self._buffer.startswith(_RIGHT):
            self._done.set_exception(RuntimeError(f"the server answered {self._buffer[:60]!r}"))
            self._transport.abort()
            return
        self._buffer = b""
        self._count += 1
        if time.perf_counter() < self._until:
            self._transport.write(next(self._requests))
        else:
            self._done.set_result(self._count)
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(exc or ConnectionError("closed by the server"))


def _whole(received: bytes) -> int | None:
    """Bytes of the response `received` begins with; None while it is not all there."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return None
    at = received.index(b"Content-Length: ") + 16
    length = end + 4 + int(received[at : received.index(b"\r", at)])
    return length if len(received) >= length else None


async def closed_loop(port: int, requests: Sequence[bytes], *, seconds: float, connections: int = 16) -> float:
    """Answers a second when every connection asks again as soon as it was answered."""
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    done: list[asyncio.Future[int]] = []
    for place in range(connections):
        count: asyncio.Future[int] = loop.create_future()
        asker = partial(_Asker, _rotated(requests, place * len(requests) // connections), started + seconds, count)
        await loop.create_connection(asker, "127.0.0.1", port)
        done.append(count)
    return sum(await asyncio.gather(*done)) / (time.perf_counter() - started)


@contextmanager
def elsewhere() -> Iterator[None]:
    """Ask as from another machine: what this process would wait for a processor here is no part of an answer's time.

    Where the kernel lets it; children are started as ever.
    """
    try:
        os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(REAL_TIME + 1))
    except OSError:
        yield
        return
    try:
        yield
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


async def answered_before(port: int, requests: Sequence[bytes], *, rate: float, end: asyncio.Event) -> set[int]:
    """Which of `requests`, sent at `rate` a second, were answered before the server ended, as `end` tells it to."""
    answered: set[int] = set()

    async def one(place: int, request: bytes) -> None:
        connection = None
        try:
            _, connection = await asyncio.get_running_loop().create_connection(_Connection, "127.0.0.1", port)
            _check(await connection.ask(request))
            answered.add(place)
        except OSError:
            return
        finally:
            if connection is not None:
                connection.close()

    started = time.perf_counter()
    pending: list[asyncio.Task[None]] = []
    for place, request in enumerate(requests):
        await asyncio.sleep(max(0.0, started + place / rate - time.perf_counter()))
        pending.append(asyncio.create_task(one(place, request)))
        if place == len(requests) // 2:
            end.set()
    await asyncio.gather(*pending)
    return answered


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


def _check(response: bytes) -> None:
    if not response.startswith(_RIGHT):
        raise RuntimeError(f"the server answered {response[:60]!r}")


def _rotated(requests: Sequence[bytes], place: int) -> Iterator[bytes]:
    while True:
        yield requests[place % len(requests)]
        place += 1

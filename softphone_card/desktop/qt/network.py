"""The client in a thread with an event loop of its own; what it says arrives in Qt's thread as a signal."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from threading import Thread
from typing import Any

from PySide6.QtCore import QObject, Signal

from softphone_card.desktop.client import Client, Said, Server, Stopped, Why

_CANCEL_AGAIN_SECONDS = 0.5


class Network(QObject):
    """At most one client at a time; `said` carries its sayings."""

    said = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="card-network", daemon=True)
        self._thread.start()
        self._client: Client | None = None
        self._running: Future[None] | None = None
        self._era = 0

    def connect_to(self, server: Server) -> None:
        """Follow this server from now on, and no other."""
        self.leave()
        self._era += 1
        era = self._era

        def say(said: Said) -> None:
            if era == self._era:  # what a client that was left says yet is of no interest
                self.said.emit(said)

        self._client = Client(server, say)
        self._running = asyncio.run_coroutine_threadsafe(self._client.run(), self._loop)
        self._running.add_done_callback(lambda done: _tell_fault(done, say))

    def leave(self) -> None:
        """Follow nobody."""
        if self._running is not None:
            self._running.cancel()
        self._client = self._running = None

    def ask(self, what: Callable[[Client], Coroutine[Any, Any, None]]) -> None:
        """Do something with the client, later and elsewhere: `ask(lambda client: client.read_presence())`."""
        if self._client is not None:
            asyncio.run_coroutine_threadsafe(what(self._client), self._loop)

    def close(self) -> None:
        """End the thread, with everything that runs in it."""
        self.leave()
        with suppress(TimeoutError):
            asyncio.run_coroutine_threadsafe(_finish(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        if not self._thread.is_alive():
            self._loop.close()


def _tell_fault(done: "Future[None]", say: Callable[[Said], None]) -> None:
    """A client never ends by an exception; if one does all the same, it is not in silence."""
    if not done.cancelled() and (error := done.exception()) is not None:
        say(Stopped(Why.TOLD, f"{type(error).__name__}: {error}"))


async def _finish() -> None:
    """Cancel all else that runs here until it is over: a driver may take a cancellation for an error of its own.

    `trunkline.background.end` does the same for the server, which is not installed here.
    """
    others = asyncio.all_tasks() - {asyncio.current_task()}
    while others:
        for task in others:
            task.cancel()
        _, others = await asyncio.wait(others, timeout=_CANCEL_AGAIN_SECONDS)

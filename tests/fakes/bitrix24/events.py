"""Events the portal posts to handlers (crm.md §2.5), and what a test does to them.

A form with PHP's bracket keys: `event`, `event_handler_id`, `data[…]`, `ts`, `auth[…]` with `application_token`. Each
is posted once, whatever is answered: «Нет повторных отправок». That slow handlers are called less is not imitated.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.fakes.bitrix24.access import Access, App
from tests.fakes.bitrix24.limits import Clock
from tests.fakes.bitrix24.offline import Offline
from tests.fakes.bitrix24.wire import flat

WAKE = "ONOFFLINEEVENT"
_TOKENS = frozenset({"access_token", "refresh_token", "expires", "expires_in"})


@dataclass
class Binding:
    """One handler of an event; `user` 0: told with the rights of who did it."""

    id: int
    app: App
    event: str
    handler: str
    is_offline: bool = False
    user: int = 0
    connector: str = ""
    min_timeout: float = 0.0
    """Seconds between two ONOFFLINEEVENT."""
    woken_at: float = float("-inf")


@dataclass
class Delivery:
    """One post. `status` 0: nobody answered, `error` says why."""

    event: str
    handler: str
    form: list[tuple[str, str]]
    status: int = 0
    error: str = ""


@dataclass
class Events:
    """`is_twice`: all is posted two times, as a proxy between may do; `is_nobody`: no user is behind what happens, and
    no OAuth tokens are told («Токены авторизации не всегда передаются», `_includes/auth-params-in-events.md`)."""

    now: Clock
    access: Access
    offline: Offline
    patience: float = 10.0
    """Seconds a handler may take."""
    is_twice: bool = False
    is_nobody: bool = False
    bindings: list[Binding] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    _given: int = 0
    _held: list[Delivery] | None = None
    _queue: "asyncio.Queue[Delivery]" = field(default_factory=asyncio.Queue)

    def bind(self, app: App, event: str, handler: str, **more: Any) -> Binding:
        """One more handler."""
        self._given += 1
        self.bindings.append(Binding(self._given, app, event.upper(), handler, **more))
        return self.bindings[-1]

    def find(self, app: App, event: str, handler: str, *, is_offline: bool) -> Binding | None:
        """The same binding, if there is one."""
        key = (app, event.upper(), handler, is_offline)
        return next((one for one in self.bindings if (one.app, one.event, one.handler, one.is_offline) == key), None)

    def emit(self, event: str, data: dict[str, Any], *, user: int, connector: str = "") -> None:
        """It happened: the online handlers are posted to, the offline ones have it queued.

        `connector` is the source of the change: a queue of the same source does not get it (no loops).
        """
        for binding in list(self.bindings):
            if binding.event != event:
                continue
            if not binding.is_offline:
                self._post(binding, data, user)
            elif not connector or binding.connector != connector:
                self.offline.put(binding.app.client_id, binding.connector, event, data)
                self._wake(binding.app, user)

    def _wake(self, app: App, user: int) -> None:
        for binding in self.bindings:
            is_due = self.now() - binding.woken_at >= binding.min_timeout
            if (binding.app, binding.event, binding.is_offline) == (app, WAKE, False) and is_due:
                binding.woken_at = self.now()
                self._post(binding, {}, user)

    def _post(self, binding: Binding, data: dict[str, Any], user: int) -> None:
        auth = self.access.told(self.access.grant(binding.app, binding.user or user))
        if self.is_nobody:
            auth = {name: told for name, told in auth.items() if name not in _TOKENS}
        said = {
            "event": binding.event,
            "event_handler_id": binding.id,
            "data": data,
            "ts": int(self.now()),
            "auth": {**auth, "application_token": binding.app.token},
        }
        for _ in range(2 if self.is_twice else 1):
            one = Delivery(binding.event, binding.handler, flat(said))
            if self._held is None:
                self._queue.put_nowait(one)
            else:
                self._held.append(one)

    @contextmanager
    def reordered(self) -> Iterator[None]:
        """What happens within is posted after it, the last first."""
        self._held = []
        try:
            yield
        finally:
            held, self._held = self._held, None
            for one in reversed(held):
                self._queue.put_nowait(one)

    async def settled(self) -> None:
        """All that was to be posted was."""
        await self._queue.join()

    async def run(self) -> None:
        """Post, one after another, until cancelled."""
        timeout = aiohttp.ClientTimeout(total=self.patience)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                one = await self._queue.get()
                self.deliveries.append(one)
                try:
                    async with session.post(one.handler, data=one.form, allow_redirects=False) as answer:
                        one.status = answer.status
                except (aiohttp.ClientError, TimeoutError, ValueError) as error:
                    one.error = type(error).__name__
                finally:
                    self._queue.task_done()

"""`/healthz` (this process lives) and `/readyz` (what it needs answers), from checks the parts register."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import web

from trunkline.keys import health_key

_CHECK_SECONDS = 1.0

Check = Callable[[], Awaitable[str | None]]


class Health:
    """Named checks; each returns None when all is well, else what is wrong in a few words."""

    def __init__(self) -> None:
        self._checks: dict[str, tuple[Check, bool]] = {}

    def add(self, name: str, check: Check, *, needed: bool = True) -> None:
        """Register a check; a `needed` one makes the process not ready when it fails, another only degrades it."""
        self._checks[name] = (check, needed)

    async def report(self) -> dict[str, dict[str, object]]:
        """Each part's state: `{"database": {"ok": true, "needed": true, "message": null}}`."""
        names = list(self._checks)
        messages = await asyncio.gather(*(self._ask(self._checks[name][0]) for name in names))
        return {
            name: {"ok": message is None, "needed": self._checks[name][1], "message": message}
            for name, message in zip(names, messages, strict=True)
        }

    async def _ask(self, check: Check) -> str | None:
        try:
            async with asyncio.timeout(_CHECK_SECONDS):
                return await check()
        except TimeoutError:
            return f"no answer within {_CHECK_SECONDS:g} s"
        except Exception as error:
            return str(error) or type(error).__name__


async def healthz(_request: web.Request) -> web.Response:
    """This process answers."""
    return web.json_response({"status": "ok"})


async def readyz(request: web.Request) -> web.Response:
    """200 when everything needed answers, else 503; either way the state of each part."""
    report = await request.app[health_key].report()
    ready = all(part["ok"] for part in report.values() if part["needed"])
    body = msgspec.json.encode({"status": "ready" if ready else "not ready", "parts": report})
    return web.Response(body=body, status=200 if ready else 503, content_type="application/json")

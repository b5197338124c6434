"""A calendar server on loopback: iCal by GET with validators, CalDAV by REPORT, and whatever else is asked of it.

How CalDAV answers: RFC 4791 §7.8.1 (207, a response an event, properties in a propstat with its status), as Radicale 3
and sabre/dav (Nextcloud) do; 401 with a challenge for Basic (RFC 7617), 304 for what is as it was (RFC 9110 §13), 429
with Retry-After (RFC 6585 §4).
"""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class CalendarServer:
    """`events` are texts of VEVENTs; `answers` are used up one by one before it answers by itself."""

    events: list[str] = field(default_factory=list)
    answers: list[Handler] = field(default_factory=list)
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    login: tuple[str, str] | None = None
    url: str = ""
    release: asyncio.Event = field(default_factory=asyncio.Event)

    def calendar(self, *events: str) -> str:
        """A whole iCalendar."""
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Fake//EN", *(events or self.events), "END:VCALENDAR"]
        return "\r\n".join(lines) + "\r\n"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Any request."""
        self.requests.append((request.method, dict(request.headers), await request.read()))
        if self.answers:
            return await self.answers.pop(0)(request)
        if self.login is not None:
            wanted = "Basic " + base64.b64encode(":".join(self.login).encode()).decode()
            if request.headers.get("Authorization") != wanted:
                return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="calendar"'})
        return self._report() if request.method == "REPORT" else self._ical(request)

    def _ical(self, request: web.Request) -> web.Response:
        text = self.calendar().encode()
        etag = f'"{hashlib.sha256(text).hexdigest()[:16]}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        return web.Response(body=text, content_type="text/calendar", headers={"ETag": etag})

    def _report(self) -> web.Response:
        responses = "".join(
            f"<d:response><d:href>/dav/{place}.ics</d:href><d:propstat><d:prop><c:calendar-data>"
            f"{escape(self.calendar(event))}</c:calendar-data></d:prop><d:status>HTTP/1.1 200 OK</d:status>"
            "</d:propstat></d:response>"
            for place, event in enumerate(self.events)
        )
        text = (
            '<?xml version="1.0" encoding="utf-8"?><d:multistatus xmlns:d="DAV:" '
            f'xmlns:c="urn:ietf:params:xml:ns:caldav">{responses}</d:multistatus>'
        )
        return web.Response(status=207, text=text, content_type="application/xml")

    async def slowly(self, _request: web.Request) -> web.StreamResponse:
        """An answer that does not come before the server closes."""
        await self.release.wait()
        return web.Response()

    async def huge(self, request: web.Request) -> web.StreamResponse:
        """An answer without an end."""
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while not self.release.is_set():
                await response.write(b"X" * 65_536)
        except ConnectionError:
            pass
        return response


def event(uid: str, *lines: str) -> str:
    """A VEVENT of these content lines."""
    return "\r\n".join(["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20260101T000000Z", *lines, "END:VEVENT"])


@asynccontextmanager
async def calendar_server() -> AsyncIterator[CalendarServer]:
    """A running one; its `url` is that of the calendar."""
    server = CalendarServer()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/calendar.ics?private=secret"
    try:
        yield server
    finally:
        server.release.set()
        await runner.cleanup()

"""Asks a server for a person's calendar: bounded in time and size, and only at addresses that are permitted.

Plain http goes to nothing but the private addresses of [web] calendar_private_addresses: a password must not travel the
world in the clear.
"""

import base64
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Final

import aiohttp
import msgspec
from yarl import URL

from trunkline.visits.caldav import query
from trunkline.visits.problem import Problem, Unreadable
from trunkline.visits.slots import Span
from trunkline.webhooks.address import AddressRules, ForbiddenAddress, GuardedResolver, PrivateOnly
from trunkline.webhooks.deliverer import retry_after

LARGEST: Final = 5 << 20
_SETTING: Final = "calendar_private_addresses"
_CONNECT_SECONDS: Final = 5.0
_ANSWER_SECONDS: Final = 30.0
_MOST_REDIRECTS: Final = 3
_LONGEST_PAUSE: Final = timedelta(hours=6)
_STATUSES: Final = {
    401: Problem.PASSWORD,
    403: Problem.FORBIDDEN,
    404: Problem.NOT_FOUND,
    410: Problem.NOT_FOUND,
    429: Problem.TOO_OFTEN,
}


class Access(msgspec.Struct, frozen=True):
    """Where a calendar is and how it opens; kept sealed."""

    kind: str
    url: str
    user: str = ""
    password: str = ""


class Known(msgspec.Struct, frozen=True):
    """What the server said of the calendar we have, to be asked whether it is still so."""

    etag: str | None = None
    modified: str | None = None


class Fetched(msgspec.Struct, frozen=True):
    """What the server has; None where it is still what we have."""

    body: bytes | None
    known: Known


class Fetcher:
    """One for many calendars."""

    def __init__(self, allowed: Sequence[str], *, seconds: float = _ANSWER_SECONDS) -> None:
        self._rules = {"https": AddressRules(allowed, _SETTING), "http": PrivateOnly(allowed, _SETTING)}
        self._seconds = seconds
        self._sessions: dict[str, aiohttp.ClientSession] = {}

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator["Fetcher"]:
        """Ready to fetch."""
        timeout = aiohttp.ClientTimeout(total=self._seconds, sock_connect=_CONNECT_SECONDS)
        async with AsyncExitStack() as stack:
            for scheme, rules in self._rules.items():
                connector = aiohttp.TCPConnector(resolver=GuardedResolver(rules), limit_per_host=2)
                session = aiohttp.ClientSession(
                    connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
                )
                self._sessions[scheme] = await stack.enter_async_context(session)
            yield self

    async def fetch(self, access: Access, known: Known, within: Span) -> Fetched:
        """What the server has; raises Unreadable."""
        try:
            url = URL(access.url)
            for _turn in range(_MOST_REDIRECTS + 1):
                answer = await self._ask(access, url, known, within)
                if isinstance(answer, Fetched):
                    return answer
                url = _allowed(url, answer)
        except ForbiddenAddress as error:
            raise Unreadable(Problem.PRIVATE) from error
        except TimeoutError as error:
            raise Unreadable(Problem.SLOW) from error
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError, ValueError) as error:
            raise Unreadable(Problem.NOT_FOUND) from error
        except (aiohttp.ClientError, OSError) as error:
            forbidden = isinstance(getattr(error, "os_error", None), ForbiddenAddress)
            raise Unreadable(Problem.PRIVATE if forbidden else Problem.NO_CONNECTION) from error
        raise Unreadable(Problem.MOVED)

    async def _ask(self, access: Access, url: URL, known: Known, within: Span) -> Fetched | URL:
        """The answer, or where it leads."""
        self._rules[url.scheme].check_literal(url.host or "")
        dav = access.kind == "caldav"
        # What was given for one server is not shown to another.
        ours = url.origin() == URL(access.url).origin()
        headers = {"Accept-Encoding": "identity", "User-Agent": "Trunkline"} | (_credentials(access) if ours else {})
        headers |= {"Depth": "1", "Content-Type": "application/xml; charset=utf-8"} if dav else _conditions(known)
        async with self._sessions[url.scheme].request(
            "REPORT" if dav else "GET", url, headers=headers, data=query(within) if dav else None, allow_redirects=False
        ) as response:
            if response.status == HTTPStatus.NOT_MODIFIED and not dav:
                return Fetched(None, known)
            if response.status in {301, 302, 303, 307, 308} and "Location" in response.headers and not dav:
                return URL(response.headers["Location"])
            if response.status != (207 if dav else 200):
                raise _refused(response)
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise Unreadable(Problem.NO_CALENDAR)
            body = await _bounded(response)
            return Fetched(body, Known(_short(response, "ETag"), _short(response, "Last-Modified")))


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > LARGEST:
            raise Unreadable(Problem.TOO_LARGE)
    return bytes(body)


def _allowed(here: URL, there: URL) -> URL:
    """Where a redirect leads; never from https to http."""
    url = here.join(there)
    if url.scheme not in {"http", "https"} or (here.scheme == "https" and url.scheme == "http"):
        raise Unreadable(Problem.MOVED)
    return url


def _credentials(access: Access) -> dict[str, str]:
    if not access.user and not access.password:
        return {}
    return {"Authorization": "Basic " + base64.b64encode(f"{access.user}:{access.password}".encode()).decode()}


def _conditions(known: Known) -> dict[str, str]:
    told = {"If-None-Match": known.etag, "If-Modified-Since": known.modified}
    return {name: value for name, value in told.items() if value}


def _refused(response: aiohttp.ClientResponse) -> Unreadable:
    status = response.status
    problem = Problem.SERVER if status >= 500 else Problem.MOVED if 300 <= status < 400 else Problem.REFUSED
    seconds = retry_after(response.headers.get("Retry-After"), datetime.now(UTC).timestamp())
    after = None if seconds is None else min(timedelta(seconds=min(seconds, 1e6)), _LONGEST_PAUSE)
    return Unreadable(_STATUSES.get(status, problem), after)


def _short(response: aiohttp.ClientResponse, name: str) -> str | None:
    value = response.headers.get(name)
    return value if value and len(value) <= 300 and value.isprintable() else None

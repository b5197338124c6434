"""Asks a site for its pages as a polite stranger would: robots.txt first, a pause between requests, bounded in size.

Only addresses of the world are connected to (trunkline/webhooks/address.py), and a redirect is followed to the site's
own pages alone.
"""

import codecs
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver

from calltracking.crawling.reach import own_address
from calltracking.crawling.robots import Robots, read_robots
from trunkline.webhooks.address import AddressRules, ForbiddenAddress, GuardedResolver

PRODUCT: Final = "TrunklineCrawler"
AGENT: Final = f"{PRODUCT}/1.0 (reads the sites of its own company; obeys robots.txt)"
LARGEST: Final = 1 << 20
_ROBOTS_LARGEST: Final = 500 << 10
_CONNECT_SECONDS: Final = 10.0
_ANSWER_SECONDS: Final = 20.0
_MOST_REDIRECTS: Final = 5
_LONGEST_PAUSE: Final = 5.0
_CHARSET: Final = re.compile(rb"""<meta[^>]{0,200}charset=["']?\s*([\w-]{2,40})""", re.IGNORECASE)
_ENCODINGS: Final = frozenset(
    {"ascii", "cp1251", "cp1252", "cp866", "iso8859-1", "iso8859-5", "koi8-r", "koi8-u", "utf-16", "utf-8"}
)
"""Others may cost much to decode: punycode grows with the square of the length."""
_PAGE_TYPES: Final = ("text/html", "application/xhtml+xml")
_GONE: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


class Unread(Exception):
    """A page was not read; `why` is a word of the site's page, or `status 503`."""

    def __init__(self, why: str, *, gone: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.gone = gone


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page's source, from where it was in the end; empty for what is no page."""

    address: str
    text: str
    octets: int


@dataclass(slots=True)
class Fetcher:
    """One for the sites of a night."""

    session: aiohttp.ClientSession
    rules: AddressRules
    _robots: dict[str, Robots] = field(default_factory=dict)

    async def robots_of(self, address: str) -> Robots:
        """Of the server of an address; raises Unread where it fails: nothing may be read then (RFC 9309 §2.3.1)."""
        origin = _origin(address)
        if origin not in self._robots:
            self._robots[origin] = await self._ask_robots(origin)
        return self._robots[origin]

    def pause_of(self, address: str) -> float:
        """Seconds that the server of an address asks for between two requests."""
        robots = self._robots.get(_origin(address))
        return min(robots.pause, _LONGEST_PAUSE) if robots else 0.0

    async def page(self, address: str, hosts: Sequence[str]) -> Fetched:
        """The source of a page; raises Unread."""
        for _turn in range(_MOST_REDIRECTS + 1):
            robots = await self.robots_of(address)
            if not robots.allows(address):
                raise Unread("robots")
            answer = await self._ask(address, LARGEST, _PAGE_TYPES)
            if isinstance(answer, Fetched):
                return answer
            led = own_address(_joined(address, answer), hosts)
            if not led:
                raise Unread("elsewhere", gone=True)
            address = led
        raise Unread("moved")

    async def text(self, address: str) -> str:
        """Of a sitemap; empty where there is none."""
        try:
            robots = await self.robots_of(address)
            if robots.allows(address):
                answer = await self._ask(address, LARGEST, ())
                return answer.text if isinstance(answer, Fetched) else ""
        except Unread:
            pass
        return ""

    async def _ask_robots(self, origin: str) -> Robots:
        address, told = f"{origin}/robots.txt", ""
        try:
            for _turn in range(_MOST_REDIRECTS + 1):
                answer = await self._ask(address, _ROBOTS_LARGEST, ())
                if isinstance(answer, Fetched):
                    told = answer.text
                    break
                address = _joined(address, answer)
                if not own_address(address.removesuffix(".txt"), _twins(urlsplit(origin).hostname or "")):
                    break
        except Unread as error:
            # What a server does not have, or does not show, forbids nothing; one that is ill is left alone.
            if not (error.gone or re.fullmatch(r"status 4(?!29)\d\d", error.why)):
                raise
        return read_robots(told, PRODUCT)

    async def _ask(self, address: str, largest: int, types: Sequence[str]) -> Fetched | str:
        """What is there, or where it leads; raises Unread."""
        try:
            self.rules.check_literal(urlsplit(address).hostname or "")
            async with self.session.get(address, allow_redirects=False) as answer:
                if answer.status in {301, 302, 303, 307, 308} and "Location" in answer.headers:
                    return answer.headers["Location"]
                if answer.status != HTTPStatus.OK:
                    raise Unread(f"status {answer.status}", gone=answer.status in _GONE)
                if types and answer.content_type not in types:
                    return Fetched(address, "", 0)
                if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
                    raise Unread("packed")
                body = await _bounded(answer, largest)
                return Fetched(address, _decoded(body, answer.charset), len(body))
        except ForbiddenAddress as error:
            raise Unread("private") from error
        except TimeoutError as error:
            raise Unread("slow") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            forbidden = isinstance(getattr(error, "os_error", None), ForbiddenAddress)
            raise Unread("private" if forbidden else "unreachable") from error


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _twins(host: str) -> list[str]:
    """A name with www and without it."""
    bare = host.removeprefix("www.")
    return [bare, f"www.{bare}"]


@asynccontextmanager
async def crawling(rules: AddressRules, resolver: AbstractResolver | None = None) -> AsyncIterator[Fetcher]:
    """A fetcher that connects to permitted addresses only, one request at a time to a server, and keeps no cookies."""
    connector = aiohttp.TCPConnector(resolver=resolver or GuardedResolver(rules), ttl_dns_cache=30, limit_per_host=1)
    timeout = aiohttp.ClientTimeout(total=_ANSWER_SECONDS, sock_connect=_CONNECT_SECONDS)
    headers = {"User-Agent": AGENT, "Accept": "text/html,*/*;q=0.1", "Accept-Encoding": "identity"}
    async with aiohttp.ClientSession(
        connector=connector,
        timeout=timeout,
        headers=headers,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
    ) as session:
        yield Fetcher(session, rules)


async def _bounded(answer: aiohttp.ClientResponse, largest: int) -> bytes:
    """The beginning of what is there: a page's numbers stand in its first megabyte, and no more is wanted of it."""
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) >= largest:
            break
    return bytes(body[:largest])


def _decoded(body: bytes, charset: str | None) -> str:
    """As the server, else the page itself says; UTF-8 otherwise, and for encodings that no page of texts has."""
    told = _CHARSET.search(body[:2048])
    for name in (charset, told[1].decode() if told else None):
        with suppress(LookupError, ValueError):
            if name and (known := codecs.lookup(name).name) in _ENCODINGS:
                return body.decode(known, "replace")
    return body.decode("utf-8", "replace")


def _joined(address: str, location: str) -> str:
    """Where a redirect leads; nowhere, where it cannot be read."""
    try:
        return urljoin(address, location)
    except ValueError:
        return ""

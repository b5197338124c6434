"""Asks a provider for a link, and fetches what it leads to: bounded in time and size, at permitted addresses alone.

Plain http goes to nothing but the private addresses of [web] recording_private_addresses. A provider's secret goes
to the address that the settings name, and not where that leads.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import aiohttp
import msgspec
from yarl import URL

from recordings.recording import Stop
from recordings.reference import Unfetched, is_text, led, may_be_sound, status_of_link, status_of_sound
from trunkline.notjson import NOT_JSON
from trunkline.pbx.linked import LinkById, is_address, pointed
from trunkline.webhooks.address import AddressRules, ForbiddenAddress, GuardedResolver, PrivateOnly
from trunkline.webhooks.deliverer import retry_after

SETTING: Final = "recording_private_addresses"
_CONNECT_SECONDS: Final = 5.0
_SILENT_SECONDS: Final = 20.0
_SECONDS: Final = 300.0
_ANSWER_SECONDS: Final = 15.0
_MOST_REDIRECTS: Final = 3
_LONGEST_ANSWER: Final = 64 << 10
_CHUNK: Final = 1 << 18
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


class Links:
    """`allowed` are private addresses that may be asked; `most_mb` is the largest recording, `seconds` the longest."""

    def __init__(self, allowed: Sequence[str], most_mb: int, *, seconds: float = _SECONDS) -> None:
        self._rules = {"https": AddressRules(allowed, SETTING), "http": PrivateOnly(allowed, SETTING)}
        self._most_mb, self._seconds = most_mb, seconds

    async def ask(self, way: LinkById, secret: str, recording: str) -> str:
        """The link to the provider's `recording`; raises Unfetched."""
        place = URL(way.address_of(recording), encoded=True)
        async with self._asked(place, _headers(way, secret), _ANSWER_SECONDS) as answer:
            status = answer.status
            if status != 200:
                raise Unfetched(status_of_link(status), f"asked for a link: HTTP {status}", _pause(answer))
            body = await _bounded(answer)
        try:
            link = pointed(msgspec.json.decode(body), way.pointer)
        except NOT_JSON:
            raise Unfetched(Stop.UNREACHED, "asked for a link it answers no JSON") from None
        if link in (None, "", False):
            raise Unfetched(Stop.LATE, f"its answer names no link at {way.pointer} yet")
        if not isinstance(link, str) or not is_address(link):
            raise Unfetched(Stop.UNREACHED, f"what its answer has at {way.pointer} is no address")
        return link

    async def download(self, url: str, path: Path, way: LinkById | None = None, secret: str = "") -> int:
        """Write what `url` gives to `path`; its bytes. Raises Unfetched, and OSError of this machine's disk.

        With `way` it is asked as a provider is for a link, and answers the sound itself.
        """
        place, headers = URL(url, encoded=True), _headers(way, secret) if way else {}
        async with _within(self._seconds):
            for _turn in range(_MOST_REDIRECTS + 1):
                async with self._asked(place, headers, self._seconds) as answer:
                    if answer.status not in _REDIRECTS:
                        return await self._written(answer, path, keyed=bool(headers))
                    place, headers = led(place, answer.headers.get("Location", "")), {}
        raise Unfetched(Stop.UNREACHED, f"it leads on more than {_MOST_REDIRECTS} times")

    @asynccontextmanager
    async def _asked(
        self, url: URL, headers: Mapping[str, str], seconds: float
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The answer, whose reading may raise Unfetched too."""
        try:
            rules = self._rules[url.scheme]
            rules.check_literal(url.host or "")
            async with (
                aiohttp.ClientSession(
                    connector=aiohttp.TCPConnector(resolver=GuardedResolver(rules)),
                    timeout=aiohttp.ClientTimeout(seconds, sock_connect=_CONNECT_SECONDS, sock_read=_SILENT_SECONDS),
                    cookie_jar=aiohttp.DummyCookieJar(),
                    auto_decompress=False,
                ) as session,
                session.get(
                    url,
                    headers={"Accept-Encoding": "identity", "User-Agent": "Trunkline", **headers},
                    allow_redirects=False,
                ) as answer,
            ):
                yield answer
        except (ForbiddenAddress, TimeoutError, aiohttp.ClientError) as error:
            raise _unfetched(error, url.host) from error

    async def _written(self, answer: aiohttp.ClientResponse, path: Path, *, keyed: bool) -> int:
        kind = answer.headers.get("Content-Type", "")
        if answer.status != 200:
            why = status_of_sound(answer.status, keyed=keyed)
            raise Unfetched(why, f"HTTP {answer.status}", _pause(answer))
        if not may_be_sound(kind) or answer.headers.get("Content-Encoding", "identity") != "identity":
            raise Unfetched(Stop.LATE, f"it answers {kind[:100]}, which is no sound")
        size, most = 0, self._most_mb << 20
        larger = Unfetched(Stop.TOO_LARGE, f"it is larger than {self._most_mb} MB (recordings.upload_mb)")
        if (answer.content_length or 0) > most:
            raise larger
        with path.open("wb") as file:
            async for chunk in answer.content.iter_chunked(_CHUNK):
                if not size and is_text(chunk):
                    raise Unfetched(Stop.LATE, "it answers a page or a message, which is no sound")
                size += len(chunk)
                if size > most:
                    raise larger
                await asyncio.to_thread(file.write, chunk)
        if not size:
            raise Unfetched(Stop.LATE, "its answer is empty")
        return size


def _unfetched(error: Exception, host: str | None) -> Unfetched:
    """In words; every certificate error and every refused address is a connection's error too."""
    match error:
        case ForbiddenAddress() | aiohttp.ClientConnectorError(os_error=ForbiddenAddress()):
            return Unfetched(Stop.FORBIDDEN, str(getattr(error, "os_error", error)))
        case TimeoutError():
            why = "no answer in time"
        case aiohttp.InvalidURL() | aiohttp.NonHttpUrlClientError():
            why = "it leads to what is no address"
        case aiohttp.ClientConnectorCertificateError(certificate_error=refused):
            why = f"the certificate of {host} is not to be trusted: {getattr(refused, 'verify_message', refused)}"
        case aiohttp.ClientPayloadError():
            why = "its answer broke off"
        case _:
            why = f"no connection to {host}: {type(error).__name__}"
    return Unfetched(Stop.UNREACHED, why)


@asynccontextmanager
async def _within(seconds: float) -> AsyncIterator[None]:
    """All turns of a redirect together."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise Unfetched(Stop.UNREACHED, f"it was not here within {seconds:g} s") from error


async def _bounded(answer: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > _LONGEST_ANSWER:
            raise Unfetched(Stop.UNREACHED, "asked for a link it answers more than a link")
    return bytes(body)


def _headers(way: LinkById, secret: str) -> Mapping[str, str]:
    return {way.header: secret} if way.header else {}


def _pause(answer: aiohttp.ClientResponse) -> float:
    return retry_after(answer.headers.get("Retry-After"), datetime.now(UTC).timestamp()) or 0.0

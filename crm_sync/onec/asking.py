"""Asks a base: one request at a time, as its user, never longer than an answer of ours may be."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import aiohttp
from yarl import URL

from crm_sync.clocks import skew_of
from crm_sync.connector import Connector
from crm_sync.onec.odata import error_of
from crm_sync.port import Reach
from crm_sync.store import SQL
from trunkline.crypto import WrongKey
from trunkline.errors import TrunklineError
from trunkline.web.i18n import gettext as _
from trunkline.webhooks.address import ForbiddenAddress
from trunkline.webhooks.deliverer import fault_of

_SECONDS: Final = 60.0
LONGEST_ANSWER: Final = 16 << 20
"""A page of five hundred documents with their sections has a tenth of it."""


class Refused(TrunklineError):
    """The base did not answer what was asked, the message says why; `status` is None where it said nothing."""

    def __init__(self, words: str, status: int | None = None, *, long: bool = False) -> None:
        super().__init__(words)
        self.status = status
        self.long = long
        """Less may be asked for at a time."""


@dataclass(frozen=True, slots=True)
class Told:
    """An answer; `at` is when it was asked for, by 1C's clock (Unix seconds), `skew` how far that is ahead of ours."""

    body: bytes
    at: float
    skew: float


@dataclass(frozen=True, slots=True)
class Bases:
    """Every base; an answer has at most `longest` bytes."""

    reach: Reach
    longest: int = LONGEST_ANSWER

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.reach.clock(), UTC)

    async def get(self, known: Connector, query: str) -> Told:
        """What is at `query` behind the base's address; raises Refused."""
        asked, begun = self.reach.clock(), time.monotonic()
        url = URL(f"{known.portal}/{query}", encoded=True)
        try:
            self.reach.rules.check_literal(url.host or "")
            timeout = aiohttp.ClientTimeout(total=_SECONDS, sock_connect=5.0)
            how = {"Accept": "application/json", "Accept-Encoding": "identity"} | await self._signed(known)
            async with self.reach.session.get(url, headers=how, allow_redirects=False, timeout=timeout) as answer:
                body = await _body(answer, self.longest)
        except (aiohttp.ClientError, ForbiddenAddress, TimeoutError, OSError, ValueError) as error:
            raise Refused(fault_of(error).reason, long=isinstance(error, TimeoutError)) from error
        if answer.status != 200:
            raise Refused(_words(answer.status, body), answer.status)
        skew = skew_of(answer.headers.get("Date"), asked + time.monotonic() - begun)
        return Told(body, asked + skew, skew)

    async def _signed(self, known: Connector) -> dict[str, str]:
        """1C takes names and passwords in UTF-8."""
        if not known.client_id:
            return {}
        sealed = await self.reach.pool.fetchval(SQL["secret_of"], known.id)
        try:
            opened = self.reach.box.open(sealed).decode()
            return {"Authorization": aiohttp.encode_basic_auth(known.client_id, opened, "utf-8")}
        except WrongKey:
            words = _("the password cannot be opened with this installation's key: write it down again on the page")
            raise Refused(words, 401) from None


async def _body(answer: aiohttp.ClientResponse, longest: int) -> bytes:
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > longest:
            raise Refused(_("the answer is longer than %(count)s MB") % {"count": longest >> 20}, long=True)
    return bytes(body)


def _words(status: int, body: bytes) -> str:
    """Of a refusal: what 1C itself says; HTML is of the web server before it."""
    said = error_of(body)
    match status:
        case 401:
            return _("1C does not take the user or his password (HTTP 401)")
        case 402 | 403:
            return _("the user may not read this in 1C (HTTP %(status)s)") % {"status": status}
        case _ if said:
            return _("1C says: %(words)s (HTTP %(status)s)") % {"words": said, "status": status}
        case 404:
            return _("nothing is published at this address (HTTP 404)")
        case _ if 300 <= status < 400:
            return _("the address leads to another one (HTTP %(status)s)") % {"status": status}
        case _:
            return _("the web server before 1C answered HTTP %(status)s in its place") % {"status": status}

"""One request to a messenger or a tracker: bounded in time and size, only where we may go; no error tells the token."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final, NamedTuple, TypeVar

import aiohttp
import msgspec
from yarl import URL

from crm_sync.answer import Refused
from trunkline.outbox.event import Fault, Refusal, Sent
from trunkline.settings import Settings
from trunkline.webhooks.address import AddressRules, ForbiddenAddress
from trunkline.webhooks.session import fault_of, webhook_session

T = TypeVar("T")
_SECONDS: Final = 20.0
_LONGEST_ANSWER: Final = 1 << 20
"""Bytes; an answer has a few thousand."""


class Answered(NamedTuple):
    """What came back; `retry_after` is the header as it stands."""

    status: int
    body: bytes
    retry_after: str | None


class Asking:
    """Asks over one session; `seconds` is for what is answered late on purpose."""

    def __init__(self, session: aiohttp.ClientSession, rules: AddressRules) -> None:
        self._session = session
        self._rules = rules

    async def ask(
        self,
        method: str,
        url: str,
        token: str,
        *,
        verb: str = "POST",
        seconds: float = _SECONDS,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
    ) -> Answered:
        """Raises Refused, named by `method`."""
        try:
            self._rules.check_literal(URL(url).host or "")
            timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=5.0)
            async with self._session.request(
                verb, url, json=json, data=form, headers=headers, allow_redirects=False, timeout=timeout
            ) as answer:
                body = await answer.content.read(_LONGEST_ANSWER)
                while len(body) < _LONGEST_ANSWER and (more := await answer.content.read(_LONGEST_ANSWER)):
                    body += more
                return Answered(answer.status, body, answer.headers.get("Retry-After"))
        except (aiohttp.ClientError, ForbiddenAddress, TimeoutError, OSError, ValueError) as error:
            raise Refused(method, _without(fault_of(error), token)) from None


@asynccontextmanager
async def open_asking(settings: Settings) -> AsyncIterator[Asking]:
    """Reached is what lies in the world, or whose address the settings name."""
    rules = AddressRules(settings.web.webhook_private_addresses)
    async with webhook_session(rules) as session:
        yield Asking(session, rules)


def shaped(method: str, told: Any, shape: type[T]) -> T:
    """What was answered, as it should be; raises Refused."""
    try:
        return msgspec.convert(told, shape)
    except msgspec.ValidationError as error:
        raise Refused(method, Fault(f"the messenger's answer is not whole: {error}", Sent.MAYBE)) from None


def no_answer(status: int, who: str) -> Fault:
    """Somebody before the messenger has answered, or what nobody can read: a proxy, a portal of a provider."""
    if 200 <= status < 300:
        return Fault("answered with something other than the Bot API's JSON", Sent.MAYBE)
    words = f"a server before {who} answered HTTP {status} in its place"
    return Fault(words, Sent.ANSWERED, status, refusal=Refusal.LATER if status < 500 else None)


def _without(fault: Fault, token: str) -> Fault:
    """An error of the connection may quote the address, and with it the token."""
    return replace(fault, reason=fault.reason.replace(token, "…"))

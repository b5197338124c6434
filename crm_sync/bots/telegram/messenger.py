"""Telegram as a messenger: one POST of JSON each (core.telegram.org/bots/api#making-requests).

The token stands in the address: nothing of it goes into a log or an error.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, TypeVar

import aiohttp
import msgspec
from yarl import URL

from crm_sync.bots.port import Access, Me, Message, Refused
from crm_sync.bots.telegram.wire import HEARD, NOT_MODIFIED, TOO_OLD, read
from trunkline.outbox.event import Fault, Sent
from trunkline.webhooks.address import AddressRules, ForbiddenAddress
from trunkline.webhooks.deliverer import fault_of

API_URL: Final = "https://api.telegram.org"
T = TypeVar("T")
_SECONDS: Final = 20.0
_LONGEST_ANSWER: Final = 1 << 20
"""Bytes; an answer has a few thousand."""


class _Sent(msgspec.Struct):
    message_id: int


class _User(msgspec.Struct):
    id: int
    username: str


class Telegram:
    """Every bot of Telegram's."""

    def __init__(self, session: aiohttp.ClientSession, rules: AddressRules) -> None:
        self._session = session
        self._rules = rules

    async def look(self, access: Access) -> Me:
        told = _as("getMe", await self._ask(access, "getMe", {}), _User)
        return Me(told.id, told.username)

    async def listen(self, access: Access, url: str, secret: str) -> None:
        said = {"url": url, "secret_token": secret, "allowed_updates": HEARD}
        await self._ask(access, "setWebhook", said)

    async def silence(self, access: Access) -> None:
        await self._ask(access, "deleteWebhook", {})

    async def send(self, access: Access, chat: int, message: Message) -> int:
        told = await self._ask(access, "sendMessage", {"chat_id": chat, **_body(message)})
        return _as("sendMessage", told, _Sent).message_id

    async def edit(self, access: Access, chat: int, known: int, message: Message) -> None:
        try:
            said = {"chat_id": chat, "message_id": known, **_body(message)}
            await self._ask(access, "editMessageText", said)
        except Refused as refused:
            if not refused.said.startswith(NOT_MODIFIED):
                raise

    async def answer(self, access: Access, query: str, text: str) -> None:
        try:
            await self._ask(access, "answerCallbackQuery", {"callback_query_id": query, "text": text[:200]})
        except Refused as refused:
            if not refused.said.startswith(TOO_OLD):
                raise

    async def _ask(self, access: Access, method: str, said: Mapping[str, Any]) -> Any:
        url = f"{access.api_url}/bot{access.token}/{method}"
        try:
            self._rules.check_literal(URL(url).host or "")
            timeout = aiohttp.ClientTimeout(total=_SECONDS, sock_connect=5.0)
            async with self._session.post(url, json=said, allow_redirects=False, timeout=timeout) as answer:
                body = await answer.content.read(_LONGEST_ANSWER)
                while len(body) < _LONGEST_ANSWER and (more := await answer.content.read(_LONGEST_ANSWER)):
                    body += more
                return read(method, answer.status, body)
        except (aiohttp.ClientError, ForbiddenAddress, TimeoutError, OSError, ValueError) as error:
            raise Refused(method, _without(fault_of(error), access.token)) from None


def _without(fault: Fault, token: str) -> Fault:
    """An error of the connection may quote the address, and with it the token."""
    return replace(fault, reason=fault.reason.replace(token, "…"))


def _as(method: str, told: Any, shape: type[T]) -> T:
    try:
        return msgspec.convert(told, shape)
    except msgspec.ValidationError as error:
        raise Refused(method, Fault(f"Telegram's answer is not whole: {error}", Sent.MAYBE)) from None


def _body(message: Message) -> dict[str, Any]:
    rows = [
        [{"text": one.text} | ({"url": one.url} if one.url else {"callback_data": one.data}) for one in row]
        for row in message.buttons
    ]
    quiet = {"link_preview_options": {"is_disabled": True}}
    return {"text": message.text, "reply_markup": {"inline_keyboard": rows}, **quiet}

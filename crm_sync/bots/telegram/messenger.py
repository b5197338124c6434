"""Telegram as a messenger: one POST of JSON each (core.telegram.org/bots/api#making-requests).

The token stands in the address: nothing of it goes into a log or an error.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from crm_sync.answer import Refused
from crm_sync.asking import Asking, shaped
from crm_sync.bots.port import Access, Me, Message
from crm_sync.bots.telegram.wire import HEARD, NOT_MODIFIED, TOO_OLD, read

API_URL: Final = "https://api.telegram.org"


class _Sent(msgspec.Struct):
    message_id: int


class _User(msgspec.Struct):
    id: int
    username: str


class Telegram:
    """Every bot of Telegram's."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    async def look(self, access: Access) -> Me:
        told = shaped("getMe", await self._ask(access, "getMe", {}), _User)
        return Me(str(told.id), told.username)

    async def listen(self, access: Access, url: str, secret: str) -> None:
        said = {"url": url, "secret_token": secret, "allowed_updates": HEARD}
        await self._ask(access, "setWebhook", said)

    async def silence(self, access: Access, _url: str) -> None:
        await self._ask(access, "deleteWebhook", {})

    async def send(self, access: Access, chat: str, message: Message) -> str:
        told = await self._ask(access, "sendMessage", {"chat_id": int(chat), **_body(message)})
        return str(shaped("sendMessage", told, _Sent).message_id)

    async def edit(self, access: Access, chat: str, known: str, message: Message) -> None:
        try:
            said = {"chat_id": int(chat), "message_id": int(known), **_body(message)}
            await self._ask(access, "editMessageText", said)
        except Refused as refused:
            if not refused.said.startswith(NOT_MODIFIED):
                raise

    async def answer(self, access: Access, query: str, text: str) -> None:
        try:
            await self._ask(access, "answerCallbackQuery", {"callback_query_id": query, "text": text})
        except Refused as refused:
            if not refused.said.startswith(TOO_OLD):
                raise

    async def _ask(self, access: Access, method: str, said: Mapping[str, Any]) -> Any:
        url = f"{access.api_url}/bot{access.token}/{method}"
        answered = await self._asking.ask(method, url, access.token, json=said)
        return read(method, answered.status, answered.body)


def _body(message: Message) -> dict[str, Any]:
    rows = [
        [{"text": one.text} | ({"url": one.url} if one.url else {"callback_data": one.data}) for one in row]
        for row in message.buttons
    ]
    quiet = {"link_preview_options": {"is_disabled": True}}
    return {"text": message.text, "reply_markup": {"inline_keyboard": rows}, **quiet}

"""MAX as a messenger (dev.max.ru/docs-api; crm.md §5): JSON, the token in the header `Authorization`."""

import time
from typing import Any, Final

import msgspec
from yarl import URL

from crm_sync.answer import Refused
from crm_sync.asking import Asking, shaped
from crm_sync.bots.max.wire import ANSWER, EDIT, HEARD, read
from crm_sync.bots.port import Access, Me, Message

API_URL: Final = "https://platform-api.max.ru"
_PAST: Final = frozenset({400, 404, 405})
"""What a press that nobody waits for any more is answered with."""


class _Body(msgspec.Struct):
    mid: str


class _Message(msgspec.Struct):
    body: _Body


class _Sent(msgspec.Struct):
    message: _Message


class _User(msgspec.Struct):
    user_id: int
    username: str | None = None


class Max:
    """Every bot of MAX's."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    async def look(self, access: Access) -> Me:
        told = shaped("GET /me", await self._ask(access, "GET /me"), _User)
        return Me(str(told.user_id), told.username or str(told.user_id))

    async def listen(self, access: Access, url: str, secret: str) -> None:
        said = {"url": url, "secret": secret, "update_types": HEARD}
        await self._ask(access, "POST /subscriptions", json=said)

    async def silence(self, access: Access, url: str) -> None:
        await self._ask(access, "DELETE /subscriptions", {"url": url})

    async def send(self, access: Access, chat: str, message: Message) -> str:
        asked = {"chat_id": chat, "disable_link_preview": "true"}
        told = await self._ask(access, "POST /messages", asked, _body(message))
        return shaped("POST /messages", told, _Sent).message.body.mid

    async def edit(self, access: Access, _chat: str, known: str, message: Message) -> None:
        await self._ask(access, EDIT, {"message_id": known}, _body(message))

    async def answer(self, access: Access, query: str, text: str) -> None:
        try:
            await self._ask(access, ANSWER, {"callback_id": query}, {"notification": text})
        except Refused as refused:
            if refused.fault.status not in _PAST:
                raise

    async def _ask(self, access: Access, method: str, asked: dict[str, str] | None = None, json: Any = None) -> Any:
        verb, _space, path = method.partition(" ")
        url = str(URL(f"{access.api_url}{path}").with_query(asked or {}))
        headers = {"Authorization": access.token}
        answered = await self._asking.ask(method, url, access.token, verb=verb, headers=headers, json=json)
        return read(method, answered, time.time())


def _body(message: Message) -> dict[str, Any]:
    """Without `format` nothing in the text is markup; no attachments take the buttons away."""
    rows = [
        [{"text": one.text} | ({"type": "link", "url": one.url} if one.url else _callback(one.data)) for one in row]
        for row in message.buttons
    ]
    keyboard = [{"type": "inline_keyboard", "payload": {"buttons": rows}}] if rows else []
    return {"text": message.text, "attachments": keyboard, "link": None}


def _callback(data: str) -> dict[str, str]:
    return {"type": "callback", "payload": data}

"""VK Teams as a messenger: a form posted to `/bot/v1/METHOD` each (crm.md §5; teams.vk.com/botapi).

The token is a field of the form, not of the address, where proxies would write it down. Nothing is posted to us: what
is said to the bot is asked for by `events/get`, which waits for the first event (`pollTime`, seconds).
"""

import time
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from crm_sync.answer import Refused
from crm_sync.asking import Answered, Asking, shaped
from crm_sync.bots.port import Access, Me, Message, Unreachable, Update
from crm_sync.bots.vkteams.wire import EDIT, read, read_events
from trunkline.notjson import NOT_JSON
from trunkline.outbox.event import Fault, Sent

API_URL: Final = "https://myteam.mail.ru"
POLL_SECONDS: Final = 25
_SLACK_SECONDS: Final = 15.0
_GATEWAY_TIMEOUT: Final = 504
"""A proxy before it waits less long than we let it: nothing was told meanwhile."""


class _Sent(msgspec.Struct, rename="camel"):
    msg_id: str


class _User(msgspec.Struct, rename="camel"):
    user_id: str
    nick: str = ""


class VkTeams:
    """Every bot of VK Teams'."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    async def look(self, access: Access) -> Me:
        told = shaped("self/get", await self._ask(access, "self/get", {}), _User)
        return Me(told.user_id, told.nick or told.user_id)

    async def listen(self, access: Access, url: str, secret: str) -> None:
        """It posts nothing."""

    async def silence(self, access: Access, url: str) -> None:
        """It posts nothing."""

    async def send(self, access: Access, chat: str, message: Message) -> str:
        told = await self._ask(access, "messages/sendText", {"chatId": chat, **_body(message)})
        return shaped("messages/sendText", told, _Sent).msg_id

    async def edit(self, access: Access, chat: str, known: str, message: Message) -> None:
        await self._ask(access, EDIT, {"chatId": chat, "msgId": known, **_body(message)})

    async def answer(self, access: Access, query: str, text: str) -> None:
        """What it refuses for good is a press of long ago."""
        try:
            await self._ask(access, "messages/answerCallbackQuery", {"queryId": query, "text": text})
        except Unreachable:
            raise
        except Refused as refused:
            if refused.fault.status != 400:
                raise

    async def events(self, access: Access, after: int) -> Sequence[tuple[int, Update | None]]:
        method = "events/get"
        asked = {"lastEventId": str(after), "pollTime": str(POLL_SECONDS)}
        answered = await self._post(access, method, asked, POLL_SECONDS + _SLACK_SECONDS)
        if answered.status == _GATEWAY_TIMEOUT:
            return []
        read(method, answered, time.time())
        try:
            return read_events(answered.body)
        except (*NOT_JSON, ValueError) as error:
            raise Refused(method, Fault(f"the messenger's answer is not whole: {error}", Sent.ANSWERED)) from None

    async def _ask(self, access: Access, method: str, said: dict[str, str]) -> Any:
        return read(method, await self._post(access, method, said), time.time())

    async def _post(self, access: Access, method: str, said: dict[str, str], seconds: float = 20.0) -> Answered:
        form = {"token": access.token, **said}
        return await self._asking.ask(
            method, f"{access.api_url}/bot/v1/{method}", access.token, seconds=seconds, form=form
        )


def _body(message: Message) -> dict[str, str]:
    """Without `parseMode` nothing in the text is markup; an empty keyboard takes the buttons away."""
    rows = [
        [{"text": one.text} | ({"url": one.url} if one.url else {"callbackData": one.data}) for one in row]
        for row in message.buttons
    ]
    return {"text": message.text, "inlineKeyboardMarkup": msgspec.json.encode(rows).decode()}

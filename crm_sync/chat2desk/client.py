"""Asks Chat2Desk: JSON, the token in a header (crm.md §5)."""

import time
from typing import Any, Final, NamedTuple, TypeVar

import msgspec

from crm_sync.answer import Refused
from crm_sync.asking import Asking
from crm_sync.chat2desk.wire import Company, Said, Sending, read
from trunkline.outbox.event import Fault, Sent

API_URL: Final = "https://api.chat2desk.com"
COMMENT: Final = "comment"
TO_CLIENT: Final = "to_client"
_PAGE: Final = 200
"""The most it lists at once."""
_SECONDS: Final = 20.0
T = TypeVar("T")


class Way(NamedTuple):
    """By what an account is reached."""

    api_url: str
    token: str


class Chat2Desk:
    """Each method raises Refused; an answer is waited for `seconds`."""

    def __init__(self, asking: Asking, seconds: float = _SECONDS) -> None:
        self._asking = asking
        self._seconds = seconds

    async def company(self, way: Way) -> str:
        """Whose token it is."""
        method = "GET /v1/companies/api_info"
        data, _total = await self._ask(way, method)
        return (_as(method, data, Company).company_name or "").strip()[:200]

    async def say(self, way: Way, client: str, text: str, kind: str) -> str:
        """One message in the dialogue of this client; its id. A comment opens no dialogue that is closed."""
        method = "POST /v1/messages"
        said = {"client_id": int(client) if client.isdecimal() else client, "text": text, "type": kind}
        data, _total = await self._ask(way, method, {**said, "open_dialog": False} if kind == COMMENT else said)
        return str(_as(method, data or {}, Sending).message_id or "")

    async def said(self, way: Way, client: str) -> list[Said]:
        """The messages of his at both ends of the list: in which order it stands depends on the account."""
        found, total = await self._page(way, client, 0)
        if total > _PAGE:
            found += (await self._page(way, client, max(_PAGE, total - _PAGE)))[0]
        return found

    async def _page(self, way: Way, client: str, offset: int) -> tuple[list[Said], int]:
        method = f"GET /v1/messages?client_id={client}&limit={_PAGE}&offset={offset}"
        data, total = await self._ask(way, method)
        return _as(method, data or [], list[Said]), total

    async def _ask(self, way: Way, method: str, said: Any = None) -> tuple[Any, int]:
        verb, _space, path = method.partition(" ")
        headers = {"Authorization": way.token}
        url = f"{way.api_url}{path}"
        answered = await self._asking.ask(
            method, url, way.token, verb=verb, headers=headers, json=said, seconds=self._seconds
        )
        return read(method, answered, time.time())


def _as(method: str, told: Any, shape: type[T]) -> T:
    try:
        return msgspec.convert(told, shape)
    except msgspec.ValidationError as error:
        raise Refused(method, Fault(f"Chat2Desk's answer is not whole: {error}", Sent.MAYBE)) from None

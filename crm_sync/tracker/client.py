"""Asks Yandex Tracker: JSON, the token and the organisation in headers (crm.md §5)."""

import time
from collections.abc import Sequence
from typing import Any, Final, NamedTuple, TypeVar
from urllib.parse import quote
from uuid import UUID

import msgspec

from crm_sync.answer import Refused
from crm_sync.asking import Asking
from crm_sync.tracker.wire import NOT_FOUND, Comment, Issue, Myself, read
from trunkline.outbox.event import Fault, Sent

API_URL: Final = "https://api.tracker.yandex.net"
_RIGHTS: Final = frozenset({"create", "read", "write"})
_PAGE: Final = 100
_MOST_PAGES: Final = 20
T = TypeVar("T")


class Way(NamedTuple):
    """By what a tracker is reached."""

    api_url: str
    token: str
    org_header: str
    org_id: str


class Tracker:
    """Each method raises Refused."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    async def myself(self, way: Way) -> Myself:
        """Whose token it is."""
        return _as("GET /v3/myself", await self._ask(way, "GET /v3/myself"), Myself)

    async def queue(self, way: Way, key: str) -> str:
        """Its key; it is there, and may be seen."""
        method = f"GET /v3/queues/{key}"
        return _as(method, await self._ask(way, method), Issue).key

    async def rights(self, way: Way, queue: str, login: str) -> frozenset[str] | None:
        """Of a person in a queue: `create`, `read`, `write`, each with whom it is by; None where none is named.

        API, "Getting information about user permissions for a queue".
        """
        method = f"GET /v3/queues/{queue}/permissions/users/{quote(login, safe='')}"
        told = _as(method, await self._ask(way, method), dict[str, Any])
        within = told.get("permissions")
        named: dict[str, Any] = within if isinstance(within, dict) else told
        held = frozenset(name for name in _RIGHTS if named.get(name))
        return held if named.keys() & _RIGHTS else None

    async def create(self, way: Way, queue: str, summary: str, description: str, unique: UUID) -> Issue:
        """Refused with 409 where there is one of this `unique`."""
        said = {
            "queue": queue,
            "summary": summary,
            "description": description,
            "markupType": "md",
            "unique": unique_of(unique),
        }
        return _as("POST /v3/issues/", await self._ask(way, "POST /v3/issues/", said), Issue)

    async def find(self, way: Way, unique: UUID) -> Issue | None:
        """The one of this `unique`."""
        method = f"POST /v2/issues/_findByUnique?unique={unique_of(unique)}"
        try:
            return _as(method, await self._ask(way, method, {}), Issue)
        except Refused as refused:
            if refused.fault.status == NOT_FOUND:
                return None
            raise

    async def comment(self, way: Way, key: str, text: str) -> Comment:
        """Write one."""
        method = f"POST /v3/issues/{key}/comments"
        return _as(method, await self._ask(way, method, {"text": text}), Comment)

    async def comments(self, way: Way, key: str) -> list[Comment]:
        """All of an issue, the oldest first; pages of a hundred, each behind the last id of the one before."""
        found: list[Comment] = []
        behind = ""
        for _ in range(_MOST_PAGES):
            method = f"GET /v3/issues/{key}/comments?perPage={_PAGE}{behind}"
            page = _as(method, await self._ask(way, method), list[Comment])
            found += page
            if len(page) < _PAGE:
                break
            behind = f"&id={page[-1].id}"
        return found

    async def changed(self, way: Way, keys: Sequence[str]) -> list[Issue]:
        """Of a hundred issues at most, each with the time of its last change."""
        method = f"POST /v3/issues/_search?perPage={_PAGE}"
        return _as(method, await self._ask(way, method, {"keys": list(keys)}), list[Issue])

    async def _ask(self, way: Way, method: str, said: Any = None) -> Any:
        verb, _space, path = method.partition(" ")
        headers = {"Authorization": f"OAuth {way.token}", way.org_header: way.org_id}
        answered = await self._asking.ask(
            method, f"{way.api_url}{path}", way.token, verb=verb, headers=headers, json=said
        )
        return read(method, answered, time.time())


def unique_of(issue: UUID) -> str:
    """What names an issue of ours there for ever."""
    return f"trunkline-{issue}"


def _as(method: str, told: Any, shape: type[T]) -> T:
    try:
        return msgspec.convert(told, shape)
    except msgspec.ValidationError as error:
        raise Refused(method, Fault(f"Yandex Tracker's answer is not whole: {error}", Sent.MAYBE)) from None

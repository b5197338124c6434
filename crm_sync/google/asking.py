"""Asks Google: tokens, labels and contacts, each answer bounded."""

import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import aiohttp

from crm_sync.google import access, wire
from crm_sync.google.access import GOOGLE, Client, Hosts, Tokens
from crm_sync.google.wire import Refused, There, Trouble
from trunkline.phonebook.vcard import Known
from trunkline.webhooks.address import AddressRules, ForbiddenAddress
from trunkline.webhooks.deliverer import retry_after, webhook_session

_LONGEST_ANSWER: Final = 8 << 20
_MOST_PAGES: Final = 30
"""An account holds 25,000 contacts at most; labels are far fewer."""
_GONE: Final = ForbiddenAddress, aiohttp.ClientError, TimeoutError, OSError

_ANSWER_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Google:
    """One session for all accounts."""

    session: aiohttp.ClientSession
    hosts: Hosts = GOOGLE
    clock: Callable[[], float] = time.time

    async def first(self, client: Client, code: str, back: str) -> Tokens:
        """For the code a browser brought back; raises Refused."""
        return await self._tokens(access.code_form(client, code, back))

    async def renewed(self, client: Client, refresh: str) -> Tokens:
        """Another access token; raises Refused."""
        return await self._tokens(access.refresh_form(client, refresh), refresh)

    async def revoke(self, refresh: str) -> None:
        """Give the permission back; raises Refused where Google does not answer."""
        status, body, _after = await self._send("POST", self.hosts.revoke, data={"token": refresh})
        if status >= 500:
            raise wire.refusal(status, body, 0.0, writes=False)

    async def label(self, token: str) -> str:
        """Our label, made where there is none; raises Refused."""
        page = ""
        for _turn in range(_MOST_PAGES):
            body = await self._ask(
                token, "GET", "contactGroups", params={"pageSize": str(wire.PAGE), "pageToken": page}
            )
            found, page = wire.read_groups(body)
            if found or not page:
                break
        if found:
            return found
        made = await self._ask(token, "POST", "contactGroups", {"contactGroup": {"name": wire.LABEL}})
        return wire.read_group(made)

    async def drop_label(self, token: str, group: str) -> None:
        """The label alone, not who carries it; raises Refused."""
        await self._ask(token, "DELETE", group, params={"deleteContacts": "false"})

    async def ours(self, token: str) -> list[There]:
        """All of ours in the account; raises Refused."""
        found, page = list[There](), ""
        for _turn in range(_MOST_PAGES):
            params = {"personFields": "clientData,metadata", "pageSize": str(wire.PAGE), "pageToken": page}
            there, page = wire.read_connections(await self._ask(token, "GET", "people/me/connections", params=params))
            found += there
            if not page:
                break
        return found

    async def create(self, token: str, wanted: Sequence[Known], group: str) -> list[There]:
        """At most MOST_WRITTEN; raises Refused."""
        body = wire.creation(wanted, group)
        return wire.read_created(await self._ask(token, "POST", "people:batchCreateContacts", body))

    async def change(self, token: str, wanted: Sequence[tuple[Known, There]]) -> list[There]:
        """At most MOST_WRITTEN; raises Refused."""
        return wire.read_changed(await self._ask(token, "POST", "people:batchUpdateContacts", wire.change(wanted)))

    async def delete(self, token: str, resources: Sequence[str]) -> None:
        """At most MOST_DELETED; raises Refused."""
        await self._ask(token, "POST", "people:batchDeleteContacts", {"resourceNames": list(resources)})

    async def _tokens(self, form: Mapping[str, str], refresh: str = "") -> Tokens:
        status, body, _after = await self._send("POST", self.hosts.token, data=form)
        return access.read_tokens(status, body, self.clock(), refresh)

    async def _ask(
        self,
        token: str,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        params: Mapping[str, str] | None = None,
    ) -> bytes:
        status, answer, after = await self._send(
            method,
            self.hosts.people + path,
            json=body,
            params={name: value for name, value in (params or {}).items() if value},
            headers={"Authorization": f"Bearer {token}"},
        )
        if status != 200:
            raise wire.refusal(status, answer, after, writes=method != "GET")
        return answer

    async def _send(self, method: str, url: str, **more: Any) -> tuple[int, bytes, float]:
        """The status, the body, and the seconds it asks to wait."""
        try:
            async with self.session.request(method, url, allow_redirects=False, **more) as answer:
                body = bytearray()
                async for chunk in answer.content.iter_any():
                    body += chunk
                    if len(body) > _LONGEST_ANSWER:
                        raise Refused(Trouble.AWAY, "its answer is larger than 8 MB", sent=True)
                pause = retry_after(answer.headers.get("Retry-After"), datetime.now(UTC).timestamp())
                return answer.status, bytes(body), pause or 0.0
        except _GONE as error:
            # The error's own words may quote an address with what is secret in it.
            raise Refused(Trouble.AWAY, f"no answer of Google: {type(error).__name__}", sent=True) from None


@asynccontextmanager
async def open_google() -> AsyncIterator[Google]:
    """Google out in the world: nothing of it stands in our network."""
    async with webhook_session(AddressRules(()), answer_seconds=_ANSWER_SECONDS) as session:
        yield Google(session)

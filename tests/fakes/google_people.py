"""Google's sign-in and People API on loopback, over real HTTP.

Paths, fields, bounds and errors are those of developers.google.com/people/api/rest/v1 (people, people.connections,
contactGroups) and .../identity/protocols/oauth2/web-server; errors have Google's common form (AIP-193). A change
whose etag is not that of now is 400 FAILED_PRECONDITION, as of one contact of a batch so of all of it.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from crm_sync.google.access import Hosts

CLIENT = "12345-abc.apps.googleusercontent.com"
SECRET = "GOCSPX-of-the-tests-1"
CODE = "4/0A-code"
_WRITTEN = {"names", "phoneNumbers", "emailAddresses", "organizations"}
_STATUS = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND",
           429: "RESOURCE_EXHAUSTED", 503: "UNAVAILABLE"}  # fmt: skip


@dataclass
class FakeGoogle:
    """One account. `faults` are what the next requests of a method get: a status, or `lost` (done, no answer)."""

    url: str = ""
    back: str = ""
    refresh: str = "1//refresh-1"
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=lambda: {"contactGroups/myContacts": "myContacts"})
    tokens: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    faults: list[tuple[str, int | str]] = field(default_factory=list)
    holds: dict[str, asyncio.Event] = field(default_factory=dict)
    """Requests of a method wait for theirs."""
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    @property
    def hosts(self) -> Hosts:
        """Where it is."""
        return Hosts(f"{self.url}/auth", f"{self.url}/token", f"{self.url}/revoke", f"{self.url}/v1/")

    def fails(self, method: str, *how: int | str) -> None:
        self.faults += [(method, one) for one in how]

    def names(self) -> list[str]:
        """Of everybody there, sorted."""
        return sorted(one["names"][0]["givenName"] for one in self.people.values())

    def put(self, person: dict[str, Any]) -> dict[str, Any]:
        """Keep it, with a new name and etag."""
        number = next(self._numbers)
        source = {"type": "CONTACT", "id": f"{number:x}", "etag": f"#{number}"}
        name = f"people/c{number}"
        self.people[name] = person | {"resourceName": name, "metadata": {"sources": [source]}}
        return self.people[name]

    def edit(self, name: str, **changed: Any) -> None:
        """As its owner does, on his telephone."""
        one = next(one for one in self.people.values() if one["names"][0]["givenName"] == name)
        one |= changed
        one["metadata"]["sources"][0]["etag"] = f"#{next(self._numbers)}"

    async def token(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.asked.append(f"token {form.get('grant_type')}")
        if (fault := self._fault("token")) is not None:
            return _error(int(fault))
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
            return web.json_response({"error": "invalid_client"}, status=401)
        by_code = form.get("code") == CODE and form.get("redirect_uri") == self.back
        if not (by_code or (self.refresh and form.get("refresh_token") == self.refresh)):
            return web.json_response({"error": "invalid_grant"}, status=400)
        token = f"ya29.{next(self._numbers)}"
        self.tokens.add(token)
        more = {"refresh_token": self.refresh} if by_code else {}
        scope = "https://www.googleapis.com/auth/contacts"
        return web.json_response(
            {"access_token": token, "expires_in": 3599, "scope": scope, "token_type": "Bearer"} | more
        )

    async def revoke(self, request: web.Request) -> web.Response:
        known = (await request.post()).get("token") in {self.refresh, *self.tokens}
        self.asked.append("revoke")
        if not known:
            return web.json_response({"error": "invalid_token"}, status=400)
        self.refresh = ""
        self.tokens.clear()
        return web.json_response({})

    async def api(self, request: web.Request) -> web.StreamResponse:
        """Everything below /v1/."""
        method = request.match_info["path"]
        self.asked.append(f"{request.method} {method}")
        if method in self.holds:
            await self.holds[method].wait()
        fault = self._fault(method)
        if isinstance(fault, int):
            return _error(fault)
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
            return _error(401)
        body = await request.json() if request.can_read_body else {}
        answer = self._do(request.method, method, body, request.query)
        if fault == "lost" and request.transport is not None:
            request.transport.abort()
        return answer

    def _do(self, verb: str, method: str, body: dict[str, Any], query: Any) -> web.Response:
        known: dict[tuple[str, str], Callable[[], web.Response]] = {
            ("POST", "people:batchCreateContacts"): lambda: self._create(body),
            ("POST", "people:batchUpdateContacts"): lambda: self._update(body),
            ("POST", "people:batchDeleteContacts"): lambda: self._delete(body),
            ("GET", "people/me/connections"): lambda: self._list(query),
            ("GET", "contactGroups"): self._groups,
            ("POST", "contactGroups"): lambda: self._label(body["contactGroup"]["name"]),
            **{("DELETE", name): partial(self._unlabel, name) for name in self.groups},
        }
        return known.get((verb, method), lambda: _error(404))()

    def _groups(self) -> web.Response:
        kinds = {"contactGroups/myContacts": "SYSTEM_CONTACT_GROUP"}
        shown = [
            {"resourceName": name, "name": said, "groupType": kinds.get(name, "USER_CONTACT_GROUP")}
            for name, said in self.groups.items()
        ]
        return web.json_response({"contactGroups": shown})

    def _label(self, name: str) -> web.Response:
        if name in self.groups.values():
            return _error(409)
        resource = f"contactGroups/{next(self._numbers):x}"
        self.groups[resource] = name
        return web.json_response({"resourceName": resource, "name": name})

    def _unlabel(self, resource: str) -> web.Response:
        del self.groups[resource]
        return web.json_response({})

    def _create(self, body: dict[str, Any]) -> web.Response:
        wanted = [one["contactPerson"] for one in body["contacts"]]
        groups = {m["contactGroupMembership"]["contactGroupResourceName"] for one in wanted for m in one["memberships"]}
        if (
            not 1 <= len(wanted) <= 200
            or not groups <= set(self.groups)
            or any(len(one["names"]) != 1 for one in wanted)
        ):
            return _error(400)
        made = [{"httpStatusCode": 200, "person": _shown(self.put(one))} for one in wanted]
        return web.json_response({"createdPeople": made})

    def _update(self, body: dict[str, Any]) -> web.Response:
        if not 1 <= len(body["contacts"]) <= 200 or set(body["updateMask"].split(",")) - _WRITTEN:
            return _error(400)
        if not set(body["contacts"]) <= set(self.people):
            return _error(404)
        for name, told in body["contacts"].items():
            if told["metadata"]["sources"] != self.people[name]["metadata"]["sources"]:
                return _error(400, "FAILED_PRECONDITION")
        answers = {}
        for name, told in body["contacts"].items():
            source = {**told["metadata"]["sources"][0], "etag": f"#{next(self._numbers)}"}
            self.people[name] |= {key: told.get(key, []) for key in _WRITTEN} | {"metadata": {"sources": [source]}}
            answers[name] = {"httpStatusCode": 200, "person": _shown(self.people[name])}
        return web.json_response({"updateResult": answers})

    def _delete(self, body: dict[str, Any]) -> web.Response:
        if not 1 <= len(body["resourceNames"]) <= 500:
            return _error(400)
        if not set(body["resourceNames"]) <= set(self.people):
            return _error(404)
        for name in body["resourceNames"]:
            del self.people[name]
        return web.json_response({})

    def _list(self, query: Any) -> web.Response:
        size, first = int(query["pageSize"]), int(query.get("pageToken") or 0)
        if not 1 <= size <= 1000 or not query["personFields"]:
            return _error(400)
        shown = [_shown(one) for one in self.people.values()]
        told: dict[str, Any] = {"connections": shown[first : first + size]} if shown else {}
        if first + size < len(shown):
            told["nextPageToken"] = str(first + size)
        return web.json_response(told)

    def _fault(self, method: str) -> int | str | None:
        place = next((place for place, (name, _how) in enumerate(self.faults) if name == method), None)
        return None if place is None else self.faults.pop(place)[1]


def _shown(person: dict[str, Any]) -> dict[str, Any]:
    return {key: person[key] for key in ("resourceName", "metadata", "clientData") if key in person}


def _error(status: int, name: str = "") -> web.Response:
    said = {"code": status, "message": "no", "status": name or _STATUS.get(status, "UNKNOWN")}
    return web.json_response({"error": said}, status=status)


@asynccontextmanager
async def google_people() -> AsyncIterator[FakeGoogle]:
    """Running on a port of its own."""
    fake = FakeGoogle()
    app = web.Application(client_max_size=8 << 20)
    app.add_routes([
        web.post("/token", fake.token),
        web.post("/revoke", fake.revoke),
        web.route("*", "/v1/{path:.+}", fake.api),
    ])  # fmt: skip
    async with TestServer(app) as server:
        fake.url = str(server.make_url("")).rstrip("/")
        yield fake

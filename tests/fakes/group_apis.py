"""Hosted PBXs whose groups can be asked for and switched: MegaFon's family, UIS and Beeline, over HTTP.

Requests, answers and errors as `groups.py` of trunkline/pbx/megafon, /uis and /beeline name their sources.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

TOKEN = "a-token-of-the-api"


@dataclass
class Cabinet:
    """What all have: `rung` by group and person (UIS: by the id of his number), and how it misbehaves."""

    rung: dict[str, dict[str, bool]]
    url: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    loses: int = 0
    """So many changes are done, and their answers lost."""
    deaf: bool = False
    """It says yes and does nothing."""
    answers: list[web.Response] = field(default_factory=list)
    """Given first, whatever is asked."""
    at_once: Callable[[], None] | None = None
    """What somebody does in the cabinet right before the next change."""
    token: str = TOKEN
    people: dict[str, tuple[str, int]] = field(default_factory=dict)
    """UIS: whose number it is (his name, his id)."""

    def switched(self) -> list[dict[str, Any]]:
        """The changes it was asked for."""
        changing = {"subscribeOnCalls", "update.group_employees_numbers", "PUT"}
        return [one for one in self.asked if one["what"] in changing]

    def _before(self) -> None:
        if self.at_once is not None:
            act, self.at_once = self.at_once, None
            act()

    def _lost(self, request: web.Request) -> None:
        if self.loses and request.transport is not None:
            self.loses -= 1
            request.transport.abort()


class MegaFon(Cabinet):
    """People by login; who is not named in a group is no member of it."""

    async def answer(self, request: web.Request) -> web.Response:
        told = {str(name): str(value) for name, value in (await request.post()).items()}
        command, user, group = told.get("cmd", ""), told.get("user", ""), told.get("group_id", "")
        self.asked.append({"what": command, **told})
        if self.answers:
            return self.answers.pop(0)
        if told.get("token") != self.token:
            return web.json_response({"error": "Invalid token"}, status=401)
        if command == "groups":
            own = [name for name, people in self.rung.items() if not user or user in people]
            return web.json_response([{"id": name, "realName": "Отдел", "ext": 701} for name in own])
        if user not in self.rung.get(group, {}):
            return web.json_response({"error": "Invalid parameters"}, status=400)
        if command == "subscriptionStatus":
            return web.json_response({"status": "on" if self.rung[group][user] else "off"})
        return self._switch(request, told)

    def _switch(self, request: web.Request, told: dict[str, str]) -> web.Response:
        if told["cmd"] != "subscribeOnCalls" or told.get("status") not in {"on", "off"}:
            return web.json_response({"error": "Invalid parameters: [cmd]"}, status=400)
        self._before()
        if not self.deaf:
            self.rung[told["group_id"]][told["user"]] = told["status"] == "on"
        self._lost(request)
        return web.Response(text="OK")


class Uis(Cabinet):
    """Groups are numbers, their members numbers of telephones."""

    async def answer(self, request: web.Request) -> web.Response:
        told = await request.json()
        params = told["params"]
        self.asked.append({"what": told["method"], **params})
        if self.answers:
            return self.answers.pop(0)
        if params.get("access_token") != self.token:
            return _error(-32001, "Access token has been expired", "access_token_expired")
        if told["method"] == "get.group_employees":
            return web.json_response({"jsonrpc": "2.0", "id": told["id"], "result": {"data": self._groups()}})
        self._before()
        numbers = {str(one["employee_phone_number_id"]): one["available"] for one in params["phone_numbers"]}
        if numbers.keys() != self.rung[str(params["id"])].keys():
            return _error(-32602, "Invalid parameter value", "invalid_parameter_value")
        if not self.deaf:
            self.rung[str(params["id"])] = numbers
        self._lost(request)
        return web.json_response({"jsonrpc": "2.0", "id": told["id"], "result": {}})

    def _groups(self) -> list[dict[str, Any]]:
        return [
            {
                "id": int(group),
                "name": "Продажи",
                "phone_numbers": [
                    {
                        "employee_phone_number": "79160000001",
                        "employee_phone_number_id": int(number),
                        "employee_full_name": self.people.get(number, ("", 0))[0],
                        "employee_id": self.people.get(number, ("", 0))[1],
                        "available": on,
                    }
                    for number, on in numbers.items()
                ],
            }
            for group, numbers in self.rung.items()
        ]


class Beeline(Cabinet):
    """Its only group are the agents: who is not named is none."""

    async def answer(self, request: web.Request) -> web.Response:
        person = request.path.split("/")[-2]
        self.asked.append({"what": request.method, "user": person, **request.query})
        if self.answers:
            return self.answers.pop(0)
        if request.headers.get("X-MPBX-API-AUTH-TOKEN") != self.token:
            return web.json_response({"errorCode": "Unauthorized", "description": "no such token"}, status=401)
        agents = self.rung["agents"]
        if person not in agents:
            return web.json_response({"errorCode": "AgentNotFound", "description": "no agent"}, status=404)
        if request.method == "GET":
            return web.json_response("ONLINE" if agents[person] else "OFFLINE")
        assert await request.json() == dict(request.query)
        self._before()
        if not self.deaf:
            agents[person] = {"ONLINE": True, "OFFLINE": False}[request.query["status"]]
        self._lost(request)
        return web.Response()


def _error(code: int, message: str, mnemonic: str) -> web.Response:
    told = {"code": code, "message": message, "data": {"mnemonic": mnemonic}}
    return web.json_response({"jsonrpc": "2.0", "id": 1, "error": told})


@asynccontextmanager
async def serving(cabinet: MegaFon | Uis | Beeline) -> AsyncIterator[None]:
    """It listens on loopback; its `url` is where."""
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", cabinet.answer)
    server = TestServer(app)
    await server.start_server()
    cabinet.url = str(server.make_url("/sys/crm_api.wcgp"))
    try:
        yield
    finally:
        await server.close()

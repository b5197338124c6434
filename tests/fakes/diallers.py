"""Providers that are asked to begin a call: six APIs on one server, each as strict as its documentation.

Sources: pbx.md §1.1 (request/callback and its signature), §1.2 (start.employee_call), §1.7 (auth, call/now), §1.4
(makeCall); "VPBX API" 1.9 §3.2.1 (commands/callback); Sipuni's call_number by the example of its cabinet; Telphin's
callback by RingMe's page and the test data of `xdimedrolx/telphin-go-sdk`; public clients of Beeline's
`v2/abonents/{id}/call`. Signatures and hashes are made here a second time.
"""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.fakes import beeline

SECRET, KEY = "api-secret", "api-key"
ACCOUNT: Final = "012345"
SETTINGS: Final[Mapping[str, Mapping[str, Any]]] = {
    "zadarma": {"zone": "Europe/Moscow"},
    "uis": {
        "zone": "Europe/Moscow",
        "employee_ids": {"101": "25"},
        "employees": {},
        "virtual_number": "74951234567",
    },
    "onlinepbx": {"domain": "office.onpbx.ru"},
    "sipuni": {"api_user": ACCOUNT},
    "megafon": {"logins": {"101": "anna"}},
    "telphin": {"menus": "099", "app_id": ACCOUNT, "extension_ids": {"101": "469100"}},
    "mango": {"key": ACCOUNT},
    "beeline": {"users": dict(beeline.USERS)},
}
SECRETS: Final[Mapping[str, Mapping[str, str]]] = {
    "zadarma": {"secret": SECRET, "api_key": KEY},
    "uis": {"api_token": KEY},
    "onlinepbx": {"api_key": KEY},
    "sipuni": {"api_key": KEY},
    "megafon": {"token": SECRET, "api_token": KEY},
    "telphin": {"app_secret": KEY},
    "mango": {"salt": SECRET},
    "beeline": {"token": KEY},
}
TOLD_CALL: Final[Mapping[str, str]] = {
    "zadarma": "",
    "uis": "237859081",
    "onlinepbx": "d02d3dd1",
    "sipuni": "",
    "megafon": "5a8f0000-another",
    "telphin": "caa308e3333c4a19aaed9c0254b9c61b",
    "mango": "",
    "beeline": beeline.TRACKING,
}
"""The id of the call in each one's answer: of MegaFon's it is not documented whether webhooks name the same."""

_REFUSED: Final[Mapping[str, tuple[int, Any]]] = {
    "zadarma": (400, {"status": "error", "message": "Wrong from"}),
    "uis": (200, {"jsonrpc": "2.0", "id": "1", "error": {"code": -32602, "message": "Wrong from"}}),
    "onlinepbx": (200, {"status": "0", "comment": "Wrong from"}),
    "sipuni": (200, {"success": False, "message": "Wrong from"}),
    "megafon": (400, {"error": "Wrong from"}),
    "telphin": (400, {"message": "Wrong from"}),
    "mango": (200, {"result": 3330, "message": "Wrong from"}),
    "beeline": (400, {"errorCode": "BadRequest", "description": "Wrong from"}),
}
UNKEYED: Final[dict[str, tuple[int, Any]]] = {
    "zadarma": (401, {"status": "error", "message": "Not authorized"}),
    "uis": (200, {"jsonrpc": "2.0", "id": "1", "error": {"code": -32001, "message": "Invalid access_token"}}),
    "onlinepbx": (200, {"status": "0", "comment": "wrong auth_key", "errorCode": "WRONG_AUTH_DATA"}),
    "sipuni": (403, {"success": False, "message": "Invalid hash"}),
    "megafon": (401, {"error": "Invalid token"}),
    "telphin": (400, {"error": "invalid_client", "message": "Client authentication failed"}),
    "mango": (200, {"result": 3102, "message": "Wrong signature"}),
    "beeline": (200, {"errorCode": "Unauthorized", "description": "no such token"}),
}
"""What each says of a key it does not take; of Sipuni and of Beeline it is not documented."""


@dataclass
class Diallers:
    """What came, and how it is answered. `dialled` are the calls that ring somebody: agent and number."""

    mood: str = "takes"
    """takes, refuses, unkeyed, rests (429), loses (rings, and the answer is lost), fails (rings, and 500), holds.

    pauses: rings, and 503 with Retry-After.
    """
    dialled: list[tuple[str, str]] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    told: list[Mapping[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    dead_key: Mapping[str, Any] = field(
        default_factory=lambda: {"status": "0", "comment": "not auth", "isNotAuth": True}
    )
    """What onlinePBX says of a key that is good no more."""
    url: str = ""
    held: asyncio.Event = field(default_factory=asyncio.Event)

    def settings(self, name: str) -> dict[str, Any]:
        """Of a PBX that dials by it."""
        own = "/office/sys/crm_api.wcgp" if name == "megafon" else ""
        place = "api" if name in {"mango", "beeline"} else "api_url"
        return {**SETTINGS[name], "dials": True, place: f"{self.url}/{name}{own}"}

    async def answer(self, name: str, agent: str, number: str, right: Any) -> web.StreamResponse:
        self.heard.append(name)
        if self.mood == "rests":
            return web.Response(status=429, headers={"Retry-After": "7"})
        if self.mood in {"refuses", "unkeyed"}:
            status, body = (_REFUSED if self.mood == "refuses" else UNKEYED)[name]
            return web.json_response(body, status=status)
        self.dialled.append((agent, number))
        if self.mood == "pauses":
            return web.Response(status=503, headers={"Retry-After": "7"})
        if self.mood == "loses":
            raise ConnectionResetError
        if self.mood == "holds":
            await self.held.wait()
        return web.Response(status=500) if self.mood == "fails" else web.json_response(right)

    async def zadarma(self, request: web.Request) -> web.StreamResponse:
        query = request.rel_url.raw_query_string
        path = "/v1/request/callback/"
        assert [part.split("=")[0] for part in query.split("&")] == ["format", "from", "sip", "to"]  # sorted by key
        text = path + query + hashlib.md5(query.encode()).hexdigest()
        signed = base64.b64encode(hmac.new(SECRET.encode(), text.encode(), "sha1").hexdigest().encode()).decode()
        if request.headers["Authorization"] != f"{KEY}:{signed}":
            return web.json_response({"status": "error", "message": "Not authorized"}, status=401)
        fields = request.query
        self.told.append(dict(fields))
        right = {"status": "success", "from": fields["from"], "to": fields["to"], "time": 1435573082}
        return await self.answer("zadarma", fields["from"], fields["to"], right)

    async def uis(self, request: web.Request) -> web.StreamResponse:
        assert request.content_type == "application/json"
        asked = await request.json()
        params = asked["params"]
        assert (asked["jsonrpc"], asked["method"], params["access_token"]) == ("2.0", "start.employee_call", KEY)
        self.told.append(params)
        agent = {25: "101"}[params["employee"]["id"]]
        right = {"jsonrpc": "2.0", "id": asked["id"], "result": {"data": {"call_session_id": int(TOLD_CALL["uis"])}}}
        return await self.answer("uis", agent, params["contact"], right)

    async def sign_in(self, request: web.Request) -> web.StreamResponse:
        if self.mood == "unkeyed" or (await request.post())["auth_key"] != KEY:
            return web.json_response({"status": "0", "comment": "wrong auth_key", "errorCode": "WRONG_AUTH_DATA"})
        self.keys.append(f"id{len(self.keys)}:key{len(self.keys)}")
        name, _, key = self.keys[-1].partition(":")
        return web.json_response({"status": "1", "data": {"key_id": name, "key": key}})

    async def onlinepbx(self, request: web.Request) -> web.StreamResponse:
        if request.headers["x-pbx-authentication"] != self.keys[-1]:
            return web.json_response(self.dead_key)
        form = await request.post()
        self.told.append(dict(form))
        right = {"status": "1", "data": {"uuid": TOLD_CALL["onlinepbx"]}}
        return await self.answer("onlinepbx", str(form["from"]), str(form["to"]), right)

    async def sipuni(self, request: web.Request) -> web.StreamResponse:
        form = {name: str(value) for name, value in (await request.post()).items()}
        text = "+".join(form[name] for name in ("antiaon", "phone", "reverse", "sipnumber", "user")) + f"+{KEY}"
        if form["hash"] != hashlib.md5(text.encode()).hexdigest():
            return web.json_response({"success": False, "message": "wrong hash"})
        self.told.append(form)
        return await self.answer("sipuni", form["sipnumber"], form["phone"], {"success": True})

    async def megafon(self, request: web.Request) -> web.StreamResponse:
        form = {name: str(value) for name, value in (await request.post()).items()}
        if form["token"] != KEY:
            return web.json_response({"error": "Invalid token"}, status=401)
        assert form["cmd"] == "makeCall"
        self.told.append(form)
        agent = {"anna": "101"}[form["user"]]
        return await self.answer("megafon", agent, form["phone"], {"uuid": TOLD_CALL["megafon"]})

    async def token(self, request: web.Request) -> web.StreamResponse:
        form = dict(await request.post())
        if form != {"grant_type": "client_credentials", "client_id": ACCOUNT, "client_secret": KEY}:
            return web.json_response({"error": "invalid_client"}, status=401)
        if self.mood == "unkeyed":
            status, body = UNKEYED["telphin"]
            return web.json_response(body, status=status)
        self.keys.append(f"key{len(self.keys)}")
        return web.json_response({"access_token": self.keys[-1], "token_type": "Bearer", "expires_in": 3600})

    async def telphin(self, request: web.Request) -> web.StreamResponse:
        if request.headers["Authorization"] != f"Bearer {self.keys[-1]}":
            return web.json_response({"message": "Unauthorized"}, status=401)
        assert request.content_type == "application/json"
        asked = await request.json()
        self.told.append(asked)
        (agent,) = asked["src_num"]
        assert {"469100": "101"}[request.match_info["id"]] == agent
        right = {"call_api_id": TOLD_CALL["telphin"], "call_id": TOLD_CALL["telphin"].upper()}
        return await self.answer("telphin", agent, asked["dst_num"].removeprefix("+"), right)

    async def mango(self, request: web.Request) -> web.StreamResponse:
        form = {name: str(value) for name, value in (await request.post()).items()}
        signed = hashlib.sha256((ACCOUNT + form["json"] + SECRET).encode()).hexdigest()
        if (form["vpbx_api_key"], form["sign"]) != (ACCOUNT, signed):
            return web.Response(status=401)
        said = json.loads(form["json"])
        self.told.append(said)
        right = {"command_id": said["command_id"], "result": 1000}
        return await self.answer("mango", said["from"]["extension"], said["to_number"], right)

    async def beeline(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("X-MPBX-API-AUTH-TOKEN") != KEY:
            return web.json_response({"errorCode": "Unauthorized", "description": "no such token"}, status=401)
        agent = {user: extension for extension, user in beeline.USERS.items()}[request.match_info["employee"]]
        assert not await request.read()
        number = request.query["phoneNumber"]
        assert len(number) == 10
        self.told.append(dict(request.query))
        right = {"callId": "callhalf-1:0", "externalTrackingId": beeline.TRACKING}
        return await self.answer("beeline", agent, f"7{number}", right)


@asynccontextmanager
async def diallers() -> AsyncIterator[Diallers]:
    """All of them, until the end of the block."""
    fake = Diallers()
    app = web.Application(middlewares=[_lost])
    app.add_routes(
        [
            web.get("/zadarma/v1/request/callback/", fake.zadarma),
            web.post("/uis", fake.uis),
            web.post("/onlinepbx/office.onpbx.ru/auth.json", fake.sign_in),
            web.post("/onlinepbx/office.onpbx.ru/call/now.json", fake.onlinepbx),
            web.post("/sipuni/callback/call_number", fake.sipuni),
            web.post("/mango/commands/callback", fake.mango),
            web.post("/beeline/v2/abonents/{employee}/call", fake.beeline),
            web.post("/megafon/office/sys/crm_api.wcgp", fake.megafon),
            web.post("/telphin/oauth/token", fake.token),
            web.post("/telphin/api/ver1.0/extension/{id}/callback/", fake.telphin),
        ]
    )
    server = TestServer(app)
    await server.start_server()
    fake.url = str(server.make_url("")).rstrip("/")
    try:
        yield fake
    finally:
        fake.held.set()
        await server.close()


@web.middleware
async def _lost(request: web.Request, handler: Any) -> web.StreamResponse:
    try:
        answer: web.StreamResponse = await handler(request)
    except ConnectionResetError:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()
    return answer


def dumps(value: object) -> bytes:
    """JSON as an answer has it."""
    return json.dumps(value).encode()

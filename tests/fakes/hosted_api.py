"""The APIs of hosted PBXs at the wire: histories and links to recordings, each with its own way to prove who asks.

Sources: https://zadarma.com/en/support/api/ (`/v1/statistics/pbx/`, `/v1/pbx/record/request/`); pbx.md §1.7 and public
clients of onlinePBX; public clients of MegaFon's `/crmapi/v1/history/json`, of UIS's `get.calls_report`, and of
Beeline's `v2/statistics` and `records`.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

KEY, SECRET = "zadarma-key", "zadarma-secret"
API_KEY = "api-key"


@dataclass
class Cloud:
    """`calls` are the lines of the history in the provider's words, `page` how many an answer holds.

    `broken` answers the next requests so instead, one each; `asked` are the requests, each with its fields.
    """

    port: int = 0
    calls: list[Mapping[str, Any]] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    records: list[Mapping[str, Any]] = field(default_factory=list)
    broken: list[web.Response] = field(default_factory=list)
    asked: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    page: int = 1000
    session: int = 0

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        fields = dict(request.query) or dict(parse_qsl((await request.read()).decode()))
        if request.content_type == "application/json" and request.body_exists:
            fields = json.loads(await request.read())
        self.asked.append((request.path, fields))
        if self.broken:
            return self.broken.pop(0)
        if request.path.startswith("/portal/"):
            return self._beeline(request, fields)
        if request.path.startswith("/v1/"):
            return self._zadarma(request, fields)
        if request.path.startswith("/crmapi/"):
            return self._megafon(request, fields)
        return self._uis(fields) if "jsonrpc" in fields else self._onlinepbx(request, fields)

    def _zadarma(self, request: web.Request, fields: Mapping[str, str]) -> web.Response:
        query = request.rel_url.raw_query_string
        text = request.path + query + hashlib.md5(query.encode()).hexdigest()
        hexed = hmac.new(SECRET.encode(), text.encode(), "sha1").hexdigest()
        if request.headers["Authorization"] != f"{KEY}:{base64.b64encode(hexed.encode()).decode()}":
            return web.json_response({"status": "error", "message": "Not authorized"}, status=401)
        if request.path == "/v1/pbx/record/request/":
            link = self.links.get(fields["call_id"])
            known = {"status": "success", "link": link, "lifetime_till": "2026-01-01 23:56:22"}
            return web.json_response(known if link else {"status": "error", "message": "No file"}, status=200)
        told = [one for one in self.calls if fields["start"] <= one["callstart"] <= fields["end"]]
        skip, limit = int(fields["skip"]), min(int(fields["limit"]), self.page)
        body = json.dumps({"status": "success", "version": 2, "stats": told[skip : skip + limit]})
        for one in told:  # as in the documentation, where ids are numbers
            body = body.replace(f'"{one["call_id"]}"', str(one["call_id"]))
        return web.Response(text=body, content_type="application/json")

    def _onlinepbx(self, request: web.Request, fields: Mapping[str, str]) -> web.Response:
        if request.path == "/company.onpbx.ru/auth.json":
            if fields.get("auth_key") != API_KEY:
                return web.json_response({"status": "0", "comment": "wrong key", "errorCode": "WRONG_AUTH_DATA"})
            self.session += 1
            return web.json_response({"status": "1", "data": {"key_id": "id", "key": f"key{self.session}"}})
        if request.headers.get("x-pbx-authentication") != f"id:key{self.session}":
            return web.json_response({"status": "0", "comment": "log in", "isNotAuth": True})
        if fields.get("download"):
            link = self.links.get(fields["uuid"])
            return web.json_response({"status": "1", "data": link} if link else {"status": "0", "comment": "none"})
        first, last = int(fields["start_stamp_from"]), int(fields["start_stamp_to"])
        told = [one for one in self.calls if first <= int(one["start_stamp"]) <= last]
        return web.json_response({"status": "1", "data": told[-self.page :]})

    def _megafon(self, request: web.Request, fields: Mapping[str, str]) -> web.Response:
        if request.headers.get("X-API-KEY") != API_KEY:
            return web.json_response({"error": "Invalid token"}, status=401)
        compact = [(one["start"].replace("-", "").replace(":", ""), one) for one in self.calls]
        return web.json_response([one for at, one in compact if fields["start"] <= at <= fields["end"]][-self.page :])

    def _beeline(self, request: web.Request, fields: Mapping[str, str]) -> web.Response:
        if request.headers.get("X-MPBX-API-AUTH-TOKEN") != API_KEY:
            return web.json_response({"errorCode": "Unauthorized", "description": "no such token"}, status=401)
        path = request.path.removeprefix("/portal/")
        if path.endswith("/reference"):
            link = self.links.get(path.split("/")[1])
            missing = {"errorCode": "RecordNotFound", "description": "no such record"}
            return web.json_response({"url": link}) if link else web.json_response(missing, status=404)
        first, last = (datetime.fromisoformat(fields[name]).timestamp() * 1000 for name in ("dateFrom", "dateTo"))
        if path == "v2/statistics":
            told = [one for one in self.calls if first <= one["startDate"] <= last]
            size = min(int(fields["pageSize"]), self.page)
            return web.json_response(told[int(fields["page"]) * size :][:size])
        assert path == "records"
        kept = [
            one for one in self.records if first <= one["date"] <= last and int(one["id"]) > int(fields.get("id", 0))
        ]
        return web.json_response(sorted(kept, key=lambda one: int(one["id"]))[:100])

    def _uis(self, fields: Mapping[str, Any]) -> web.Response:
        params = fields["params"]
        if params["access_token"] != API_KEY:
            error = {"code": -32001, "message": "no", "data": {"mnemonic": "access_token_invalid"}}
            return web.json_response({"jsonrpc": "2.0", "id": "1", "error": error})
        told = [one for one in self.calls if params["date_from"] <= one["start_time"] <= params["date_till"]]
        page = told[params["offset"] : params["offset"] + params["limit"]]
        return web.json_response({"jsonrpc": "2.0", "id": "1", "result": {"data": page}})


@asynccontextmanager
async def cloud_at() -> AsyncIterator[Cloud]:
    """It runs at a free port of this machine."""
    cloud = Cloud()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", cloud.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    cloud.port = runner.addresses[0][1]
    yield cloud
    await runner.cleanup()

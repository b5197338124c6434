"""The APIs of hosted PBXs at the wire: histories and links to recordings, each with its own way to prove who asks.

Sources: https://zadarma.com/en/support/api/ (`/v1/statistics/pbx/`, `/v1/pbx/record/request/`); pbx.md §1.7 and public
clients of onlinePBX; public clients of MegaFon's `/crmapi/v1/history/json`, of UIS's `get.calls_report`, of Beeline's
`v2/statistics` and `records`, and of Sipuni's `statistic/export`, whose columns are those of a table captured in 2015
and of one of 2025; of Telphin RingMe's pages, and `xdimedrolx/telphin-go-sdk` with its test data; of MTS
`mikopbx/ModuleMtsPbx`, the script that reads its statistics; "VPBX API" 1.9 §3.4.2, §3.5.1 and §3.7.1 of Mango, with
what public clients met beside it: 204, and one list for a list of days.
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
from zoneinfo import ZoneInfo

from aiohttp import web

KEY, SECRET = "zadarma-key", "zadarma-secret"
API_KEY = "api-key"
ACCOUNT = "070196"
DOMAIN, TRUNKS = "9807100241.ru", ("9807100241", "4951234567")
MANGO_CODE = "mango-code"
MANGO_USERS: Mapping[int, str] = {300043164: "101", 300043135: "102"}
"""Employees by their numbers in the account."""


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
    orders: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """Mango's statistics that were ordered; each is looked at in vain twice."""
    looks: int = 0
    users: Mapping[int, str] = field(default_factory=lambda: dict(MANGO_USERS))

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        fields = dict(request.query) or dict(parse_qsl((await request.read()).decode(), keep_blank_values=True))
        if request.content_type == "application/json" and request.body_exists:
            fields = json.loads(await request.read())
        self.asked.append((request.path, fields))
        if self.broken:
            return self.broken.pop(0)
        if "vpbx_api_key" in fields:
            return self._mango(request, fields)
        for start, told in (
            ("/portal/", self._beeline),
            ("/v1/", self._zadarma),
            ("/crmapi/", self._megafon),
            ("/api/ver1.0/", self._telphin),
            ("/oauth/", self._telphin),
            ("/statistic/", self._sipuni),
            ("/trunks/", self._mts),
        ):
            if request.path.startswith(start):
                return told(request, fields)
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

    def _sipuni(self, _request: web.Request, fields: Mapping[str, str]) -> web.Response:
        """A wrong hash is answered by a page, as a public client found."""
        named = sorted(set(fields) - {"user", "hash"})
        text = "+".join([*(fields[name] for name in named), ACCOUNT, API_KEY])
        if fields["hash"] != hashlib.md5(text.encode()).hexdigest():
            return web.Response(text="<html>", content_type="text/html")
        first, last = (_day(fields[name]) for name in ("from", "to"))
        told = [one for one in self.calls if first <= _day(one["Время"][:10]) <= last]
        names = [*self.calls[0]] if self.calls else ["Тип", "Статус"]
        lines = [";".join(names), *(";".join(map(str, one.values())) for one in told)]
        return web.Response(text="\ufeff" + "\r\n".join(lines), content_type="text/csv")

    def _telphin(self, request: web.Request, fields: Mapping[str, str]) -> web.Response:
        if request.path == "/oauth/token":
            if fields != {"grant_type": "client_credentials", "client_id": ACCOUNT, "client_secret": API_KEY}:
                return web.json_response({"error": "invalid_client"}, status=401)
            self.session += 1
            return web.json_response({"access_token": f"key{self.session}", "token_type": "Bearer"})
        if request.headers.get("Authorization") != f"Bearer key{self.session}":
            return web.json_response({"message": "Unauthorized"}, status=401)
        if request.path.endswith("/storage_url/"):
            link = self.links.get(request.path.split("/")[-3])
            known = {"record_url": link}
            return web.json_response(known if link else {"message": "Not found"}, status=200 if link else 404)
        told = [one for one in self.calls if fields["start_datetime"] <= one["init_time_gmt"] <= fields["end_datetime"]]
        size = min(int(fields["per_page"]), self.page)
        first = (int(fields["page"]) - 1) * size
        page = {"page": int(fields["page"]), "per_page": size, "order": fields["order"]}
        return web.json_response({**page, "call_history": told[first : first + size]})

    def _mts(self, request: web.Request, fields: Mapping[str, str]) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {API_KEY}" or fields["Domain"] != DOMAIN:
            return web.Response(status=401)
        if request.path == "/trunks/all":
            return web.json_response([{"trunkId": one, "name": "", "cli": one} for one in TRUNKS])
        first = int(fields["Offset"])
        told = [one for one in self.calls if one["trunkId"] == fields["TrunkId"]]
        told = [one for one in told if fields["Begin"] <= one["startTime"][:19] <= fields["End"]]
        page = told[first : first + int(fields["Limit"])]
        return web.json_response(page) if page else web.Response(status=204)

    def _mango(self, request: web.Request, fields: Mapping[str, str]) -> web.Response:
        text = fields["json"]
        signed = hashlib.sha256((MANGO_CODE + text + API_KEY).encode()).hexdigest()
        if (fields["vpbx_api_key"], fields["sign"]) != (MANGO_CODE, signed):
            return web.Response(status=401)
        said = json.loads(text)
        match request.path:
            case "/config/users/request":
                assert said == {"ext_fields": ["general.user_id"]}
                people = [
                    {"general": {"user_id": id_}, "telephony": {"extension": one}} for id_, one in self.users.items()
                ]
                return web.json_response({"users": people})
            case "/queries/recording/post":
                link = self.links.get(said["recording_id"])
                return (
                    web.Response(status=302, headers={"Location": link})
                    if link
                    else web.json_response({"result": 3300})
                )
        return self._mango_statistics(request.path, said)

    def _mango_statistics(self, path: str, said: Mapping[str, str]) -> web.Response:
        if path == "/stats/calls/request/":
            self.orders[key := f"key+{len(self.orders)}="] = said
            return web.json_response({"key": key})
        order = self.orders.get(said["key"])
        if order is None:
            return web.json_response({"result": 1000, "status": "not-found"})
        self.looks += 1
        if self.looks % 3 == 1:
            return web.Response(status=204)
        if self.looks % 3 == 2:
            return web.json_response({"result": 1000, "status": "work"})
        first, last = (moscow(order[name]) for name in ("start_date", "end_date"))
        told = [one for one in self.calls if first <= one["context_start_time"] <= last]
        page = told[int(order["offset"]) :][: int(order["limit"])]
        half = len(page) // 2
        data: Any = [{"list": page[:half], "period": "2026-08-06"}, {"list": page[half:]}] if half else {"list": page}
        return web.json_response({"result": 1000, "status": "complete", "data": data})

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


def _day(text: str) -> tuple[str, ...]:
    return tuple(reversed(text.split(".")))


def moscow(text: str) -> float:
    """Seconds of a date as Mango's statistics are ordered by, in Moscow's time."""
    return datetime.strptime(text, "%d.%m.%Y %H:%M:%S").replace(tzinfo=ZoneInfo("Europe/Moscow")).timestamp()


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

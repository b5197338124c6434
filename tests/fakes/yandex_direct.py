"""Yandex Direct's Reports service on loopback.

Of yandex.com/dev/direct/doc/en: `spec` (what a request holds, which is required), `headers` (processingMode,
returnMoneyInMicros, skipReportHeader, skipColumnHeader, skipReportSummary, Accept-Encoding; retryIn and reportsInQueue
of an answer), `mode` (201 when it is queued, 202 while it is made, 200 with it; asking again is the same request),
`codes` (400 with `error`, 500, 502), `report-format` (TSV, `--` for nothing), `type`, `concepts/errors-list` (53, 54,
58, 8800), `restrictions` (five offline reports). The words of errors are ours; the number of a name that is taken with
other parameters is not told there, 4000 stands for it.
"""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

_TYPES = {
    "CAMPAIGN_PERFORMANCE_REPORT": {"Date", "CampaignId", "CampaignName", "Cost"},
    "ADGROUP_PERFORMANCE_REPORT": {"Date", "CampaignId", "CampaignName", "AdGroupId", "AdGroupName", "Cost"},
    "CRITERIA_PERFORMANCE_REPORT": {
        *("Date", "CampaignId", "CampaignName", "AdGroupId", "AdGroupName", "Criterion", "Cost"),
    },
}
_REQUIRED = {"SelectionCriteria", "FieldNames", "ReportName", "ReportType", "DateRangeType", "Format", "IncludeVAT"}


@dataclass(frozen=True)
class Shown:
    """What an advertisement cost a day, in rubles without VAT."""

    day: date
    cost: str
    campaign: int = 7001
    name: str = "Окна | Поиск"
    group: int | None = 801
    criterion: str = "окна пвх -дешево"


@dataclass
class YandexDirect:
    """`polls`: how often a report is still being made; `errors` and `statuses` are answered first, then `spoil`."""

    url: str = ""
    token: str = "y0_Secret-Token"
    clients: set[str] = field(default_factory=lambda: {""})
    shown: list[Shown] = field(default_factory=list)
    rate: Decimal = Decimal("1.22")
    polls: int = 0
    retry_in: str = "5"
    errors: list[int] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    spoil: str = ""
    gates: list[asyncio.Event] = field(default_factory=list)
    """What requests wait for before they are answered, in their order."""
    heard: list[tuple[dict[str, Any], dict[str, str]]] = field(default_factory=list)
    _made: dict[str, tuple[bytes, int]] = field(default_factory=dict)

    def moved(self, url: str) -> str:
        """Direct's address at the fake."""
        return self.url.rstrip("/") + str(URL(url, encoded=True).raw_path_qs)

    async def report(self, request: web.Request) -> web.StreamResponse:
        """`POST /json/v5/reports`."""
        body = await request.read()
        params = json.loads(body)["params"]
        self.heard.append((params, dict(request.headers)))
        if self.statuses:
            return web.Response(status=self.statuses.pop(0), text="<html>no</html>")
        if code := self._fault(request, params):
            return _error(code)
        name = params["ReportName"]
        known, asked = self._made.get(name, (body, 0))
        if known != body:
            return _error(4000)
        self._made[name] = (body, asked + 1)
        if asked < self.polls and request.headers.get("processingMode", "auto") == "auto":
            headers = {"retryIn": self.retry_in, "reportsInQueue": "1"}
            return web.Response(status=201 if asked == 0 else 202, headers=headers)
        table = self._table(request, params).encode()
        if self.gates:
            await self.gates.pop(0).wait()
        return await self._answer(request, table)

    def _fault(self, request: web.Request, params: dict[str, Any]) -> int:
        if self.errors:
            return self.errors.pop(0)
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return 53
        if request.headers.get("Client-Login", "") not in self.clients:
            return 8800
        allowed = _TYPES.get(params.get("ReportType", ""), set())
        criteria = params.get("SelectionCriteria", {})
        right = (
            set(params) >= _REQUIRED and set(params["FieldNames"]) <= allowed and params["Format"] == "TSV"
            and params["IncludeVAT"] in {"YES", "NO"} and params["DateRangeType"] == "CUSTOM_DATE"
            and date.fromisoformat(criteria["DateFrom"]) <= date.fromisoformat(criteria["DateTo"])
        )  # fmt: skip
        return 0 if right else 8000

    def _table(self, request: web.Request, params: dict[str, Any]) -> str:
        names, said = params["FieldNames"], request.headers
        first, last = (date.fromisoformat(params["SelectionCriteria"][key]) for key in ("DateFrom", "DateTo"))
        sums: dict[tuple[str, ...], Decimal] = {}
        for one in self.shown:
            if first <= one.day <= last:
                values = {
                    "Date": one.day.isoformat(), "CampaignId": str(one.campaign), "CampaignName": one.name,
                    "AdGroupId": str(one.group or "--"), "AdGroupName": "--", "Criterion": one.criterion,
                }  # fmt: skip
                key = tuple(values[name] for name in names if name != "Cost")
                amount = Decimal(one.cost) * (self.rate if params["IncludeVAT"] == "YES" else 1)
                sums[key] = sums.get(key, Decimal(0)) + amount
        is_micros = said.get("returnMoneyInMicros") != "false"
        lines = ["\t".join(names)] if said.get("skipColumnHeader") != "true" else []
        lines += [
            "\t".join([*key, str(round(cost * 10**6)) if is_micros else f"{cost:.2f}"]) for key, cost in sums.items()
        ]
        if said.get("skipReportHeader") != "true":
            lines.insert(0, f"{params['ReportName']} ({first} - {last})")
        if said.get("skipReportSummary") != "true":
            lines.append(f"Total rows: {len(sums)}")
        return "\n".join(lines) + "\n"

    async def _answer(self, request: web.Request, body: bytes) -> web.StreamResponse:
        headers = {"Content-Type": "text/tab-separated-values; charset=utf-8"}
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            return web.Response(body=gzip.compress(body), headers=headers | {"Content-Encoding": "gzip"})
        if self.spoil == "cut":
            answer = web.StreamResponse(headers=headers | {"Content-Length": str(len(body))})
            await answer.prepare(request)
            await answer.write(body[: len(body) // 2])
            assert request.transport is not None
            request.transport.close()
            return answer
        if self.spoil == "large":
            body += b"x" * (2 << 20)
        if self.spoil == "odd":
            body = body.replace(b"\t", b" ")
        return web.Response(body=body, headers=headers)


def _error(code: int) -> web.Response:
    error = {"request_id": "8695244274068608439", "error_code": str(code), "error_string": f"Error {code}"}
    detail = "The limit of reports in the queue is reached" if code == 1 else "Something of it"
    return web.json_response({"error": error | {"error_detail": detail}}, status=500 if code in {52, 1000} else 400)


@asynccontextmanager
async def yandex_direct() -> AsyncIterator[YandexDirect]:
    """A running one."""
    fake = YandexDirect()
    app = web.Application()
    app.router.add_post("/json/v5/reports", fake.report)
    async with TestServer(app) as server:
        fake.url = str(server.make_url("/"))
        yield fake

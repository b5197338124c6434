"""VK Ads' API on loopback.

Of ads.vk.com/doc/api: `info/Авторизация в API` (client_credentials, five tokens of a client_id at once, the sixth is
403 `token_limit_exceeded` "Active access token limit reached."), `resource/AdPlans` (count, offset, items; 20 a page
unless `limit` says otherwise; `_status__in`), `info/Statistics` (`id`, `date_from`, `date_to`, `metrics`; at most 200
ids; items with rows with `base.spent`, a string), 401 with `error.code`, 429. That campaigns which are removed are not
listed unasked, and the words of a refused secret, are our reading.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date

from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

_MOST_TOKENS = 5


@dataclass
class VkAds:
    """`plans` are names and states by id, `spent` is what each cost by day; `statuses` are answered first."""

    url: str = ""
    client: str = "b9AHG7669xtg1nvq"
    secret: str = "Vk-Client-Secret"
    plans: dict[int, tuple[str, str]] = field(default_factory=dict)
    spent: dict[tuple[int, date], str] = field(default_factory=dict)
    statuses: list[int] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    _given: int = 0

    def moved(self, url: str) -> str:
        """VK's address at the fake."""
        return self.url.rstrip("/") + str(URL(url, encoded=True).raw_path_qs)

    async def token(self, request: web.Request) -> web.Response:
        """`POST /api/v2/oauth2/token.json`."""
        form = await request.post()
        self.heard.append("token")
        if (form.get("client_id"), form.get("client_secret")) != (self.client, self.secret):
            words = f"no client with {form.get('client_secret')!r}"
            told = {"error": "invalid_client", "error_description": words}
            return web.json_response(told, status=401)
        if form.get("grant_type") != "client_credentials":
            return web.json_response({"error": "unsupported_grant_type"}, status=400)
        if len(self.tokens) >= _MOST_TOKENS:
            words = "Active access token limit reached."
            return web.json_response({"error": "token_limit_exceeded", "error_description": words}, status=403)
        self._given += 1
        self.tokens.append(f"vk-access-{self._given}")
        given: dict[str, str | int] = {
            "access_token": self.tokens[-1],
            "token_type": "Bearer",
            "expires_in": 86400,
            "refresh_token": "r",
        }
        return web.json_response(given)

    async def ad_plans(self, request: web.Request) -> web.Response:
        """`GET /api/v2/ad_plans.json`."""
        if (fault := self._fault(request)) is not None:
            return fault
        states = request.query.get("_status__in", "active,blocked").split(",")
        found = [(one, name) for one, (name, state) in sorted(self.plans.items()) if state in states]
        limit, offset = int(request.query.get("limit", "20")), int(request.query.get("offset", "0"))
        if limit > 250:
            return web.json_response({"error": {"code": "bad_value", "message": "limit"}}, status=400)
        items = [{"id": one, "name": name} for one, name in found[offset : offset + limit]]
        return web.json_response({"count": len(found), "offset": offset, "items": items})

    async def statistics(self, request: web.Request) -> web.Response:
        """`GET /api/v2/statistics/ad_plans/day.json`."""
        if (fault := self._fault(request)) is not None:
            return fault
        ids = [int(one) for one in request.query["id"].split(",")]
        first, last = (date.fromisoformat(request.query[name]) for name in ("date_from", "date_to"))
        if len(ids) > 200:
            return web.json_response({"error": {"code": "ERR_LIMIT_EXCEEDED", "message": "ids"}}, status=400)
        items = [
            {
                "id": one,
                "rows": [
                    {"date": day.isoformat(), "base": {"shows": 10, "clicks": 1, "spent": cost, "vk": {"goals": 0}}}
                    for (plan, day), cost in sorted(self.spent.items())
                    if plan == one and first <= day <= last
                ],
                "total": {"base": {"spent": "0"}},
            }
            for one in ids
        ]
        return web.json_response({"items": items})

    def _fault(self, request: web.Request) -> web.Response | None:
        self.heard.append(request.path.rpartition("/")[2])
        if self.statuses:
            status = self.statuses.pop(0)
            return web.json_response(
                {"error": {"code": "E", "message": "m"}}, status=status, headers={"Retry-After": "300"}
            )
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
            return web.json_response(
                {"error": {"code": "invalid_token", "message": "Unknown access token"}}, status=401
            )
        return None


@asynccontextmanager
async def vk_ads() -> AsyncIterator[VkAds]:
    """A running one."""
    fake = VkAds()
    app = web.Application()
    app.router.add_post("/api/v2/oauth2/token.json", fake.token)
    app.router.add_get("/api/v2/ad_plans.json", fake.ad_plans)
    app.router.add_get("/api/v2/statistics/ad_plans/day.json", fake.statistics)
    async with TestServer(app) as server:
        fake.url = str(server.make_url("/"))
        yield fake

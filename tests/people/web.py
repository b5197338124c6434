"""The pages of people under their guards, as the composition root puts them together, and browsers that walk them."""

import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer
from redis.asyncio import Redis

from trunkline.crypto import SecretBox
from trunkline.db.types import Pool
from trunkline.keys import pool_key, redis_key, secret_box_key, settings_key
from trunkline.people.pages import routes
from trunkline.people.pages.request import door_key
from trunkline.people.passwords import Passwords
from trunkline.people.sessions import Origin, open_session
from trunkline.people.signin import Door
from trunkline.people.throttle import Throttle
from trunkline.settings import load
from trunkline.web.auth import lifetime_of
from trunkline.web.guards import GUARDS, SURROUNDINGS, guard
from trunkline.web.preferences import routes as preference_routes
from trunkline.web.render import reader_middleware, setup_templates
from trunkline.web.security import Perimeter

from .company import PASSWORD

HOST = "calls.example.com"
HTML = {"Accept": "text/html"}


def compose(
    pool: Pool, redis: Redis, box: SecretBox, passwords: Passwords, more: Iterable[web.RouteDef] = ()
) -> web.Application:
    """An application of these pages alone."""
    app = web.Application(middlewares=[reader_middleware, *GUARDS])
    app[settings_key], app[pool_key], app[redis_key], app[secret_box_key] = load(None, {}), pool, redis, box
    app[door_key] = Door(pool, passwords, Throttle(redis), box, lifetime_of(app))
    setup_templates(app, packages=["trunkline.people"], surroundings=SURROUNDINGS)
    app.add_routes([*routes(), *preference_routes(), *more])
    guard(app, Perimeter.of(["127.0.0.1"], [HOST]))
    return app


@asynccontextmanager
async def browsing(app: web.Application) -> AsyncIterator["Browser"]:
    """A browser at the running application."""
    async with TestServer(app) as server, Browser(server) as browser:
        yield browser


@asynccontextmanager
async def another(browser: "Browser", secret: str = "") -> AsyncIterator["Browser"]:
    """A second browser at the same server, with a session of its own where `secret` is one."""
    second = Browser(browser.server)
    if secret:
        second.plant(secret)
    try:
        yield second
    finally:
        await second.session.close()


class Browser(TestClient[web.Request, web.Application]):
    """A client that keeps cookies, follows no redirect by itself, and sends forms as the page holds them."""

    async def look(self, path: str, **headers: str) -> ClientResponse:
        """GET a page."""
        return await self.get(path, headers=HTML | headers, allow_redirects=False)

    async def token(self, path: str = "/login") -> str:
        """The CSRF token of a page."""
        return csrf_of(await (await self.look(path)).text())

    async def send(self, path: str, fields: dict[str, str], *, page: str = "/login", **headers: str) -> ClientResponse:
        """POST a form of `page`."""
        data = {"csrf": await self.token(page)} | fields
        return await self.post(path, data=data, headers=HTML | headers, allow_redirects=False)

    def cookie(self, name: str) -> str | None:
        """A cookie's value."""
        return next((cookie.value for cookie in self.session.cookie_jar if cookie.key == name), None)

    def plant(self, secret: str, name: str = "trunkline") -> None:
        """Put a cookie into the browser."""
        self.session.cookie_jar.update_cookies({name: secret}, self.make_url("/"))


def csrf_of(page: str) -> str:
    """The token in the page's first form."""
    match = re.search(r'name="csrf" value="([0-9a-f]+)"', page)
    assert match is not None, page
    return match.group(1)


async def session_of(pool: Pool, app: web.Application, person: UUID) -> str:
    """A live session's secret, without the login page."""
    async with pool.acquire() as connection:
        return await open_session(connection, person, Origin(None, "test"), lifetime_of(app), datetime.now(UTC))


async def sign_in(browser: Browser, login: str = "anna") -> None:
    """Through the login page, with PASSWORD."""
    answer = await browser.send("/login", {"login": login, "password": PASSWORD})
    assert answer.status == 303, await answer.text()

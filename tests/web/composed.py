"""The web application as it is shipped, on a test's own servers, with browsers and programs that use it."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
from aiohttp import ClientResponse, FormData, web
from redis.asyncio import Redis

from tests.people.company import AddPerson
from tests.people.web import HTML, Browser, browsing, session_of
from trunkline.app.web import build
from trunkline.db.types import Pool
from trunkline.people.roles import Right, Role
from trunkline.people.tokens import make_token
from trunkline.settings import load


def compose(database_url: str, valkey_url: str, data_dir: Path, **more: str) -> web.Application:
    """The private listener's application."""
    environment = {
        "TRUNKLINE_DATABASE_URL": database_url,
        "TRUNKLINE_REDIS_URL": valkey_url,
        "TRUNKLINE_DATA_DIR": str(data_dir),
        "TRUNKLINE_WEB_LANGUAGE": "en",
    }
    return build(load(None, environment | more))


@asynccontextmanager
async def browsing_as(app: web.Application, pool: Pool, person: UUID) -> AsyncIterator[Browser]:
    """A browser at the running application with `person` signed in."""
    async with browsing(app) as browser:
        browser.plant(await session_of(pool, app, person))
        yield browser


@pytest.fixture
async def browser(
    database_url: str, valkey_url: str, redis: Redis, data_dir: Path, pool: Pool, add_person: AddPerson
) -> AsyncIterator[Browser]:
    """A browser with an administrator signed in."""
    person = await add_person("root", Role.ADMINISTRATOR, every_department=True, every_line=True)
    async with browsing_as(compose(database_url, valkey_url, data_dir), pool, person) as browser:
        yield browser


async def token_of(pool: Pool, person: UUID, rights: Iterable[Right] = Right) -> dict[str, str]:
    """The header of an API token of `person`."""
    now = datetime.now(UTC)
    async with pool.acquire() as connection:
        token = await make_token(connection, person, "test", rights, now + timedelta(hours=1), now)
    return {"Authorization": f"Bearer {token}"}


async def text_of(browser: Browser, path: str, status: int = 200, *, language: str = "en") -> str:
    """A page's text."""
    response = await browser.look(path, **{"Accept-Language": language})
    text = await response.text()
    assert response.status == status, text
    return text


async def upload(browser: Browser, path: str, content: bytes, name: str = "list.csv", **fields: str) -> ClientResponse:
    """Send a file as htmx does: multipart, with the token in a header."""
    form = FormData(fields)
    form.add_field("file", BytesIO(content), filename=name, content_type="text/csv")
    headers = {"X-CSRF-Token": await browser.token(path), "HX-Request": "true", "HX-Target": "import-form"}
    return await browser.post(path, data=form, headers=HTML | headers, allow_redirects=False)

"""Assets are kept for ever under addresses of their content, and every page finds the ones it names."""

import gzip
import re
from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path

import pytest
from aiohttp import hdrs, web
from aiohttp.test_utils import TestClient, TestServer

from trunkline.app.web import PACKAGES
from trunkline.web.assets import STYLE_PARTS, Assets

Client = TestClient[web.Request, web.Application]
_WEB = Path(str(files("trunkline.web")))


@pytest.fixture(scope="module")
def assets() -> Assets:
    return Assets(("trunkline.web",))


@pytest.fixture
async def client(assets: Assets) -> AsyncIterator[Client]:
    app = web.Application()
    app.add_routes(assets.routes())
    async with TestClient(TestServer(app, skip_url_asserts=True), auto_decompress=False) as client:
        yield client


async def test_an_address_of_today_is_kept_for_ever(client: Client, assets: Assets) -> None:
    answer = await client.get(assets.url("trunkline.css"), headers={hdrs.ACCEPT_ENCODING: "gzip"})

    assert answer.status == 200
    assert answer.headers[hdrs.CACHE_CONTROL] == "public, max-age=31536000, immutable"
    assert answer.headers[hdrs.CONTENT_TYPE] == "text/css; charset=utf-8"
    assert answer.headers[hdrs.CONTENT_ENCODING] == "gzip"
    assert b"--accent" in gzip.decompress(await answer.read())


async def test_who_cannot_unpack_gets_it_plain(client: Client, assets: Assets) -> None:
    answer = await client.get(assets.url("icons.svg"), headers={hdrs.ACCEPT_ENCODING: "identity"})

    assert hdrs.CONTENT_ENCODING not in answer.headers
    assert (await answer.read()).startswith(b"<svg")


async def test_an_old_address_gets_todays_file_and_is_not_kept(client: Client) -> None:
    answer = await client.get("/static/000000000000/favicon.svg")

    assert (answer.status, answer.headers[hdrs.CACHE_CONTROL]) == (200, "no-cache")


@pytest.mark.parametrize("name", ["nothing.css", "../templates/base.html", "css/tokens.css"])
async def test_nothing_else_is_served(client: Client, name: str) -> None:
    assert (await client.get(f"/static/000000000000/{name}")).status == 404


def test_a_name_that_does_not_exist_is_a_mistake(assets: Assets) -> None:
    with pytest.raises(KeyError):
        assets.url("js/nothing.js")


def test_every_style_file_is_a_part() -> None:
    assert {path.stem for path in (_WEB / "static" / "css").glob("*.css")} == set(STYLE_PARTS)


def test_every_icon_a_page_names_is_drawn() -> None:
    drawn = set(re.findall(r'id="([a-z-]+)"', (_WEB / "static" / "icons.svg").read_text()))
    named: set[str] = set()
    for package in ("trunkline.web", *PACKAGES):
        for path in Path(str(files(package))).rglob("templates/**/*.html"):
            named |= set(re.findall(r'ui\.icon\("([a-z-]+)"', path.read_text()))
            named |= set(re.findall(r'icon_name="([a-z-]+)"', path.read_text()))

    assert named - drawn == set()


def test_no_page_has_a_style_or_a_script_of_its_own() -> None:
    for package in ("trunkline.web", *PACKAGES):
        for path in Path(str(files(package))).rglob("templates/**/*.html"):
            text = path.read_text()
            assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?! src=)|hx-on|javascript:", text), path

"""Whole pages, parts for htmx, toasts and preferences."""

import json
from collections.abc import AsyncIterator
from urllib.parse import quote

import pytest
from aiohttp import hdrs, web
from aiohttp.test_utils import TestClient, TestServer

from trunkline.web import preferences
from trunkline.web.i18n import gettext
from trunkline.web.render import page, reader_middleware, redirect, setup_templates, toast
from trunkline.web.shell import NAVIGATION, SETTINGS, Place, Surroundings, Viewer, below, reachable

Client = TestClient[web.Request, web.Application]


async def show(request: web.Request) -> web.Response:
    """An error page stands for any: it has no other data."""
    return page(request, "errors/error.html", failure=_Nothing(), words=_Words(), request_id="1")


async def said(request: web.Request) -> web.Response:
    """A toast."""
    return toast(web.Response(text=gettext("Settings")), "Готово")


async def saved(request: web.Request) -> web.Response:
    """What a form ends with."""
    return redirect(request, "/calls", "Сохранено <b>")


class _Nothing:
    status, text, mistakes = 404, "", ()


class _Words:
    title, advice, icon = "Settings", "Show", "search"


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    app = web.Application(middlewares=[reader_middleware])
    surroundings = Surroundings(viewer=lambda _: Viewer("Анна", "Agent"), may_open=lambda _, path: path != "/spam")
    setup_templates(app, surroundings=surroundings, company="Ромашка & Ко")
    pages = [web.get(path, show) for path in ("/calls", "/calls/{id}", "/spam", "/settings", "/settings/people")]
    app.add_routes([*pages, web.get("/said", said), web.post("/saved", saved), *preferences.routes()])
    async with TestClient(TestServer(app)) as client:
        yield client


async def read(client: Client, path: str, **headers: str) -> str:
    """The page's text."""
    answer = await client.get(path, headers=headers)
    assert answer.status == 200
    return await answer.text()


async def test_a_page_is_the_readers(client: Client) -> None:
    text = await read(client, "/calls", **{hdrs.ACCEPT_LANGUAGE: "ru"})

    assert '<html lang="ru" data-theme="auto">' in text
    assert "<title>Настройки · Ромашка &amp; Ко</title>" in text


async def test_navigation_has_what_exists_and_may_be_opened(client: Client) -> None:
    text = await read(client, "/calls/1")

    assert '<a class="nav-place" href="/calls" aria-current="page"' in text
    assert 'href="/spam"' not in text
    assert 'href="/reports"' not in text
    assert 'class="nav-below"' not in text
    assert 'href="/settings/people" aria-current="page"' in await read(client, "/settings/people")


async def test_htmx_gets_the_block_it_aims_at(client: Client) -> None:
    part = await read(client, "/calls", **{"HX-Request": "true", "HX-Target": "content"})

    assert part.lstrip().startswith("<section")
    assert "<html" not in part
    for whole in ({"HX-Boosted": "true"}, {"HX-History-Restore-Request": "true"}, {"HX-Target": "no-such-block"}):
        headers = {"HX-Request": "true", "HX-Target": "content"} | whole
        assert "<html" in await read(client, "/calls", **headers)


async def test_pages_are_nobody_elses(client: Client) -> None:
    headers = (await client.get("/calls")).headers

    assert headers[hdrs.CACHE_CONTROL] == "no-store"
    assert "Cookie" in headers[hdrs.VARY]


async def test_a_toast_is_said_with_an_answer(client: Client) -> None:
    answer = await client.get("/said", headers={hdrs.ACCEPT_LANGUAGE: "ru"})

    assert json.loads(answer.headers["HX-Trigger"]) == {"toast": {"text": "Готово", "kind": "ok"}}
    assert await answer.text() == "Настройки"


async def test_what_a_form_did_is_said_once_by_the_next_page(client: Client) -> None:
    answer = await client.post("/saved", allow_redirects=False)

    assert (answer.status, answer.headers[hdrs.LOCATION]) == (303, "/calls")
    assert "Сохранено &lt;b&gt;" in await read(client, "/calls")
    assert "Сохранено" not in await read(client, "/calls")


async def test_htmx_is_led_on(client: Client) -> None:
    answer = await client.post("/saved", headers={"HX-Request": "true"})

    assert (answer.status, answer.headers["HX-Redirect"]) == (204, "/calls")


@pytest.mark.parametrize("cookie", ["{", "[]", '{"text": 1}', quote('{"text": "a"}'), quote("null")])
async def test_a_broken_toast_is_no_toast(client: Client, cookie: str) -> None:
    text = await read(client, "/calls", Cookie=f"toast={cookie}")

    assert "data-toast" not in text


async def test_preferences_are_kept(client: Client) -> None:
    chosen = {"language": "ru", "theme": "dark", "back": "/settings?a=1"}
    answer = await client.post("/preferences", data=chosen, allow_redirects=False)

    assert (answer.status, answer.headers[hdrs.LOCATION]) == (303, "/settings?a=1")
    assert '<html lang="ru" data-theme="dark">' in await read(client, "/calls")


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/\\evil.example", ""])
async def test_preferences_lead_nowhere_else(client: Client, back: str) -> None:
    answer = await client.post("/preferences", data={"theme": "neon", "back": back}, allow_redirects=False)

    assert answer.headers[hdrs.LOCATION] == "/"
    assert "theme" not in answer.cookies


def test_settings_show_their_pages_only_while_open() -> None:
    settings, calls = Place("/settings", "", ""), Place("/calls", "", "")

    assert below("/calls", calls, lambda _: True) == []
    assert below("/nowhere", None, lambda _: True) == []
    shown = below("/settings/people/1", settings, lambda path: path.startswith("/settings"))
    assert [place.href for place, is_open in shown if is_open] == ["/settings/people"]


def test_no_place_is_there_twice() -> None:
    for groups in (NAVIGATION, SETTINGS):
        places = [place.href for group in groups for place in group.places]
        assert len(places) == len(set(places))
    assert reachable(NAVIGATION, lambda _: False) == ()

"""The page «Where would this call go?»."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from redis.asyncio import Redis

from router.page import routes, switchboard_context
from tests.router.company import CLIENT, DEBTOR, OFFICE, SPAMMER, STRANGER
from tests.router.conftest import WriteDirectory
from trunkline.directory.reader import Directory
from trunkline.keys import directory_key, redis_key, secret_box_key
from trunkline.settings import Settings
from trunkline.web.i18n import Translations
from trunkline.web.render import reader_middleware, setup_templates

Client = TestClient[web.Request, web.Application]
NOON = "2026-08-06T12:00"


@pytest.fixture
async def client(write_directory: WriteDirectory, settings: Settings, redis: Redis) -> AsyncIterator[Client]:
    app = web.Application(middlewares=[reader_middleware])
    setup_templates(app, packages=("router", "trunkline.calls"))
    app[directory_key] = Directory.open(write_directory())
    app[secret_box_key] = settings.secret_box()
    app[redis_key] = redis
    app.cleanup_ctx.append(switchboard_context)
    app.add_routes(routes())
    async with TestClient(TestServer(app)) as client:
        yield client


async def look(client: Client, language: str = "en", **query: str) -> str:
    response = await client.get("/", params=query, headers={"Accept-Language": language})
    assert response.status == 200
    return await response.text()


async def test_an_empty_form_asks_with_the_lines(client: Client) -> None:
    text = await look(client)

    assert "Where would this call go?" in text
    assert f"{OFFICE} · Москва · Офис" in text
    assert "Decided by" not in text


async def test_the_whole_way_is_shown_with_its_reasons(client: Client) -> None:
    text = await look(client, **{"from": CLIENT, "to": OFFICE, "at": NOON})

    places = ["Ring 101 for 20 s", "Ring 102", "Wait in the queue Sales", "Reserve", "Record a message in office"]
    assert [text.index(place) for place in places] == sorted(text.index(place) for place in places)
    assert "Анна (101) looks after this contact" in text
    assert "Иванов &amp; Ко, ООО+" in text


async def test_debts_are_for_who_may_see_money(client: Client) -> None:
    """Nobody is signed in here, so nobody has `money.read`."""
    text = await look(client, **{"from": DEBTOR, "to": OFFICE, "at": NOON})

    assert "50000 roubles" not in text
    assert "Wait in the queue Finance" in text


async def test_in_russian(client: Client) -> None:
    text = await look(client, "ru", **{"from": SPAMMER, "to": OFFICE, "at": NOON})

    assert "Куда пойдёт этот звонок?" in text
    assert "Попросить звонящего нажать цифру" in text
    assert "голосов: 12" in text


async def test_a_holiday_and_any_spelling(client: Client) -> None:
    text = await look(client, **{"from": "8 (916) 000-00-04", "to": OFFICE, "at": "2026-11-04T12:00"})

    assert "Decided by: Holiday" in text
    assert STRANGER in text


@pytest.mark.parametrize("at", ["tomorrow", "9999-99-99T00:00", "0001-01-01T00:00"])
async def test_a_moment_that_is_none_is_told(client: Client, at: str) -> None:
    text = await look(client, **{"from": STRANGER, "to": OFFICE, "at": at})
    assert "Decided by" in text or "Write a date and a time" in text


async def test_hostile_fields_stay_text(client: Client) -> None:
    text = await look(client, **{"from": "<script>alert(1)</script>", "to": '"><b>', "at": NOON})
    assert "<script>alert" not in text
    assert "<b>" not in text


def test_every_sentence_of_the_page_has_its_russian() -> None:
    spoken = Translations(("router", "trunkline.calls", "trunkline.web")).spoken("ru")
    catalogue = (Path(__file__).parents[2] / "router" / "locale" / "ru.po").read_text(encoding="utf-8")
    template = (Path(__file__).parents[2] / "router" / "templates" / "route.html").read_text(encoding="utf-8")
    sentences = [part.split('"')[0] for part in template.split('_("')[1:]]

    assert sentences
    assert [text for text in sentences if spoken.gettext(text) == text] == []
    assert 'msgstr ""\n\n' not in catalogue

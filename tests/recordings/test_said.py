"""What was said, on the pages: searched for, landed on, read beside the player, taken away."""

from datetime import timedelta
from urllib.parse import quote_plus

import pytest

from recordings.recording import Recording
from tests.people.company import AddPerson
from tests.people.web import Browser, another, session_of
from tests.recordings.talks import MARCH, talk
from tests.web.composed import text_of
from trunkline.db.types import Pool
from trunkline.people.roles import Right, Role

TALK = ((0, "Здравствуйте у меня не работает телефон"), (1, "Понял <перезвоним?"))


@pytest.fixture
async def one(pool: Pool) -> Recording:
    return await talk(pool, MARCH, *TALK)


async def test_a_hit_leads_to_the_second_of_the_call_s_page(browser: Browser, one: Recording) -> None:
    page = await text_of(browser, "/recordings?q=%22не+работал%22")
    assert "<mark>не работает</mark>" in page
    async with browser.get(
        "/recordings?q=работал", headers={"HX-Request": "true", "HX-Target": "recordings-list"}
    ) as swapped:
        assert (swapped.status, "<mark>работает</mark>" in await swapped.text()) == (200, True)
    said = quote_plus('"не работал"')
    place = f"/calls/{one.call_id}?said={said}&amp;recording={one.id}&amp;at=3.00"
    assert f'href="{place}#recordings"' in page

    call = await text_of(browser, place.replace("&amp;", "&"))
    part = f"/calls/{one.call_id}/recordings?{place.partition('?')[2]}"
    assert f'hx-get="{part}"' in call
    text = await text_of(browser, part.replace("&amp;", "&"))
    assert 'data-begins="3.0"' in text
    assert '<mark data-at="3.0">не</mark> <mark data-at="4.0">работает</mark>' in text
    assert '<span class="transcript-who">Client</span>' in text
    assert "&lt;перезвоним" in text
    assert "(unsure)" in text
    assert "Mono" not in text


async def test_mono_says_that_it_does_not_know_who_speaks(browser: Browser, pool: Pool) -> None:
    one = await talk(pool, MARCH, (None, "привет всем"))

    assert "not known who speaks" in await text_of(browser, f"/calls/{one.call_id}/recordings")
    assert "either may have said it" in await text_of(browser, "/recordings?q=привет&by=agent")
    assert "either may have said it" not in await text_of(browser, "/recordings?q=привет")


async def test_the_search_goes_on_and_says_what_it_did_not_find(browser: Browser, pool: Pool) -> None:
    for number in range(51):
        await talk(pool, MARCH + timedelta(minutes=number), (None, "привет"))

    first = await text_of(browser, "/recordings?q=привет")
    assert first.count("<mark>") == 50
    following = first.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert (await text_of(browser, following)).count("<mark>") == 1
    assert "Nobody said that" in await text_of(browser, "/recordings?q=холодильник")


@pytest.mark.parametrize(("asked", "told"), [("q=%22%22", "1 to 16 words"), ("q=a&by=boss", "agent or client")])
async def test_a_query_that_says_nothing_is_told(browser: Browser, asked: str, told: str) -> None:
    assert told in await text_of(browser, f"/recordings?{asked}", 400)


@pytest.mark.parametrize("asked", ["said=%22%22", "by=boss&said=a", "at=nan", "at=-1", "at=1e9"])
async def test_an_address_that_somebody_changed_shows_the_call_all_the_same(
    browser: Browser, one: Recording, asked: str
) -> None:
    page = await text_of(browser, f"/calls/{one.call_id}/recordings?{asked}&recording={one.id}")
    assert "телефон" in page
    assert "data-begins" not in page


async def test_how_the_talk_went_is_told_beside_it(browser: Browser, one: Recording) -> None:
    page = await text_of(browser, f"/calls/{one.call_id}/recordings")
    assert "Silence 0:" in page
    assert "% of the talk · longest without a break 0:" in page
    async with browser.get(f"/api/v1/recordings/{one.id}/transcript") as answer:
        talk = (await answer.json())["talk"]
    assert [side["speaker"] for side in talk["sides"]] == ["client", "agent"]
    assert talk["silence"] + sum(side["talk"] for side in talk["sides"]) == pytest.approx(60)


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("txt", "[0:00] Client: Здравствуйте у меня не работает телефон\n[0:06] Agent: Понял <перезвоним\n"),
        ("vtt", "WEBVTT\n\n00:00:00.000 --> 00:00:05.500\n<v Client>Здравствуйте"),
        ("json", '"speaker":"client","start":0'),
    ],
)
async def test_the_text_is_taken_away_and_that_is_logged(
    browser: Browser, pool: Pool, one: Recording, kind: str, told: str
) -> None:
    async with browser.get(f"/recordings/{one.id}/transcript/{kind}", headers={"Accept-Language": "en"}) as answer:
        assert (answer.status, await answer.text()) == (200, await answer.text())
        assert told in await answer.text()
        assert answer.headers["Content-Disposition"].endswith(f'.{kind}"')
    rows = await pool.fetch("select object_id, after from audit where action = 'recording.exported'")
    assert [(row["object_id"], row["after"]["what"]) for row in rows] == [(str(one.id), kind)]


async def test_who_may_not_hear_it_does_not_read_it(
    browser: Browser, pool: Pool, one: Recording, add_person: AddPerson
) -> None:
    path = f"/recordings/{one.id}/transcript/txt"
    async with browser.get(f"/recordings/{one.id}/transcript/exe") as answer:
        assert answer.status == 404
    secret = await session_of(pool, browser.app, await add_person("agent", Role.AGENT))
    async with another(browser, secret) as other, other.get(path) as answer:
        assert answer.status == 403
    head = await add_person("head", Role.SUPERVISOR, grants=frozenset({Right.RECORDINGS_LISTEN}))
    secret = await session_of(pool, browser.app, head)
    async with another(browser, secret) as other:
        async with other.get(path) as answer:
            assert answer.status == 404
        assert "<mark>" not in await text_of(other, "/recordings?q=телефон")
    assert await pool.fetchval("select count(*) from audit where action = 'recording.exported'") == 0

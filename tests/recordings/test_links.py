"""Links to recordings: what is one, who makes it, and what whoever has it hears on the public listener."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st

from recordings.heard import Lately
from recordings.links import Dead, read_signed, signed
from recordings.recording import Recording, Stage
from tests.people.company import AddPerson
from tests.people.web import Browser, another, session_of
from tests.web.composed import text_of
from trunkline.app.public import build_public
from trunkline.crypto import SecretBox
from trunkline.db.types import Pool
from trunkline.keys import settings_key
from trunkline.people.roles import Right, Role

BOX, NOW = SecretBox(bytes(32)), datetime(2026, 11, 27, tzinfo=UTC)
LINK = UUID(int=7)
Public = TestClient[web.Request, web.Application]


def test_a_link_is_its_row_until_its_end() -> None:
    text = signed(BOX, LINK, NOW + timedelta(days=1))
    assert re.fullmatch(r"[\w-]{48}", text, re.ASCII)
    assert read_signed(BOX, text, NOW + timedelta(hours=23)) == LINK
    with pytest.raises(Dead) as dead:
        read_signed(BOX, text, NOW + timedelta(days=1))
    assert dead.value.ended


@given(place=st.integers(0, 47), letter=st.sampled_from("Aa0_-=é "))
def test_whatever_else_is_written_there_is_none(place: int, letter: str) -> None:
    text = signed(BOX, LINK, NOW + timedelta(days=1))
    for other in (text[:place], text + letter, text[:place] + letter + text[place + 1 :]):
        if other != text:
            with pytest.raises(Dead) as dead:
                read_signed(BOX, other, NOW)
            assert not dead.value.ended
    with pytest.raises(Dead):
        read_signed(SecretBox(bytes(31) + b"1"), text, NOW)


def test_what_is_asked_for_afterwards_is_the_same_listen() -> None:
    lately = Lately()
    asked = [("anna", True, 0), ("anna", False, 5), ("boris", False, 6), ("anna", True, 7), ("anna", False, 608)]
    assert [lately.begins(who, "q", first, at) for who, first, at in asked] == [True, False, True, True, True]


@pytest.fixture
async def public(browser: Browser) -> AsyncIterator[Public]:
    """Who has no session."""
    async with TestClient(TestServer(build_public(browser.app[settings_key], web.Application()))) as client:
        yield client


async def made(browser: Browser, recording: Recording, name: str = "ООО «Ромашка»", days: str = "30") -> str:
    page = f"/recordings/{recording.id}/links"
    answer = await browser.send(page, {"name": name, "days": days}, page=page)
    found = re.search(r"/r/([\w-]{48})", await answer.text())
    assert found is not None
    return found[0]


async def test_whoever_has_it_hears_it_until_it_is_taken_back(
    browser: Browser,
    public: Public,
    pool: Pool,
    one: Recording,
) -> None:
    assert f"/recordings/{one.id}/links" in await text_of(browser, f"/calls/{one.call_id}/recordings")
    address, page = await made(browser, one), f"/recordings/{one.id}/links"

    async with public.get(address) as answer:
        whole = await answer.read()
        assert (answer.status, answer.content_type, len(whole)) == (200, "audio/ogg", one.size)
        assert (answer.headers["X-Robots-Tag"], answer.headers["Cache-Control"]) == ("noindex", "private, no-store")
    async with public.get(address, headers={"Range": "bytes=100-199"}) as answer:
        assert (answer.status, await answer.read()) == (206, whole[100:200])
    heard = await pool.fetch("select person, via, after from audit where action = 'recording.heard'")
    assert [(row["person"], row["via"].split()[0], row["after"]["call"]) for row in heard] == [
        ("ООО «Ромашка»", "link", str(one.call_id))
    ]
    async with public.get(address, headers={"Range": "bytes=1-"}) as answer:  # all the same a listen, if not lately
        assert answer.status == 206
    link = await pool.fetchval("select id from recording_links where opened = 1")
    assert "1 ·" in await text_of(browser, page)

    assert (await browser.send(f"{page}/{link}/revoke", {}, page=page)).status == 303
    assert (await browser.send(f"{page}/{link}/revoke", {}, page=page)).status == 404
    assert "taken back" in await text_of(browser, page)
    async with public.get(address) as answer:
        assert (answer.status, "ended" in await answer.text()) == (410, True)
    told = await pool.fetch("select action from audit where object_kind = 'recording' order by id")
    assert [row["action"] for row in told] == ["recording.shared", "recording.heard", "recording.unshared"]


async def test_what_is_no_link_or_has_nothing_behind_it_tells_nothing(
    browser: Browser,
    public: Public,
    pool: Pool,
    one: Recording,
    data_dir: Path,
) -> None:
    address = await made(browser, one)
    for wrong in ("/r/x", f"/r/{one.id}", address[:-1], f"{address[:-1]}{'A' if address[-1] != 'A' else 'B'}"):
        async with public.get(wrong) as answer:
            assert answer.status == 404
    await pool.execute("update recordings set muting = true")
    async with public.get(address) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (503, "60")
    await pool.execute("update recordings set muting = false")
    (data_dir / "recordings" / one.key).unlink()
    async with public.get(address) as answer:
        assert answer.status == 410
    await pool.execute("update recordings set stage = 'expired', size = 0")
    async with public.get(address, headers={"Range": "bytes=0-"}) as answer:
        assert answer.status == 410
    await pool.execute("delete from recordings")
    async with public.get(address) as answer:
        assert answer.status == 410
    assert await pool.fetchval("select count(*) from audit where action = 'recording.heard'") == 0


async def test_it_can_be_heard_from_its_opus_to_its_end_whichever_way(
    browser: Browser, public: Public, pool: Pool, one: Recording
) -> None:
    address, audible = await made(browser, one), {Stage.CONVERTED, Stage.KEPT}
    for stage in Stage:
        await pool.execute("update recordings set stage = $1", stage)
        found = []
        async with browser.get(f"/recordings/{one.id}/audio") as answer:
            found.append(answer.status)
        found.append("A new link" in await text_of(browser, f"/recordings/{one.id}/links"))
        async with public.get(address) as answer:
            found.append(answer.status)
        async with browser.get("/recordings/export.zip") as answer:
            found.append(int(answer.headers["Trunkline-Bytes"]))
        assert found == ([200, True, 200, one.size] if stage in audible else [404, False, 410, 0]), stage


@pytest.mark.parametrize("change", ["muting = true", "stage = 'refused'", "stage = 'expired', size = 0"])
async def test_it_is_taken_back_also_where_nothing_can_be_heard(
    browser: Browser, public: Public, pool: Pool, one: Recording, change: str
) -> None:
    address, page = await made(browser, one), f"/recordings/{one.id}/links"
    link = await pool.fetchval("select id from recording_links")
    await pool.execute(f"update recordings set {change}")
    if "muting" in change:
        assert page in await text_of(browser, f"/calls/{one.call_id}/recordings")

    assert "Take back" in await text_of(browser, page)
    assert (await browser.send(f"{page}/{link}/revoke", {}, page=page)).status == 303
    await pool.execute("update recordings set muting = false, stage = 'kept', size = $1", one.size)
    async with public.get(address) as answer:
        assert answer.status == 410


@pytest.mark.parametrize(
    ("name", "days", "told"),
    [
        ("", "30", "must say who gets it"),
        ("x" * 101, "30", "must say who gets it"),
        ("Anna", "0", "must be from 1 to 366"),
        ("Anna", "367", "must be from 1 to 366"),
        ("Anna", "9" * 400, "must be from 1 to 366"),
        ("Anna", "-1", "must be from 1 to 366"),
    ],
)
async def test_a_wrong_wish_is_told_at_its_field(
    browser: Browser,
    pool: Pool,
    one: Recording,
    name: str,
    days: str,
    told: str,
) -> None:
    page = f"/recordings/{one.id}/links"
    answer = await browser.send(page, {"name": name, "days": days}, page=page)
    assert (answer.status, told in await answer.text()) == (422, True)
    assert await pool.fetchval("select count(*) from recording_links") == 0


async def test_there_are_never_more_than_somebody_can_look_after(browser: Browser, one: Recording) -> None:
    for number in range(20):
        await made(browser, one, f"number {number}")
    page = f"/recordings/{one.id}/links"
    assert (await browser.send(page, {"name": "one more", "days": "1"}, page=page)).status == 422


async def test_who_may_listen_but_takes_nothing_away_gives_none(
    browser: Browser,
    pool: Pool,
    one: Recording,
    add_person: AddPerson,
) -> None:
    listens = frozenset({Right.RECORDINGS_LISTEN})
    agent = await add_person("anna", Role.AGENT, every_department=True, every_line=True, grants=listens)
    async with another(browser, await session_of(pool, browser.app, agent)) as other:
        assert "/links" not in await text_of(other, f"/calls/{one.call_id}/recordings")
        assert (await other.look(f"/recordings/{one.id}/links")).status == 403

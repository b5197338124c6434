"""A recording on its call's page: played, moved in, sped up and skipped through, by mouse and keyboard."""

import asyncio
import os
import re
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from recordings import store
from recordings.pipeline import Pipeline
from recordings.prober import Prober
from recordings.transcript import Transcript
from recordings.vault import vault_of
from tests.browser.conftest import Visit
from tests.browser.served import Served
from tests.browser.test_pages import serious
from tests.fakes.waiting import eventually
from tests.recordings.conftest import tone
from tests.recordings.talks import pieces_of, write_down
from trunkline.db.pool import open_pool
from trunkline.jobs.queue import PgQueuerJobs
from trunkline.pbx.recorded import MONITOR, Folder, told_of
from trunkline.servers import database_url
from trunkline.settings import load

TALK = (
    (0, "Здравствуйте у меня со вчерашнего дня не работает телефон на кассе"),
    (1, "Добрый день подскажите адрес магазина"),
    (0, "Ленина? сорок два второй этаж рядом с аптекой"),
    (1, "Да вижу договор кабель? меняли в прошлом месяце верно"),
    (0, "Меняли но опять не работает каждый день одно и то же"),
    (1, "Понял вас сегодня до шести приедет мастер и я перезвоню"),
)
"""A word a second."""

_PAUSED = """
    insert into recording_silences (call_id, leg, since, until)
    select id, linkedid, ended - interval '40 s', ended - interval '25 s'
    from calls, jsonb_array_elements(story -> 'legs') as leg,
        lateral (select (leg ->> 'ended_at')::timestamptz as ended)
    where id = $1 and leg ->> 'id' = linkedid
"""
"""Its file is a minute long: from the second 20 to the second 35."""

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def recorded(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The path of a call's page, whose talk of a minute has two sides: one speaks after the other."""
    folder = tmp_path_factory.mktemp("monitor")
    with ThreadPoolExecutor() as aside:  # the driver of the browser keeps an event loop running here
        yield aside.submit(asyncio.run, _record(served, folder)).result()


async def _record(served: Served, folder: Path) -> str:
    settings = load(None, {"TRUNKLINE_DATA_DIR": str(served.data_dir)})
    os.utime(tone(folder / "q.wav", 60.0, sides=2), (0, 0))
    async with open_pool(database_url(settings), size=2) as pool:
        jobs = PgQueuerJobs(pool, None)
        ended = (  # the demo records some by itself
            "select id, pbx from calls where ended_at is not null and not exists "
            "(select from recordings where call_id = calls.id) order by id limit 1"
        )

        async def one_is_over() -> bool:
            return await pool.fetchrow(ended) is not None

        await eventually(one_is_over, 120)
        row = await pool.fetchrow(ended)
        assert row is not None
        await pool.execute(
            "update pbxs set settings = settings || $2 where id = $1", row["pbx"], told_of(Folder(MONITOR, folder))
        )
        await pool.execute(
            "update calls set story = jsonb_set(story, '{recordings}', $2) where id = $1", row["id"], ["q.wav"]
        )
        async with pool.acquire() as connection:
            found = await store.note_found(connection, row["id"], row["pbx"], "1", "q.wav")
        assert found is not None
        async with Prober() as prober:
            await Pipeline(pool, jobs, vault_of(settings), prober, folder / "workshop").go_on(found.bytes)
        async with pool.acquire() as connection, connection.transaction():
            leg = "update recordings set leg = (select linkedid from calls where id = call_id) where id = $1"
            await connection.execute(leg, found)
            await connection.execute(_PAUSED, row["id"])
            one = await store.find(connection, found)
            assert one is not None
            await write_down(connection, one, Transcript("test", "vosk-model-ru", "ru", pieces_of(TALK)))
    return f"/calls/{row['id']}"


def at(page: Page) -> float:
    """Where its player is, in seconds."""
    return float(page.evaluate("document.querySelector('.recording audio').currentTime"))


def test_it_is_played_and_moved_in(visit: Visit, recorded: str) -> None:
    page = visit(recorded)
    toggle = page.locator("[data-player=toggle]")
    expect(toggle).to_have_attribute("aria-label", "Play")
    assert serious(page) == []

    toggle.click()
    expect(toggle).to_have_attribute("aria-label", "Pause")
    expect(page.locator("[data-player=time]")).not_to_have_text("0:00 / 1:00")
    page.locator("[data-player=slider]").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press(">")
    assert at(page) > 10
    assert page.evaluate("document.querySelector('.recording audio').playbackRate") == 1.25
    page.keyboard.press(" ")
    expect(toggle).to_have_attribute("aria-label", "Play")
    box = page.locator(".player-wave").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert at(page) == pytest.approx(30, abs=2)
    expect(page.locator("[data-player=time]")).to_have_text("0:30 / 1:00")


def test_where_it_was_paused_is_shaded_and_said(visit: Visit, recorded: str) -> None:
    page = visit(recorded)

    shade, wave = (page.locator(name).bounding_box() for name in (".player-paused rect", ".player-wave"))
    assert shade is not None
    assert wave is not None
    assert (shade["x"] - wave["x"]) / wave["width"] == pytest.approx(20 / 60, abs=0.05)
    assert shade["width"] / wave["width"] == pytest.approx(15 / 60, abs=0.02)
    expect(page.locator("[data-player=slider]")).to_have_accessible_description(
        re.compile(r"Recording paused: 0:\d\d–0:\d\d")
    )
    assert serious(page) == []


def test_one_side_alone_is_heard_and_a_phone_has_room(visit: Visit, recorded: str) -> None:
    page = visit(recorded, width=390, theme="dark")

    page.locator("[data-player=side]").select_option("1")
    page.locator("[data-player=toggle]").click()
    expect(page.locator("[data-player=time]")).not_to_have_text("0:00 / 1:00")

    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert serious(page) == []


def test_a_search_lands_on_the_second_and_the_text_follows_the_sound(visit: Visit, recorded: str) -> None:
    page = visit("/recordings")
    page.fill("#q", '"не работал"')
    found = page.locator("#recordings-list tbody tr")
    expect(found.locator("mark")).to_have_text("не работает")
    assert serious(page) == []

    found.locator(".row-target").click()
    expect(page.locator(".transcript mark")).to_have_count(4)
    expect(page.locator("[data-player=time]")).to_have_text("0:06 / 1:00")
    assert at(page) == pytest.approx(6, abs=0.6)
    current = page.locator(".transcript li[aria-current=true]")
    expect(current).to_contain_text("со вчерашнего дня")
    assert serious(page) == []

    page.locator(".transcript span[data-at]", has_text="аптекой").click()
    assert at(page) == pytest.approx(23, abs=0.6)
    expect(current).to_contain_text("рядом с аптекой")
    expect(page.locator(".transcript-now")).to_have_text("аптекой")
    page.locator("[data-player=toggle]").click()
    expect(current).to_contain_text("вижу договор", timeout=15_000)


def test_the_text_is_walked_by_keys_and_a_phone_has_room(visit: Visit, recorded: str) -> None:
    page = visit(recorded, width=390, theme="dark")

    first = page.locator(".transcript-at").first
    expect(first).to_be_enabled()
    first.focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")

    line = page.locator(".transcript li[aria-current=true]")
    expect(line).to_contain_text("опять не работает")
    assert at(page) == pytest.approx(float(line.locator(".transcript-at").get_attribute("data-at") or "nan"), abs=0.6)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert serious(page) == []


def test_what_is_shown_is_downloaded(visit: Visit, recorded: str) -> None:
    page = visit("/recordings?q=аптекой", width=390)

    with page.expect_download() as download:
        page.locator("[data-bundle]").click()
    expect(page.locator(".bundle [role=status]")).to_have_text("Downloaded")
    names = zipfile.ZipFile(download.value.path()).namelist()
    assert [name.rpartition(".")[2] for name in names] == ["ogg", "txt"]
    assert serious(page) == []


def test_a_link_is_given_and_taken_back_and_it_is_held(visit: Visit, recorded: str) -> None:
    page = visit(recorded)
    page.get_by_text("Hold it whatever the rules say").click()
    page.get_by_label("Why").fill("Claim 17")
    assert serious(page) == []
    page.get_by_role("button", name="Hold", exact=True).click()
    expect(page.locator(".recording")).to_contain_text("Claim 17")
    page.get_by_role("button", name="Leave it to the rules").click()
    expect(page.locator(".recording")).not_to_contain_text("Claim 17")

    page.get_by_role("link", name="Links").click()
    page.get_by_label("For whom").fill("Acme Ltd")
    page.get_by_role("button", name="Make the link").click()
    expect(page.get_by_text("The link for Acme Ltd is made")).to_be_visible()
    assert serious(page) == []
    page.get_by_role("button", name="Take back").click()
    page.locator("#confirm button[value=yes]").click()
    expect(page.locator(".badge")).to_have_text("taken back")


def test_a_call_is_reviewed_and_its_moment_commented_on(visit: Visit, served: Served, recorded: str) -> None:
    with ThreadPoolExecutor() as aside:
        agent = aside.submit(asyncio.run, _somebodys(served)).result()
    page = visit("/settings/quality", width=390)
    page.get_by_label("What is looked at").fill("Greeted")
    page.get_by_role("button", name="Add the line").click()
    expect(page.get_by_role("heading", name="Greeted")).to_be_visible()
    page.get_by_text("Change it").click()
    assert serious(page) == []

    page = visit(f"/recordings/quality?agent={agent}", width=390)
    expect(page.locator("#quality-list tbody tr")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert serious(page) == []
    page.locator("#quality-list .row-target").click()
    page.get_by_text("Review the call of").click()
    page.get_by_role("radio", name="yes").check()
    assert serious(page) == []
    page.get_by_role("button", name="Keep the review").click()
    expect(page.locator(".quality")).to_contain_text("100 % of the points")

    page.locator("[data-player=slider]").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_text("Comment on a moment").click()
    page.locator("[data-quality-moment] textarea").fill("Ask for the name")
    expect(page.get_by_label("Moment")).to_have_value("0:05")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert serious(page) == []
    page.locator("[data-quality-moment]").get_by_role("button", name="Send").click()
    expect(page.locator(".quality-comments")).to_contain_text("Ask for the name")
    page.locator("[data-player=slider]").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_role("link", name="Go to 0:05").click()
    assert at(page) == pytest.approx(5, abs=0.6)
    page.get_by_text("Write an answer").click()
    page.locator(".quality-comments textarea").fill("I shall")
    page.locator(".quality-comments").get_by_role("button", name="Send").click()
    expect(page.locator(".quality-thread")).to_contain_text("I shall")
    assert serious(page) == []

    for address in ("/recordings/quality/people", "/recordings/mine"):
        page = visit(address, width=390, theme="dark")
        expect(page.locator("tbody tr").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert serious(page) == []
    page.locator("tbody .row-target").click()
    expect(page.locator(".quality-comments")).to_contain_text("Ask for the name")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert serious(page) == []
    page.get_by_role("link", name="Go to 0:05").click()
    expect(page.locator("[data-player=time]")).to_have_text("0:05 / 1:00")


async def _somebodys(served: Served) -> UUID:
    """The call is one of an agent who is not the one who looks; who he is."""
    settings = load(None, {"TRUNKLINE_DATA_DIR": str(served.data_dir)})
    async with open_pool(database_url(settings), size=1) as pool:
        agent: UUID = await pool.fetchval(
            "with added as (insert into people (id, name) values (gen_random_uuid(), 'Anna Review') returning id) "
            "update calls set people = array[added.id] from added, recordings r "
            "where calls.id = r.call_id and r.file = 'q.wav' returning added.id"
        )
    return agent

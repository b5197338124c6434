"""The card on a telephone: what keeps it on the home screen, and whom its reader is to call back."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from aiohttp import web

from tests.people.company import AddPerson
from tests.people.web import Browser, session_of
from tests.web.composed import text_of
from trunkline.db.types import Pool
from trunkline.people.roles import Role


async def test_the_manifest_is_open_and_its_icons_are_there(browser: Browser) -> None:
    answer = await browser.get("/app.webmanifest", headers={"Accept-Language": "ru"})
    told = await answer.json(content_type=None)

    assert (answer.status, answer.content_type) == (200, "application/manifest+json")
    assert (told["start_url"], told["scope"], told["display"], told["lang"]) == ("/card", "/", "standalone", "ru")
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in told["icons"]}
    for icon in told["icons"]:
        assert (await browser.get(icon["src"])).content_type == "image/png"
    assert [shortcut["url"] for shortcut in told["shortcuts"]] == ["/missed", "/presence"]


async def test_the_notification_s_icons_are_there_whatever_the_digest(browser: Browser) -> None:
    worker = await (await browser.get("/card/worker.js")).text()
    for name in ("icon-192", "badge-96"):
        path = f"/static/0/app/{name}.png"
        assert path in worker
        assert (await browser.get(path)).status == 200


async def test_whom_one_is_to_call_back_stands_on_the_card(
    browser: Browser, app: web.Application, pool: Pool, add_person: AddPerson
) -> None:
    anna = await add_person("anna", Role.AGENT, extension="101")
    browser.plant(await session_of(pool, app, anna))
    assert "You are to call back" not in await text_of(browser, "/card")
    await missed(pool, "+79161234567", anna)
    await missed(pool, "+79160000000", None)
    text = await text_of(browser, "/card")
    assert "You are to call back" in text
    assert 'href="tel:+79161234567"' in text
    assert "+79160000000" not in text

    part = await browser.get("/card", headers={"HX-Request": "true", "HX-Target": "card-missed"})
    body = await part.text()
    assert body.lstrip().startswith("<section")
    assert "<h1" not in body


async def missed(pool: Pool, number: str, owner: UUID | None) -> None:
    """A client who waits for a call."""
    now = datetime.now(UTC)
    await pool.execute(
        """insert into missed_clients (id, number, first_missed_at, missed_until, last_missed_at, last_call_id, times,
               dialled, queue, lines, departments, people, promised_at, owner_id, attempts,
               last_attempt_by, close_reason, close_note)
           values (gen_random_uuid(), $1, $2, $2, $2, gen_random_uuid(), 1,
               '+74951234567', '', '{}', '{}', '{}', $3, $4, 0,
               '', '', '')""",
        number,
        now - timedelta(minutes=5),
        now + timedelta(minutes=25),
        owner,
    )

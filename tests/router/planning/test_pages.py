"""`/plan` as a supervisor uses it: edit, see what changes, try it, publish, go back."""

import asyncio
import re
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiohttp import ClientResponse, FormData
from multidict import MultiDict

from router.planning.forms import Path as Place
from tests.people.company import AddPerson
from tests.people.web import HTML, Browser, another, session_of
from tests.router.company import OFFICE, SERVICE
from tests.router.planning.conftest import EDITED
from tests.router.planning.test_forms import filled
from tests.router.planning.test_replay import STRANGER, SUPPLIER, keep, record_of
from tests.web.composed import text_of
from trunkline.db.types import Pool
from trunkline.directory.head import read_head
from trunkline.ids import uuid7
from trunkline.people.roles import Role


async def version(pool: Pool) -> int:
    """Of the draft; 0 while there is none."""
    return await pool.fetchval("select version from plan_drafts") or 0


async def save(browser: Browser, seen: int, place: Place = (), body: Any = None, **typed: Any) -> ClientResponse:
    """Send the form of `place` as it is shown, with some fields typed anew."""
    sent: MultiDict[str] = filled(EDITED if body is None else body, place)
    for name, value in typed.items():
        sent[name.replace("__", ".")] = value
    path = "/".join(("/plan", *place))
    sent["csrf"], sent["version"] = await browser.token(path), str(seen)
    return await browser.post(path, data=FormData(list(sent.items())), headers=HTML, allow_redirects=False)


async def press(browser: Browser, path: str, page: str = "/plan/draft", **fields: str) -> ClientResponse:
    return await browser.send(path, fields, page=page)


async def published(pool: Pool) -> tuple[int, dict[str, Any]]:
    row = await pool.fetchrow("select version, body from plans order by version desc limit 1")
    assert row is not None
    return row["version"], row["body"]


async def deeds(pool: Pool) -> list[str]:
    return [
        row["action"] for row in await pool.fetch("select action from audit where object_kind = 'plan' order by id")
    ]


async def test_from_a_change_to_calls_that_go_by_it_and_back(browser: Browser, pool: Pool, supervisor: UUID) -> None:
    saved = await save(browser, 0, classes__supplier="queue:sales")
    assert (saved.status, saved.headers["Location"]) == (303, "/plan")
    assert (await published(pool))[1] == EDITED, "a draft changes no call"
    draft = await text_of(browser, "/plan/draft")
    assert "Suppliers" in draft
    assert "<del>queue Production</del>" in draft
    assert "<ins>queue Sales</ins>" in draft

    done = await press(browser, "/plan/publish", version="1", in_force="1", note="Suppliers  to sales")
    assert done.headers["Location"] == "/plan/versions"
    number, body = await published(pool)
    assert (number, body["classes"]["supplier"], await version(pool)) == (2, "queue:sales", 0)
    async with pool.acquire() as connection:
        assert (await read_head(connection)).plan_version == 2
    row = await pool.fetchrow("select author_id, note from plans where version = 2")
    assert row is not None
    assert dict(row) == {"author_id": supervisor, "note": "Suppliers to sales"}
    versions = await text_of(browser, "/plan/versions")
    assert "Suppliers: <del>queue Production</del> → <ins>queue Sales</ins>" in versions

    assert (await press(browser, "/plan/versions/1/restore", "/plan/versions")).status == 303
    assert await published(pool) == (3, EDITED)
    assert await deeds(pool) == ["plan.published", "plan.restored"]
    after = await pool.fetchval("select after from audit where action = 'plan.published'")
    assert after["changes"] == ["Suppliers: queue Production → queue Sales"]


async def test_every_mistake_is_beside_its_field_and_nothing_is_saved(browser: Browser, pool: Pool) -> None:
    answer = await save(
        browser, 0, timezone="Mars", vip_priority="many", hours__mon="18-9", overflow__wait_seconds="1",
        classes__client="other", classes__client__other="over there", debtors__client__threshold="",
    )  # fmt: skip
    text = await answer.text()

    assert answer.status == 422
    wrong = (
        "timezone",
        "vip_priority",
        "hours.mon",
        "overflow.wait_seconds",
        "classes.client",
        "debtors.client.threshold",
    )
    for name in wrong:
        assert f'id="{name}-error"' in text, name
        assert f'href="#{name}"' in text, name
    assert 'value="many"' in text
    assert 'value="over there"' in text
    assert await version(pool) == 0


async def test_two_supervisors_do_not_overwrite_each_other(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    boris = await add_person("boris", Role.SUPERVISOR, every_department=True, every_line=True)
    assert (await save(browser, 0, classes__supplier="queue:sales")).status == 303
    async with another(browser, await session_of(pool, browser.app, boris)) as second:
        late = await save(second, 0, classes__client="queue:service")
        text = await late.text()
        assert late.status == 409
        assert "changed the draft meanwhile" in text
        assert re.search(r'value="queue:service" selected', text), "what he entered is still there"
        assert (await pool.fetchval("select body from plan_drafts"))["classes"]["client"] == "queue:sales"
        # Looking at it again, he may save his over it.
        assert (await save(second, 1, classes__client="queue:service")).status == 303
    assert await version(pool) == 2
    refused = await press(browser, "/plan/publish", version="1", in_force="1")
    assert refused.status == 409
    assert (await published(pool))[0] == 1
    assert (await press(browser, "/plan/draft/discard", version="1")).status == 409
    assert (await press(browser, "/plan/draft/discard", version="2")).status == 303
    assert await version(pool) == 0


async def test_a_plan_published_meanwhile_is_told(browser: Browser, pool: Pool) -> None:
    await save(browser, 0, classes__supplier="queue:sales")
    await pool.execute("insert into plans (body) values ($1)", EDITED)

    assert (await press(browser, "/plan/publish", version="1", in_force="1")).status == 409
    assert await version(pool) == 1
    assert (await press(browser, "/plan/publish", version="1", in_force="2")).status == 303


async def test_a_line_a_branch_and_a_queue_may_differ(browser: Browser, pool: Pool) -> None:
    for kind, name in (("branches", "almaty"), ("queues", "service"), ("lines", "8 495 123 45 67")):
        added = await press(browser, f"/plan/{kind}", f"/plan/{kind}", name=name, version=str(await version(pool)))
        assert added.status == 303, await added.text()
    body = await pool.fetchval("select body from plan_drafts")
    branch = await save(
        browser, 3, ("branches", "almaty"), body, name="Алматы", timezone="Asia/Almaty", country="KZ",
        hours__mon="9-18", hours__closed="other",
        hours__closed__other="101", days__date="2026-03-20", days__kind="off",
    )  # fmt: skip
    assert branch.status == 303, await branch.text()
    body = await pool.fetchval("select body from plan_drafts")
    assert body["branches"]["almaty"] == {
        "name": "Алматы", "timezone": "Asia/Almaty", "country": "KZ", "days": {"2026-03-20": "off"},
        "hours": {"mon": ["09:00-18:00"], "closed": "extension:101"},
    }  # fmt: skip
    assert (await save(browser, 4, ("queues", "service"), body, branch="almaty")).status == 303
    assert "Алматы" in await text_of(browser, "/plan/queues")
    assert "Алматы" in await text_of(browser, f"/plan/lines/{OFFICE}")
    removed = await press(browser, f"/plan/lines/{SERVICE}/remove", "/plan/lines", version="5")
    assert removed.status == 303
    draft = await text_of(browser, "/plan/draft")
    assert "Branch Алматы — Production calendar" in draft
    assert "Line +7 495 765-43-21 · Москва · Сервис — All its calls" in draft


@pytest.mark.parametrize(
    ("kind", "name"),
    [("branches", "Алматы"), ("branches", ""), ("queues", "nobody"), ("lines", "office"), ("lines", SERVICE)],
)
async def test_what_cannot_be_added_is_told(browser: Browser, pool: Pool, kind: str, name: str) -> None:
    answer = await press(browser, f"/plan/{kind}", f"/plan/{kind}", name=name, version="0")
    assert answer.status == 422
    assert 'id="name-error"' in await answer.text()
    assert await version(pool) == 0


async def test_the_preview_speaks_of_calls_that_were(browser: Browser, pool: Pool) -> None:
    moment = await pool.fetchval("select extract(epoch from now())::float8 - 3600")
    plan = {key: value for key, value in EDITED.items() if key not in {"hours", "holiday"}}
    await pool.execute("insert into plans (body) values ($1)", plan)
    await keep(pool, *(record_of(SUPPLIER, moment + number, number, plan) for number in range(3)))
    await keep(pool, *(record_of(STRANGER, moment + number, number, plan) for number in range(10, 14)))
    assert (await save(browser, 0, (), plan, classes__supplier="queue:finance")).status == 303
    await pool.execute("update contacts set class = 'client'")

    begun = await press(browser, "/plan/preview", days="7")
    assert begun.status == 303
    text = await ended(browser, begun.headers["Location"])
    assert "Of 7 calls 3 would go elsewhere." in text
    assert "queue Production" in text
    assert "queue Finance" in text
    assert re.search(r'href="/calls/[0-9a-f-]{36}"', text)
    gone = await browser.look(f"/plan/preview/{uuid7(1.0).hex}")
    assert gone.status == 404
    assert (await press(browser, "/plan/preview", days="8")).status == 400


async def ended(browser: Browser, path: str) -> str:
    """The preview's page once it asks no more."""
    async with asyncio.timeout(30):
        async for text in looks(browser, path):
            if "every 500ms" not in text:
                return text
    raise AssertionError("it never ends")


async def looks(browser: Browser, path: str) -> AsyncIterator[str]:
    while True:
        yield await text_of(browser, path)


async def send_file(browser: Browser, content: bytes, name: str, seen: int = 0) -> ClientResponse:
    form = FormData({"version": str(seen)})
    form.add_field("file", BytesIO(content), filename=name)
    headers = {"X-CSRF-Token": await browser.token("/plan"), "HX-Request": "true", "HX-Target": "plan-draft"}
    return await browser.post("/plan/import", data=form, headers=HTML | headers, allow_redirects=False)


async def test_a_file_out_and_in_again(browser: Browser, pool: Pool) -> None:
    file = await (await browser.look("/plan/export?form=toml&version=1")).text()
    assert 'supplier = "queue:production"' in file
    taken = await send_file(browser, file.replace("queue:production", "queue:finance").encode(), "plan.toml")
    assert taken.headers["HX-Redirect"] == "/plan/draft"
    assert (await pool.fetchval("select body from plan_drafts"))["classes"]["supplier"] == "queue:finance"
    assert '"queue:finance"' in await (await browser.look("/plan/export?form=json")).text()

    refused = await send_file(browser, b'default = "queue:nobody"\ntimezone = "Mars"\n', "plan.toml", 1)
    text = await refused.text()
    assert refused.status == 422
    assert "there is no queue" in text
    assert "is no time zone" in text
    assert (await send_file(browser, b"{}", "plan.json", 0)).status == 409
    assert (await browser.look("/plan/export?form=exe")).status == 400
    assert (await browser.look("/plan/export?version=77")).status == 404


async def test_an_old_plan_that_no_longer_fits_is_not_brought_back(browser: Browser, pool: Pool) -> None:
    await pool.execute("insert into plans (body) values ('{}')")
    await pool.execute("delete from queues where id = 'finance'")

    assert (await press(browser, "/plan/versions/1/restore", "/plan/versions")).status == 303
    assert (await published(pool))[0] == 2
    assert "no longer fits" in await text_of(browser, "/plan/versions")
    assert (await press(browser, "/plan/versions/99/restore", "/plan/versions")).status == 404


async def test_agents_stay_out_and_forms_need_their_token(
    browser: Browser, pool: Pool, add_person: AddPerson, data_dir: Path
) -> None:
    agent = await add_person("agent", Role.AGENT)
    async with another(browser, await session_of(pool, browser.app, agent)) as other:
        assert (await other.look("/plan")).status == 403
        assert (await other.post("/plan/publish", data={}, headers=HTML)).status == 403
    bare = await browser.post("/plan", data={"version": "0"}, headers=HTML, allow_redirects=False)
    assert bare.status == 403
    assert await version(pool) == 0


async def test_in_russian_and_hostile_names_stay_text(browser: Browser, pool: Pool) -> None:
    await pool.execute("update queues set name = '<script>alert(1)</script>' where id = 'sales'")
    text = await text_of(browser, "/plan", language="ru")
    assert "Кто звонит и куда" in text
    assert "<script>alert" not in text
    assert "Поставщики" in text
    answer = await save(browser, 0, timezone="Mars")
    assert answer.status == 422

"""Files of contacts and spam numbers as a program brings them in: columns, preview, letting in, undo."""

import asyncio
from io import BytesIO
from typing import Any

import pytest
from aiohttp import FormData

from tests.contacts.test_preview_pages import FOREIGN
from tests.people.web import Browser
from tests.web.composed import token_of
from trunkline.db.types import Pool
from trunkline.people.roles import Right

_DEBTS = "external_id;имя;телефон;долг\nK1;Иванов;+79161234567;100\n"


class Program:
    """Talks to `/api/v1/imports` with a token."""

    def __init__(self, browser: Browser, token: dict[str, str]) -> None:
        self.browser, self.token = browser, token

    async def send(self, kind: str, content: bytes, **fields: str) -> dict[str, Any]:
        """A file sent and looked at."""
        form = FormData(fields)
        form.add_field("file", BytesIO(content), filename="list.csv", content_type="text/csv")
        answer = await self.browser.post(f"/api/v1/imports/{kind}", data=form, headers=self.token)
        assert answer.status == 202, await answer.text()
        assert answer.headers["Location"].startswith(f"/api/v1/imports/{kind}/")
        return await self.settled(await answer.json())

    async def do(self, run: dict[str, Any], what: str, body: Any = None, status: int = 202) -> dict[str, Any]:
        """A decision, and what comes of it."""
        path = f"/api/v1/imports/{run['kind']}/{run['id']}/{what}"
        answer = await self.browser.post(path, json=body, headers=self.token)
        assert answer.status == status, await answer.text()
        told: dict[str, Any] = await answer.json()
        return told if status >= 400 else await self.settled(told)

    async def settled(self, run: dict[str, Any]) -> dict[str, Any]:
        """The import once nothing of it moves."""
        async with asyncio.timeout(60):
            while run["state"] in {"running", "undoing"}:
                await asyncio.sleep(0.05)
                run = await self.get(f"/api/v1/imports/{run['kind']}/{run['id']}")
        return run

    async def get(self, path: str, status: int = 200) -> dict[str, Any]:
        answer = await self.browser.get(path, headers=self.token)
        assert answer.status == status, await answer.text()
        told: dict[str, Any] = await answer.json()
        return told


@pytest.fixture
async def program(browser: Browser, pool: Pool) -> Program:
    root = await pool.fetchval("select id from people where login = 'root'")
    return Program(browser, await token_of(pool, root, {Right.IMPORTS_RUN}))


async def test_columns_are_said_what_was_shown_goes_in_and_is_taken_back(program: Program, pool: Pool) -> None:
    run = await program.send("contacts", FOREIGN, source="crm")
    assert (run["state"], [column["field"] for column in run["columns"]]) == ("mapping", ["name", "phone", "email", ""])
    assert run["columns"][1] == {"heading": "Раб. тел.", "samples": run["columns"][1]["samples"], "field": "phone"}
    for fields, said in ((["name", "phone"], "all 4 columns"), (["name", "", "", ""], "no column is the number")):
        wrong = await program.do(run, "columns", {"fields": fields}, 400)
        assert said in wrong["mistakes"][0]["message"]
    wrong = await program.do(run, "columns", {"fields": ["name", "phone", "colour", ""]}, 400)
    assert "'colour' must be one of" in wrong["mistakes"][0]["message"]

    shown = await program.do(run, "columns", {"fields": ["name", "phone", "", "note"]})
    assert (shown["state"], shown["added"], await pool.fetchval("select count(*) from contacts")) == ("previewed", 2, 0)
    assert [one["name"] for one in shown["contacts"]["added"]] == ["Иванов Пётр", "Петрова Анна"]
    assert "something else" in (await program.do(run, "commit", {"fingerprint": "1"}, 409))["message"]
    done = await program.do(run, "commit", {"fingerprint": shown["fingerprint"]})
    assert (done["state"], done["undo"], await pool.fetchval("select count(*) from contacts_shown")) == (
        "done",
        "kept",
        2,
    )

    undone = await program.do(run, "undo")
    assert (undone["undo"], undone["undone"]["taken_out"]) == ("undone", 2)
    assert await pool.fetchval("select count(*) from contacts_shown") == 0
    assert (await program.do(run, "undo", status=409))["error"]
    (listed,) = (await program.get("/api/v1/imports/contacts"))["items"]
    assert (listed["id"], listed["source"]) == (run["id"], "crm")


async def test_a_spam_list_by_a_program(program: Program, pool: Pool) -> None:
    shown = await program.send("spam", b"phone;votes\n+74951234567;4\n0;1\n", source="list")
    assert [(one["entry"], one["votes"]) for one in shown["entries"]["added"]] == [("+74951234567", 4)]
    assert [(one["line"], one["column"], one["refused"]) for one in shown["problems"]] == [(3, "phone", True)]
    assert (await program.do(shown, "columns", {"fields": ["phone"]}, 409))["error"]
    await program.do(shown, "commit", {"fingerprint": shown["fingerprint"]})
    assert await pool.fetchval("select count(*) from spam_numbers") == 1
    other = await program.send("spam", b"+74951234568\n")
    assert (await program.do(other, "cancel", status=200))["state"] == "cancelled"
    assert await pool.fetchval("select count(*) from spam_numbers") == 1


async def test_debts_are_for_who_may_see_money(program: Program, pool: Pool) -> None:
    shown = await program.send("contacts", _DEBTS.encode())
    await program.do(shown, "commit", {"fingerprint": shown["fingerprint"]})
    changed = await program.send("contacts", _DEBTS.replace("100", "900").encode())
    (debts,) = [column for column in changed["columns"] if column["field"] == "overdue"]
    assert (debts["samples"], changed["contacts"]["changed"][0]["after"]) == ([], {})
    root = await pool.fetchval("select id from people where login = 'root'")
    rich = Program(program.browser, await token_of(pool, root, {Right.IMPORTS_RUN, Right.MONEY_READ}))
    told = await rich.get(f"/api/v1/imports/contacts/{changed['id']}")
    assert told["contacts"]["changed"][0]["after"] == {"overdue": 900}


async def test_who_may_not_and_what_is_not_there(program: Program, pool: Pool) -> None:
    await program.get("/api/v1/imports/people", 404)
    await program.get("/api/v1/imports/contacts/nobody", 404)
    root = await pool.fetchval("select id from people where login = 'root'")
    poor = Program(program.browser, await token_of(pool, root, {Right.CONTACTS_EDIT}))
    await poor.get("/api/v1/imports/contacts", 403)
    answer = await program.browser.post("/api/v1/imports/contacts", json={}, headers=program.token)
    assert (answer.status, "choose a file" in await answer.text()) == (400, True)


@pytest.mark.parametrize(
    "body", [b"--x\r\nno header\r\n\r\n", b"--x\r\nA: \x00\r\n\r\nb\r\n--x--\r\n", b"--x\r\n", b""]
)
async def test_a_garbled_form_is_refused(program: Program, pool: Pool, body: bytes) -> None:
    headers = program.token | {"Content-Type": "multipart/form-data; boundary=x"}
    answer = await program.browser.post("/api/v1/imports/spam", data=body, headers=headers)
    assert answer.status == 400, await answer.text()
    assert await pool.fetchval("select count(*) from imports") == 0

"""What agencies load: visits and explained calls, a page at a time, within a token's rights and its owner's scope."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.calltracking.conftest import Rows
from tests.calltracking.results.test_results import add_attributed, add_visit
from tests.people.company import AddPerson
from tests.people.web import Browser
from tests.reports.calls import ANNA, BORIS
from tests.web.composed import token_of
from trunkline.db.types import Pool
from trunkline.ids import uuid7
from trunkline.people.roles import Right, Role


async def add_leases(rows: Rows, over: UUID, held: UUID, at: datetime) -> None:
    """One lease of a number that is over, and one of another that goes on."""
    common = rows.numbers, rows.site, uuid7(0), uuid7(0), at
    await rows.pool.execute(
        "insert into lease_history (id, number, pool_id, site_id, visit_id, visitor, granted_at, seen_until, closed_at,"
        " kind, placement) values ($1, '+74950000001', $2, $3, $4, $5, $6, $6, $6, 'exclusive', 'main')",
        *(over, *common),
    )
    await rows.pool.execute(
        "insert into lease_current (id, number, pool_id, site_id, visit_id, visitor, granted_at, seen_until, until,"
        " hold_seconds, kind, placement)"
        " values ($1, '+74950000002', $2, $3, $4, $5, $6, $6, $6::timestamptz + interval '1 hour', 60, 'exclusive',"
        " 'main')",
        *(held, *common),
    )


@pytest.fixture
async def filled(pool: Pool) -> Rows:
    rows = await Rows(pool).make()
    for place in range(3):
        await add_visit(rows, "Paid Search", f"source{place}")
    for client in (ANNA, BORIS):
        await add_attributed(rows, "Paid Search", client=client, talk=95)
    await add_attributed(rows, "Direct", client=ANNA, sure=0.4)
    return rows


async def test_agencies_page_through_visits_and_calls(browser: Browser, filled: Rows, add_person: AddPerson) -> None:
    person = await add_person("mara", Role.MARKETER, every_department=True, every_line=True)
    headers = await token_of(filled.pool, person, [Right.VISITS_READ, Right.CALLS_READ])

    async def pages(path: str) -> list[Any]:
        found: list[Any] = []
        cursor: str | None = ""
        while cursor is not None:
            answer = await browser.get(f"/api/v1/{path}&cursor={cursor}", headers=headers)
            assert answer.status == 200, await answer.text()
            told = await answer.json()
            found, cursor = found + told["items"], told["next"]
        return found

    await filled.pool.execute("update visits set country = 'RU', region = '77', city = 'Москва'")
    await filled.pool.execute("update attributions set reasons = array['tap', 'region'] where confidence > 0.9")
    visits, calls = await pages("visits?days=2&limit=2"), await pages("attributions?days=2&limit=2")
    sure = await pages(f"attributions?days=2&sure=0.9&site={filled.site}")

    assert sorted(one["source"] for one in visits) == ["source0", "source1", "source2"]
    assert {one["site"] for one in visits} == {"Окна"}
    assert {(one["country"], one["region"], one["city"]) for one in visits} == {("RU", "77", "Москва")}
    assert len({one["call_id"] for one in calls}) == 3
    assert sorted(one["confidence"] for one in sure) == pytest.approx([0.99, 0.99])
    assert sure[0]["reasons"] == ["tap", "region"]
    assert sure[0]["others"][0]["channel"] == "Direct"
    assert {one["talk_seconds"] for one in sure} == {95.0}
    assert await pages(f"visits?days=2&site={uuid7(0)}") == []
    assert await pages(f"attributions?days=2&site={uuid7(0)}") == []


async def test_agencies_page_through_every_lease(browser: Browser, filled: Rows, add_person: AddPerson) -> None:
    """Those that are over and those that go on, the newest first, each once."""
    person = await add_person("mara", Role.MARKETER, every_department=True, every_line=True)
    headers = await token_of(filled.pool, person, [Right.VISITS_READ])
    at = datetime.now(UTC)
    over, held = [uuid7((at - timedelta(minutes=minutes)).timestamp()) for minutes in (30, 20)]
    await add_leases(filled, over, held, at)

    async def ask(query: str) -> tuple[list[str], str | None]:
        answer = await browser.get(f"/api/v1/leases?{query}", headers=headers)
        assert answer.status == 200, await answer.text()
        told = await answer.json()
        return [one["id"] for one in told["items"]], told["next"]

    newest, cursor = await ask("days=2&limit=1")
    assert newest == [str(held)]
    assert await ask(f"days=2&limit=1&cursor={cursor}") == ([str(over)], None)
    assert await ask(f"days=2&site={filled.site}&number=%2B74950000001") == ([str(over)], None)
    assert await ask(f"days=2&site={uuid7(0)}") == ([], None)
    assert await ask("since=2026-01-01&until=2026-01-31") == ([], None)
    assert await ask("number=%2B74950000002") == ([str(held)], None)
    refused = await browser.get("/api/v1/leases?days=2&at=2026-11-27T12:00:00%2B03:00", headers=headers)
    assert (refused.status, "goes without days" in await refused.text()) == (400, True)


async def test_tokens_and_scopes_hold(browser: Browser, filled: Rows, add_person: AddPerson) -> None:
    whole = await add_person("mara", Role.MARKETER, every_department=True, every_line=True)
    calls_only = await token_of(filled.pool, whole, [Right.CALLS_READ])
    narrow = await token_of(filled.pool, await add_person("nina", Role.MARKETER, every_line=False))

    async def ask(path: str, headers: dict[str, str]) -> tuple[int, Any]:
        answer = await browser.get(f"/api/v1/{path}", headers=headers)
        return answer.status, await answer.json()

    assert (await ask("visits", calls_only))[0] == 403
    assert (await ask("visits", narrow))[0] == 404
    assert (await ask("attributions", narrow))[1] == {"items": [], "next": None}
    for path, said in (
        ("attributions?sure=2", "must be a share"),
        ("attributions?site=x", "must be the id of a site"),
        ("attributions?limit=1001", "from 1 to 1000"),
        ("attributions?cursor=x", "is not a cursor"),
        ("attributions?since=x", "must be"),
    ):
        status, told = await ask(path, calls_only)
        assert (status, said in str(told)) == (400, True), (path, told)

"""`/api/v1/leads/orphans`, `/overlaps`, `/proposals`: what the pages do, for programs; by right and reach."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis

from tests.leads.test_merging import opened, write
from tests.leads.test_orphans import DAY, NOW, add_contact, add_deal, found, look, sales
from tests.leads.test_overlaps import IN_A_MONTH, IN_A_WEEK, company, ledger, two
from tests.missed.told import CLIENT
from tests.people.company import AddPerson
from tests.people.web import Browser
from tests.reports.calls import BORIS
from tests.web.composed import token_of
from trunkline.db.types import Pool
from trunkline.people.roles import Right, Role

__all__ = ["sales", "two"]
HERE = "/api/v1/leads"


class Program:
    """Whoever holds a token."""

    def __init__(self, browser: Browser, headers: dict[str, str]) -> None:
        self.browser = browser
        self.headers = headers

    async def get(self, path: str, status: int = 200) -> Any:
        answer = await self.browser.get(f"{HERE}/{path}", headers=self.headers)
        assert answer.status == status, await answer.text()
        return await answer.json()

    async def post(self, path: str, body: dict[str, Any] | None = None, status: int = 204) -> Any:
        answer = await self.browser.post(f"{HERE}/{path}", headers=self.headers, json=body)
        assert answer.status == status, await answer.text()
        return None if status == 204 else await answer.json()


async def test_orphans_are_given_within_the_reach(
    browser: Browser, pool: Pool, redis: Redis, sales: dict[str, UUID]
) -> None:
    theirs = await add_deal(pool, await add_contact(pool), department=sales["sales"])
    await look(pool, redis)
    head, stranger = [Program(browser, await token_of(pool, sales[name])) for name in ("head", "stranger")]
    blind = Program(browser, await token_of(pool, sales["head"], [Right.PRESENCE_OTHERS]))
    first = await head.get("orphans?limit=1")
    assert (first["items"][0]["contact"], first["items"][0]["amount"]) == ("Vera", None), "sums are money.read"
    assert first["next"] is None
    (told,) = (await blind.get("orphans?lack=no_owner"))["items"]
    assert (told["subject"], told["contact"], told["contact_id"], told["amount"]) == (str(theirs), None, None, None)
    assert (await head.get("orphans?lack=no_next_step"))["items"] == []
    assert (await stranger.get("orphans"))["items"] == []
    assert (await head.get("orphans?lack=all", 400))["mistakes"][0]["field"] == "lack"

    one, give = {"kind": "deal"}, f"orphans/{theirs}/give"
    anna = {"person": str(sales["anna"])}
    await stranger.post(give, one | anna, 404)
    for nothing in ({}, {"person": str(uuid4())}, {"next_at": "2026-12-31"}, {"next_at": "2199-01-01T10:00:00Z"}):
        await head.post(give, one | nothing, 400)
    await head.post(give, one | anna | {"next_at": (NOW + 3 * DAY).isoformat()})

    assert await found(pool) == []
    assert await pool.fetchval("select responsible_id from deals") == sales["anna"]
    assert await pool.fetchval("select count(*) from audit where action = 'deal.given'")
    await head.post(give, one | anna, 404)


async def test_overlaps_from_a_proposal_to_the_end(
    browser: Browser, pool: Pool, add_person: AddPerson, two: UUID
) -> None:
    anna = await add_person("anna", Role.ADMINISTRATOR)
    program = Program(browser, await token_of(pool, anna))
    (seen,) = (await program.get("overlaps"))["items"]
    dealers = {one["company"]: one["company_id"] for one in seen["orders"]}
    assert (seen["id"], list(dealers)) == (str(two), ["Dealer A", "Dealer B"])
    his = {"dealer": await company(pool, "A"), "until": IN_A_WEEK, "reason": "asked  first"}

    poor = Program(browser, await token_of(pool, anna, [Right.LEADS_EDIT]))
    await poor.get("overlaps", 403)
    await poor.post(f"overlaps/{two}/reserve", his, 403)
    await program.post(f"overlaps/{two}/reserve", his | {"until": "soon"}, 400)
    await program.post(f"overlaps/{uuid4()}/end", status=404)
    await program.post("overlaps/x/end", status=404)
    await program.post(f"overlaps/{two}/reserve", his)
    assert await ledger(pool) == [("A", "active"), ("B", "refused")]
    await program.post(f"overlaps/{two}/prolong", {"until": IN_A_MONTH})
    (kept,) = (await program.get("overlaps?state=confirmed"))["items"]
    assert [(one["until"], one["prolongations"], one["reason"]) for one in kept["ledger"] if one["until"]] == [
        (IN_A_MONTH, 1, "asked first")
    ]
    assert (await program.post(f"overlaps/{two}/reject", status=400))["mistakes"][0]["field"] == "state"
    await program.post(f"overlaps/{two}/end")

    assert await ledger(pool) == [("A", "ended"), ("B", "refused")]


async def test_an_overlap_is_rejected_once(browser: Browser, pool: Pool, add_person: AddPerson, two: UUID) -> None:
    program = Program(browser, await token_of(pool, await add_person("anna", Role.ADMINISTRATOR)))

    await program.post(f"overlaps/{two}/reject")
    await program.post(f"overlaps/{two}/reject", status=400)

    assert (await program.get("overlaps"))["items"] == []


@pytest.mark.parametrize("merged", [True, False])
async def test_proposals(browser: Browser, pool: Pool, add_person: AddPerson, merged: bool) -> None:
    older, younger = await write(pool, 1, CLIENT), await write(pool, 2, BORIS)
    head = await add_person("head", Role.SUPERVISOR, every_department=True, every_line=True)
    program = Program(browser, await token_of(pool, head))
    reader = Program(browser, await token_of(pool, head, [Right.LEADS_READ]))
    (pair,) = (await reader.get("proposals"))["items"]
    assert (pair["one"]["id"], pair["other"]["id"], pair["reasons"]) == (str(older), str(younger), ["email"])
    body = {"other": str(older)}
    await reader.post(f"{younger}/merge", body, 403)
    await program.post(f"{younger}/merge", {"other": str(uuid4())}, 404)
    await program.post(f"{younger}/merge", {"other": str(younger)}, 400)

    if merged:
        assert (await program.post(f"{younger}/merge", body, 200))["id"] == str(older)
    else:
        await program.post(f"{younger}/keep-apart", body)

    assert await opened(pool) == ({older} if merged else {older, younger})
    assert (await program.get("proposals"))["items"] == []

"""What a proof says of a site: figures, why sources are unknown, what deals lack; to whom."""

import time
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from calltracking.proof.proof import Group, proof_of
from calltracking.proof.store import ProvenSite, read_deals, read_proof, read_visits, sites_seen
from tests.calltracking.conftest import KEY, OWN, Rows, number_of
from tests.calltracking.proof.defined import undefined_figures
from tests.people.company import AddPerson
from tests.people.web import Browser, another, session_of
from tests.reports.calls import ANNA, BORIS, VERA, add_call
from tests.web.composed import text_of
from trunkline.calls.attribution import Attribution, ToldBy
from trunkline.calls.attribution_store import keep_attributions
from trunkline.db.types import Connection, Pool
from trunkline.ids import uuid7
from trunkline.people.identity import Reach
from trunkline.people.roles import Role
from trunkline.reports.days import Days, latest

NOW = datetime.now(UTC) - timedelta(minutes=1)
EVERYBODY = Reach(UUID(int=0), None, None)
OTHER = uuid7(time.time())


def days() -> Days:
    return latest(2, datetime.now(UTC), ZoneInfo("Europe/Moscow"))


async def site_of(connection: Connection, rows: Rows) -> ProvenSite:
    return next(one for one in await sites_seen(connection, EVERYBODY) if one.id == rows.site)


async def add_visit(rows: Rows, site: UUID, *, number: str = "", kind: str = "exclusive") -> UUID:
    visit = uuid7(NOW.timestamp())
    await rows.pool.execute(
        "insert into visits (id, visitor, site_id, started_at, seen_at, landing, referrer, agent, consent)"
        " values ($1, $1, $2, $3, $3, 'https://www.example.ru/', '', '', 'full')",
        *(visit, site, NOW),
    )
    if number:
        await rows.pool.execute(
            "insert into lease_history (id, number, kind, pool_id, site_id, placement, visit_id, visitor, granted_at,"
            " seen_until, closed_at) values ($1, $2, $3, $4, $5, 'main', $6, $6, $7, $7, $7)",
            *(uuid7(NOW.timestamp()), number, kind, rows.numbers, site, visit, NOW - timedelta(minutes=5)),
        )
    return visit


async def explain(rows: Rows, call: UUID, number: str, client: str, visit: UUID | None, sure: float = 1.0) -> None:
    told_by = ToldBy.VISIT if visit else ToldBy.NUMBER
    async with rows.pool.acquire() as connection:
        told = Attribution(call, number, client, told_by, sure, visit, visit, "Окна", "Paid Search", "yandex")
        await keep_attributions(connection, [told])


@pytest.fixture
async def rows(pool: Pool) -> Rows:
    """Two sites on one pool; calls: two explained, one of the other site, one of each unknown kind, one kept out."""
    rows = await Rows(pool).make(6)
    await pool.execute(
        "insert into tracking_sites (id, key, name, hosts) values ($1, 'demosite0002', 'Двери', '{b.example.ru}')",
        OTHER,
    )
    await pool.execute(
        "insert into tracking_placements (id, site_id, name, number, pool_id) values ($1, $2, 'main', $3, $4)",
        *(uuid7(time.time()), OTHER, "+74952000005", rows.numbers),
    )
    seen = [await add_visit(rows, rows.site, number=number_of(place)) for place in range(2)]
    shared = await add_visit(rows, rows.site, number=number_of(2), kind="shared")
    theirs = await add_visit(rows, OTHER, number=number_of(3))

    async def call(client: str, number: str, talk: float = 0, outcome: str = "", **more: Any) -> UUID:
        return await add_call(
            pool, client, outcome or ("answered" if talk else "missed"), line=number, at=NOW, talk=talk, **more
        )

    await explain(rows, await call(ANNA, number_of(0), 60), number_of(0), ANNA, seen[0], 0.95)
    await explain(rows, await call(ANNA, number_of(1), 10), number_of(1), ANNA, seen[1], 0.3)
    await explain(rows, await call(BORIS, number_of(2)), number_of(2), BORIS, shared, 0.4)
    await explain(rows, await call(VERA, number_of(3), 60), number_of(3), VERA, theirs, 0.9)
    await call(VERA, number_of(4), 40)
    await call(VERA, number_of(3))
    await call(BORIS, OWN)
    await call(BORIS, number_of(0), outcome="screened")
    return rows


async def test_calls_are_counted_and_each_unknown_has_its_reason(rows: Rows) -> None:
    async with rows.pool.acquire() as connection, connection.transaction():
        proof = await read_proof(connection, await site_of(connection, rows), days(), EVERYBODY)
        visits = await read_visits(connection, rows.site, days())

    assert (proof.calls, proof.answered, proof.missed, proof.target, proof.screened) == (6, 3, 3, 2, 1)
    assert proof.uniques == 2  # Anna twice in a minute, Vera
    assert (proof.unknown, proof.whys) == (5, {"several": 1, "shared": 1, "nobody": 1, "own": 1, "other": 1})
    assert proof.bands == {"sure": 1, "unsure": 2, "none": 3}
    assert proof.expected_right == pytest.approx((0.95 + 0.3 + 0.4) / 3)
    assert {line.number: (line.kind, line.calls) for line in proof.lines}[OWN] == ("own", 1)
    assert (visits.visits, visits.numbered, visits.alone) == (3, 3, 2)


async def test_a_site_is_proven_by_its_own_rules(browser: Browser, rows: Rows, pool: Pool) -> None:
    """Anna talked four days before, too, and her deal was opened today."""
    before = await add_call(pool, ANNA, "answered", line=number_of(4), at=NOW - timedelta(days=4), talk=40)
    lead, deal = uuid7(time.time()), uuid7(time.time())
    await explain(rows, before, number_of(4), ANNA, None)
    await pool.execute("insert into leads (id, source, external_id, phone) values ($1, 'crm', 'x', $2)", lead, ANNA)
    await pool.execute("insert into deals (id, source, external_id, lead_id) values ($1, 'crm', 'x', $2)", deal, lead)
    await pool.execute("delete from attributions where call_id <> $1", before)

    async def proven() -> tuple[Any, ...]:
        async with pool.acquire() as connection, connection.transaction():
            site = await site_of(connection, rows)
            proof = await read_proof(connection, site, days(), EVERYBODY)
            return proof.uniques, proof.target, (await read_deals(connection, site, days())).complete

    assert await proven() == (2, 3, 1)
    await pool.execute("update tracking_sites set target_seconds = 55, unique_days = 5, campaign_days = 3")
    assert await proven() == (1, 2, 0)
    page = await text_of(browser, f"/reports/proof?site={KEY}&days=2")
    assert undefined_figures(page) == []
    assert ["A talk of 55 s or more." in page, "nobody of the site for days: 5" in page] == [True, True]
    assert "In the days before that a visit counts for (3)" in page


async def test_deals_are_told_by_what_they_lack(rows: Rows) -> None:
    for client in (ANNA, VERA, "+79160000009", None):
        lead = uuid7(time.time())
        await rows.pool.execute(
            "insert into leads (id, source, external_id, phone) values ($1, 'crm', $2, $3)", lead, str(lead), client
        )
        await rows.pool.execute(
            "insert into deals (id, source, external_id, lead_id) values ($1, 'crm', $2, $3)",
            *(uuid7(time.time()), str(lead), lead),
        )
    await rows.pool.execute("delete from attributions where client = $1", VERA)
    async with rows.pool.acquire() as connection, connection.transaction():
        deals = await read_deals(connection, await site_of(connection, rows), days())

    assert deals.states == {"call": 1, "unexplained": 1, "no_call": 1, "no_number": 1}
    assert (deals.all, deals.complete) == (4, 1)


async def test_the_page_says_what_each_figure_means(browser: Browser, rows: Rows) -> None:
    page = await text_of(browser, f"/reports/proof?site={KEY}&days=7")
    assert undefined_figures(page) == []
    assert "Proof: Окна" in page
    assert "Nobody had been shown the number" in page
    assert "No deal was opened in these days." in page
    assert (await browser.look("/reports/proof?site=nowhere")).status == 404


async def test_days_that_are_none_prove_nothing(browser: Browser, rows: Rows) -> None:
    asked = f"site={KEY}&since=2026-13-40&until=2026-11-01"
    answer = await browser.look(f"/reports/proof?{asked}")
    text = await answer.text()
    assert (answer.status, 'id="since-error"' in text, 'value="2026-11-01"' in text) == (400, True, True)
    assert "Made at, by whom" not in text
    assert (await browser.look(f"/reports/proof/differences?{asked}&number=1")).status == 400


async def test_who_sees_some_lines_is_told_their_site_alone(
    browser: Browser, rows: Rows, pool: Pool, add_person: AddPerson
) -> None:
    line_id = await pool.fetchval("select id from lines where number = $1", OWN)
    person = await add_person(
        "own", Role.SUPERVISOR, every_department=True, every_line=False, lines=frozenset({line_id})
    )
    async with another(browser, await session_of(pool, browser.app, person)) as other:
        page = await text_of(other, "/reports/proof?days=7")
        assert "Proof: Окна" in page
        assert "Deals and their sources" not in page
        assert (await other.look("/reports/proof?site=demosite0002")).status == 404


def test_a_proof_without_calls_has_no_shares() -> None:
    assert (proof_of([]).share(0), proof_of([]).expected_right) == (None, None)
    one = Group(
        date(2026, 11, 1),
        OWN,
        "own",
        "own",
        screened=False,
        band="none",
        calls=2,
        answered=1,
        missed=1,
        target=0,
        uniques=1,
        certainty=0,
    )
    assert proof_of([one]).share(1) == 0.5

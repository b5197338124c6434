"""The pool's page and the API tell the plan: with nothing measured, with much, to whom it is for."""

from datetime import UTC, datetime, timedelta

import pytest

from calltracking.planner.measuring import measure
from tests.calltracking.planner.ledger import Leased, Ledger
from tests.people.company import AddPerson
from tests.people.web import Browser
from tests.web.composed import text_of, token_of
from trunkline.ids import uuid7
from trunkline.people.roles import Right, Role


@pytest.fixture
async def busy(ledger: Ledger) -> Ledger:
    """Three weeks with a visitor every four minutes."""
    now = datetime.now(UTC)
    await ledger.write(
        Leased(now - timedelta(minutes=4 * place), place % 10, kind="cooling" if place % 20 == 0 else "exclusive")
        for place in range(1, 7560)
    )
    await measure(ledger.pool, now)
    return ledger


async def test_a_new_pool_says_what_it_waits_for(browser: Browser, ledger: Ledger) -> None:
    text = await text_of(browser, f"/sites/pools/{ledger.rows.numbers}")

    assert "Nobody has asked for a number yet." in text
    assert 'type="range"' not in text
    assert "How many it needs" not in await text_of(browser, "/sites/pools/new")


async def test_the_page_tells_what_was_measured_and_what_other_numbers_would_change(
    browser: Browser, busy: Ledger
) -> None:
    path = f"/sites/pools/{busy.rows.numbers}"

    text = await text_of(browser, f"{path}?numbers=14")

    assert '<input type="range" id="slider" name="numbers" min="1" max="20" value="14"' in text
    assert "With 14 numbers" in text
    assert "fewest for 99 %" in text
    assert "What a number costs is not known" in text
    part = await browser.look(f"{path}?numbers=7", **{"HX-Request": "true", "HX-Target": "pool-what-if"})
    told = await part.text()
    assert "With 7 numbers" in told
    assert "<html" not in told


async def test_the_api_tells_the_same(browser: Browser, busy: Ledger, add_person: AddPerson) -> None:
    person = await add_person("mara", Role.MARKETER, every_department=True, every_line=True)
    headers = await token_of(busy.pool, person, [Right.SITES_EDIT])
    path = f"/api/v1/pools/{busy.rows.numbers}/plan"

    told = await (await browser.get(f"{path}?numbers=33", headers=headers)).json()

    assert (told["numbers"], told["chosen"], told["enough"], told["hold_minutes"]) == (10, 33, True, 5)
    assert told["per_hour"] == pytest.approx(15, abs=0.2)
    assert told["dwell_seconds"] == 180
    assert told["cooling"] == pytest.approx(told["asked"] / 20, abs=2)
    sizes = {one["numbers"]: one for one in told["sizes"]}
    assert sizes[33]["coverage"] == pytest.approx(1, abs=1e-6)
    # Erlang-B at 15 an hour for 8 minutes: two erlangs.
    assert sizes[5]["coverage"] == pytest.approx(0.963, abs=0.004)
    assert sizes[10]["monthly"] is None


@pytest.mark.parametrize("numbers", ["0", "1001", "-1", "x", "١", "1e3"])
async def test_numbers_that_mean_nothing_are_refused(browser: Browser, ledger: Ledger, numbers: str) -> None:
    for path in (f"/sites/pools/{ledger.rows.numbers}", f"/api/v1/pools/{ledger.rows.numbers}/plan"):
        answer = await browser.look(f"{path}?numbers={numbers}")
        assert answer.status == 400
        assert "must be a number from 1 to 1000" in await answer.text()


async def test_who_edits_sites_and_sees_every_line_sees_plans(
    browser: Browser, ledger: Ledger, add_person: AddPerson
) -> None:
    narrow = await add_person("nora", Role.MARKETER, every_line=False)
    agent = await add_person("ann", Role.AGENT, every_department=True, every_line=True)
    wide = await add_person("mara", Role.MARKETER, every_department=True, every_line=True)
    for person, status in ((narrow, 404), (agent, 403), (wide, 200)):
        headers = await token_of(ledger.pool, person)
        for what in ("plan", "reuse"):
            answer = await browser.get(f"/api/v1/pools/{ledger.rows.numbers}/{what}", headers=headers)
            assert (what, answer.status) == (what, status)
    headers = await token_of(ledger.pool, wide)
    for what in ("plan", "reuse"):
        assert (await browser.get(f"/api/v1/pools/{uuid7(0)}/{what}", headers=headers)).status == 404

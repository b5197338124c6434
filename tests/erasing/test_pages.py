"""`/settings/erase`: counted first, erased when typed again, and no number in an address or a proof."""

from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.erasing.filling import NUMBER, SPELLINGS
from tests.people.company import AddPerson, add_person, box, hasher, passwords
from tests.people.web import Browser
from tests.web.composed import browser, browsing_as, compose, text_of
from trunkline.calls.phone import Number
from trunkline.db.types import Pool
from trunkline.erasing.spelling import spelling_of
from trunkline.people.roles import SESSION_ONLY, Right, Role

__all__ = ["add_person", "box", "browser", "hasher", "passwords"]
_HERE = "/settings/erase"


async def _left(pool: Pool) -> int:
    left: int = await pool.fetchval("select count(*) from spam_numbers")
    return left


async def test_a_number_is_counted_typed_again_and_erased(
    browser: Browser, pool: Pool, data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await pool.execute("insert into spam_numbers (number) values ($1)", NUMBER)
    (data_dir / "imports").mkdir(exist_ok=True)
    (data_dir / "imports" / "x.csv").write_text(NUMBER)
    caplog.set_level("DEBUG")

    wrong = await browser.send(f"{_HERE}/count", {"number": "112"}, page=_HERE)
    assert (wrong.status, "This is not a full phone number" in await wrong.text()) == (422, True)
    counted = await browser.send(f"{_HERE}/count", {"number": SPELLINGS[2]}, page=_HERE)
    assert (counted.status, "<code>spam_numbers</code>" in await counted.text(), await _left(pool)) == (200, True, 1)
    for again in ("", "112", "+79037654322"):
        refused = await browser.send(_HERE, {"number": SPELLINGS[2], "again": again}, page=_HERE)
        assert (refused.status, "not the number that was counted" in await refused.text()) == (422, True)
    bare = await browser.post(_HERE, data={"number": NUMBER, "again": NUMBER})
    assert (bare.status, await _left(pool)) == (403, 1), "without the form's own mark"

    done = await browser.send(_HERE, {"number": SPELLINGS[2], "again": NUMBER}, page=_HERE)
    assert (done.status, await _left(pool), (data_dir / "imports" / "x.csv").exists()) == (303, 0, False)

    place = done.headers["Location"]
    shown = await text_of(browser, place)
    assert "spam_numbers" in shown
    assert "резервные копии" in await text_of(browser, place, language="ru")
    proof = await browser.look(f"{place}/proof.json")
    assert proof.headers["Content-Disposition"].startswith("attachment; ")
    said = await proof.json()
    assert (said["counts"]["spam_numbers"], said["finished_at"] is not None) == (1, True)
    assert await pool.fetchval("select action from audit order by id desc limit 1") == "number.erased"
    spelling = spelling_of(Number(NUMBER))
    everything = [place, shown, await proof.text(), caplog.text, await text_of(browser, _HERE)]
    assert [text for text in everything if spelling.holds(text)] == []


async def test_a_number_of_our_own_and_a_proof_there_is_not(browser: Browser, pool: Pool) -> None:
    await pool.execute("insert into lines (id, number, name) values (gen_random_uuid(), $1, 'Shop')", NUMBER)

    refused = await browser.send(_HERE, {"number": NUMBER, "again": NUMBER}, page=_HERE)

    assert (refused.status, "set up itself (lines)" in await refused.text()) == (422, True)
    for name in ("x", "00000000-0000-0000-0000-000000000001"):
        assert (await browser.look(f"{_HERE}/{name}")).status == 404
        assert (await browser.look(f"{_HERE}/{name}/proof.json")).status == 404


async def test_nobody_but_the_administrator_may(
    database_url: str, valkey_url: str, redis: Redis, data_dir: Path, pool: Pool, add_person: AddPerson
) -> None:
    boss = await add_person("boss", Role.SUPERVISOR, every_department=True)
    assert Right.NUMBERS_ERASE in SESSION_ONLY
    async with browsing_as(compose(database_url, valkey_url, data_dir), pool, boss) as browser:
        assert (await browser.look(_HERE)).status == 403
        fields = {"number": NUMBER, "again": NUMBER}
        assert (await browser.send(_HERE, fields, page="/settings/account")).status == 403

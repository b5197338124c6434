"""What a home-made CRM may answer with, and whose clock it has, without a reading that stalls or loses anything."""

import pytest
from aiohttp import web

from crm_sync.generic.mapping import read_mapping
from crm_sync.generic.pulling import Pulling
from crm_sync.generic.taking import take
from tests.crm_sync.generic_scene import MOSCOW, GenericScene, generic_crm
from tests.crm_sync.test_generic_pulled import BY_LINK, Export, export, names, pull, trouble
from trunkline.errors import InvalidInput

__all__ = ["export"]
COMPANIES = """
[in.companies]
rows = "items"
[in.companies.fields]
external_id = "id"
name = "name"
[in.companies.pull]
url = "/contacts"
"""


@pytest.mark.parametrize("onward", ["javascript:x", "http://[bad"])
async def test_a_next_page_that_is_no_address_is_told_and_given_up(
    own: GenericScene, export: Export, onward: str
) -> None:
    export.put(1, "c1")
    export.chaos = [web.json_response({"items": [], "next": onward})]
    await pull(own)
    assert await trouble(own) == "its next page is no address"
    await pull(own)
    assert (await names(own), await trouble(own)) == (["c1"], "")


async def test_nul_in_an_id_stalls_nothing(own: GenericScene, export: Export) -> None:
    export.put(1, "c1")
    export.rows[1]["id"] = "5\0"
    await pull(own)
    assert (await names(own), await trouble(own)) == (["c1"], "")
    assert await own.pool.fetchval("select array_agg(external_id) from contacts") == ["5"]


async def test_what_cannot_be_taken_is_told_and_the_others_are_read(own: GenericScene, export: Export) -> None:
    await own.maps(COMPANIES + BY_LINK)
    await own.pool.execute("alter table companies add constraint of_this_test check (name <> 'c1')")
    export.put(1, "c1")
    await pull(own)
    rows = await own.pool.fetch("select entity, trouble from crm_pulls order by entity")
    told = [("companies", "its answer cannot be taken: CheckViolationError"), ("contacts", "")]
    assert [tuple(row) for row in rows] == told
    assert await names(own) == ["c1"]
    await own.pool.execute("alter table companies drop constraint of_this_test")
    await pull(own)
    assert await own.pool.fetchval("select array_agg(name) from companies") == ["c1"]


@pytest.mark.parametrize("pattern", ["%d.%d", "%Y-%q", "%-d.%m.%Y"])
def test_a_pattern_that_reads_nothing_is_a_mistake(pattern: str) -> None:
    with pytest.raises(InvalidInput) as told:
        read_mapping(f'[in.deals.fields]\nexternal_id = "id"\nopened_at = {{from = "d", format = "{pattern}"}}')
    (mistake,) = told.value.mistakes
    assert mistake.path == "line 3"
    assert "no pattern" in mistake.message


@pytest.mark.parametrize("pattern", ["%d.%m.%Y", "%Y-%m-%dT%H:%M:%S%z", "%d %b %Y %I:%M %p", "%y%j", "%G-W%V-%u", "%c"])
def test_one_that_reads_moments_is_none(pattern: str) -> None:
    read_mapping(f'[in.deals.fields]\nexternal_id = "id"\nopened_at = {{from = "d", format = "{pattern}"}}')


@pytest.mark.parametrize("behind", [600, -600])
async def test_a_change_is_read_whatever_clock_the_crm_has(own: GenericScene, export: Export, behind: int) -> None:
    export.clock = lambda: own.clock() - behind
    export.put(1, "c1")
    await pull(own)
    own.clock.at += 200
    export.put(2, "c2")
    await pull(own)
    await pull(own)
    assert await names(own) == ["c1", "c2"]


async def test_who_comes_while_all_is_read_is_not_gone(own: GenericScene, export: Export) -> None:
    """Our clock is an hour ahead of the database's, whose clock dates rows."""
    own.clock.at = float(await own.pool.fetchval("select extract(epoch from now())")) + 3600
    for number in range(1, 6):
        export.put(number, f"c{number}")
    known, entity = await own.known(), read_mapping(BY_LINK).entities["contacts"]
    new = {"id": 9, "name": "c9", "phone": "+79160000009", "v": 1}

    async def given(_seconds: float) -> None:
        """Between two pages the CRM gives one by itself."""
        async with own.pool.acquire() as connection, connection.transaction():
            await take(connection, known, "contacts", entity, [new], MOSCOW)

    async with generic_crm(own.pool, own.clock) as crm:
        await Pulling(crm.receivers, MOSCOW, given).one_round()
    assert await names(own) == ["c1", "c2", "c3", "c4", "c5", "c9"]
    assert await own.pool.fetchval("select gone from crm_pulls") == 0

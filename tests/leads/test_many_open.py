"""Open leads that were talked with stay open for long: what asks for those that wait does not read them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from trunkline.db.types import Pool
from trunkline.leads.boards import BOARD
from trunkline.leads.tag_rules import SQL as TAGS
from trunkline.leads.touching import SQL

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
_MANY = """
with made as (
    insert into leads (id, source, external_id, phone, opened_at, stage, next_call_at)
    select gen_random_uuid(), 'call', n::text, '+7916' || lpad(n::text, 7, '0'), $1,
           (array['new', 'Asked', 'Measured', 'Offer', 'Contract'])[1 + n % 5],
           $1::timestamptz + case n % 3000 when 0 then interval '-1 hour' when 1 then interval '1 hour' end
    from generate_series(1, 30000) as n returning id, phone, external_id::integer as n
)
insert into lead_clocks (lead_id, phone, take_by, call_by, taken_at, called_at)
select id, phone, $1, $1, case when n > 10 then $1 end, case when n > 30 then $1 end from made
"""


@pytest.fixture
async def many(pool: Pool) -> None:
    """Ten are untaken and twenty uncalled; of the others ten are called again an hour ago, and in an hour."""
    await pool.execute(_MANY, NOW)
    await pool.execute("analyze leads; analyze lead_clocks")


@pytest.mark.usefixtures("many")
async def test_they_are_counted(pool: Pool) -> None:
    row = await pool.fetchrow(SQL["count_open"], UUID(int=0), None, None, NOW)

    assert tuple(row or ()) == (40, 10)


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("count_open", (UUID(int=0), None, None, NOW)),
        ("anything_late", (NOW,)),
        ("late_leads", (NOW, [], [], False, 200)),
    ],
)
async def test_they_are_found_by_their_clocks(pool: Pool, name: str, arguments: tuple[Any, ...]) -> None:
    plan = "\n".join(row[0] for row in await pool.fetch("explain " + SQL[name], *arguments))

    assert "lead_clocks_untaken" in plan, plan
    assert "lead_clocks_taken" in plan, plan
    assert "Seq Scan on lead" not in plan, plan


_NOBODY = (UUID(int=1), None, None)
_FIRST = (*_NOBODY, None, None, 51)


_READ = [
    (SQL["list_open"], (*_FIRST, None), "lead_clocks_due"),
    (SQL["list_open"], (*_NOBODY, NOW, UUID(int=5), 51, None), "lead_clocks_due"),
    (SQL["list_open"], (*_FIRST, NOW), "lead_clocks_due"),
    (SQL["list_mine"], _FIRST, "leads_responsible"),
    (SQL["list_untaken"], _FIRST, "lead_clocks_untaken"),
    (BOARD["board_cards"], (*_NOBODY, ["new", "Offer"], 20), "lead_clocks_board"),
    (BOARD["board_counts"], (*_NOBODY, ["new", "Offer"], 500), "lead_clocks_board"),
    (BOARD["stages_in_use"], (), "lead_clocks_board"),
    (BOARD["calendar_leads"], (*_NOBODY, NOW, NOW + timedelta(days=31), False, 1001), "lead_clocks_due"),
]


@pytest.mark.usefixtures("many")
async def test_they_are_read_in_the_order_of_an_index(pool: Pool) -> None:
    for statement, arguments, index in _READ:
        plan = "\n".join(row[0] for row in await pool.fetch("explain " + statement, *arguments))

        assert index in plan, plan
        assert "Seq Scan on lead" not in plan, plan


@pytest.mark.usefixtures("many")
async def test_what_is_kept_beside_the_clocks_is_what_the_inbox_shows(pool: Pool) -> None:
    await pool.execute("update leads set next_call_at = $1, stage = 'Offer' where external_id::integer % 7 = 0", NOW)
    await pool.execute("update leads set closed_at = $1 where external_id::integer % 5 = 0", NOW)

    different = await pool.fetchval(
        "select count(*) from lead_clocks clock join lead_inbox inbox on inbox.id = clock.lead_id"
        " join leads on leads.id = clock.lead_id where (clock.due_at, clock.stage, clock.closed_at)"
        " is distinct from (inbox.due_at, leads.stage, leads.closed_at)"
    )

    assert different == 0


@pytest.mark.usefixtures("many")
async def test_marked_ones_are_found_by_their_marks(pool: Pool) -> None:
    await pool.execute("update leads set closed_at = $1 where external_id::integer % 2 = 0", NOW)
    await pool.execute(
        "update lead_clocks set tags = array[case when rare then 'rare' else 'often' end],"
        " category = case when rare then 'Late' else 'Usual' end"
        " from (select id, external_id::integer % 3000 < 2 as rare from leads) as marked where id = lead_id"
    )
    await pool.execute("analyze leads; analyze lead_clocks")
    for statement, arguments, index in (
        (TAGS["list_marked"], (*_NOBODY, False, False, None, None, None, 51, ["rare"], ""), "lead_clocks_tags"),
        (TAGS["list_marked_closed"], (*_NOBODY, None, None, 51, ["rare"], ""), "lead_clocks_tags"),
        (TAGS["list_marked_closed"], (*_NOBODY, None, None, 51, [], "Late"), "lead_clocks_category"),
    ):
        plan = "\n".join(row[0] for row in await pool.fetch("explain " + statement, *arguments))
        assert index in plan, plan
        assert "Seq Scan on lead" not in plan, plan

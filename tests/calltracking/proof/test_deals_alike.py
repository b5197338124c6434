"""Which call led to a deal is said twice, in the report's statement and the proof's: both find the same."""

import random

from calltracking.proof.store import read_deals, sites_seen
from calltracking.results.rolling import roll_up
from calltracking.results.statements import PIECES, Back, Seen, arguments, numbered
from tests.calltracking.conftest import Rows
from tests.calltracking.results.crowd import MOSCOW, Crowd
from trunkline.db.types import Pool
from trunkline.people.identity import Reach
from trunkline.reports.days import latest


async def test_the_report_and_the_proof_find_the_same(pool: Pool) -> None:
    """Of all sites one window, and no forms: of these the proof knows another order."""
    crowd = await Crowd(await Rows(pool).make(), random.Random(5)).make()
    await pool.execute("delete from site_forms")
    await pool.execute("update tracking_sites set campaign_days = 90")
    days = latest(10, crowd.now, MOSCOW)
    text = "\n".join(PIECES[name] for name in ("heard", "asked", "reached", "led"))
    statement = numbered(
        f"{text}\nselect site, count(*) from led where kind = 'deal' group by site",
        arguments(days.since, days.until, days, Seen(None, Back())),
    )
    for _ in ("as they are", "kept"):
        async with pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch(statement.text, *statement.arguments)
            report = {row["site"]: row["count"] for row in rows}
            sites = await sites_seen(connection, Reach(crowd.rows.site, None, None))
            deals = {site.name: (await read_deals(connection, site, days)).states for site in sites}
        assert sum(report.values()) > 3
        assert {name: states.get("call", 0) for name, states in deals.items()} == {
            name: report.get(name, 0) for name in deals
        }
        assert {states.get("call", 0) + states.get("elsewhere", 0) for states in deals.values()} == {
            sum(report.values())
        }
        await roll_up(pool, MOSCOW.key)

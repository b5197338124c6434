"""The time of the next call in the form of a lead, which knows no seconds."""

from datetime import datetime, timedelta
from uuid import UUID

from tests.missed.told import Heard, tell
from tests.people.web import Browser
from trunkline.db.types import Pool
from trunkline.people.pages.request import now


async def test_one_with_seconds_that_is_past_by_now_stays(browser: Browser, pool: Pool) -> None:
    """As a program set it; the stage changes all the same."""
    await tell(pool, Heard(0))
    lead: UUID = await pool.fetchval("select id from leads")
    planned = (now() - timedelta(hours=1)).replace(second=42)
    await pool.execute("update leads set next_call_at = $1", planned)
    page = f"/leads/{lead}"
    shown = (await (await browser.look(page)).text()).partition('name="next_call_at"')[2].partition('value="')[2][:16]
    assert datetime.fromisoformat(shown).minute == planned.minute

    saved = await browser.send(
        f"{page}/change", {"title": "Windows", "stage": "Measured", "next_call_at": shown}, page=page
    )

    assert saved.status == 303
    assert tuple(await pool.fetchrow("select stage, next_call_at from leads") or ()) == ("Measured", planned)

"""What heads were told of a lead is done once it is taken, or called: they get no letter about it."""

from uuid import UUID

import pytest

from tests.leads.test_follow import ANNA, MISSED, lines
from tests.missed.told import Heard, tell
from tests.people.company import AddPerson
from tests.people.web import Browser
from tests.reports.calls import NOON, SERVICE
from trunkline.db.types import Pool
from trunkline.notices import store as notices
from trunkline.notices.notice import NoticeKind
from trunkline.people.roles import Role

__all__ = ["lines"]
CALLED = Heard(40, "out", answered=True, agents=("101",))


async def tell_head(pool: Pool, head: UUID, *kinds: NoticeKind) -> UUID:
    """Of the one lead there is."""
    lead: UUID = await pool.fetchval("select id from leads")
    async with pool.acquire() as connection:
        for kind in kinds:
            await notices.tell(connection, [head], kind, lead, {}, NOON)
    return lead


async def waiting(pool: Pool) -> list[str]:
    rows = await pool.fetch("select kind from notices where done_at is null order by kind")
    return [row["kind"] for row in rows]


async def test_taken_by_hand(browser: Browser, pool: Pool, add_person: AddPerson) -> None:
    await tell(pool, MISSED)
    head = await add_person("head", Role.SUPERVISOR)
    lead = await tell_head(pool, head, NoticeKind.LEAD_UNTAKEN)

    await browser.send(f"/leads/{lead}/take", {}, page=f"/leads/{lead}")

    assert await pool.fetchval("select taken_at is not null from lead_clocks")
    assert await waiting(pool) == []


@pytest.mark.usefixtures("lines")
async def test_taken_and_called_by_a_talk(pool: Pool) -> None:
    await tell(pool, MISSED)
    await tell_head(pool, ANNA, NoticeKind.LEAD_UNTAKEN, NoticeKind.LEAD_UNCALLED)

    await tell(pool, CALLED)

    assert await waiting(pool) == []


@pytest.mark.usefixtures("lines")
async def test_who_has_it_reads_it_himself(pool: Pool) -> None:
    """That it was passed on to him is news to him whoever talks with the client, and however often that is told."""
    await tell(pool, MISSED)
    await tell_head(pool, ANNA, NoticeKind.LEAD_PASSED, NoticeKind.LEAD_ASSIGNED)

    for _ in range(2):
        await tell(pool, CALLED)

    assert await waiting(pool) == ["lead.assigned", "lead.passed"]


@pytest.mark.usefixtures("lines")
async def test_a_talk_about_another_brand_takes_nothing(pool: Pool) -> None:
    await tell(pool, MISSED)
    await tell_head(pool, ANNA, NoticeKind.LEAD_UNTAKEN, NoticeKind.LEAD_UNCALLED)

    await tell(pool, Heard(40, answered=True, line=SERVICE, agents=("101",)))

    assert await waiting(pool) == ["lead.untaken"]

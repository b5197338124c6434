"""A talk that turns out to be none, or another client's, has called and taken nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.leads.test_follow import ANNA, MISSED, VERA, leads, lines
from tests.missed.told import CLIENT, Heard, tell
from tests.reports.calls import BORIS
from trunkline.calls.announce import News
from trunkline.db.types import Pool

__all__ = ["lines"]
pytestmark = pytest.mark.usefixtures("lines")
TALK = Heard(5, answered=True, agents=("101",))
LATER = Heard(9, "out", answered=True, agents=("102",))
NO_TALK = replace(TALK, answered=False, agents=())


def answered(heard: Heard) -> object:
    return heard.at + timedelta(seconds=10)


@pytest.mark.parametrize("turned", [NO_TALK, replace(TALK, client=BORIS)])
async def test_it_waits_to_be_taken_again(pool: Pool, turned: Heard) -> None:
    await tell(pool, MISSED, TALK)
    assert (await leads(pool))[0]["taken_by"] == ANNA

    for _ in range(2):
        await tell(pool, turned, news=News.CORRECTED, before=CLIENT)

    lead = (await leads(pool))[0]
    assert (lead["phone"], lead["called_at"], lead["taken_at"], lead["taken_by"]) == (CLIENT, None, None, None)


async def test_another_talk_has_called_it(pool: Pool) -> None:
    await tell(pool, MISSED, TALK, LATER)

    await tell(pool, NO_TALK, news=News.CORRECTED, before=CLIENT)

    (lead,) = await leads(pool)
    assert (lead["called_at"], lead["taken_at"]) == (answered(LATER), None)


async def test_what_was_taken_by_hand_stays_taken(pool: Pool) -> None:
    await tell(pool, MISSED)
    await pool.execute("update lead_clocks set taken_at = now(), taken_by = $1", VERA)
    await tell(pool, TALK)

    await tell(pool, NO_TALK, news=News.CORRECTED, before=CLIENT)

    (lead,) = await leads(pool)
    assert (lead["called_at"], lead["taken_by"]) == (None, VERA)


async def test_what_became_part_of_another_call_was_a_talk(pool: Pool) -> None:
    await tell(pool, MISSED, TALK)

    await tell(pool, replace(TALK, outcome="merged"), news=News.CORRECTED, before=CLIENT)

    (lead,) = await leads(pool)
    assert (lead["called_at"], lead["taken_by"]) == (answered(TALK), ANNA)

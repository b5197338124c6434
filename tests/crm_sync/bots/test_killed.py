"""A worker killed at any point of showing a card: the next one goes on, and no chat ever shows it twice."""

from collections.abc import Callable
from uuid import UUID

import pytest

from tests.crm_sync.bots.desk import CHAT, Desk
from tests.faults.harness import kill_at_every_point

KEY = "11" * 32


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("kind", "every"), [("sql", 2), ("socket", 4)])
async def test_a_worker_killed_at_every_point_shows_a_card_once(
    desk: Desk,
    anna: UUID,
    database_url: str,
    kind: str,
    every: int,
    record_property: Callable[[str, object], None],
) -> None:
    bot = await desk.connect()
    await desk.bind(bot, anna)
    left: list[bytes] = []
    shown: list[int] = []

    async def prepare() -> None:
        await desk.start_anew()
        left[:] = await desk.rings()

    async def check() -> None:
        await desk.deliver(2)
        await desk.hear(left)
        await desk.deliver(3)
        cards = desk.telegram.in_chat(CHAT)
        (row,) = await desk.pool.fetch("select message_id, asked_at from bot_cards")
        assert len(cards) <= 1
        assert row["asked_at"] is not None, "whom nobody asked to show it must be asked"
        if row["message_id"] is not None:
            assert cards[0].texts[-1].startswith("Over, talked for")
        shown.append(len(cards))
        assert await desk.waiting() == 0
        assert await desk.pool.fetchval("select count(*) from outbox_dead") == 0

    tried = await kill_at_every_point(
        kind,
        "tests.crm_sync.bots.doomed:drain",
        [database_url, KEY, desk.clock.at.isoformat()],
        tell=record_property,
        prepare=prepare,
        check=check,
        every=every,
    )

    assert tried.points >= 5
    assert shown.count(1) > len(shown) / 2  # only between the question and its answer is a card lost

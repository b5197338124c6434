"""Whom a card is shown to, and with what: not to who calls himself, and with no link that Telegram does not take."""

from dataclasses import replace
from uuid import UUID

import pytest

from crm_sync.bots.cards import pages_of
from crm_sync.bots.store import Bot
from crm_sync.bots.telling import follow_ends, follow_seats
from tests.crm_sync.bots.desk import CHAT, WORDS, Desk
from trunkline.calls.applier import CallApplier
from trunkline.settings import load


@pytest.fixture
async def bot(desk: Desk, anna: UUID) -> Bot:
    bot = await desk.connect()
    await desk.bind(bot, anna)
    return bot


@pytest.mark.parametrize("channel", [b"trunkline-click-1", b"dial-1795321282.7"])
async def test_who_calls_by_a_click_is_not_told_that_somebody_calls(desk: Desk, bot: Bot, channel: bytes) -> None:
    """Her telephone rings first, for the client is dialled when she has answered."""
    applier, rang = CallApplier(follow_ends, follow_seats), 0
    for frame in desk.call("originate_click_to_call"):
        await desk.hear([frame.replace(b"trunkline-click-1", channel)], applier)
        rang += await desk.pool.fetchval("select count(*) from agent_calls where state = 'ringing'")
        await desk.deliver()
    assert rang
    assert desk.telegram.in_chat(CHAT) == []


async def test_who_passed_the_call_on_is_told_that_it_goes_on_without_her(desk: Desk, bot: Bot) -> None:
    for frame in desk.call("blind_transfer"):
        await desk.hear([frame])
        await desk.deliver()
    said = [text.splitlines()[0] for text in desk.card().texts]
    assert "Does not ring at yours any more" not in said
    assert said.index("You are talking") < said.index("You have talked; it goes on without you")


@pytest.mark.parametrize(
    ("address", "is_linked"),
    [
        ("https://calls.example.com", True),
        ("http://192.0.2.7:8080", True),
        ("http://[2001:db8::7]:8080", True),
        ("http://trunkline:8080", False),
        ("http://localhost:8080", False),
        ("", False),
    ],
)
async def test_a_card_has_a_link_where_telegram_takes_one(
    desk: Desk, bot: Bot, address: str, *, is_linked: bool
) -> None:
    pages = pages_of(load(None, {"TRUNKLINE_SERVER_PUBLIC_URL": address} if address else {}))
    desk.words = replace(WORDS, pages=pages)
    await desk.rings()
    await desk.deliver()
    assert any("url" in one for row in desk.card().keyboard for one in row) == is_linked

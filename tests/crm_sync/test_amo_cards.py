"""A card in amoCRM before whom a call rings at, each at most once, and of no call that is over (crm.md §3.2, §10.2)."""

from collections import Counter
from collections.abc import Callable

import pytest

from crm_sync.telling import follow_ends, follow_seats
from crm_sync.told import SYSTEMS
from tests.calls.dialogues import dialogue
from tests.crm_sync.amo_scene import AmoScene
from tests.crm_sync.test_amo_told import CALLER
from tests.fakes.bitrix24.chaos import Chaos
from trunkline.calls.applier import CallApplier
from trunkline.outbox.told import told_of_call

EVENTS = "POST api/v2/events"


@pytest.fixture
async def users(amo: AmoScene) -> list[int]:
    """Of the extensions 101 and 102."""
    found = []
    for extension in ("101", "102"):
        found.append(amo.account.world.add_user(extension, f"{extension}@example.ru"))
        await amo.person(extension, f"{extension}@example.ru")
    async with amo.crm() as crm:
        await crm.look_around(await amo.known())
    return found


async def rings(amo: AmoScene, name: str) -> None:
    """As far as somebody of ours is in the call."""
    applier = CallApplier(follow_ends, follow_seats)
    for frame in dialogue(name).frames:
        await amo.hear(applier, [frame])
        if await amo.pool.fetchval("select exists (select from agent_calls)"):
            return
    raise AssertionError("it rings at nobody")


async def test_a_card_opens_before_whom_it_rings_at(amo: AmoScene, users: list[int]) -> None:
    await rings(amo, "simple_answered")
    await amo.deliver()
    assert amo.account.world.cards == [(CALLER, users[0])]
    await amo.happens("simple_answered")
    await amo.deliver_all()
    assert amo.account.world.cards == [(CALLER, users[0])]
    assert len(amo.account.world.notes) == 1
    (call,) = await amo.calls()
    async with amo.pool.acquire() as connection:
        rows = await told_of_call(connection, (SYSTEMS["amocrm"],), call)
    assert [one.what for one in rows] == ["before whom its card is open", "how it ended"]


@pytest.mark.parametrize("name", ["simple_answered", "queue_answered", "blind_transfer", "outgoing_call"])
async def test_frame_by_frame_each_sees_a_call_at_most_once(amo: AmoScene, users: list[int], name: str) -> None:
    applier = CallApplier(follow_ends, follow_seats)
    for frame in dialogue(name).frames:
        await amo.hear(applier, [frame])
        await amo.deliver()
        amo.clock.at += 2
    shown = Counter(user for _, user in amo.account.world.cards)
    assert set(shown.values()) <= {1}
    assert set(shown) <= set(users)
    assert bool(shown) == (name != "outgoing_call")
    assert await amo.dead() == []


async def test_no_card_opens_of_a_call_that_is_over(amo: AmoScene, users: list[int]) -> None:
    assert users
    await amo.happens("simple_answered")
    await amo.deliver_all()
    assert amo.account.world.cards == []
    assert amo.account.asked(EVENTS) == 0


@pytest.mark.parametrize(
    ("fault", "cards"),
    [
        (lambda chaos: chaos.cut_after(EVENTS), 1),
        (lambda chaos: chaos.cut_before(EVENTS), 0),
        (lambda chaos: chaos.page(EVENTS, status=502), 0),
        (lambda chaos: chaos.page(EVENTS, status=429), 1),
        (lambda chaos: chaos.page(EVENTS, status=400), 1),
    ],
)
async def test_what_may_have_been_shown_is_not_shown_again(
    amo: AmoScene, users: list[int], fault: Callable[[Chaos], object], cards: int
) -> None:
    await rings(amo, "simple_answered")
    fault(amo.account.chaos)
    await amo.deliver()
    await amo.deliver_all()
    assert amo.account.world.cards == [(CALLER, users[0])] * cards
    await amo.happens("simple_answered")
    await amo.deliver_all()
    assert len(amo.account.world.notes) == 1

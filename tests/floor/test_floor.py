"""Waits, states and free agents as values: tables."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from trunkline.floor.floor import (
    AgentNow,
    CallNow,
    Haste,
    QueueFacts,
    QueueToday,
    Waiting,
    haste_of,
    is_free,
    queues_now,
    state_in_calls,
)
from trunkline.presence.state import State

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ANNA, BORIS = UUID(int=1), UUID(int=2)


def waits(seconds: float, number: int = 1) -> Waiting:
    return Waiting(UUID(int=number), "+79161234567", "", "", NOW - timedelta(seconds=seconds), sure=True)


def call(state: str, *, sure: bool = True) -> CallNow:
    return CallNow(UUID(int=9), state, NOW, "", "", "", "", sure=sure)


def agent(person: UUID, state: State, *calls: CallNow) -> AgentNow:
    return AgentNow(person, "", "101", None, state, "", "", None, None, True, calls, 0, 0, False)


@pytest.mark.parametrize(
    ("seconds", "haste"),
    [
        ((), Haste.CALM),
        ((19.9,), Haste.CALM),
        ((20,), Haste.LATE),
        ((5, 59.9), Haste.LATE),
        ((60, 1), Haste.LONG),
        ((-3,), Haste.CALM),  # the PBX's clock is ahead of ours
    ],
)
def test_who_waits_longest_says_how_late_it_is(seconds: tuple[float, ...], haste: Haste) -> None:
    assert haste_of([waits(one) for one in seconds], NOW, 20) is haste


@pytest.mark.parametrize(
    ("state", "calls", "becomes"),
    [
        (State.ONLINE, (), State.ONLINE),
        (State.ONLINE, (call("ringing"),), State.RINGING),
        (State.ONLINE, (call("calling"),), State.TALKING),
        (State.RINGING, (call("ringing"), call("talking")), State.TALKING),
        (State.BREAK, (call("talking"),), State.BREAK),
        (State.OFFLINE, (call("ringing"),), State.OFFLINE),
        (State.ONLINE, (call("talking", sure=False),), State.ONLINE),
    ],
)
def test_calls_tell_the_state_unless_he_said_otherwise(
    state: State, calls: tuple[CallNow, ...], becomes: State
) -> None:
    assert state_in_calls(state, calls) is becomes


def test_free_is_who_is_online_and_in_no_call() -> None:
    assert is_free(State.ONLINE, ())
    assert not is_free(State.ONLINE, (call("talking", sure=False),))
    assert not is_free(State.WRAP_UP, ())


def test_queues_keep_their_order_and_those_only_a_pbx_knows_come_last() -> None:
    facts = [QueueFacts("sales", "Продажи", frozenset({ANNA, BORIS})), QueueFacts("finance", "Счета", frozenset())]
    agents = [agent(ANNA, State.ONLINE), agent(BORIS, State.BREAK)]
    waiting = {"sales": [waits(5, 2), waits(30, 1)], "night": [waits(1)]}
    queues = queues_now(facts, waiting, {"old": QueueToday(1, 1, 1)}, agents, (NOW, 20))
    assert [(one.name, len(one.waiting), one.free, one.members) for one in queues] == [
        ("Продажи", 2, 1, 2),
        ("Счета", 0, 0, 0),
        ("night", 1, 0, 0),
        ("old", 0, 0, 0),
    ]
    assert [one.call_id.int for one in queues[0].waiting] == [1, 2]
    assert queues[0].haste is Haste.LATE


def test_the_share_counts_who_got_through_or_gave_up() -> None:
    assert QueueToday().share is None
    assert QueueToday(answered=3, in_time=2, abandoned=1, left=5).share == 0.5

"""What becomes of a dial: a table of what is known at a moment."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.dialing.dial import (
    STALE_SECONDS,
    UNKNOWN_AFTER,
    Open,
    Outcome,
    State,
    Told,
    Turn,
    call_of,
    channel_of,
    next_turn,
)
from trunkline.ids import carries_time, time_of, uuid7

AT = 1_790_000_000.0
RINGS = Told(over=False, talked=False, client_rung=False)
DIALS = Told(over=False, talked=False, client_rung=True)
TALKS = Told(over=False, talked=True, client_rung=True)


def dial(state: State = State.SENT, told: Told | None = None, **more: Any) -> Open:
    sent_at = None if state is State.ACCEPTED else AT + 1
    return Open(state, AT, sent_at, told, None, None)._replace(**more)


@pytest.mark.parametrize(
    ("known", "after", "turn"),
    [
        pytest.param(dial(State.ACCEPTED), 1, None, id="waits"),
        pytest.param(dial(State.ACCEPTED), STALE_SECONDS + 1, Turn(State.ENDED, Outcome.EXPIRED), id="waited too long"),
        pytest.param(dial(), 5, None, id="nothing heard yet"),
        pytest.param(dial(lives=True), 5, Turn(State.RINGING), id="the PBX has it, the story not yet"),
        pytest.param(dial(told=RINGS), 5, Turn(State.RINGING), id="rings"),
        pytest.param(dial(State.RINGING, RINGS), 5, None, id="goes on ringing"),
        pytest.param(dial(State.RINGING, DIALS), 5, Turn(State.DIALLING), id="the agent answered"),
        pytest.param(dial(State.DIALLING, TALKS), 5, Turn(State.TALKING), id="the client answered"),
        pytest.param(
            dial(State.TALKING, TALKS._replace(over=True, talk_seconds=75)),
            90,
            Turn(State.ENDED, Outcome.ANSWERED, 75),
            id="over",
        ),
        pytest.param(
            dial(State.RINGING, RINGS._replace(over=True)),
            40,
            Turn(State.ENDED, Outcome.AGENT_NO_ANSWER),
            id="the agent did not answer",
        ),
        pytest.param(
            dial(State.DIALLING, DIALS._replace(over=True)),
            40,
            Turn(State.ENDED, Outcome.NO_ANSWER),
            id="the client did not answer",
        ),
        pytest.param(dial(heard_until=AT + 10), 15, None, id="no story, but the PBX cannot be asked"),
        pytest.param(dial(lives=False), 15, None, id="not alive, but the story lags"),
        pytest.param(dial(lives=False, heard_until=AT + 2), 15, None, id="the story is not far enough"),
        pytest.param(
            dial(lives=False, heard_until=AT + 10), 15, Turn(State.ENDED, Outcome.NOT_DIALLED), id="it never was"
        ),
        pytest.param(dial(lives=True, heard_until=AT + 10), 15, Turn(State.RINGING), id="it lives"),
        pytest.param(dial(), UNKNOWN_AFTER + 2, Turn(State.ENDED, Outcome.UNKNOWN), id="nothing for an hour"),
        pytest.param(dial(patience=60.0), 63, Turn(State.ENDED, Outcome.UNKNOWN), id="less patience"),
        pytest.param(dial(State.TALKING, TALKS, patience=60.0), 63, None, id="a talk outlasts it"),
        pytest.param(dial(State.TALKING, TALKS), UNKNOWN_AFTER + 2, None, id="a talk of more than an hour"),
    ],
)
def test_the_next_turn(known: Open, after: float, turn: Turn | None) -> None:
    assert next_turn(known, AT + after) == turn


TOLD = st.builds(Told, st.booleans(), st.booleans(), st.booleans(), st.integers(0, 100))
OPEN = st.builds(
    Open,
    st.sampled_from([state for state in State if state is not State.ENDED]),
    st.just(AT),
    st.just(AT + 1),
    TOLD | st.none(),
    st.floats(AT, AT + 100) | st.none(),
    st.booleans() | st.none(),
)


@given(OPEN, st.floats(0, 2 * UNKNOWN_AFTER))
def test_nothing_that_was_sent_is_ever_to_be_sent_again(known: Open, after: float) -> None:
    turn = next_turn(known, AT + after)

    assert turn is None or turn.state is not State.ACCEPTED
    assert turn is None or (turn.state is State.ENDED) == (turn.outcome != "")


@given(st.floats(1_500_000_000, 2_500_000_000), st.binary(min_size=10, max_size=10))
def test_a_channel_carries_its_dials_time(at: float, random: bytes) -> None:
    identifier = uuid7(at, random)
    channel = channel_of(identifier)

    assert carries_time(channel)
    assert int(time_of(call_of(identifier, "office"))) == int(time_of(identifier))
    assert len(channel) < 40
    assert channel != channel_of(UUID(int=identifier.int ^ 1))

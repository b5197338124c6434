"""What to do with a callback: a table of moments."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.dialing.callback import (
    AGAIN_SECONDS,
    MOST_MISSES,
    Asked,
    CallbackState,
    Step,
    Tried,
    next_step,
    opening,
)
from trunkline.dialing.dial import Outcome
from trunkline.dialing.guard import Limits

NOON = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)  # twelve in Moscow
MOSCOW, KAMCHATKA = ZoneInfo("Europe/Moscow"), ZoneInfo("Asia/Kamchatka")
WAITS, DIALS, GIVEN_UP = CallbackState.WAITING, CallbackState.DIALLING, CallbackState.GIVEN_UP
LIMITS = Limits()
PAUSE = timedelta(minutes=LIMITS.callback_pause_minutes)


def asked(state: CallbackState = WAITS, **more: Any) -> Asked:
    return Asked(state, NOON, NOON, MOSCOW)._replace(**more)


def tried(outcome: str, talk: int = 0) -> Tried:
    return Tried(outcome, talk)


@pytest.mark.parametrize(
    ("callback", "dial", "agents", "step"),
    [
        pytest.param(asked(), None, ["101", "102"], Step(DIALS, agent="101"), id="the first free agent"),
        pytest.param(asked(), None, [], None, id="nobody is free"),
        pytest.param(asked(next_at=NOON + PAUSE), None, ["101"], None, id="between two attempts"),
        pytest.param(asked(wanted_at=NOON + PAUSE), None, ["101"], None, id="he wants it later"),
        pytest.param(
            asked(got_through=True), None, ["101"], Step(CallbackState.CANCELLED, "got_through"), id="he rang himself"
        ),
        pytest.param(
            asked(zone=KAMCHATKA, attempts=1),
            None,
            ["101"],
            Step(WAITS, "hours", datetime(2026, 11, 26, 21, tzinfo=UTC), attempts=1),
            id="it is night with him",
        ),
        pytest.param(
            asked(wanted_at=NOON - timedelta(hours=49)), None, ["101"], Step(GIVEN_UP, "too_late"), id="too late"
        ),
        pytest.param(asked(DIALS), tried(""), ["101"], None, id="a dial goes on"),
        pytest.param(asked(DIALS, got_through=True), tried(""), ["101"], None, id="a dial goes on, he rang meanwhile"),
        pytest.param(asked(DIALS), tried(Outcome.ANSWERED, 60), [], Step(CallbackState.REACHED), id="they talked"),
        pytest.param(
            asked(DIALS), tried(Outcome.ANSWERED, 10), [], Step(CallbackState.REACHED), id="they talked just so long"
        ),
        pytest.param(
            asked(DIALS),
            tried(Outcome.ANSWERED, 9),
            ["101"],
            Step(WAITS, "short", NOON + PAUSE, attempts=1),
            id="his voicemail is no success",
        ),
        pytest.param(
            asked(DIALS, attempts=1),
            tried(Outcome.NO_ANSWER),
            ["101"],
            Step(WAITS, "no_answer", NOON + PAUSE, attempts=2),
            id="he did not answer",
        ),
        pytest.param(
            asked(DIALS, attempts=2),
            tried(Outcome.NO_ANSWER),
            ["101"],
            Step(GIVEN_UP, "no_answer", attempts=3),
            id="for the last time",
        ),
        pytest.param(
            asked(DIALS), tried(Outcome.UNKNOWN), [], Step(WAITS, "no_answer", NOON + PAUSE, attempts=1), id="unknown"
        ),
        pytest.param(
            asked(DIALS, got_through=True),
            tried(Outcome.NO_ANSWER),
            ["101"],
            Step(CallbackState.CANCELLED, "got_through"),
            id="he rang while we called",
        ),
        *(
            pytest.param(
                asked(DIALS, attempts=1),
                tried(outcome),
                ["101"],
                Step(WAITS, "agent", NOON + timedelta(seconds=AGAIN_SECONDS), attempts=1, misses=1),
                id=f"the agent: {outcome}",
            )
            for outcome in (
                Outcome.AGENT_NO_ANSWER,
                Outcome.NOT_DIALLED,
                Outcome.REFUSED,
                Outcome.EXPIRED,
                Outcome.STOPPED,
            )
        ),
        pytest.param(
            asked(DIALS, misses=MOST_MISSES - 1),
            tried(Outcome.AGENT_NO_ANSWER),
            [],
            Step(GIVEN_UP, "agents", misses=MOST_MISSES),
            id="no agent ever answers",
        ),
        pytest.param(
            asked(DIALS),
            None,
            ["101"],
            Step(WAITS, "agent", NOON + timedelta(seconds=AGAIN_SECONDS), misses=1),
            id="its dial is gone",
        ),
    ],
)
def test_the_next_step(callback: Asked, dial: Tried | None, agents: list[str], step: Step | None) -> None:
    assert next_step(callback, dial, NOON, agents, LIMITS) == step


@pytest.mark.parametrize(
    ("hour", "zone", "expected"),
    [
        (9, MOSCOW, None),
        (3, MOSCOW, datetime(2026, 11, 26, 6, tzinfo=UTC)),
        (18, MOSCOW, datetime(2026, 11, 27, 6, tzinfo=UTC)),
        (17, MOSCOW, None),
        (9, KAMCHATKA, datetime(2026, 11, 26, 21, tzinfo=UTC)),
    ],
)
def test_the_clients_hours(hour: int, zone: ZoneInfo, expected: datetime | None) -> None:
    moment = datetime(2026, 11, 26, hour, tzinfo=UTC)
    assert opening(moment, zone, 9, 21) == (expected or moment)


MOMENTS = st.integers(0, 31_000_000).map(lambda seconds: NOON + timedelta(seconds=seconds))


@given(
    MOMENTS, st.sampled_from([MOSCOW, KAMCHATKA, ZoneInfo("America/New_York")]), st.integers(0, 23), st.integers(1, 24)
)
def test_an_opening_is_open_and_never_before(moment: datetime, zone: ZoneInfo, opens: int, closes: int) -> None:
    if opens >= closes:
        return
    found = opening(moment, zone, opens, closes)
    assert found >= moment
    assert found - moment <= timedelta(hours=25)
    assert opens <= found.astimezone(zone).hour < closes or found != moment


@given(
    st.builds(
        Asked,
        st.sampled_from([WAITS, DIALS]),
        MOMENTS,
        MOMENTS,
        st.sampled_from([MOSCOW, KAMCHATKA]),
        st.integers(0, 5),
        st.integers(0, 30),
        st.booleans(),
    ),
    st.none() | st.builds(Tried, st.sampled_from(["", *Outcome]), st.integers(0, 100)),
    MOMENTS,
    st.lists(st.sampled_from(["101", "102"]), unique=True),
)
def test_nobody_is_dialled_without_a_free_agent_or_against_his_will(
    callback: Asked, dial: Tried | None, now: datetime, agents: list[str]
) -> None:
    step = next_step(callback, dial, now, agents, LIMITS)
    if step is None or step.state is not DIALS:
        return
    assert step.agent == agents[0]
    assert callback.state is WAITS
    assert not callback.got_through
    assert now >= max(callback.next_at, callback.wanted_at)
    assert 9 <= now.astimezone(callback.zone).hour < 21

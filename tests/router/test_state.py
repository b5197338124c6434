"""The signed state: ours, this call's, recent, small."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.state import LIFETIME_SECONDS, StateBook, Turn
from trunkline.crypto import SecretBox

NOW = 1786006800.0
BOOK = StateBook(SecretBox(b"k" * 32))
TURN = Turn(3, "srd", "7", 42)

turns = st.builds(
    Turn,
    st.integers(1, 8),
    st.text("abcdefghijklmnopqrstuvwxyzKLO", max_size=8),
    st.sampled_from(["", *"0123456789"]),
    st.integers(0, 2**62),
    st.lists(st.integers(10, 10**8 - 1).map(str), max_size=20).map(lambda rung: Turn().with_rung(rung)),
)


@given(turns, st.text(max_size=40), st.text(max_size=200), st.floats(0, 2**33), st.floats(0, LIFETIME_SECONDS - 1))
def test_a_state_opens_as_it_was_sealed(turn: Turn, pbx: str, call_id: str, now: float, later: float) -> None:
    state = BOOK.seal(turn, pbx, call_id, now)

    assert len(state) <= 200
    assert BOOK.open(state, pbx, call_id, now + later) == turn


def test_the_longest_state_of_a_dialogue_fits() -> None:
    turn = Turn(8, "KKKKKKKK", "7", 2**31, Turn().with_rung(str(10_000_000 + place) for place in range(20)))
    state = BOOK.seal(turn, "office", "1786006800.1", NOW)

    assert len(state) <= 200
    assert BOOK.open(state, "office", "1786006800.1", NOW) == turn
    assert turn.rung.startswith("10000009-")


def test_it_belongs_to_one_call_of_one_pbx_under_one_key() -> None:
    state = BOOK.seal(TURN, "office", "1786006800.1", NOW)

    assert BOOK.open(state, "office", "1786006800.2", NOW) is None
    assert BOOK.open(state, "other", "1786006800.1", NOW) is None
    assert StateBook(SecretBox(b"x" * 32)).open(state, "office", "1786006800.1", NOW) is None
    assert BOOK.open(state, "office", "1786006800.1", NOW + LIFETIME_SECONDS + 1) is None
    assert BOOK.open(state, "office", "1786006800.1", NOW - 61) is None


@given(st.integers(0, 300), st.characters(codec="ascii"))
def test_a_changed_state_does_not_open(place: int, letter: str) -> None:
    state = BOOK.seal(TURN, "office", "1", NOW)
    place %= len(state)
    changed = state[:place] + letter + state[place + 1 :]

    assert changed == state or BOOK.open(changed, "office", "1", NOW) is None


@given(st.text() | st.from_regex(r"[0-9]+\.[1-8]\.[a-z]*\.[0-9]?\.[0-9a-f]{8}\.[0-9a-f]{32}", fullmatch=True))
def test_nothing_else_opens(state: str) -> None:
    assert BOOK.open(state, "office", "1", NOW) is None


def test_the_digit_is_hidden() -> None:
    states = {BOOK.seal(Turn(1, "s", "7"), "office", f"{call}", NOW).split(".")[3] for call in range(100)}

    assert len(states) > 5


@pytest.mark.parametrize("state", ["", "7.1.k..6b026a58", "7.9.k..6b026a58." + "a" * 32])
def test_what_is_no_state(state: str) -> None:
    assert BOOK.open(state, "office", "1", NOW) is None

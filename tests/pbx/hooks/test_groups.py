"""Who is to be rung in a group of a hosted PBX."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.pbx.hooks.capabilities import CAPABILITIES, Can
from trunkline.pbx.hooks.dialogue import is_api_address
from trunkline.pbx.hooks.grouped import GROUPS
from trunkline.pbx.hooks.groups import Due, Seat, Seen, asked_first, due
from trunkline.pbx.hooks.providers import PROVIDERS

ANNA, BORIS, GUEST = ("a", "101"), ("b", "102"), ("g", "")


def seen(*seats: tuple[tuple[str, str], bool]) -> Seen:
    return Seen("sales", tuple(Seat(*who, on) for who, on in seats))


@pytest.mark.parametrize(
    ("group", "working", "expected"),
    [
        (seen((ANNA, True), (BORIS, False)), {"101"}, Due({})),
        (seen((ANNA, False), (BORIS, True)), {"101"}, Due({"a": True, "b": False})),
        (seen((ANNA, True), (BORIS, True)), {"102"}, Due({"a": False})),
        (seen((ANNA, False)), {"101", "109"}, Due({"a": True}, absent=("109",))),
        # Nobody works: whoever rings goes on ringing, and who does not is not begun with.
        (seen((ANNA, True), (BORIS, False)), set(), Due({}, kept=True)),
        (seen((ANNA, False), (BORIS, False)), set(), Due({})),
        # A person of theirs is left as he is, and rings where nobody of ours does.
        (seen((ANNA, True), (GUEST, True)), set(), Due({"a": False})),
        (seen((ANNA, True), (GUEST, False)), {"101"}, Due({})),
        (seen(), {"101"}, Due({}, absent=("101",))),
    ],
)
def test_who_is_to_be_rung(group: Seen, working: set[str], expected: Due) -> None:
    assert due(group, working) == expected


seats = st.lists(st.tuples(st.sampled_from(["", "101", "102", "103", "104"]), st.booleans()), max_size=6).map(
    lambda found: tuple(Seat(str(at), extension, on) for at, (extension, on) in enumerate(found))
)


@given(seats, st.frozensets(st.sampled_from(["101", "102", "103", "104", "105"])))
def test_what_is_done_is_right_done_once_and_empties_nothing(found: tuple[Seat, ...], working: frozenset[str]) -> None:
    before = Seen("sales", found)
    asked = due(before, working)
    after = Seen("sales", tuple(seat._replace(on=asked.changes.get(seat.id, seat.on)) for seat in found))

    assert all(seat.on != asked.changes[seat.id] for seat in found if seat.id in asked.changes)
    assert due(after, working).changes == {}
    assert any(seat.on for seat in after.seats) or not any(seat.on for seat in found)
    assert [seat for seat in after.seats if not seat.extension] == [seat for seat in found if not seat.extension]
    if not asked.kept:
        assert {seat.extension for seat in after.seats if seat.on and seat.extension} <= working


@given(seats, st.frozensets(st.sampled_from(["101", "102", "103", "104", "105"])), st.randoms(use_true_random=False))
def test_whatever_of_it_is_done_somebody_rings(
    found: tuple[Seat, ...], working: frozenset[str], chance: random.Random
) -> None:
    """An API that says yes may have done any part of it; what is left comes with the looks that follow."""
    group = Seen("sales", found)
    for _ in range(3):
        asked = asked_first(group, due(group, working).changes)
        done = {seat: on for seat, on in asked.items() if chance.random() < 0.5}
        for changes in (done, asked):
            after = Seen("sales", tuple(seat._replace(on=changes.get(seat.id, seat.on)) for seat in group.seats))
            assert any(seat.on for seat in after.seats) or not any(seat.on for seat in found)
        group = after
    assert due(group, working).changes == {}


def test_whoever_rings_alone_is_switched_off_once_the_other_is_seen_to_ring() -> None:
    before, after = (seen((ANNA, on), (BORIS, True)) for on in (False, True))
    assert asked_first(before, due(before, {"101"}).changes) == {"a": True}
    assert asked_first(after, due(after, {"101"}).changes) == {"b": False}


@pytest.mark.parametrize(
    ("address", "good"),
    [
        ("https://x.megapbx.ru/sys/crm_api.wcgp", True),
        ("http://127.0.0.1:8080/api", True),
        ("http://localhost/api", True),
        ("http://10.0.0.5/api", True),  # within; the settings say whether it may be asked
        ("http://8.8.8.8/api", False),
        ("http://x.megapbx.ru/sys/crm_api.wcgp", False),  # the token would go in clear text
        ("https://", False),
        ("https://[::1", False),
        ("x.megapbx.ru", False),
        ("", False),
    ],
)
def test_where_a_token_may_go(address: str, good: bool) -> None:
    assert is_api_address(address) is good


def test_whose_groups_are_kept_can_it_and_asks_for_them() -> None:
    assert {name for name, can in CAPABILITIES.items() if Can.MEMBERS in can.has} == set(GROUPS)
    for name in GROUPS:
        assert "groups" in {one.name for one in PROVIDERS[name].settings}

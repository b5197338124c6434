"""Which visit made the call: each signal alone, and what holds for any evidence."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calltracking.attribution.attribute import attribute
from calltracking.attribution.evidence import Incoming, Showing
from calltracking.attribution.parameters import shipped

NOW = 1_800_000_000.0
GIVEN = shipped().parameters
SHARES = {"moscow": 0.5, "tver": 0.1}


def shown(visit: str, minutes: float, **more: object) -> Showing:
    """A visit that ended `minutes` before the call and had lasted three."""
    seen = NOW - 60 * minutes
    return Showing(**{"visit": visit, "visitor": f"v{visit}", "since": seen - 180, "last_seen": seen, **more})  # type: ignore[arg-type]  # fields by name, of any kind


def test_who_is_looking_is_likelier_than_who_left() -> None:
    found = attribute(Incoming(NOW), [shown("left", 20), shown("looks", 0)], GIVEN)

    assert found.best is not None
    assert (found.best.visit, found.best.reasons) == ("looks", ("visit",))
    assert found.confidence > 0.9


@pytest.mark.parametrize(
    ("call", "more", "reason"),
    [
        (Incoming(NOW), {"taps": (NOW - 8,)}, "tap"),
        (Incoming(NOW, region="tver"), {"region": "tver"}, "region"),
        (Incoming(NOW, phone="+79161112233"), {"phones": frozenset({"+79161112233"})}, "phone"),
        (Incoming(NOW, phone="+79161112233", visitors=frozenset({"vearlier"})), {}, "phone"),
    ],
    ids=["tap", "region", "phone of the visitor", "visitor of the phone"],
)
def test_a_signal_outweighs_who_had_the_number_last(call: Incoming, more: dict[str, object], reason: str) -> None:
    later = shown("later", 8, region="moscow")
    found = attribute(call, [shown("earlier", 30, **more), later], GIVEN, SHARES)

    assert found.best is not None
    assert found.best.visit == "earlier"
    assert reason in found.best.reasons


def test_a_visitor_known_by_another_phone_is_less_likely() -> None:
    call = Incoming(NOW, phone="+79161112233")
    plain = attribute(call, [shown("a", 10), shown("b", 10)], GIVEN)
    other = attribute(call, [shown("a", 10, phones=frozenset({"+79990000000"})), shown("b", 10)], GIVEN)

    assert plain.candidates[0].confidence == pytest.approx(plain.candidates[1].confidence)
    assert other.candidates[0].visit == "b"


def test_a_region_says_nothing_where_nobody_counted_the_regions() -> None:
    found = attribute(Incoming(NOW, region="tver"), [shown("a", 10, region="tver"), shown("b", 10)], GIVEN)

    assert found.candidates[0].confidence == pytest.approx(found.candidates[1].confidence)


def test_a_heavier_visit_is_likelier() -> None:
    found = attribute(Incoming(NOW), [shown("a", 10, weight=3.0), shown("b", 10)], GIVEN)

    assert found.candidates[0].confidence == pytest.approx(3 * found.candidates[1].confidence)


def test_what_came_after_the_call_does_not_count() -> None:
    after = Showing("after", "v", NOW + 1, NOW + 60)
    tapped_after = shown("before", 5, taps=(NOW + 2,))
    found = attribute(Incoming(NOW), [after, tapped_after], GIVEN)

    assert [candidate.visit for candidate in found.candidates] == ["before"]
    assert found.candidates[0].reasons == ("later",)


def test_beats_after_the_call_mean_the_visitor_was_looking() -> None:
    found = attribute(Incoming(NOW), [Showing("a", "v", NOW - 60, NOW + 300)], GIVEN)

    assert found.candidates[0].reasons == ("visit",)


def test_a_number_nobody_was_shown_names_nobody() -> None:
    found = attribute(Incoming(NOW), [], GIVEN)

    assert (found.best, found.nobody, found.confidence) == (None, 1.0, 0.0)


def test_the_shipped_figures_say_where_they_come_from() -> None:
    assert shipped().provenance["seeds"] == [1, 2, 3, 4, 5]
    assert shipped().provenance["fitted_by"] == "python -m calltracking.simulation.fitting"


SHOWINGS = st.lists(
    st.builds(
        Showing,
        visit=st.sampled_from("abcdefgh"),
        visitor=st.sampled_from("xyz"),
        since=st.floats(NOW - 1e6, NOW + 1e3),
        last_seen=st.floats(NOW - 1e6, NOW + 1e3),
        taps=st.lists(st.floats(NOW - 1e4, NOW + 1e3), max_size=2).map(tuple),
        region=st.sampled_from(["", "moscow", "tver", "elsewhere"]),
        phones=st.sampled_from([frozenset(), frozenset({"+7916"}), frozenset({"+7999"})]),
    ),
    max_size=12,
)
CALLS = st.builds(
    Incoming,
    at=st.just(NOW),
    phone=st.sampled_from(["", "+7916"]),
    region=st.sampled_from(["", "moscow", "tver"]),
    visitors=st.sampled_from([frozenset(), frozenset({"x"})]),
)


@settings(max_examples=40)
@given(CALLS, SHOWINGS, st.randoms())
def test_confidences_add_up_and_the_order_does_not_matter(
    call: Incoming, showings: list[Showing], chance: random.Random
) -> None:
    found = attribute(call, showings, GIVEN, SHARES)
    shuffled = list(showings)
    chance.shuffle(shuffled)
    confidences = [candidate.confidence for candidate in found.candidates]

    assert math.isclose(sum(confidences) + found.nobody, 1.0, abs_tol=1e-9)
    assert confidences == sorted(confidences, reverse=True)
    assert len({candidate.visit for candidate in found.candidates}) == len(found.candidates)
    assert attribute(call, shuffled, GIVEN, SHARES) == found

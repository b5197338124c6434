"""Who of a team rings first: app_queue's documented order, and what holds for every strategy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.strategies import Mate, Strategy, Team, next_of
from tests.router.company import THURSDAY_NOON as NOW

HOUR = 3600.0


def whole_order(team: Team, chance: float = 0.5) -> list[tuple[str, ...]]:
    """Turn after turn until nobody is left, as one dialogue goes."""
    turns, free = [], list(range(len(team.mates)))
    while chosen := next_of(team, free, NOW, chance):
        turns.append(chosen)
        free = [place for place in free if team.mates[place].extension not in chosen]
    return turns


def mates(*rows: tuple[int, int, float, float]) -> tuple[Mate, ...]:
    """Members 101, 102 … of (penalty, calls taken, hours since he answered, hours since his call ended); 0 is never."""
    return tuple(
        Mate(
            str(101 + place),
            penalty,
            taken=taken,
            answered_at=NOW - answered * HOUR if answered else 0.0,
            ended_at=NOW - ended * HOUR if ended else 0.0,
        )
        for place, (penalty, taken, answered, ended) in enumerate(rows)
    )


FOUR = mates((0, 5, 1.0, 0.9), (0, 2, 3.0, 2.9), (1, 0, 0, 0), (0, 0, 0, 0))


@pytest.mark.parametrize(
    ("strategy", "team", "order"),
    [
        ("ringall", FOUR, [("101", "102", "104"), ("103",)]),
        ("linear", FOUR, ["101", "102", "104", "103"]),
        ("fewestcalls", FOUR, ["104", "102", "101", "103"]),
        ("leastrecent", FOUR, ["104", "102", "101", "103"]),
        ("rrmemory", FOUR, ["102", "104", "101", "103"]),
        ("rrordered", FOUR, ["102", "104", "101", "103"]),
        ("rrmemory", mates((0, 0, 2.0, 0), (0, 0, 0, 0), (0, 0, 1.0, 0)), ["101", "102", "103"]),
        ("rrmemory", mates((0, 0, 0, 0), (0, 0, 0, 0)), ["101", "102"]),
        ("fewestcalls", mates((0, 1, 0, 0), (0, 1, 0, 0), (0, 0, 0, 0)), ["103", "101", "102"]),
        ("leastrecent", mates((0, 1, 0, 12 * 24), (0, 0, 0, 0), (0, 1, 0, 1)), ["101", "102", "103"]),
        ("leastrecent", mates((3, 0, 0, 0), (1, 9, 0.1, 0.1)), ["102", "101"]),
        ("fewestcalls", mates((1, 0, 0, 0), (0, 2_000_000, 0, 0)), ["102", "101"]),
        ("a strategy of tomorrow", FOUR, ["102", "104", "101", "103"]),
    ],
)
def test_the_documented_order(strategy: str, team: tuple[Mate, ...], order: list[str | tuple[str, ...]]) -> None:
    assert whole_order(Team(strategy, team)) == [(each,) if isinstance(each, str) else each for each in order]


@pytest.mark.parametrize("strategy", ["random", "wrandom"])
def test_chance_gives_everybody_his_turn(strategy: str) -> None:
    team = Team(strategy, mates(*[(0, 0, 0, 0)] * 3))
    first = [next_of(team, range(3), NOW, tenth / 1000)[0] for tenth in range(1000)]

    assert all(250 < first.count(extension) < 420 for extension in ("101", "102", "103"))


def test_a_penalty_makes_wrandom_late_and_not_last() -> None:
    team = Team("wrandom", mates((0, 0, 0, 0), (3, 0, 0, 0)))
    first = [next_of(team, range(2), NOW, tenth / 1000)[0] for tenth in range(1000)]

    assert 50 < first.count("102") < 250  # of two dice of 1,000 and 4,000 sides the second is the smaller in 1/8


def test_ringall_rings_no_more_than_a_target_list_holds() -> None:
    everybody = Team("ringall", tuple(Mate(str(100 + place)) for place in range(50)))
    assert [len(turn) for turn in whole_order(everybody)] == [20, 20, 10]


members = st.builds(
    Mate,
    st.just(""),
    st.integers(0, 5),
    taken=st.integers(0, 10**7),
    answered_at=st.sampled_from([0.0]) | st.floats(0, NOW + 10),
    ended_at=st.sampled_from([0.0]) | st.floats(0, NOW + 10),
)
teams = st.lists(members, max_size=12).map(
    lambda rows: tuple(
        Mate(str(100 + place), row.penalty, taken=row.taken, answered_at=row.answered_at, ended_at=row.ended_at)
        for place, row in enumerate(rows)
    )
)


@given(st.sampled_from(Strategy), teams, st.floats(0, 1, exclude_max=True))
def test_everybody_rings_once_and_penalties_are_respected(
    strategy: Strategy, team: tuple[Mate, ...], chance: float
) -> None:
    turns = whole_order(Team(strategy.value, team), chance)
    order = [extension for turn in turns for extension in turn]
    penalty = {mate.extension: mate.penalty for mate in team}

    assert sorted(order) == sorted(penalty)
    if strategy is not Strategy.WRANDOM:
        assert [penalty[extension] for extension in order] == sorted(penalty.values())


@given(st.sampled_from(Strategy), teams, st.sets(st.integers(0, 11)), st.floats(0, 1, exclude_max=True))
def test_who_is_not_free_never_rings(
    strategy: Strategy, team: tuple[Mate, ...], wanted: set[int], chance: float
) -> None:
    free = [place for place in wanted if place < len(team)]
    chosen = next_of(Team(strategy.value, team), free, NOW, chance)

    assert set(chosen) <= {team[place].extension for place in free}
    assert bool(chosen) is bool(free)

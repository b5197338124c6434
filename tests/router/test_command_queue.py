"""The commands of an account: whose turn it is, and what is dropped."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.command_queue import MOST_WAITING, CommandQueue, Rank, Waiting, Why, rank_of
from router.facts import Facts
from trunkline.pbx.hooks.commanding import Command, News, Standing
from trunkline.pbx.hooks.port import Account
from trunkline.pbx.port import Action, Decision

SPACING, PATIENCE = 2.0, 20.0
ACCOUNT = Account("cloud")
LAST = Rank(waits=True, known=2)


def command(name: str, *, rings: bool = True) -> Command:
    return Command(name, f"call-{name}", f"leg-{name}", "101", rings)


def waiting(name: str, since: float = 0.0, rank: Rank = LAST) -> Waiting:
    return Waiting(command(name), rank, since, ACCOUNT)


def queue(*ones: Waiting) -> CommandQueue:
    made = CommandQueue(SPACING, PATIENCE)
    for one in ones:
        made.put(one)
    return made


def taken(made: CommandQueue, now: float) -> str:
    one = made.take(now)
    return one.command.id if one else ""


def served(made: CommandQueue, now: float = 0.0) -> list[str]:
    """All of them, as fast as it lets them go."""
    names = []
    while (left := made.wait(now)) is not None:
        now += left
        if name := taken(made, now):
            names.append(name)
            made.done(now)
        else:
            made.tidy(now)
    return names


@pytest.mark.parametrize(
    ("rule", "facts", "rings", "rank"),
    [
        ("class", Facts(vip=True), True, Rank(waits=False, known=0)),
        ("responsible", Facts(vip=True), True, Rank(waits=False, known=0)),
        ("responsible", Facts(), True, Rank(waits=False, known=1)),
        ("last_talk", Facts(), True, Rank(waits=False, known=1)),
        ("deputy", Facts(), False, Rank(waits=True, known=1)),
        ("class", Facts(), True, Rank(waits=False, known=2)),
        ("class", None, False, Rank(waits=True, known=2)),
    ],
)
def test_the_rank_of_a_caller(rule: str, facts: Any, rings: bool, rank: Rank) -> None:
    assert rank_of(Decision(Action.QUEUE, rule, "q", facts=facts), command("1", rings=rings)) == rank


def test_who_rings_goes_first_then_whom_we_know_then_who_came_first() -> None:
    ranks = {
        "stranger-waits": Rank(waits=True, known=2),
        "vip-waits": Rank(waits=True, known=0),
        "stranger": Rank(waits=False, known=2),
        "client": Rank(waits=False, known=1),
        "vip": Rank(waits=False, known=0),
    }
    ones = [waiting(name, 0.1 * place, rank) for place, (name, rank) in enumerate(ranks.items())]

    made = queue(*ones, waiting("stranger-2", 0.6, ranks["stranger"]))

    assert served(made, 1.0) == ["vip", "client", "stranger", "stranger-2", "vip-waits", "stranger-waits"]


def test_the_next_goes_a_spacing_after_the_last_was_answered() -> None:
    made = queue(waiting("1"), waiting("2", 0.1))

    assert taken(made, 1.0) == "1"
    assert taken(made, 9.0) == ""
    assert made.wait(9.0) == pytest.approx(11.1)  # until it is late: one is on its way
    made.done(9.0)
    assert (taken(made, 10.9), made.wait(9.5)) == ("", 1.5)
    assert taken(made, 11.0) == "2"


def test_a_longer_rest_is_kept() -> None:
    made = queue(waiting("1"), waiting("2"))
    made.take(0.0)
    made.done(1.0, 7.0)

    assert made.wait(1.0) == 7.0


@pytest.mark.parametrize(
    ("news", "gone"),
    [
        (News("call-1", "", Standing.TALKS), Why.TALKS),
        (News("call-1", "", Standing.OVER), Why.OVER),
        (News("call-1", "leg-1", Standing.MOVED), Why.MOVED),
        (News("call-1", "leg-9", Standing.MOVED), None),
        (News("call-9", "", Standing.OVER), None),
    ],
)
def test_what_no_longer_matters_is_dropped(news: News, gone: Why | None) -> None:
    made = queue(waiting("1"), waiting("2"))

    assert [(one.command.id, why) for one, why in made.hear(news)] == ([("1", gone)] if gone else [])
    assert served(made) == (["2"] if gone else ["1", "2"])


def test_what_waited_too_long_is_dropped_and_never_sent() -> None:
    made = queue(waiting("old", 0.0, Rank(waits=False, known=0)), waiting("new", 5.0))

    assert made.wait(0.0) == 0.0
    assert taken(made, PATIENCE) == "new"
    assert [(one.command.id, why) for one, why in made.tidy(PATIENCE)] == [("old", Why.LATE)]
    assert made.wait(PATIENCE) is None


def test_of_too_many_the_least_urgent_goes() -> None:
    made = queue(*(waiting(str(number), float(number)) for number in range(MOST_WAITING)))
    vip = waiting("vip", 1e6, Rank(waits=False, known=0))

    assert [(one.command.id, why) for one, why in made.put(vip)] == [(str(MOST_WAITING - 1), Why.CROWDED)]
    assert [one.command.id for one, _ in made.put(replace(vip, rank=LAST, command=command("last")))] == ["last"]
    assert len(made) == MOST_WAITING


_DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.booleans(), st.integers(0, 2)),
        st.tuples(st.just("answer"), st.integers(0, 30), st.floats(0, 3)),
        st.tuples(st.just("news"), st.integers(0, 30), st.sampled_from(Standing)),
        st.tuples(st.just("pass"), st.floats(0, 9), st.none()),
    ),
    max_size=60,
)


@given(_DEEDS)
def test_whatever_happens_the_account_is_asked_in_its_measure(deeds: list[tuple[Any, ...]]) -> None:
    """One at a time, a spacing apart, none late, none dropped, none twice; and each is sent, dropped or waits."""
    made, now, number, free_at = CommandQueue(SPACING, PATIENCE), 0.0, 0, 0.0
    put: dict[str, Waiting] = {}
    sent: list[str] = []
    dropped: list[str] = []
    for deed, first, second in deeds:
        now += 0.25
        match deed:
            case "put":
                one = waiting(str(number), now, Rank(first, second))
                put[str(number)] = one
                number += 1
                dropped += [each.command.id for each, _ in made.put(one)]
            case "news":
                dropped += [each.command.id for each, _ in made.hear(News(f"call-{first}", "", second))]
            case "pass":
                now += first
            case "answer" if (took := made.take(now)) is not None:
                assert now >= free_at
                assert now - took.since < PATIENCE
                assert made.take(now) is None
                now += second
                made.done(now)
                free_at = now + SPACING
                sent.append(took.command.id)
        dropped += [each.command.id for each, _ in made.tidy(now)]

    assert len(set(sent + dropped)) == len(sent + dropped)
    assert len(sent) + len(dropped) + len(made) == len(put)

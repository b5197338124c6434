"""Which number is shown, over which trunk: tables for the order, properties for what must never happen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.callerid.company import (
    ELSEWHERE,
    FOREIGN,
    FREE,
    MOSCOW,
    MOSCOW_PLAIN,
    MOSCOW_SECOND,
    OTHER_PBX,
    PORTED,
    RETIRING,
    TVER,
    URAL,
    Places,
    pool,
)
from trunkline.callerid.choose import STEPS, Choice, OutgoingFacts, Outward, choose, kind_of
from trunkline.callerid.failure import Failure, failure_of
from trunkline.callerid.pool import dialled, districts_of, plain
from trunkline.directory.values import TrunkBrief

MUSCOVITE, URALIAN, KALUGA, TVERITE = "+79161234567", "+79121234567", "+79101234567", "+74822000000"
RULES = sorted(STEPS)


def facts(client: str, **more: object) -> OutgoingFacts:
    subjects = Places().subjects_of(client)
    known = {"client": client, "subjects": subjects, "districts": districts_of(subjects, Places())}
    return OutgoingFacts(**{**known, **more})  # type: ignore[arg-type]


def shown(choice: Choice) -> tuple[str, str]:
    return choice.rule, choice.caller_id


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (facts(URALIAN), ("region", URAL)),
        (facts(TVERITE), ("region", TVER)),
        (facts(MUSCOVITE, last_line=TVER), ("last_line", TVER)),
        (facts(URALIAN, last_line=MOSCOW_PLAIN), ("region", URAL)),  # not labelled: passed over
        (facts(URALIAN, last_line=RETIRING), ("region", URAL)),  # nobody could call back for long
        (facts(URALIAN, last_line="+74950000000"), ("region", URAL)),  # not ours
        (facts(URALIAN, wanted_line=TVER, last_line=URAL), ("wanted_line", TVER)),
        (facts(URALIAN, wanted_line=RETIRING), ("region", URAL)),  # may not be shown
        (facts(MUSCOVITE, city=plain("Г. Тверь")), ("city", TVER)),
        (facts(MUSCOVITE, city="казань", last_line=URAL), ("last_line", URAL)),
        (facts(ELSEWHERE), ("default", FREE)),
        (facts("+4930123456"), ("default", FREE)),
        (facts("+78005553535"), ("default", FREE)),
    ],
)
def test_the_order_of_steps(asked: OutgoingFacts, expected: tuple[str, str]) -> None:
    assert shown(choose(asked, pool(), 0.5)) == expected


def test_moscow_of_two_subjects_meets_a_line_of_one() -> None:
    choice = choose(facts(MUSCOVITE), pool(), 0.5)

    assert choice.rule == "region"
    assert choice.caller_id in {MOSCOW, MOSCOW_SECOND, PORTED}


def test_a_neighbour_of_the_district_stands_in() -> None:
    choice = choose(facts(KALUGA), pool(), 0.5)

    assert choice.rule == "district"
    assert choice.caller_id in {MOSCOW, MOSCOW_SECOND, PORTED, TVER}


def test_fallbacks_take_the_next_operator_and_unlabelled_lines_last() -> None:
    choice = choose(facts(MUSCOVITE), pool(), 0.5)
    ways = [(choice.caller_id, choice.trunk), *((way.caller_id, way.trunk) for way in choice.fallbacks)]

    in_region = [line for line, _ in ways if line in {MOSCOW, MOSCOW_PLAIN, MOSCOW_SECOND, PORTED}]
    assert {ways[0][1], ways[1][1]} == {"alpha-trunk", "beta-trunk"}
    assert set(in_region) == {MOSCOW, MOSCOW_PLAIN, MOSCOW_SECOND, PORTED}
    assert in_region == [line for line, _ in ways[:4]]
    assert ways[-1][0] == FREE


@pytest.mark.parametrize("sick", ["alpha-trunk", f"{URAL}@alpha-trunk"])
def test_a_sick_way_is_tried_last(sick: str) -> None:
    choice = choose(facts(URALIAN, sick=(sick,)), pool(), 0.5)

    assert shown(choice) == ("default", FREE)
    assert choice.fallbacks[-1].caller_id == URAL


def test_what_was_tried_is_not_tried_again() -> None:
    tried: list[str] = []
    while (choice := choose(facts(MUSCOVITE, tried=tuple(tried)), pool(), 0.5)).action is Outward.DIAL:
        tried.append(f"{choice.caller_id}@{choice.trunk}")

    assert choice.action is Outward.END
    assert len(tried) == len(set(tried)) == 6


def test_an_unlabelled_line_is_shown_with_a_warning() -> None:
    tried = (f"{MOSCOW}@alpha-trunk", f"{MOSCOW_SECOND}@beta-trunk", f"{PORTED}@beta-trunk")

    one_left = choose(facts(MUSCOVITE, tried=tried), pool(), 0)

    assert (one_left.caller_id, one_left.labelled) == (MOSCOW_PLAIN, False)


@pytest.mark.parametrize(
    ("rule", "same", "steps"),
    [
        ("fixed", True, {"default"}),
        ("fixed_for_numa", True, {"any"}),
        ("random", False, {"any"}),
        ("regional_random", False, {"region"}),
        ("regional_fixed_for_numa", True, {"region"}),
    ],
)
def test_the_five_usage_rules(rule: str, same: bool, steps: set[str]) -> None:
    choices = [choose(facts(MUSCOVITE), pool(rule), chance / 50) for chance in range(50)]

    assert {choice.rule for choice in choices} == steps
    assert (len({choice.caller_id for choice in choices}) == 1) is same
    if rule == "fixed":
        assert {choice.caller_id for choice in choices} == {FREE}


@pytest.mark.parametrize("rule", RULES)
def test_the_default_serves_where_no_number_suits(rule: str) -> None:
    choice = choose(facts(ELSEWHERE), pool(rule), 0.1)

    assert FREE in {choice.caller_id, *(way.caller_id for way in choice.fallbacks)}


@pytest.mark.parametrize("to", ["112", "101", "102", "103", "104", "01", "02", "03", "04"])
@pytest.mark.parametrize("rule", RULES)
def test_emergencies_pass_untouched(to: str, rule: str) -> None:
    client, kind = kind_of(to)

    choice = choose(OutgoingFacts(client, kind), pool(rule), 0.5)

    assert (choice.action, choice.rule, choice.caller_id, choice.number) == (Outward.PASS, "emergency", "", "")


@pytest.mark.parametrize(
    ("to", "kind"), [("201", "short"), ("0611", "short"), ("234567", "internal"), ("*65", "invalid")]
)
def test_what_is_no_number_passes_untouched(to: str, kind: str) -> None:
    assert kind_of(to)[1] == kind
    assert choose(OutgoingFacts(*kind_of(to)), pool(), 0.5).action is Outward.PASS


def test_nothing_of_ours_leaves_the_call_as_it_is() -> None:
    choice = choose(facts(ELSEWHERE), pool(default=""), 0.5)
    assert (choice.action, choice.rule) == (Outward.PASS, "nothing_left")


@given(
    client=st.sampled_from([MUSCOVITE, URALIAN, KALUGA, TVERITE, ELSEWHERE]),
    rule=st.sampled_from(RULES),
    chance=st.floats(0, 1),
    last=st.sampled_from(["", MOSCOW, FOREIGN, OTHER_PBX, RETIRING]),
    sick=st.lists(st.sampled_from(["alpha-trunk", "beta-trunk", "gamma-trunk"]), unique=True),
)
def test_never_a_number_over_a_foreign_trunk(client: str, rule: str, chance: float, last: str, sick: list[str]) -> None:
    """Whatever happens: only lines in use, over the trunk of today's operator, each once."""
    choice = choose(facts(client, last_line=last, sick=tuple(sick)), pool(rule), chance)

    owners = dict.fromkeys((MOSCOW, MOSCOW_PLAIN, URAL), "alpha") | {FREE: "gamma"}
    owners |= dict.fromkeys((MOSCOW_SECOND, TVER, PORTED), "beta")
    ways = [(choice.caller_id, choice.trunk), *((way.caller_id, way.trunk) for way in choice.fallbacks)]
    assert all(trunk == f"{owners[line]}-trunk" for line, trunk in ways)
    assert len(ways) == len(set(ways)) <= 8
    assert choice == choose(facts(client, last_line=last, sick=tuple(sick)), pool(rule), chance)


def test_a_line_less_moves_only_its_own_clients() -> None:
    whole = pool("fixed_for_numa")
    without = type(whole)(whole.rule, whole.default, {k: v for k, v in whole.by_line.items() if k != MOSCOW})
    clients = [f"+7916{number:07d}" for number in range(300)]
    moved = [
        before
        for client in clients
        if (before := choose(facts(client), whole, 0).caller_id) != choose(facts(client), without, 0).caller_id
    ]

    assert set(moved) == {MOSCOW}


@pytest.mark.parametrize(
    ("trunk", "number", "out"),
    [
        (TrunkBrief("p", "t"), "+79161234567", "+79161234567"),
        (TrunkBrief("p", "t", format="digits", prefix="9"), "+79161234567", "979161234567"),
        (TrunkBrief("p", "t", format="national"), "+79161234567", "89161234567"),
        (TrunkBrief("p", "t", format="national"), "+4930123456", "8104930123456"),
    ],
)
def test_numbers_as_trunks_want_them(trunk: TrunkBrief, number: str, out: str) -> None:
    assert dialled(trunk, number) == out


@pytest.mark.parametrize(
    ("status", "reason", "failure"),
    [
        ("CHANUNAVAIL", "SIP 403 Forbidden", Failure.REFUSED),
        ("CONGESTION", "SIP 503 Service Unavailable", Failure.DOWN),
        ("CHANUNAVAIL", "", Failure.DOWN),
        ("CHANUNAVAIL", "SIP 603 Decline", Failure.NONE),
        ("CHANUNAVAIL", "SIP 404 Not Found", Failure.NONE),
        ("BUSY", "SIP 486 Busy Here", Failure.NONE),
        ("NOANSWER", "", Failure.NONE),
        ("ANSWER", "SIP 200 OK", Failure.NONE),
        ("congestion", "403", Failure.REFUSED),
        ("CONGESTION", "garbage 403", Failure.DOWN),
    ],
)
def test_what_a_failure_says(status: str, reason: str, failure: Failure) -> None:
    assert failure_of(status, reason) is failure

"""The guard's table: who may be called, from the widest reason to the narrowest, and never more than the caps."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.calls.phone import parse_dialled
from trunkline.dialing.guard import PASSED, RULES, Facts, Limits, Spent, is_allowed, is_entry, judge

MOBILE = "+79161234567"


def facts(to: str = MOBILE, **more: Any) -> Facts:
    return Facts(parse_dialled(to))._replace(**more)


@pytest.mark.parametrize(
    ("to", "rule"),
    [
        ("+79161234567", PASSED),
        ("8 (495) 123-45-67", PASSED),
        ("83431110001", PASSED),
        ("+78001234567", "not_allowed"),
        ("+78041234567", "not_allowed"),
        ("+78091234567", "denied"),
        ("88031234567", "denied"),
        ("+79541234567", "denied"),
        ("+78402261234", "denied"),
        ("+79401234567", "denied"),
        ("+77011234567", "not_allowed"),
        ("+77272501234", "not_allowed"),
        ("+375291234567", "not_allowed"),
        ("810 375 29 123-45-67", "not_allowed"),
        ("+88213123456", "not_allowed"),
        ("112", "emergency"),
        ("03", "emergency"),
        ("101", "emergency"),
        ("201", "short"),
        ("1234567", "short"),
        ("anonymous", "no_number"),
        ("", "no_number"),
        ("call me", "no_number"),
        ("+7916123456789012", "no_number"),
    ],
)
def test_a_new_installation_calls_russian_lines_and_mobiles(to: str, rule: str) -> None:
    assert judge(facts(to)).rule == rule


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ({"limits": Limits(active=False)}, "off"),
        ({"own": True}, "own"),
        ({"do_not_call": "asked"}, "do_not_call"),
        ({"do_not_call": ""}, "do_not_call"),
        ({"spam": True}, "spam"),
        ({"by_number": Spent(10)}, "number_calls"),
        ({"by_number": Spent(9, 240)}, "number_minutes"),
        ({"by_ip": Spent(1000)}, "ip_calls"),
        ({"by_ip": Spent(0, 4000)}, "ip_minutes"),
        ({"by_day": Spent(2000)}, "day_calls"),
        ({"by_day": Spent(0, 8000)}, "day_minutes"),
        ({"by_ip": Spent(1000, 4000), "by_day": Spent(1999, 7999), "do_not_call": "asked"}, "do_not_call"),
        ({"by_ip": Spent(999, 3999), "by_day": Spent(1999, 7999), "by_number": Spent(9, 239)}, PASSED),
        ({"limits": Limits(day_calls=0)}, "day_calls"),
    ],
)
def test_each_rule_refuses(more: dict[str, Any], rule: str) -> None:
    verdict = judge(facts(**more))

    assert verdict.rule == rule
    assert [row.matched for row in verdict.trace] == [False] * (len(verdict.trace) - 1) + [rule != PASSED]


@pytest.mark.parametrize(
    ("limits", "number", "passes"),
    [
        (("RU", "KZ"), "+77011234567", True),
        (("RU", "+77"), "+77272501234", True),
        (("RU", "BY"), "+375291234567", True),
        (("RU", "+7800"), "+78001234567", True),
        (("+7495",), "+74951234567", True),
        (("+7495",), MOBILE, False),
        ((), MOBILE, False),
        (("KZ",), MOBILE, False),
    ],
)
def test_countries_and_prefixes(limits: tuple[str, ...], number: str, passes: bool) -> None:
    assert is_allowed(number, limits) is passes


def test_what_is_denied_is_denied_whatever_is_allowed() -> None:
    assert judge(facts("+78091234567", limits=Limits(allowed=("RU", "+7809")))).rule == "denied"


@pytest.mark.parametrize(
    ("text", "fits"), [("RU", True), ("+7", True), ("RUS", False), ("7", False), ("+", False), ("+7x", False)]
)
def test_entries(text: str, fits: bool) -> None:
    assert is_entry(text) is fits


SPENT = st.builds(Spent, st.integers(0, 50), st.integers(0, 500))


@given(
    by_number=SPENT, by_ip=SPENT | st.none(), by_day=SPENT, caps=st.lists(st.integers(0, 60), min_size=6, max_size=6)
)
def test_what_passes_fits_into_every_cap(by_number: Spent, by_ip: Spent | None, by_day: Spent, caps: list[int]) -> None:
    names = ("number_calls", "number_minutes", "ip_calls", "ip_minutes", "day_calls", "day_minutes")
    given_caps: dict[str, Any] = dict(zip(names, caps, strict=True))
    limits = Limits(**given_caps)
    verdict = judge(facts(limits=limits, by_number=by_number, by_ip=by_ip, by_day=by_day))

    known = [(by_number, caps[0], caps[1]), (by_day, caps[4], caps[5])]
    if by_ip is not None:
        known.append((by_ip, caps[2], caps[3]))
    fits = all(spent.calls < calls and spent.minutes < minutes for spent, calls, minutes in known)
    assert verdict.passed is fits
    if fits:
        assert 1 <= verdict.minutes <= limits.longest_minutes
        assert all(spent.minutes + verdict.minutes <= minutes for spent, _, minutes in known)


@given(st.text(max_size=20), st.booleans(), st.booleans())
def test_only_a_number_passes(text: str, own: bool, spam: bool) -> None:
    verdict = judge(facts(text, own=own, spam=spam))

    assert not verdict.passed or (str(parse_dialled(text)).startswith("+7") and not own and not spam)


def test_names_are_told_apart() -> None:
    assert len({rule.name for rule in RULES} | {PASSED}) == len(RULES) + 1


@pytest.mark.parametrize(
    ("spent", "legs", "rule"),
    [
        (Spent(1998, 0), 2, "passed"),
        (Spent(1999, 0), 2, "day_calls"),
        (Spent(1999, 0), 1, "passed"),
        (Spent(0, 7999), 2, "day_minutes"),
        (Spent(0, 7999), 1, "passed"),
    ],
)
def test_a_mobile_agents_own_leg_counts_for_the_company_and_not_for_the_client(
    spent: Spent, legs: int, rule: str
) -> None:
    asked = facts(by_day=spent, legs=legs)

    assert judge(asked).rule == rule
    assert judge(asked._replace(by_day=Spent(), by_number=Spent(9, 0))).passed, "the client is called once"


def test_what_is_left_of_the_day_is_shared_by_both_legs() -> None:
    asked = facts(by_day=Spent(0, 7960), legs=2)

    assert judge(asked).minutes == 20

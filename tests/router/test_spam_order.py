"""Who is kept out: the order of the spam rules as a table, and what may never happen whatever is known."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.callers import Callers
from router.facts import Facts
from router.rules import RULES
from tests.router.test_rules import STRANGER, any_facts, policies_with, take, with_
from trunkline.directory.values import ContactClass
from trunkline.pbx.port import Action

BOX = {"spam": {"action": "challenge", "failed": "voicemail:spam"}}
ALL_AGAINST = with_(STRANGER, personal="reject", spam_votes=9, range_votes=40, unallocated=True)


def test_the_order_is_that_of_the_issue() -> None:
    names = [rule.name for rule in RULES]
    assert names[3:9] == ["allowed", "internal", "spoken", "personal", "spam", "spam_score"]


@pytest.mark.parametrize(
    ("changed", "rule", "answer"),
    [
        ({"allowed": True}, "class", "queue:q-sales"),
        ({"internal": True}, "class", "queue:q-sales"),
        ({"spoken": True}, "class", "queue:q-sales"),
        ({}, "personal", "reject"),
        ({"personal": "voicemail"}, "personal", "voicemail:spam"),
        ({"personal": "challenge"}, "personal", "challenge:7"),
        ({"personal": ""}, "spam", "challenge:7"),
        ({"personal": "", "repeat": 60}, "spam", "challenge:7"),
        ({"repeat": 60}, "personal", "reject"),
        ({"personal": "", "spam_votes": 0}, "spam_score", "challenge:7"),
        ({"personal": "", "spam_votes": 0, "repeat": 60}, "class", "queue:q-sales"),
        ({"personal": "", "spam_votes": 0, "repeat": 601}, "spam_score", "challenge:7"),
        ({"personal": "", "spam_votes": 0, "unallocated": False}, "spam_score", "challenge:7"),
        ({"personal": "", "spam_votes": 0, "range_votes": 0}, "spam_score", "challenge:7"),
        ({"personal": "", "spam_votes": 0, "unallocated": False, "range_votes": 3}, "class", "queue:q-sales"),
        ({"contacts": (UUID(int=1),)}, "class", "queue:q-sales"),
        ({"klass": ContactClass.SUPPLIER}, "class", "queue:q-production"),
    ],
)
def test_each_rule_before_the_next(changed: dict[str, Any], rule: str, answer: str) -> None:
    decision, _ = take(with_(ALL_AGAINST, **changed))
    target = f":{decision.target}" if decision.target else ""

    assert (decision.rule, f"{decision.action}{target}") == (rule, answer)


def test_a_rule_that_passes_says_so_and_the_ones_below_are_not_read() -> None:
    decision, _ = take(with_(ALL_AGAINST, spoken=True))
    told = {row.rule: row.matched for row in decision.trace}

    assert told["spoken"]
    assert not told.keys() & {"personal", "spam", "spam_score", "anonymous"}


def test_our_own_telephones_are_not_asked_for_a_digit_even_when_hidden() -> None:
    hidden = with_(STRANGER, kind="anonymous", internal=True)
    assert take(hidden, policies=policies_with(spam={"anonymous": "challenge"}))[0].rule == "class"


def test_the_plan_sets_the_score_and_the_minutes() -> None:
    forged = with_(STRANGER, unallocated=True, repeat=60)
    assert take(forged)[0].rule == "class"
    assert take(forged, policies=policies_with(spam={"repeat_minutes": 0}))[0].rule == "spam_score"
    assert take(with_(forged, repeat=0), policies=policies_with(spam={"score": 5}))[0].rule == "class"


@pytest.mark.parametrize("treatment", ["challenge", "voicemail"])
def test_without_a_box_the_challenge_takes_its_place(treatment: str) -> None:
    policies = policies_with(spam={}, voicemail="")
    decision, turn = take(with_(STRANGER, personal=treatment), policies=policies)
    assert decision.action is Action.CHALLENGE
    decision, _ = take(with_(STRANGER, personal=treatment), turn, policies=policies, digits="1")
    assert (decision.rule, decision.action, decision.sound) == ("challenge_failed", Action.PLAYBACK, "vm-goodbye")


def test_nobody_presses_and_the_voicemail_takes_a_message() -> None:
    _, turn = take(with_(STRANGER, spam_votes=9), policies=policies_with(spam={}))
    decision, _ = take(with_(STRANGER, spam_votes=9), turn, policies=policies_with(spam={}))
    assert (decision.action, decision.target) == (Action.VOICEMAIL, "office")


judged = st.builds(
    with_,
    any_facts,
    unallocated=st.booleans(),
    personal=st.sampled_from(["", "challenge", "voicemail", "reject"]),
    range_votes=st.integers(0, 255),
    repeat=st.integers(0, 4000),
    spoken=st.booleans(),
)
spam_plans = st.fixed_dictionaries(
    {},
    optional={
        "action": st.sampled_from(["challenge", "voicemail:spam", ""]),
        "failed": st.sampled_from(["", "voicemail:spam"]),
        "anonymous": st.sampled_from(["", "challenge"]),
        "score": st.integers(1, 255),
        "repeat_minutes": st.integers(0, 120),
    },
)
_SPAM_RULES = frozenset({"personal", "spam", "spam_score"})


@given(judged, spam_plans)
def test_allow_always_wins(facts: Facts, spam: dict[str, Any]) -> None:
    decision, _ = take(with_(facts, allowed=True), policies=policies_with(spam=spam))
    assert decision.rule not in _SPAM_RULES | {"anonymous"}


@given(judged, spam_plans)
def test_a_call_from_inside_is_never_challenged(facts: Facts, spam: dict[str, Any]) -> None:
    decision, _ = take(with_(facts, internal=True), policies=policies_with(spam=spam))
    assert decision.action is not Action.CHALLENGE
    assert decision.rule not in _SPAM_RULES


@given(judged, spam_plans, st.lists(st.sampled_from(["", "7", "1"]), min_size=4, max_size=4))
def test_nobody_is_rejected_unless_that_was_written_by_hand(
    facts: Facts, spam: dict[str, Any], pressed: list[str]
) -> None:
    facts = with_(facts, personal="challenge" if facts.personal == "reject" else facts.personal, fallback="")
    _, turn = take(facts)
    for digits in pressed:
        decision, turn = take(facts, turn, policies=policies_with(spam=spam), digits=digits)
        assert decision.action is not Action.REJECT


class TestCallers:
    def test_another_call_of_the_number_is_remembered(self) -> None:
        callers = Callers()
        assert callers.seconds_since("+79160000001", "a", 1000.0) == 0
        assert callers.note("+79160000001", "a", 1000.0)
        assert callers.seconds_since("+79160000001", "a", 1005.0) == 0, "the same call, a turn later"
        assert not callers.note("+79160000001", "a", 1005.0)
        assert callers.seconds_since("+79160000001", "b", 1090.0) == 90
        assert callers.note("+79160000001", "b", 1090.0)
        assert callers.seconds_since("+79160000001", "b", 1092.0) == 92, "what the first turn saw, or nearly"

    def test_it_is_bounded_and_forgets_the_oldest(self) -> None:
        callers = Callers(most=2)
        for number in ("1", "2", "3"):
            callers.note(number, number, 1000.0)
        assert [callers.seconds_since(number, "x", 1060.0) for number in ("1", "2", "3")] == [0, 60, 60]

    def test_hours_later_it_is_no_repeat(self) -> None:
        callers = Callers()
        callers.note("1", "a", 1000.0)
        assert callers.seconds_since("1", "b", 1000.0 + 3 * 3600) == 0
        assert callers.seconds_since("1", "b", 999.0) == 0, "clocks differ"

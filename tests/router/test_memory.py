"""A remembered decision is the one the rules would make now."""

from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.facts import Facts
from router.memory import FLEETING, PERSONAL, Memory
from router.policy import Policies, no_policies, policies_of
from router.rules import RULES, decide
from router.staff import Agent
from router.state import FIRST, Turn
from router.strategies import Mate, Team
from tests.router.company import OFFICE, PLAN, SERVICE, THURSDAY_NOON, head_of
from trunkline.calls.names import NameStyle
from trunkline.directory.values import ContactClass, LineMode
from trunkline.pbx.devices import DeviceState
from trunkline.pbx.port import Action, Question
from trunkline.presence.state import State

OTHERWISE = {
    "classes": {"unknown": "team:sales", "client": "queue:sales", "supplier": "queue:sales"},
    "overflow": {"target": "team:sales", "length": 6},
}
POLICIES = policies_of(head_of())
WITH_TEAMS = policies_of(head_of(PLAN | OTHERWISE))
AGENTS = st.none() | st.builds(
    Agent, st.sampled_from(("Анна", "Борис")), st.sampled_from(("", "101", "102")), st.sampled_from(DeviceState)
)
IMPERSONAL: dict[str, st.SearchStrategy[Any]] = {
    "kind": st.sampled_from(("number", "anonymous", "short")),
    "line": st.sampled_from((OFFICE, SERVICE, "+74990000000")),
    "line_known": st.booleans(),
    "fallback": st.sampled_from(("", "queue:sales")),
    "klass": st.sampled_from(ContactClass),
    "vip": st.booleans(),
    "overdue": st.sampled_from((0, 1, 10**6)),
    "responsible": AGENTS,
    "deputy": AGENTS,
    "spam_votes": st.sampled_from((0, 1, 9)),
    "mode": st.sampled_from(LineMode),
    "region_kind": st.sampled_from(("unknown", "subject")),
    "region": st.sampled_from(((), ("77",))),
    "unallocated": st.booleans(),
    "allowed": st.booleans(),
    "internal": st.booleans(),
    "spoken": st.booleans(),
    "personal": st.sampled_from(("", "challenge", "voicemail", "reject")),
    "range_votes": st.sampled_from((0, 5)),
    "range": st.sampled_from(("", "7916000")),
    "repeat": st.sampled_from((0, 30)),
    "last_agent": AGENTS,
    "reserved": st.sampled_from(((), ("101",), ("101", "102"))),
    "last_talk_days": st.sampled_from((0, 3)),
    "lengths": st.sampled_from(({}, {"sales": 5}, {"sales": 6})),
    "lease": st.sampled_from(("", "held", "stale")),
    "site": st.sampled_from(("", "Окна")),
    "destination": st.sampled_from(("", "q-sales", "q-finance")),
}
MATES = st.builds(
    Mate,
    st.sampled_from(("101", "102", "103")),
    st.integers(0, 1),
    st.sampled_from(DeviceState),
    st.sampled_from(State),
    st.integers(0, 3),
    st.just(0.0),
    st.sampled_from((0.0, THURSDAY_NOON - 60)),
)
TEAMS = st.fixed_dictionaries(
    {},
    optional={
        "sales": st.builds(Team, st.sampled_from(("ringall", "leastrecent")), st.lists(MATES, max_size=3).map(tuple))
    },
)
CALLERS: dict[str, st.SearchStrategy[Any]] = {
    "caller": st.sampled_from(("+79160000004", "+79160000005")),
    "name": st.text(max_size=5),
    "company": st.text(max_size=5),
    "names": st.sampled_from(NameStyle),
    "spam_source": st.sampled_from(("", "list")),
    "directory": st.sampled_from(("a.0", "b.1")),
    FLEETING: TEAMS,
}
TURNS = st.just(FIRST) | st.builds(
    Turn,
    st.integers(1, 7),
    st.lists(st.sampled_from([rule.code for rule in RULES]), min_size=1, max_size=3).map("".join),
    st.sampled_from(("", "4")),
)
STATUSES = st.sampled_from(("", "NOANSWER", "CANCEL", "TIMEOUT"))


@st.composite
def two_callers(draw: st.DrawFn) -> tuple[Facts, Facts]:
    """Two callers of whom the same is known."""
    same = draw(st.fixed_dictionaries(IMPERSONAL))
    known = draw(st.booleans())
    one, other = (
        Facts(**same, **draw(st.fixed_dictionaries(CALLERS)), contacts=(UUID(int=place),) if known else ())
        for place in (1, 2)
    )
    return one, other


@given(
    st.sampled_from((POLICIES, WITH_TEAMS)),
    two_callers(),
    TURNS,
    STATUSES,
    st.sampled_from(("", "4", "5")),
    st.integers(0, 7 * 24 * 60),
)
def test_the_next_caller_gets_what_the_rules_say_of_him(
    policies: Policies, callers: tuple[Facts, Facts], turn: Turn, status: str, digits: str, minutes: int
) -> None:
    memory, now = Memory(), THURSDAY_NOON + 60 * minutes
    for place, facts in enumerate(callers):
        question = Question("office", f"1786006800.{place}", facts.caller, facts.line, status=status, digits=digits)

        def seal(after: Turn, call_id: str = question.call_id) -> str:
            return f"{after}{call_id}"

        remembered = memory.decide(question, facts, policies, now + place, 0.3, turn, seal)

        assert remembered == decide(question, facts, policies, now + place, 0.3, turn=turn, seal=seal)


def test_every_fact_is_personal_or_drawn_above() -> None:
    """A new fact is to be looked at by the test above, one way or the other."""
    assert set(Facts.__struct_fields__) == set(IMPERSONAL) | set(CALLERS) | {"contacts"}
    assert set(CALLERS) | {"contacts"} == PERSONAL | {FLEETING}


def test_a_challenge_has_a_digit_of_its_own_each_time() -> None:
    memory, spammer = Memory(), Facts(caller="+79160000009", line=OFFICE, spam_votes=3)
    asked = Question("office", "1786006800.1", spammer.caller, OFFICE)

    digits = [
        memory.decide(asked, spammer, POLICIES, THURSDAY_NOON, chance, FIRST, str).target for chance in (0.1, 0.7)
    ]

    assert digits == ["1", "7"]


@pytest.mark.parametrize("change", ["plan", "minute"])
def test_nothing_is_remembered_beyond_its_plan_and_minute(change: str) -> None:
    memory, stranger = Memory(), Facts(caller="+79160000009", line=OFFICE)
    asked = Question("office", "1786006800.1", stranger.caller, OFFICE)
    before = memory.decide(asked, stranger, POLICIES, THURSDAY_NOON, 0.1, FIRST, str)
    policies = no_policies() if change == "plan" else POLICIES
    now = THURSDAY_NOON + (8 * 3600 if change == "minute" else 0)

    after = memory.decide(asked, stranger, policies, now, 0.1, FIRST, str)

    assert before.action is Action.QUEUE
    assert after == decide(asked, stranger, policies, now, 0.1, turn=FIRST, seal=str)
    assert msgspec.structs.replace(after, state="") != msgspec.structs.replace(before, state="")

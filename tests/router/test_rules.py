"""The rules: who goes where, turn by turn."""

from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.facts import Facts
from router.policy import Policies, no_policies, policies_of
from router.rules import RULES, decide
from router.staff import Agent
from router.state import FIRST, Turn
from tests.router.company import HOLIDAY_NOON, OFFICE, PLAN, SERVICE, THURSDAY_NOON, head_of
from trunkline.directory.values import ContactClass
from trunkline.pbx.devices import DeviceState
from trunkline.pbx.port import MAX_TURNS, Action, Decision, Next, Question

ASKED = Question("office", "1786006800.1", "+79160000004", OFFICE)
STRANGER = Facts(caller="+79160000004", line=OFFICE, line_known=True, fallback="queue:sales")
ANNA, BORIS = Agent("Анна", "101"), Agent("Борис", "102")
CLIENT = msgspec.structs.replace(
    STRANGER, klass=ContactClass.CLIENT, contacts=(UUID(int=1),), responsible=ANNA, deputy=BORIS, name="Иванов"
)
EVENING = THURSDAY_NOON + 8 * 3600
POLICIES = policies_of(head_of())


def policies_with(**sections: Any) -> Policies:
    """The company's plan with some sections exchanged."""
    return policies_of(head_of(PLAN | sections))


def take(
    facts: Facts,
    turn: Turn = FIRST,
    *,
    now: float = THURSDAY_NOON,
    policies: Policies = POLICIES,
    chance: float = 0.75,
    **question: str,
) -> tuple[Decision, Turn]:
    """One turn; the second value is the turn handed out."""
    handed: list[Turn] = []

    def seal(after: Turn) -> str:
        handed.append(after)
        return "sealed"

    decision = decide(msgspec.structs.replace(ASKED, **question), facts, policies, now, chance, turn=turn, seal=seal)
    return decision, handed[0] if handed else turn


def with_(facts: Facts, **changed: Any) -> Facts:
    return msgspec.structs.replace(facts, **changed)


@pytest.mark.parametrize(
    ("facts", "now", "rule", "target"),
    [
        (STRANGER, THURSDAY_NOON, "class", "queue:q-sales"),
        (with_(STRANGER, klass=ContactClass.SUPPLIER), THURSDAY_NOON, "class", "queue:q-production"),
        (with_(STRANGER, klass=ContactClass.CONTRACTOR), THURSDAY_NOON, "class", "queue:q-finance"),
        (with_(STRANGER, klass=ContactClass.PARTNER), THURSDAY_NOON, "class", "queue:q-sales"),
        (CLIENT, THURSDAY_NOON, "responsible", "extension:101"),
        (with_(CLIENT, responsible=None), THURSDAY_NOON, "deputy", "extension:102"),
        (with_(CLIENT, responsible=None, deputy=None), THURSDAY_NOON, "class", "queue:q-sales"),
        (with_(CLIENT, overdue=50_000), THURSDAY_NOON, "debtor", "queue:q-finance"),
        (with_(CLIENT, overdue=49_999), THURSDAY_NOON, "responsible", "extension:101"),
        (with_(STRANGER, overdue=90_000), THURSDAY_NOON, "class", "queue:q-sales"),
        (STRANGER, EVENING, "closed", "queue:q-quality"),
        (CLIENT, EVENING, "closed", "queue:q-quality"),
        (STRANGER, HOLIDAY_NOON, "holiday", "queue:q-quality"),
        (with_(STRANGER, spam_votes=5), THURSDAY_NOON, "spam", "challenge:7"),
        (with_(STRANGER, spam_votes=5), HOLIDAY_NOON, "spam", "challenge:7"),
        (with_(CLIENT, spam_votes=5), THURSDAY_NOON, "responsible", "extension:101"),
        (with_(STRANGER, line=SERVICE), THURSDAY_NOON, "line", "queue:q-service"),
        (with_(CLIENT, line=SERVICE), THURSDAY_NOON, "line", "queue:q-service"),
        (with_(STRANGER, kind="anonymous", caller="anonymous"), THURSDAY_NOON, "class", "queue:q-sales"),
    ],
)
def test_the_first_turn(facts: Facts, now: float, rule: str, target: str) -> None:
    decision, _ = take(facts, now=now)

    assert decision.rule == rule
    assert f"{decision.action}:{decision.target}" == target
    assert decision.next is Next.ASK
    assert decision.trace[-1].rule == rule
    assert [row.matched for row in decision.trace] == [False] * (len(decision.trace) - 1) + [True]
    assert decision.facts is facts


@pytest.mark.parametrize(
    ("state", "rings"),
    [
        (DeviceState.UNKNOWN, True),
        (DeviceState.NOT_INUSE, True),
        (DeviceState.UNAVAILABLE, False),
        (DeviceState.INVALID, False),
        (DeviceState.INUSE, False),
        (DeviceState.RINGING, False),
        (DeviceState.ONHOLD, False),
    ],
)
def test_a_device_known_to_be_away_is_skipped(state: DeviceState, rings: bool) -> None:
    decision, _ = take(with_(CLIENT, responsible=Agent("Анна", "101", state)))

    assert (decision.rule == "responsible") is rings
    assert decision.rule in {"responsible", "deputy"}


def test_engaged_devices_ring_where_the_plan_says_so() -> None:
    policies = policies_with(responsible=PLAN["responsible"] | {"skip_engaged": False})
    busy, away = (
        with_(CLIENT, responsible=Agent("Анна", "101", state)) for state in (DeviceState.INUSE, DeviceState.UNAVAILABLE)
    )

    assert take(busy, policies=policies)[0].rule == "responsible"
    assert take(away, policies=policies)[0].rule == "deputy"


def test_a_whole_dialogue() -> None:
    facts, turn, told = with_(CLIENT, vip=True), FIRST, []
    for status in ("", "NOANSWER", "CHANUNAVAIL", "TIMEOUT", "FULL"):
        decision, turn = take(facts, turn, status=status)
        told.append((decision.rule, decision.ring_seconds, decision.wait_seconds, decision.priority, decision.next))

    assert told == [
        ("responsible", 20, 0, 0, Next.ASK),
        ("deputy", 20, 0, 0, Next.ASK),
        ("class", 0, 45, 10, Next.ASK),
        ("overflow", 0, 45, 10, Next.ASK),
        ("voicemail", 0, 0, 0, Next.END),
    ]
    assert turn.tried == "rdko"


@pytest.mark.parametrize("status", ["ANSWER", "answer", " COMPLETEAGENT", "CANCEL", "CONTINUE"])
def test_a_talk_ends_the_dialogue(status: str) -> None:
    _, turn = take(CLIENT)
    decision, _ = take(CLIENT, turn, status=status)

    assert (decision.rule, decision.action, decision.next) == ("talk_over", Action.REJECT, Next.END)


@pytest.mark.parametrize(
    ("facts", "now", "then"),
    [
        (with_(CLIENT, overdue=90_000), THURSDAY_NOON, "overflow"),
        (CLIENT, EVENING, "voicemail"),
        (CLIENT, HOLIDAY_NOON, "voicemail"),
        (with_(CLIENT, line=SERVICE), THURSDAY_NOON, "overflow"),
    ],
)
def test_no_agent_is_rung_after_a_place_of_last_resort(facts: Facts, now: float, then: str) -> None:
    _, turn = take(facts, now=now)
    assert take(facts, turn, now=now, status="TIMEOUT")[0].rule == then


def test_closing_time_does_not_drop_who_is_waiting() -> None:
    _, turn = take(CLIENT, now=THURSDAY_NOON + 6 * 3600 - 5)
    assert take(CLIENT, turn, now=THURSDAY_NOON + 6 * 3600 + 5, status="NOANSWER")[0].rule == "deputy"


class TestSpam:
    facts = with_(STRANGER, spam_votes=5)

    def test_the_right_digit_lets_through(self) -> None:
        _, turn = take(self.facts)
        assert turn.digit == "7"
        decision, after = take(self.facts, turn, digits="7")
        assert (decision.rule, decision.target, after.digit) == ("class", "q-sales", "")

    @pytest.mark.parametrize("digits", ["", "3", "77", "#"])
    def test_a_wrong_digit_or_none_does_not(self, digits: str) -> None:
        _, turn = take(self.facts)
        decision, _ = take(self.facts, turn, digits=digits)
        assert (decision.rule, str(decision.action), decision.target) == ("challenge_failed", "voicemail", "spam")
        assert decision.next is Next.END

    def test_the_digit_is_not_in_the_trace(self) -> None:
        _, turn = take(self.facts)
        decision, _ = take(self.facts, turn, digits="3")
        assert "7" not in {value for row in decision.trace for value in row.used.values()}

    @pytest.mark.parametrize(("action", "done"), [("reject", Action.REJECT), ("voicemail:spam", Action.VOICEMAIL)])
    def test_a_plan_may_be_harder(self, action: str, done: Action) -> None:
        decision, _ = take(self.facts, policies=policies_with(spam={"action": action}))
        assert (decision.action, decision.next) == (done, Next.END)

    def test_hidden_numbers_have_a_rule_of_their_own(self) -> None:
        hidden = with_(STRANGER, kind="anonymous")
        assert take(hidden, policies=policies_with(spam={"anonymous": "challenge"}))[0].action is Action.CHALLENGE
        decision, turn = take(hidden, policies=policies_with(spam={"anonymous": "queue:reserve"}))
        assert (decision.rule, decision.target) == ("anonymous", "q-reserve")
        assert take(hidden, turn, status="TIMEOUT")[0].rule == "class"


def test_without_a_plan_the_line_decides() -> None:
    decision, _ = take(STRANGER, policies=policies_of(head_of(None)))
    assert (decision.rule, decision.target, decision.next) == ("default", "q-sales", Next.END)
    assert take(STRANGER, policies=no_policies())[0].action is Action.DEFAULT


def test_codes_and_names_are_unique() -> None:
    assert len({rule.code for rule in RULES}) == len({rule.name for rule in RULES}) == len(RULES)
    assert {rule.then for rule in RULES} - {""} <= {rule.code for rule in RULES}


agents = st.none() | st.builds(Agent, st.text(max_size=5), st.sampled_from(["", "101"]), st.sampled_from(DeviceState))
any_facts = st.builds(
    Facts,
    caller=st.text(max_size=12),
    kind=st.sampled_from(["number", "anonymous", "short", "invalid"]),
    line=st.sampled_from([OFFICE, SERVICE, "", "x"]),
    fallback=st.sampled_from(["", "queue:sales", "nonsense", "reject"]),
    klass=st.sampled_from(ContactClass),
    overdue=st.integers(0, 10**6),
    vip=st.booleans(),
    responsible=agents,
    deputy=agents,
    spam_votes=st.integers(0, 3),
)
statuses = st.sampled_from(["", "NOANSWER", "BUSY", "CHANUNAVAIL", "CONGESTION", "TIMEOUT", "FULL", "JOINEMPTY", "?"])
plans = st.fixed_dictionaries(
    {},
    optional={name: st.just(value) for name, value in PLAN.items()}
    | {"voicemail": st.sampled_from(["", "voicemail:a", "playback:hello"])},
)


@given(
    any_facts,
    plans,
    st.floats(0, 2**32 - 1),
    st.floats(0, 1, exclude_max=True),
    st.lists(st.tuples(statuses, st.text(max_size=3)), min_size=MAX_TURNS, max_size=MAX_TURNS),
)
def test_every_dialogue_is_legal_and_ends(
    facts: Facts, plan: dict[str, Any], now: float, chance: float, said: list[tuple[str, str]]
) -> None:
    policies = policies_of(head_of(plan))
    turn, turns = FIRST, 0
    for status, digits in said:
        decision, after = take(facts, turn, now=now, policies=policies, chance=chance, status=status, digits=digits)
        turns += 1
        assert bool(decision.state) is (decision.next is Next.ASK)
        if decision.next is Next.END:
            break
        assert after.number == turns
        assert len(set(after.tried)) == turns
        turn = after
    assert decision.next is Next.END
    assert turns <= MAX_TURNS


@given(any_facts, st.integers(0, MAX_TURNS), st.text("abcdefhklnorstvz?", max_size=8), st.sampled_from(["", "5"]))
def test_any_turn_has_an_answer(facts: Facts, number: int, tried: str, digit: str) -> None:
    decision, _ = take(facts, Turn(number, tried, digit, 1))
    assert decision.next is Next.END or number < MAX_TURNS - 1

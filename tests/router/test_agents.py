"""Who is rung and who is not: presence, last talks, teams, reservations, and queues that are too long."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.facts import Facts
from router.policy import Policies
from router.staff import Agent
from router.state import FIRST, Turn
from router.strategies import Mate, Strategy, Team
from tests.router.company import PLAN, SERVICE, THURSDAY_NOON
from tests.router.test_rules import ANNA, BORIS, CLIENT, STRANGER, policies_with, take, with_
from trunkline.directory.values import ContactClass
from trunkline.errors import InvalidInput
from trunkline.pbx.devices import DeviceState
from trunkline.pbx.port import MAX_TURNS, Action, Decision, Next
from trunkline.presence.state import AWAY, State

DAY = 86400.0


@pytest.mark.parametrize(
    ("presence", "why", "rule"),
    [
        (State.ONLINE, "online", "responsible"),
        (State.BREAK, "break", "deputy"),
        (State.OFFLINE, "absent", "deputy"),
        (State.OFFLINE, "hours", "deputy"),
        (State.WRAP_UP, "wrap_up", "deputy"),
    ],
)
def test_the_deputy_rings_when_the_responsible_is_away(presence: State, why: str, rule: str) -> None:
    decision, _ = take(with_(CLIENT, responsible=Agent("Анна", "101", presence=presence, why=why)))

    assert decision.rule == rule
    told = next(row for row in decision.trace if row.rule == "responsible")
    assert told.used.get("why") == (None if why == "online" else why)


def test_deputy_then_queue_then_overflow_then_default() -> None:
    anna, boris = (msgspec.structs.replace(one, presence=State.OFFLINE, why="absent") for one in (ANNA, BORIS))
    nobody = with_(CLIENT, responsible=anna, deputy=boris)
    turn, told = FIRST, []
    for status in ("", "TIMEOUT", "TIMEOUT"):
        decision, turn = take(nobody, turn, status=status, policies=policies_with(voicemail=""))
        told.append(decision.rule)
    assert told == ["class", "overflow", "default"]


def test_who_skips_nobody_engaged_still_skips_who_is_away() -> None:
    policies = policies_with(responsible=PLAN["responsible"] | {"skip_engaged": False})
    wrapping, away = (Agent("Анна", "101", presence=state) for state in (State.WRAP_UP, State.BREAK))

    assert take(with_(CLIENT, responsible=wrapping), policies=policies)[0].rule == "responsible"
    assert take(with_(CLIENT, responsible=away), policies=policies)[0].rule == "deputy"


class TestLastTalk:
    policies = policies_with(responsible=PLAN["responsible"] | {"last_talk_days": 7})
    facts = with_(STRANGER, last_agent=BORIS, last_talk_days=3)

    @pytest.mark.parametrize(
        ("changed", "rule"),
        [
            ({}, "last_talk"),
            ({"last_talk_days": 6}, "last_talk"),
            ({"last_talk_days": 7}, "class"),
            ({"last_agent": None}, "class"),
            ({"last_agent": Agent("Борис", "102", presence=State.BREAK)}, "class"),
            ({"klass": ContactClass.CLIENT, "responsible": ANNA}, "responsible"),
            ({"klass": ContactClass.CLIENT, "responsible": Agent("Анна", "101", DeviceState.INUSE)}, "class"),
            ({"klass": ContactClass.CLIENT}, "last_talk"),
        ],
    )
    def test_whom_he_talked_with_rings_where_nobody_is_responsible(self, changed: dict[str, Any], rule: str) -> None:
        assert take(with_(self.facts, **changed), policies=self.policies)[0].rule == rule

    def test_a_plan_without_it_makes_no_difference(self) -> None:
        assert take(self.facts)[0].rule == "class"

    def test_the_same_person_is_not_rung_twice(self) -> None:
        facts = with_(self.facts, klass=ContactClass.CLIENT, deputy=BORIS)
        _, turn = take(facts, policies=self.policies)
        assert turn.rung == "102"
        assert take(facts, turn, status="NOANSWER", policies=self.policies)[0].rule == "class"


class TestTooLong:
    policies = policies_with(overflow={"target": "queue:reserve", "length": 3})

    @pytest.mark.parametrize(
        ("lengths", "rule"),
        [({}, "class"), ({"q-sales": 2}, "class"), ({"q-sales": 3}, "class_full"), ({"q-finance": 9}, "class")],
    )
    def test_only_a_known_length_overflows(self, lengths: dict[str, int], rule: str) -> None:
        decision, turn = take(with_(STRANGER, lengths=lengths), policies=self.policies)
        assert decision.rule == rule
        assert decision.target == ("q-reserve" if rule == "class_full" else "q-sales")
        if rule == "class_full":
            after, _ = take(with_(STRANGER, lengths=lengths), turn, status="TIMEOUT", policies=self.policies)
            assert after.rule == "voicemail"

    def test_a_line_of_its_own_overflows_too(self) -> None:
        facts = with_(STRANGER, line=SERVICE, lengths={"q-service": 3})
        assert take(facts, policies=self.policies)[0].rule == "line_full"
        assert take(with_(facts, lengths={"q-service": 2}), policies=self.policies)[0].rule == "line"

    def test_nowhere_else_to_go_is_no_overflow(self) -> None:
        for overflow in ({"length": 3}, {"length": 3, "target": "queue:sales"}):
            facts = with_(STRANGER, lengths={"q-sales": 9})
            assert take(facts, policies=policies_with(overflow=overflow))[0].rule == "class"


TEAM = Team("linear", (Mate("101"), Mate("102"), Mate("103", 1)))
TEAMED = policies_with(classes={"unknown": "team:sales"})


def dialogue(facts: Facts, policies: Policies = TEAMED) -> list[Decision]:
    """Turn after turn, nobody answering."""
    decision, turn = take(facts, policies=policies)
    decisions = [decision]
    while decision.next is Next.ASK and len(decisions) < MAX_TURNS:
        decision, turn = take(facts, turn, status="NOANSWER", policies=policies)
        decisions.append(decision)
    return decisions


class TestTeam:
    def test_its_members_ring_one_after_another_then_the_table_goes_on(self) -> None:
        told = [
            (one.rule, str(one.action), one.target, one.ring_seconds)
            for one in dialogue(with_(STRANGER, teams={"sales": TEAM}))
        ]
        assert told == [
            ("class", "extension", "101", 20),
            ("class", "extension", "102", 20),
            ("class", "extension", "103", 20),
            ("overflow", "queue", "q-reserve", 0),
            ("voicemail", "voicemail", "office", 0),
        ]

    def test_ringall_rings_a_penalty_at_a_time(self) -> None:
        facts = with_(STRANGER, teams={"sales": Team("ringall", TEAM.mates)})
        first, second, *_ = dialogue(facts)
        assert (first.action, first.targets) == (Action.TARGETS, ("101", "102"))
        assert (second.action, second.target) == (Action.EXTENSION, "103")

    def test_who_is_away_engaged_or_reserved_is_left_out(self) -> None:
        mates = (
            Mate("101", presence=State.BREAK),
            Mate("102", state=DeviceState.INUSE),
            Mate("103", state=DeviceState.UNAVAILABLE),
            Mate("104"),
            Mate("105"),
        )
        facts = with_(STRANGER, teams={"sales": Team("linear", mates)}, reserved=("104",))
        first, second, *_ = dialogue(facts)
        assert (first.target, second.rule) == ("105", "overflow")
        assert first.trace[-1].used | {"members": 5, "free": 1} == first.trace[-1].used

    def test_the_responsible_does_not_ring_again_in_his_team(self) -> None:
        policies = policies_with(classes={"client": "team:sales"})
        told = [one.target for one in dialogue(with_(CLIENT, teams={"sales": TEAM}), policies)]
        assert told[:3] == ["101", "102", "103"]

    def test_one_with_nobody_left_gives_way_to_what_follows_its_rule(self) -> None:
        empty = with_(STRANGER, teams={"sales": Team("linear")})
        closed = policies_with(hours=PLAN["hours"] | {"closed": "team:sales"})
        evening = THURSDAY_NOON + 8 * 3600

        assert take(empty, policies=TEAMED)[0].rule == "overflow"
        assert take(STRANGER, policies=TEAMED)[0].rule == "overflow"
        assert take(empty, policies=closed, now=evening)[0].rule == "voicemail"
        assert (
            take(with_(empty, line=SERVICE), policies=policies_with(lines={SERVICE: {"target": "team:sales"}}))[0].rule
            == "overflow"
        )

    def test_it_can_be_no_last_place(self) -> None:
        for plan in ({"default": "team:sales"}, {"voicemail": "team:sales"}, {"spam": {"failed": "team:sales"}}):
            with pytest.raises(InvalidInput) as caught:
                policies_with(**plan)
            assert "queue:sales" in caught.value.mistakes[0].message


mates = st.lists(
    st.builds(
        Mate,
        st.integers(100, 108).map(str),
        st.integers(0, 3),
        st.sampled_from(DeviceState),
        st.sampled_from(State),
        st.integers(0, 9),
    ),
    max_size=8,
    unique_by=lambda mate: mate.extension,
).map(tuple)
agents = st.none() | st.builds(
    Agent, st.just("X"), st.integers(100, 108).map(str), st.sampled_from(DeviceState), st.sampled_from(State)
)
everything = policies_with(
    classes={"unknown": "team:sales", "client": "team:sales"},
    overflow={"target": "team:reserve"},
    responsible=PLAN["responsible"] | {"last_talk_days": 7},
)


@given(
    st.sampled_from([ContactClass.UNKNOWN, ContactClass.CLIENT]),
    agents,
    agents,
    agents,
    mates,
    mates,
    st.sampled_from(Strategy),
    st.lists(st.integers(100, 108).map(str), max_size=3).map(tuple),
    st.floats(0, 1, exclude_max=True),
)
def test_nobody_rings_twice_reserved_or_away(
    klass: ContactClass,
    responsible: Agent | None,
    deputy: Agent | None,
    last: Agent | None,
    sales: tuple[Mate, ...],
    reserve: tuple[Mate, ...],
    strategy: Strategy,
    reserved: tuple[str, ...],
    chance: float,
) -> None:
    facts = with_(
        STRANGER,
        klass=klass,
        responsible=responsible,
        deputy=deputy,
        last_agent=last,
        last_talk_days=0,
        teams={"sales": Team(strategy.value, sales), "reserve": Team(strategy.value, reserve)},
        reserved=reserved,
    )
    known: list[Agent | Mate] = [*sales, *reserve, *(agent for agent in (responsible, deputy, last) if agent)]
    rung: list[str] = []
    turn: Turn = FIRST
    for turns in range(1, MAX_TURNS + 1):
        decision, turn = take(facts, turn, status="NOANSWER" if turn.number else "", policies=everything, chance=chance)
        if decision.action in {Action.EXTENSION, Action.TARGETS}:
            rung += decision.targets or (decision.target,)
        if decision.next is Next.END:
            break
        assert turn.number == turns
    assert decision.next is Next.END
    assert len(set(rung)) == len(rung)
    assert not set(rung) & set(reserved)
    for extension in rung:
        assert any(one.presence not in AWAY for one in known if one.extension == extension)


def unknown(facts: Facts) -> Facts:
    """The same with every telephone unknown."""
    return with_(
        facts,
        responsible=facts.responsible and with_agent(facts.responsible, DeviceState.UNKNOWN),
        teams={
            name: Team(team.strategy, tuple(Mate(mate.extension, mate.penalty) for mate in team.mates))
            for name, team in facts.teams.items()
        },
    )


def with_agent(agent: Agent, state: DeviceState) -> Agent:
    return Agent(agent.name, agent.extension, state, agent.presence, agent.why)


@given(mates, st.sampled_from(Strategy), agents, st.floats(0, 1, exclude_max=True))
def test_unknown_telephones_filter_nobody(
    sales: tuple[Mate, ...], strategy: Strategy, agent: Agent | None, chance: float
) -> None:
    """All telephones unknown: every agent who is not away by his own word can be rung, and nobody goes to default."""
    facts = unknown(with_(CLIENT, responsible=agent, deputy=None, teams={"sales": Team(strategy.value, sales)}))
    decision, _ = take(facts, policies=everything, chance=chance)

    if agent is not None and agent.presence not in AWAY | {State.WRAP_UP}:
        assert decision.rule == "responsible"
    elif sales:
        assert decision.rule == "class"
    assert decision.action is not Action.DEFAULT


def test_the_facts_are_stored_whole() -> None:
    facts = with_(STRANGER, teams={"sales": TEAM}, lengths={"q-sales": 2}, last_agent=BORIS, last_talk_days=1)
    assert msgspec.json.decode(msgspec.json.encode(facts), type=Facts) == facts

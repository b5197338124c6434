"""The table of rules: which take it, who is told by which step, and that nobody is told twice."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.messages.rules import AT, happened, name_id, person, rule, step
from trunkline.messages.deciding import People, Recipient, decide
from trunkline.messages.happening import Kind
from trunkline.messages.rule import Channel, Whom

ANNA, HEAD, BOSS = person("anna"), person("head"), person("boss")
CLIENT = Recipient("client:1", "Иванов", email="ivanov@example.com", phone="+79161234567")
ROOM = Recipient("room:1", "sales", room=name_id("sales"))
PEOPLE = People(ANNA, (HEAD,), (BOSS,), CLIENT, {name_id("sales"): ROOM, name_id("boss"): BOSS})
TO_HEADS, TO_BOSS = step(Whom.HEADS, after=10), step(Whom.DIRECTORS, after=30)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("asked", "known", "why"),
    [
        ({}, {}, ""),
        ({"departments": frozenset({name_id("a")})}, {"departments": frozenset({name_id("b")})}, "departments"),
        ({"departments": frozenset({name_id("a")})}, {"departments": frozenset({name_id("a"), name_id("b")})}, ""),
        ({"lines": frozenset({name_id("a")})}, {}, "lines"),
        ({"brands": frozenset({"Windows"})}, {"brand": "Doors"}, "brands"),
        ({"stages": frozenset({"won"})}, {"stage": "won"}, ""),
        ({"classes": frozenset({"client"})}, {"client_class": "supplier"}, "classes"),
        ({"amount": 1000}, {"amount": Decimal("999.99")}, "amount"),
        ({"amount": 1000}, {"amount": Decimal(1000)}, ""),
        ({"days": 7, "kind": Kind.DEBT_OVERDUE}, {"days": 6}, "days"),
        ({"days": 7, "kind": Kind.DEBT_OVERDUE}, {"days": 7}, ""),
        ({"days": 3, "kind": Kind.PAYMENT_DEFERRED}, {"days": 4}, "days"),
        ({"days": 3, "kind": Kind.PAYMENT_DEFERRED}, {"days": -2}, ""),
        ({"seconds": 30, "kind": Kind.CALL_ENDED}, {"seconds": 29}, "seconds"),
    ],
)
def test_conditions(asked: dict[str, Any], known: dict[str, Any], why: str) -> None:
    kind = asked.get("kind", Kind.LEAD_OPENED)
    decision = decide([rule("one", **asked)], happened(kind, **known), PEOPLE)
    assert [(looked.took, looked.why) for looked in decision.trace] == [(not why, why)]
    assert len(decision.drafts) == (0 if why else 1)


def test_the_table_is_asked_from_above_until_a_rule_stops_it() -> None:
    rules = [
        rule("another", kind=Kind.LEAD_CLOSED),
        rule("off", active=False),
        rule("first"),
        rule("stops", stops=True),
        rule("below"),
    ]
    decision = decide(rules, happened(), PEOPLE)
    assert [draft.rule.name for draft in decision.drafts] == ["first", "stops"], "a person is told by each rule once"
    assert [(looked.name, looked.why) for looked in decision.trace] == [
        ("first", ""),
        ("stops", ""),
        ("stops", "stops"),
    ]


@pytest.mark.parametrize(
    ("people", "told"),
    [
        (PEOPLE, [("anna", 0), ("head", 10), ("boss", 30)]),
        # Nobody looks after it: its head is told at once, and what comes after him comes as much later.
        (replace(PEOPLE, responsible=None), [("head", 0), ("boss", 20)]),
        (replace(PEOPLE, responsible=person("anna", email="")), [("head", 0), ("boss", 20)]),
        # Who is both is told by the first step that means him.
        (replace(PEOPLE, responsible=HEAD), [("head", 0), ("boss", 30)]),
        (replace(PEOPLE, heads=()), [("anna", 0), ("boss", 10)]),
        (People(), []),
    ],
)
def test_the_chain(people: People, told: list[tuple[str, int]]) -> None:
    decision = decide([rule("one", step(), TO_HEADS, TO_BOSS)], happened(), people)
    assert [(draft.recipient.name, (draft.not_before - AT) // MINUTE) for draft in decision.drafts] == told
    if not told:
        assert decision.trace[0].why == "nobody"


@pytest.mark.parametrize(
    ("whom", "channel", "target", "name"),
    [
        (Whom.CLIENT, Channel.EMAIL, "", "Иванов"),
        (Whom.CLIENT, Channel.WEBHOOK, "", "Иванов"),
        (Whom.ROOM, Channel.ROOM, "sales", "sales"),
        (Whom.ROOM, Channel.ROOM, "gone", ""),
        (Whom.PERSON, Channel.CARD, "boss", "boss"),
        (Whom.PERSON, Channel.CHAT, "boss", ""),
        (Whom.RESPONSIBLE, Channel.TASK, "", "anna"),
    ],
)
def test_whom(whom: Whom, channel: Channel, target: str, name: str) -> None:
    decision = decide([rule("one", step(whom, channel, 0, target))], happened(), PEOPLE)
    assert [draft.recipient.name for draft in decision.drafts] == ([name] if name else [])
    assert all(draft.client is (whom is Whom.CLIENT) for draft in decision.drafts)


STEPS = st.builds(
    step,
    st.sampled_from(list(Whom)),
    st.sampled_from(list(Channel)),
    st.integers(0, 60),
    st.sampled_from(["", "sales", "boss"]),
)
STAFF = st.lists(st.sampled_from([ANNA, HEAD, BOSS, person("anna", has_chat=True)]), max_size=4)


@given(
    st.lists(st.lists(STEPS, min_size=1, max_size=4), max_size=4),
    st.builds(People, st.sampled_from([None, ANNA, HEAD]), STAFF, STAFF, st.sampled_from([None, CLIENT])),
)
def test_nobody_is_told_twice_by_a_rule(chains: list[list[Any]], people: People) -> None:
    rules = [rule(f"rule {place}", *sorted(steps, key=lambda one: one.after)) for place, steps in enumerate(chains)]
    drafts = decide(rules, happened(), people).drafts
    told = [(draft.rule.id, draft.recipient.key) for draft in drafts]
    assert len(told) == len(set(told))
    for name in {draft.rule.id for draft in drafts}:
        mine = [draft for draft in drafts if draft.rule.id == name]
        assert mine[0].not_before == AT, "where a chain reaches anybody, somebody is told at once"
        assert [draft.not_before for draft in mine] == sorted(draft.not_before for draft in mine)

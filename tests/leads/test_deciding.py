"""The table of rules: each row by an example, and what holds whatever a call is."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.leads.deciding import NO_TOUCHES, NOT_BUYERS, RULES, Does, Facts, Opens, decide, is_touch

LEAD = UUID(int=1)
CAME = Facts(direction="in", outcome="missed", client="+79161234567")
TALKED = replace(CAME, outcome="answered")
OURS = replace(CAME, direction="out")
CLIENT, SUPPLIER = frozenset({"client"}), frozenset({"supplier"})

TOLD = (
    (replace(CAME, direction="internal"), Opens.ALL, "internal"),
    (replace(CAME, outcome="screened", open_lead=LEAD), Opens.ALL, "screened"),
    (replace(TALKED, outcome="merged"), Opens.ALL, "merged"),
    (replace(CAME, client=""), Opens.ALL, "hidden"),
    (replace(TALKED, colleague=True, open_lead=LEAD), Opens.ALL, "colleagues_mobile"),
    (replace(OURS, missed_why="desk_silent", open_lead=LEAD), Opens.ALL, "never_reached_him"),
    (replace(TALKED, classes=SUPPLIER, open_lead=LEAD), Opens.ALL, "no_buyer"),
    (replace(TALKED, classes=SUPPLIER | CLIENT), Opens.ALL, "new"),
    (replace(TALKED, classes=CLIENT, open_lead=LEAD, open_deal=True), Opens.ALL, "open_lead"),
    (replace(OURS, open_lead=LEAD), Opens.NONE, "open_lead"),
    (replace(CAME, classes=CLIENT, open_deal=True), Opens.ALL, "open_deal"),
    (replace(OURS, classes=CLIENT), Opens.ALL, "called_a_contact"),
    (OURS, Opens.ALL, "called_a_stranger"),
    (replace(TALKED, classes=CLIENT), Opens.MISSED, "contact_opens_none"),
    (TALKED, Opens.MISSED, "stranger_opens_none"),
    (CAME, Opens.NONE, "stranger_opens_none"),
    (CAME, Opens.MISSED, "new"),
    (TALKED, Opens.ALL, "new"),
)
FACTS = st.builds(
    Facts,
    direction=st.sampled_from(["in", "out", "internal"]),
    outcome=st.sampled_from(["answered", "missed", "screened", "merged"]),
    client=st.sampled_from(["", CAME.client]),
    missed_why=st.sampled_from(["", "busy", "desk_silent"]),
    colleague=st.booleans(),
    classes=st.frozensets(st.sampled_from([*NOT_BUYERS, "client", "unknown"])),
    open_lead=st.sampled_from([None, LEAD]),
    open_deal=st.booleans(),
)


@pytest.mark.parametrize(("facts", "opens", "name"), TOLD)
def test_what_a_call_does(facts: Facts, opens: Opens, name: str) -> None:
    assert decide(facts, opens).name == name


def test_every_rule_has_its_example() -> None:
    assert {name for _facts, _opens, name in TOLD} == {rule.name for rule in RULES}


@given(FACTS, st.sampled_from(Opens))
def test_whatever_is_known(facts: Facts, opens: Opens) -> None:
    does = decide(facts, opens).does

    assert (does is Does.JOIN) <= (facts.open_lead is not None)
    assert (does is Does.OPEN) <= (facts.direction == "in" and facts.open_lead is None and opens is not Opens.NONE)
    assert is_touch(facts) == (decide(facts, opens) not in NO_TOUCHES)
    if facts.classes and facts.classes <= NOT_BUYERS:
        assert does in {Does.LOOSE, Does.NOTHING}

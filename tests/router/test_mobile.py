"""An agent's mobile: who is rung there, and that the PBX is told to ask for a 1."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
import pytest

from router import offers
from router.devices import NoDevices, Phones
from router.dialplan import encode_line
from router.facts import Facts, gather
from router.policy import policies_of
from router.rules import decide
from router.staff import rosters_of
from router.state import Turn
from router.strategies import Mate, Team, next_of
from tests.router.company import ANNA, BORIS, CLIENT, OFFICE, PLAN, SERVICE, THURSDAY_NOON, head_of
from trunkline.directory.reader import View
from trunkline.directory.values import AgentBrief, ContactBrief, ContactClass, Head, number_key
from trunkline.pbx.devices import DeviceState
from trunkline.pbx.port import Action, Decision, Question
from trunkline.pbx.seats import LEGS, WorksOn

MOBILE = "+79161112233"
ASKED = Question("office", "1786006800.1", CLIENT, OFFICE)


def view_of(head: Head) -> View:
    """A directory of one client, looked after by Anna and in her stead by Boris."""
    brief = ContactBrief(UUID(int=1), "Клиент", "", ContactClass.CLIENT, ANNA, BORIS)
    return View(changed_contacts={number_key(CLIENT): (brief,)}, head=head)


class Known(NoDevices):
    """Telephones whose states are known."""

    def __init__(self, states: Mapping[str, DeviceState]) -> None:
        self._phones = Phones(states, {})

    def phones(self, pbx: str) -> Phones:
        return self._phones


def facts_with(anna: AgentBrief, boris: AgentBrief | None = None, **known: DeviceState) -> Facts:
    agents = {ANNA: anna} | ({BORIS: boris} if boris else {})
    head = msgspec.structs.replace(head_of(), agents=agents)
    named = {name.removeprefix("at_"): state for name, state in known.items()}
    return gather(ASKED, view_of(head), Known(named), policies_of(head), rosters_of(head), THURSDAY_NOON)


def turn_of(facts: Facts, tried: str = "", plan: dict[str, Any] = PLAN) -> Decision:
    turn = Turn(len(tried), tried)
    return decide(ASKED, facts, policies_of(head_of(plan)), THURSDAY_NOON, 0.5, turn=turn, seal=lambda _: "s")


@pytest.mark.parametrize(
    ("anna", "state", "action", "target", "confirm"),
    [
        pytest.param(
            AgentBrief(ANNA, "Анна", "101", MOBILE), "not_inuse", Action.EXTENSION, "101", False, id="at the desk"
        ),
        pytest.param(
            AgentBrief(ANNA, "Анна", None, MOBILE), "not_inuse", Action.NUMBER, MOBILE, True, id="no extension"
        ),
        pytest.param(
            AgentBrief(ANNA, "Анна", "101", MOBILE, None, True),
            "unavailable",
            Action.NUMBER,
            MOBILE,
            True,
            id="away, and allows it",
        ),
        pytest.param(
            AgentBrief(ANNA, "Анна", "101", MOBILE, None, True),
            "unknown",
            Action.EXTENSION,
            "101",
            False,
            id="an unknown state is not away",
        ),
        pytest.param(
            AgentBrief(ANNA, "Анна", "101", MOBILE), "unavailable", Action.QUEUE, "q-sales", False, id="not allowed"
        ),
        pytest.param(
            AgentBrief(ANNA, "Анна", "101", MOBILE, None, True), "inuse", Action.QUEUE, "q-sales", False, id="engaged"
        ),
        pytest.param(AgentBrief(ANNA, "Анна"), "unknown", Action.QUEUE, "q-sales", False, id="neither"),
    ],
)
def test_where_an_agent_rings(anna: AgentBrief, state: str, action: Action, target: str, confirm: bool) -> None:
    decision = turn_of(facts_with(anna, at_101=DeviceState(state)))

    assert (decision.action, decision.target, decision.confirm) == (action, target, confirm)
    assert (decision.ring_seconds > 0) is (action is not Action.QUEUE)
    assert f"&confirm={confirm:d}&" in encode_line(decision)


def test_a_deputy_on_a_mobile_of_his_own_is_no_repetition() -> None:
    facts = facts_with(AgentBrief(ANNA, "Анна", None, MOBILE), AgentBrief(BORIS, "Борис", None, "+79164445566"))

    decision = turn_of(facts, tried="r")

    assert (decision.rule, decision.target, decision.confirm) == ("deputy", "+79164445566", True)


@pytest.mark.parametrize(("number", "confirm"), [(MOBILE, True), ("+74950000000", False)])
def test_a_number_in_the_plan_is_an_agents_mobile_or_is_not(number: str, confirm: bool) -> None:
    plan = PLAN | {"lines": {SERVICE: {"target": f"number:{number}"}}}
    asked = msgspec.structs.replace(ASKED, to=SERVICE)
    facts = gather(asked, view_of(head_of()), Known({}), policies_of(head_of()), rosters_of(head_of()), THURSDAY_NOON)

    decision = decide(asked, facts, policies_of(head_of(plan)), THURSDAY_NOON, 0.5)

    assert (decision.target, decision.confirm) == (number, confirm)


ROVER = AgentBrief(ANNA, "Анна", "101", MOBILE, None, False, WorksOn.FORWARDED)
SIM = AgentBrief(ANNA, "Анна", "101", None, None, False, WorksOn.FMC)


class Legs(Known):
    """Telephones that lie, and what our legs tell of mobile employees."""

    def __init__(self, lie: str, truth: str) -> None:
        super().__init__({"101": DeviceState(lie)})
        self._legs = Phones({"101": DeviceState(truth)}, {})

    def phones(self, pbx: str) -> Phones:
        return self._legs if pbx == LEGS else self._phones


def decided(brief: AgentBrief, devices: NoDevices, plan: dict[str, Any] = PLAN, queues: Any = None) -> Decision:
    head = msgspec.structs.replace(head_of(plan), agents={ANNA: brief})
    if queues is not None:
        head = msgspec.structs.replace(head, queues=queues)
    facts = gather(ASKED, view_of(head), devices, policies_of(head), rosters_of(head), THURSDAY_NOON)
    return decide(ASKED, facts, policies_of(head), THURSDAY_NOON, 0.5, turn=Turn(0, ""), seal=lambda _: "s")


@pytest.mark.parametrize(
    ("lie", "truth", "rings"),
    [
        pytest.param("not_inuse", "not_inuse", True, id="idle"),
        pytest.param("unavailable", "not_inuse", True, id="his extension is not even there"),
        pytest.param("inuse", "not_inuse", True, id="the device lies that he talks"),
        pytest.param("not_inuse", "inuse", False, id="our leg talks"),
        pytest.param("not_inuse", "ringing", False, id="our leg rings"),
        pytest.param("inuse", "unknown", True, id="unknown speaks against nobody"),
    ],
)
@pytest.mark.parametrize("brief", [ROVER, SIM], ids=["forwarded", "fmc"])
def test_a_mobile_employee_is_known_by_our_legs(brief: AgentBrief, lie: str, truth: str, rings: bool) -> None:
    decision = decided(brief, Legs(lie, truth))

    forwarded = brief is ROVER
    place = (Action.NUMBER, MOBILE, True) if forwarded else (Action.EXTENSION, "101", False)
    expected = place if rings else (Action.QUEUE, "q-sales", False)
    assert (decision.action, decision.target, decision.confirm) == expected
    assert offers._rings(decision) == (("101",) if rings else ()), "he is reserved by his extension"


def test_the_plan_sends_his_extensions_calls_to_his_mobile() -> None:
    plan = PLAN | {"lines": {SERVICE: {"target": "extension:101"}}}
    head = msgspec.structs.replace(head_of(plan), agents={ANNA: ROVER})

    target = policies_of(head).of(SERVICE).line_target

    assert target is not None
    assert (target.action, target.value, target.confirm) == (Action.NUMBER, MOBILE, True)


@pytest.mark.parametrize(
    ("strategy", "free", "rings"),
    [
        ("ringall", [0, 1, 2], ("102",)),
        ("ringall", [0, 2], ("101",)),
        ("ringall", [2], ("103",)),
        ("linear", [0, 1], ("101",)),
    ],
)
def test_a_team_rings_its_desks_at_once_and_each_mobile_alone(
    strategy: str, free: list[int], rings: tuple[str, ...]
) -> None:
    team = Team(strategy, (Mate("101", number=MOBILE), Mate("102"), Mate("103", 1, number="+79164445566")))

    assert next_of(team, free, 0.0, 0.5) == rings

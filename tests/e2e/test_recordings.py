"""The recorded dialogues are what Asterisk says today: record again, forget ids and times, compare."""

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.asterisk.answers import ScriptedRouter
from tests.e2e.asterisk.pbx import Asterisk
from tests.e2e.asterisk.record import play
from tests.e2e.asterisk.record_all import FOLDER, variant
from tests.e2e.asterisk.retelling import calls_of, legs_of, names_of
from tests.e2e.asterisk.scenarios import ALL, Scenario
from tests.e2e.asterisk.site import Site
from tests.e2e.asterisk.tree import asterisk_tree

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(90)]

_TOLD = ("direction", "caller", "client", "dialled", "outcome", "missed_why", "answered_by", "hung_up_by", "queues")
_SLACK = 1.0  # seconds a busy machine may add to a talk


@pytest.fixture(scope="module")
def again(request: pytest.FixtureRequest) -> Iterator[Asterisk]:
    """An Asterisk set up as the scenarios of one kind need it."""
    local, recording = request.param
    with Asterisk(Site(asterisk_tree(), "again", queue_through_local=local, recording=recording)) as pbx:
        yield pbx


@pytest.mark.parametrize(
    ("again", "scenario"),
    [pytest.param(variant(scenario), scenario, id=scenario.name) for scenario in sorted(ALL, key=variant)],
    indirect=["again"],
    scope="module",  # or pytest takes `again` for one that each test has of its own
)
def test_asterisk_says_the_same_again(again: Asterisk, scenario: Scenario) -> None:
    with ScriptedRouter(again.site.ports.router) as router:
        said = play(again, router, scenario).ami
    kept = (FOLDER / f"{scenario.name}.ami").read_bytes()

    if scenario.races:
        assert names_of(said) == names_of(kept)
    else:
        assert legs_of(said) == legs_of(kept)
    told, expected = calls_of(said), calls_of(kept)
    assert [_without_talk(call) for call in told] == [_without_talk(call) for call in expected]
    assert [call["talk"] for call in told] == pytest.approx([call["talk"] for call in expected], abs=_SLACK)


@pytest.mark.parametrize("scenario", ALL, ids=lambda scenario: scenario.name)
def test_the_call_is_told_as_a_person_would(scenario: Scenario) -> None:
    expected = tomllib.loads((FOLDER / f"{scenario.name}.toml").read_text())["call"]
    told = calls_of((FOLDER / f"{scenario.name}.ami").read_bytes())

    assert len(told) == len(expected)
    for call, wanted in zip(told, expected, strict=True):
        names = [name for name in _TOLD if name in wanted]
        assert {name: call[name] for name in names} == {name: wanted[name] for name in names}
        if "talk" in wanted:
            assert call["talk"] == pytest.approx(wanted["talk"], abs=_SLACK)


def _without_talk(call: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in call.items() if name != "talk"}

"""Play a scenario on a real Asterisk and keep what it said: the AMI bytes and the CEL rows of that call."""

from dataclasses import dataclass

from tests.e2e.asterisk.ami import Ami
from tests.e2e.asterisk.answers import Question, ScriptedRouter
from tests.e2e.asterisk.pbx import Asterisk
from tests.e2e.asterisk.scenarios import Scenario
from tests.e2e.asterisk.sipp import Parties
from tests.e2e.asterisk.waiting import NotInTime, until

_QUIET = 0.4  # seconds of silence after the last hang-up: device states come late


@dataclass(frozen=True, slots=True)
class Recording:
    """What Asterisk told about one scenario, and what its dialplan asked the router."""

    ami: bytes
    cel: bytes
    questions: tuple[Question, ...]


def play(pbx: Asterisk, router: ScriptedRouter, scenario: Scenario) -> Recording:
    """Run the scenario from login to silence. Raises when a SIP party did not live through its part."""
    router.script(scenario.answers)
    cel_start = _cel_size(pbx)
    with pbx.product_user() as tap:
        until(lambda: tap.wait_for("FullyBooted"), "FullyBooted")
        _play_parties(pbx, tap, scenario)
        until(lambda: _is_over(tap), f"{scenario.name} to end", 15)
        ami = bytes(tap.received)
    return Recording(ami, pbx.site.cel.read_bytes()[cel_start:], tuple(router.questions))


def _is_over(tap: Ami) -> bool:
    """Every channel is gone, the queue has told its part (from a thread of its own, perhaps later), and it is quiet."""
    told = len(tap.events("AgentConnect")) == len(tap.events("AgentComplete"))
    return all_hung_up(tap) and told and tap.quiet_for(_QUIET)


def _play_parties(pbx: Asterisk, tap: Ami, scenario: Scenario) -> None:
    with Parties(pbx.site) as parties:
        try:
            for party in scenario.parties:
                await_event(tap, party.after)
                parties.start(party)
            if scenario.originate:
                with pbx.tester() as tester:
                    tester.ask("Originate", Async="true", **scenario.originate)
            parties.wait_all()
        except NotInTime as late:
            raise AssertionError(f"{late}; {[one.errors() for one in parties.running]}") from late


def await_event(tap: Ami, after: str) -> None:
    """Wait for "Event Field=value …", which `Party.after` names; nothing where it is empty."""
    if after:
        name, *fields = after.split()
        wanted = dict(field.split("=", 1) for field in fields)
        until(lambda: tap.wait_for(name, **wanted), after)


def all_hung_up(tap: Ami) -> bool:
    """Every channel that was made is gone, and there was one."""
    made = {event["Uniqueid"] for event in tap.events("Newchannel")}
    gone = {event["Uniqueid"] for event in tap.events("Hangup")}
    return bool(made) and made == gone


def _cel_size(pbx: Asterisk) -> int:
    return pbx.site.cel.stat().st_size if pbx.site.cel.exists() else 0

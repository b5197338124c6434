"""A call that moves about in a real Asterisk: its story as the product tells it after, its cards while it goes on."""

from dataclasses import replace
from typing import Any

import pytest

from tests.e2e.asterisk.cards import Cards
from tests.e2e.asterisk.office import STRANGER, Office, client, make, phone
from tests.e2e.asterisk.scenarios import ALL
from tests.e2e.asterisk.sipp import Party
from tests.e2e.asterisk.tree import VERSIONS

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(90)]
on_both = pytest.mark.parametrize("office", VERSIONS, indirect=True)

_QUEUE_PATIENCE = 4000
"""Milliseconds a client needs more where the product sends him to a queue first, and where the disk is busy: what
begins and ends in one commit shows on no card."""


def _patient(party: Party) -> Party:
    return replace(party, pause=party.pause + _QUEUE_PATIENCE) if party.at == "caller" else party


_TALKS = f"talking {STRANGER}"
_PARTIES = {scenario.name: tuple(_patient(party) for party in scenario.parties) for scenario in ALL}


def _summary(told: dict[str, Any]) -> tuple[Any, ...]:
    call = told["call"]
    return call["direction"], call["outcome"], call["answered_by"], call["hung_up_by"]


@on_both
def test_blind_transfer(office: Office) -> None:
    with Cards(office, "101", "102") as cards:
        (told,) = make(office, *_PARTIES["blind_transfer"])
        assert (cards.talks("101"), cards.talks("102")) == ([_TALKS, ""], [_TALKS, ""])

    assert _summary(told) == ("in", "answered", "101", "caller")
    assert [(t["how"], t["by"], t["to"]) for t in told["story"]["transfers"]] == [("blind", "101", "102")]
    assert told["call"]["agents"] == ["101", "102"]


@on_both
def test_attended_transfer(office: Office) -> None:
    with Cards(office, "101", "102") as cards:
        told, consult = make(office, *_PARTIES["attended_transfer"])
        assert cards.talks("101") == [_TALKS, f"{_TALKS} + talking 102", ""]
        assert cards.talks("102") == ["talking 101", _TALKS, ""]

    assert _summary(told) == ("in", "answered", "101", "caller")
    assert [(t["how"], t["by"], t["to"]) for t in told["story"]["transfers"]] == [("attended", "101", "102")]
    assert told["call"]["agents"] == ["101", "102"]
    assert _summary(consult)[:3] == ("internal", "answered", "102")


@on_both
def test_blonde_transfer(office: Office) -> None:
    with Cards(office, "101", "102") as cards:
        told, consult = make(office, *_PARTIES["blonde_transfer"])
        assert (cards.talks("101"), cards.talks("102")) == ([_TALKS, ""], [_TALKS, ""])

    assert _summary(told) == ("in", "answered", "101", "caller")
    assert [(t["how"], t["by"], t["to"]) for t in told["story"]["transfers"]] == [("blonde", "101", "102")]
    assert told["call"]["agents"] == ["101", "102"]
    assert consult["call"]["outcome"] == "merged"


@on_both
def test_pickup(office: Office) -> None:
    with Cards(office, "101", "103") as cards:
        told, picking = make(office, *_PARTIES["pickup"])
        assert (cards.of("101"), cards.of("103")) == ([f"ringing {STRANGER}", ""], [_TALKS, ""])

    assert _summary(told) == ("in", "answered", "103", "caller")
    assert told["call"]["rang"] == ["101"]
    assert [pickup["by"] for pickup in told["story"]["pickups"]] == ["103"]
    assert picking["call"]["outcome"] == "merged"


@on_both
def test_forwarded_to_a_mobile(office: Office) -> None:
    (told,) = make(office, *_PARTIES["forwarded_to_mobile"])

    assert _summary(told) == ("in", "answered", "+79265550101", "caller")


@on_both
def test_outgoing(office: Office) -> None:
    (told,) = make(office, *_PARTIES["outgoing_call"])

    assert _summary(told) == ("out", "answered", "+79265550101", "caller")
    assert told["call"]["client"] == "+79265550101"


@on_both
def test_abandoned_in_the_queue(office: Office) -> None:
    (told,) = make(office, phone("phone_rings", 101), client(pause=1800))

    assert _summary(told) == ("in", "missed", "", "caller")
    assert told["call"]["missed_why"] == "abandoned_in_queue"

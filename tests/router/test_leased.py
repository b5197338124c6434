"""A call to a number of a pool goes where the site of its visitor says."""

import os
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from router.facts import Facts
from router.state import FIRST
from router.web import desk_key
from tests.router.company import OFFICE, THURSDAY_NOON
from tests.router.company import STRANGER as CALLER
from tests.router.test_rules import CLIENT, EVENING, STRANGER, policies_with, take, with_
from trunkline.directory.leased import FILE_NAME, Leased, LeasesFile
from trunkline.directory.values import ContactClass
from trunkline.pbx.port import Next

LED = {"lease": "held", "site": "Окна", "destination": "q-service"}
MONDAYS = {"hours": {"mon": ["00:00-01:00"], "closed": "queue:quality"}}


@pytest.mark.parametrize(
    ("facts", "rule", "target"),
    [
        (with_(STRANGER, **LED), "lease", "q-service"),
        (with_(CLIENT, **LED), "lease", "q-service"),
        (with_(STRANGER, klass=ContactClass.SUPPLIER, **LED), "lease", "q-service"),
        (with_(STRANGER, lease="free", destination="q-reserve"), "lease", "q-reserve"),
        (with_(STRANGER, lease="stale", destination="q-reserve"), "lease", "q-reserve"),
        (with_(STRANGER, lease="free"), "class", "q-sales"),
        (with_(STRANGER, spam_votes=5, **LED), "spam", "7"),
    ],
)
def test_the_lease_decides_before_class_and_responsible_and_after_spam(facts: Facts, rule: str, target: str) -> None:
    decision, _ = take(facts)

    assert (decision.rule, decision.target) == (rule, target)


def test_a_lease_leads_on_to_the_overflow_and_not_back() -> None:
    facts, turn, told = with_(STRANGER, **LED), FIRST, []
    for status in ("", "TIMEOUT", "TIMEOUT"):
        decision, turn = take(facts, turn, status=status)
        told.append(decision.rule)

    assert told == ["lease", "overflow", "voicemail"]
    assert decision.next is Next.END


def test_the_trace_names_site_and_queue() -> None:
    decision, _ = take(with_(STRANGER, **LED))

    assert decision.trace[-1].used == {"lease": "held", "site": "Окна", "queue": "q-service"}
    assert take(STRANGER)[0].trace[-2].used != decision.trace[-1].used


def test_hours_of_the_company_and_of_that_queue_count() -> None:
    facts = with_(STRANGER, **LED)
    own = policies_with(queues={"service": MONDAYS})

    assert take(facts, now=EVENING)[0].rule == "closed"
    assert take(facts, policies=own)[0].rule == "queue_closed"
    assert take(STRANGER, policies=own)[0].rule == "class"


def test_a_long_queue_of_the_site_overflows() -> None:
    policies = policies_with(overflow={"target": "queue:reserve", "length": 3})
    facts = with_(STRANGER, **LED, lengths={"q-service": 3})

    assert take(facts, policies=policies)[0].rule == "line_full"
    assert take(with_(facts, lengths={"q-service": 2}), policies=policies)[0].rule == "lease"


async def test_a_question_follows_the_lease(client: TestClient[Any, Any], tmp_path: Path) -> None:
    worker = LeasesFile(tmp_path / "data" / "directory")

    async def ask(leased: Leased, turn: int) -> dict[str, Any]:
        worker.tell({OFFICE: leased})
        client.app[desk_key].refresh()
        body = {"call_id": f"1786006800.{turn}", "from": CALLER, "to": OFFICE, "at": THURSDAY_NOON}
        answer = await client.post("/router/v1/route", json=body)
        told: dict[str, Any] = await answer.json()
        return told

    held = await ask(Leased("reserve", 600, "Окна", "service"), 1)
    free = await ask(Leased("reserve", 600), 2)
    gone = await ask(Leased("reserve", 600, "Окна", "no-such-queue"), 3)

    assert (held["rule"], held["target"]) == ("lease", "q-service")
    assert held["trace"][-1]["used"] == {"lease": "held", "site": "Окна", "queue": "q-service"}
    assert (free["rule"], free["target"], "leases" in free["degraded"]) == ("lease", "q-reserve", False)
    assert gone["rule"] == "class"


async def test_whose_lease_is_not_known_goes_to_the_city_and_says_so(
    client: TestClient[Any, Any], tmp_path: Path
) -> None:
    folder = tmp_path / "data" / "directory"
    LeasesFile(folder).tell({OFFICE: Leased("reserve", 600, "Окна", "service")})
    os.utime(folder / FILE_NAME, (THURSDAY_NOON, THURSDAY_NOON))
    client.app[desk_key].refresh()

    body = {"call_id": "1786006800.4", "from": CALLER, "to": OFFICE, "at": THURSDAY_NOON}
    told = await (await client.post("/router/v1/route", json=body)).json()

    assert (told["rule"], told["target"]) == ("lease", "q-reserve")
    assert "leases" in told["degraded"]

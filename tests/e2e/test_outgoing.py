"""A real Asterisk dials out: the region's number over its own trunk, the next on 403, emergencies untouched."""

import json
import re
import urllib.request
import uuid
from collections.abc import Iterator
from datetime import date

import pytest

from tests.e2e.asterisk import company
from tests.e2e.asterisk.office import Office, at_work, talk
from tests.e2e.asterisk.product import Product
from tests.e2e.asterisk.sipp import Party
from tests.e2e.asterisk.site import Ports, Site
from tests.e2e.asterisk.tree import VERSIONS, asterisk_tree
from tests.e2e.asterisk.waiting import until
from trunkline.db.types import Connection

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]
on_both = pytest.mark.parametrize("office", VERSIONS, indirect=True)
on_newest = pytest.mark.parametrize("office", VERSIONS[:1], indirect=True)

ALPHA, BETA, GAMMA = "+73431110001", "+73431110002", "+73831110003"
CLIENT, MUSCOVITE, SIBERIAN = "+79121234567", "+74957654321", "+73837654321"
_INVITE = re.compile(r"INVITE sip:([^@]+)@")
_FROM = re.compile(r"\nFrom: [^\n]*<sip:([^@>]+)@")


@pytest.fixture(scope="module")
def office(request: pytest.FixtureRequest) -> Iterator[Office]:
    with Product() as product:
        ports = Ports(router=product.question)
        site = Site(asterisk_tree(request.param), "outgoing", ports, agent_context="trunkline-outgoing")
        with at_work(product, site=site) as office:
            company.in_database(product.settings, _settle)
            until(lambda: _asked(office, CLIENT)["caller_id"] == ALPHA, "the numbers to be known", 20)
            yield office


async def _settle(connection: Connection) -> None:
    """Two operators, each with a number in the region of 912 and 343, one of them labelled; one in 383 that is down."""
    async with connection.transaction():
        for number, operator, trunk in (
            (ALPHA, "alpha", "provider"),
            (BETA, "beta", "second"),
            (GAMMA, "gamma", "down"),
        ):
            line = uuid.uuid4()
            await connection.execute(
                "insert into lines (id, number, name, pbx_id) values ($1, $2, $2, $3)", line, number, company.PBX
            )
            await connection.execute(
                "insert into trunks (id, pbx_id, name, operator) values ($1, $2, $3, $4)",
                uuid.uuid4(),
                company.PBX,
                trunk,
                operator,
            )
            await connection.execute(
                "insert into line_operators (line_id, operator, trunk, since) values ($1, $2, $3, $4)",
                line,
                operator,
                trunk,
                date(2024, 1, 1),
            )
            if operator == "alpha":
                await connection.execute(
                    "insert into line_labels values ($1, $2, 'Romashka', $3)", line, operator, date(2024, 1, 1)
                )
        await connection.execute("update outgoing_rules set default_number = $1", BETA)
        await connection.executemany(
            "insert into numbering_ranges (first, last, kind, subjects, operator) values ($1, $2, 'subject', $3, 'x')",
            [
                (3430000000, 3439999999, ["66"]),
                (9120000000, 9129999999, ["66"]),
                (4950000000, 4959999999, ["77"]),
                (3830000000, 3839999999, ["54"]),
            ],
        )


def _asked(office: Office, to: str) -> dict[str, str]:
    """What the product would show, asked as a program asks."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{office.product.question}/router/v1/outgoing",
        json.dumps({"agent": "101", "to": to}).encode(),
        {"Authorization": f"Bearer {office.pbx.site.token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        told: dict[str, str] = json.load(answer)
        return told


def _dial(office: Office, to: str, caller: str, **trunks: str) -> dict[str, tuple[str, str]]:
    """101 dials `to`; what each trunk saw: whom it was asked for, and the number shown."""
    with talk(office.pbx) as scene:
        answering = [Party(part, at, pause=300) for at, part in trunks.items()]
        scene.start(*answering, Party(caller, "101", dials=to, pause=1000))
        scene.finish()
        texts = {one.party.at: one.messages() for one in scene.parties.running[: len(answering)]}
    return {at: (_INVITE.findall(text)[0], _FROM.findall(text)[0]) for at, text in texts.items()}


@on_both
def test_the_regions_number_is_shown_on_its_own_trunk(office: Office) -> None:
    seen = _dial(office, "89121234567", "caller_talks", outside="phone_answers")

    assert seen == {"outside": (CLIENT, ALPHA)}


@on_newest
def test_a_busy_client_is_not_called_again(office: Office) -> None:
    seen = _dial(office, CLIENT, "caller_refused", outside="phone_busy")

    assert seen == {"outside": (CLIENT, ALPHA)}


@on_newest
def test_no_region_of_ours_shows_the_default(office: Office) -> None:
    seen = _dial(office, MUSCOVITE, "caller_talks", second="phone_answers")

    assert seen == {"second": (MUSCOVITE, BETA)}


@on_both
def test_a_403_goes_to_the_next_operator(office: Office) -> None:
    seen = _dial(office, CLIENT, "caller_talks", outside="trunk_refuses", second="phone_answers")

    assert seen == {"outside": (CLIENT, ALPHA), "second": (CLIENT, BETA)}
    assert _asked(office, CLIENT)["caller_id"] == BETA, "what was refused a moment ago comes last"
    rows = until(lambda: company.in_database(office.product.settings, _choices), "the second choice to be stored")
    assert [(turn, rule, shown) for turn, rule, shown, _ in rows[-2:]] == [
        (1, "last_line", ALPHA),
        (2, "region", BETA),
    ]
    assert rows[-1][3] == "SIP 403 Forbidden"


@on_both
def test_a_trunk_that_is_down_goes_to_the_next_operator(office: Office) -> None:
    until(lambda: "Unavail" in office.pbx.run_cli("pjsip show aor down"), "Asterisk to know that it is down", 10)

    seen = _dial(office, SIBERIAN, "caller_talks", second="phone_answers")

    assert seen == {"second": (SIBERIAN, BETA)}


async def _choices(connection: Connection) -> list[tuple[int, str, str, str]]:
    """Choices of calls the PBX made, in the order they were made; none until the spool's second turn is stored."""
    rows = await connection.fetch(
        "select turn, rule, caller_id, reason from outgoing_choices where linkedid like '%.%' order by at"
    )
    return [tuple(row) for row in rows] if rows and rows[-1]["turn"] == 2 else []


@on_both
@pytest.mark.parametrize("number", ["112", "103"])
def test_an_emergency_passes_untouched(office: Office, number: str) -> None:
    assert _dial(office, number, "caller_talks", outside="phone_answers") == {"outside": (number, "101")}


@on_both
def test_without_trunkline_calls_go_out_as_they_always_did(office: Office) -> None:
    """The last test of each Asterisk: nobody answers afterwards."""
    office.product.kill()

    for number in ("112", CLIENT):
        assert _dial(office, number, "caller_talks", outside="phone_answers") == {"outside": (number, "101")}

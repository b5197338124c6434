"""The name an answer carries is one that the asking PBX's telephones can show."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import msgspec
import pytest
from aiohttp.test_utils import TestClient, TestServer

from router.devices import NoDevices
from router.shown import styles_of
from router.state import StateBook
from router.switchboard import Switchboard
from router.wiring import build_question_app
from tests.router.company import ANNA, BORIS, CLIENT, DEBTOR, OFFICE, PLAN, SERVICE, THURSDAY_NOON, TRICKY_NAME, head_of
from tests.router.conftest import WriteDirectory
from trunkline.calls.names import NameStyle
from trunkline.crypto import SecretBox
from trunkline.directory.reader import Directory
from trunkline.directory.values import AgentBrief, Head, LineMode
from trunkline.pbx.port import Question
from trunkline.pbx.seats import WorksOn
from trunkline.settings import Settings
from trunkline.spool import SpoolWriter

UTF8, LATIN, OFF = NameStyle.UTF8, NameStyle.LATIN, NameStyle.OFF
SPELLED, SPELLED_LATIN = "Должник (ООО «Долг»)", "Dolzhnik (OOO Dolg)"


def head_with(style: NameStyle, plan: object = PLAN) -> Head:
    head = head_of(plan)
    return msgspec.structs.replace(
        head, pbxs={name: msgspec.structs.replace(pbx, names=style) for name, pbx in head.pbxs.items()}
    )


@pytest.mark.parametrize(
    ("style", "client", "debtor"),
    [
        (NameStyle.UTF8, TRICKY_NAME, "Должник (ООО «Долг»)"),
        (NameStyle.LATIN, "Ivanov & Ko, OOO+", 'Dolzhnik (OOO "Dolg")'),
        (NameStyle.OFF, "", ""),
    ],
)
async def test_names_as_the_pbx_is_set(
    write_directory: WriteDirectory, settings: Settings, spool: SpoolWriter, style: NameStyle, client: str, debtor: str
) -> None:
    directory = Directory.open(write_directory(head=head_with(style)))
    async with TestClient(TestServer(build_question_app(settings, directory, spool))) as asked:
        for number, name in ((CLIENT, client), (DEBTOR, debtor)):
            for call in ("1.1", "1.2"):  # the second is remembered
                answer = await asked.post("/router/v1/route", json={"call_id": call, "from": number, "to": OFFICE})
                told: dict[str, Any] = await answer.json()

                assert told["caller_name"] == name


def with_telephones(head: Head, **styles: NameStyle | None) -> Head:
    """`head` with these styles of 101 (Anna) and 102 (Boris)."""
    own = {ANNA: styles.get("at_101"), BORIS: styles.get("at_102")}
    agents = {person: msgspec.structs.replace(agent, names=own[person]) for person, agent in head.agents.items()}
    return msgspec.structs.replace(head, agents=agents)


@pytest.mark.parametrize(
    ("target", "pbx", "styles", "name"),
    [
        pytest.param("extension:101", UTF8, {}, SPELLED, id="as the PBX is set"),
        pytest.param("extension:101", UTF8, {"at_101": LATIN}, SPELLED_LATIN, id="his own"),
        pytest.param("extension:101", LATIN, {"at_101": UTF8}, SPELLED, id="more than the PBX's others"),
        pytest.param("extension:101", OFF, {"at_101": UTF8}, SPELLED, id="where the PBX's others show none"),
        pytest.param("extension:101", UTF8, {"at_101": OFF}, "", id="none on his"),
        pytest.param("extension:102", UTF8, {"at_101": LATIN}, SPELLED, id="another's"),
        pytest.param("extension:110", LATIN, {"at_101": UTF8}, SPELLED_LATIN, id="nobody's extension"),
        pytest.param("targets:101-102", UTF8, {"at_102": LATIN}, SPELLED_LATIN, id="one of two needs Latin letters"),
        pytest.param("targets:101-102", OFF, {"at_101": UTF8, "at_102": LATIN}, SPELLED_LATIN, id="so among others"),
        pytest.param("targets:101-102", UTF8, {"at_101": OFF}, SPELLED, id="one of two shows none"),
        pytest.param("targets:101-102", UTF8, {"at_101": OFF, "at_102": OFF}, "", id="both show none"),
        pytest.param("queue:sales", UTF8, {"at_101": LATIN, "at_102": LATIN}, SPELLED, id="a queue"),
        pytest.param("number:+74950000000", UTF8, {"at_101": LATIN}, SPELLED, id="a number outside"),
    ],
)
async def test_names_as_the_telephones_that_ring_take_them(
    write_directory: WriteDirectory,
    settings: Settings,
    spool: SpoolWriter,
    target: str,
    pbx: NameStyle,
    styles: Mapping[str, NameStyle],
    name: str,
) -> None:
    plan = {"default": "queue:quality", "lines": {SERVICE: {"target": target}}}
    directory = Directory.open(write_directory(head=with_telephones(head_with(pbx, plan), **styles)))
    async with TestClient(TestServer(build_question_app(settings, directory, spool))) as asked:
        for call in ("1786006800.1", "1786006800.2"):  # the second is remembered
            query = {"from": DEBTOR, "to": SERVICE, "id": call}
            line = await (await asked.get("/router/v1/asterisk", params=query)).text()
            told = parse_qs(line.strip(), keep_blank_values=True)

            assert (told["action"], told["name"]) == ([target.partition(":")[0]], [name])


def test_what_is_only_advised_is_named_so_too(write_directory: WriteDirectory) -> None:
    head = with_telephones(head_with(UTF8, {"lines": {SERVICE: {"target": "extension:101"}}}), at_101=LATIN)
    watched = msgspec.structs.replace(head.lines[SERVICE], mode=LineMode.ADVISE)
    directory = Directory.open(write_directory(head=msgspec.structs.replace(head, lines={SERVICE: watched})))
    board = Switchboard(directory, StateBook(SecretBox(b"k" * 32)), NoDevices())

    advised = board.answer(Question("office", "1786006800.1", DEBTOR, SERVICE), THURSDAY_NOON).decision.advised

    assert advised is not None
    assert advised.caller_name == 'Dolzhnik (OOO "Dolg")'


def test_who_works_on_a_mobile_outside_has_no_telephone_here() -> None:
    person = AgentBrief(ANNA, "Анна", "101", "+79161112233", names=LATIN)
    for works_on, styles in ((WorksOn.DESK, {"101": LATIN}), (WorksOn.FMC, {"101": LATIN}), (WorksOn.FORWARDED, {})):
        assert styles_of(Head(agents={ANNA: msgspec.structs.replace(person, works_on=works_on)})) == styles

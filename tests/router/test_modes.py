"""Joining without risk: what a line in observe or advise answers, and what is stored."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp.test_utils import TestClient, TestServer

from router.devices import NoDevices
from router.state import StateBook
from router.switchboard import Switchboard
from router.wiring import build_question_app
from tests.router.company import CLIENT, OFFICE, SERVICE, SPAMMER, STRANGER, SUPPLIER, THURSDAY_NOON, head_of
from tests.router.conftest import WriteDirectory
from tests.router.test_web import ask, kept
from trunkline.crypto import SecretBox
from trunkline.directory.reader import Directory
from trunkline.directory.values import Head, LineBrief, LineMode
from trunkline.pbx.port import Action, Next, Question
from trunkline.settings import Settings
from trunkline.spool import SpoolWriter

ASKED = Question("office", "1786006800.1", STRANGER, OFFICE, at=THURSDAY_NOON)


def head_in(mode: LineMode, **aliases: str) -> Head:
    """The company with its office line in `mode`."""
    head = head_of()
    office = msgspec.structs.replace(head.lines[OFFICE], mode=mode)
    return msgspec.structs.replace(head, lines=head.lines | {OFFICE: office}, aliases=aliases)


def switchboard_of(folder: Path) -> Switchboard:
    return Switchboard(Directory.open(folder), StateBook(SecretBox(b"k" * 32)), NoDevices(), chance=lambda: 0.75)


@pytest.mark.parametrize("from_", [STRANGER, CLIENT, SPAMMER, SUPPLIER, "anonymous", "101", None])
@pytest.mark.parametrize("mode", [LineMode.OBSERVE, LineMode.ADVISE])
def test_the_pbx_goes_its_own_way(write_directory: WriteDirectory, mode: LineMode, from_: str | None) -> None:
    switchboard = switchboard_of(write_directory(head=head_in(mode)))

    decision = switchboard.answer(msgspec.structs.replace(ASKED, from_=from_), THURSDAY_NOON).decision

    assert (decision.action, decision.rule, decision.next, decision.state) == (Action.DEFAULT, "mode", Next.END, "")
    assert (decision.advised is not None) is (mode is LineMode.ADVISE)


@pytest.mark.parametrize("from_", [STRANGER, CLIENT, SPAMMER, SUPPLIER, "anonymous", "101", None])
def test_advice_is_what_route_would_answer(write_directory: WriteDirectory, from_: str | None) -> None:
    question = msgspec.structs.replace(ASKED, from_=from_)
    advised = switchboard_of(write_directory(head=head_in(LineMode.ADVISE))).answer(question, THURSDAY_NOON)
    routed = switchboard_of(write_directory()).answer(question, THURSDAY_NOON)

    assert advised.decision.advised == msgspec.structs.replace(routed.decision, facts=None, state="")
    version = {"directory": "", "mode": LineMode.ROUTE}
    assert msgspec.structs.replace(advised.decision.facts, **version) == msgspec.structs.replace(
        routed.decision.facts, **version
    )


@pytest.mark.parametrize(
    ("mode", "action"), [(LineMode.OBSERVE, "default"), (LineMode.ADVISE, "default"), (LineMode.ROUTE, "queue")]
)
def test_a_fault_of_ours_does_not_lead_the_call_away(
    write_directory: WriteDirectory, mode: LineMode, action: str
) -> None:
    switchboard = switchboard_of(write_directory(head=head_in(mode)))

    assert switchboard.default(ASKED, "deadline").decision.action.value == action


def test_an_unknown_line_is_answered_as_ever(write_directory: WriteDirectory) -> None:
    switchboard = switchboard_of(write_directory(head=head_in(LineMode.OBSERVE)))

    decision = switchboard.answer(msgspec.structs.replace(ASKED, to="+74950000000"), THURSDAY_NOON).decision

    assert (decision.rule, decision.target) == ("class", "q-sales")


def test_a_dialogue_under_way_ends_when_its_line_is_taken_back(write_directory: WriteDirectory) -> None:
    first = switchboard_of(write_directory()).answer(ASKED, THURSDAY_NOON).decision
    switchboard = switchboard_of(write_directory(head=head_in(LineMode.OBSERVE)))
    asked = msgspec.structs.replace(ASKED, state=first.state)

    def rule(status: str) -> str:
        return switchboard.answer(msgspec.structs.replace(asked, status=status), THURSDAY_NOON).decision.rule

    assert [rule("NOANSWER"), rule("ANSWER")] == ["mode", "talk_over"]


@pytest.mark.parametrize("spelling", ["trunk-7", "TRUNK-7", "2345678", "+78001234567", "88001234567"])
def test_a_line_is_found_by_what_the_pbx_calls_it(write_directory: WriteDirectory, spelling: str) -> None:
    aliases = {"trunk-7": SERVICE, "2345678": SERVICE, "+78001234567": SERVICE}
    switchboard = switchboard_of(write_directory(head=head_in(LineMode.ROUTE, **aliases)))
    question = msgspec.structs.replace(ASKED, to=spelling)

    decision = switchboard.answer(question, THURSDAY_NOON).decision

    assert (decision.rule, decision.target) == ("line", "q-service")
    assert (decision.facts.line, decision.facts.line_known) == (SERVICE, True)
    assert switchboard.default(question, "deadline").decision.facts.line == SERVICE


def test_an_alias_of_a_line_that_is_gone_is_no_line(write_directory: WriteDirectory) -> None:
    switchboard = switchboard_of(write_directory(head=head_in(LineMode.ROUTE, gone="+74959999999")))

    facts = switchboard.answer(msgspec.structs.replace(ASKED, to="gone"), THURSDAY_NOON).decision.facts

    assert (facts.line, facts.line_known) == ("gone", False)


async def test_what_was_advised_is_spooled(
    write_directory: WriteDirectory, settings: Settings, spool: SpoolWriter, spool_dir: Path
) -> None:
    directory = Directory.open(write_directory(head=head_in(LineMode.ADVISE)))
    async with TestClient[Any, Any](TestServer(build_question_app(settings, directory, spool))) as client:
        answer = await ask(client, **{"from": SUPPLIER})

    assert (answer["action"], answer["rule"], "advised" in answer) == ("default", "mode", False)
    (record,) = kept(spool_dir)
    assert record.decision.advised is not None
    assert (record.decision.advised.rule, record.decision.advised.target) == ("class", "q-production")
    assert record.decision.facts["mode"] == "advise"


def test_a_line_of_an_older_file_is_routed() -> None:
    old = msgspec.msgpack.encode((OFFICE, "Офис", "Москва"))

    assert msgspec.msgpack.decode(old, type=LineBrief).mode is LineMode.ROUTE

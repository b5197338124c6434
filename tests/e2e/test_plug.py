"""Trunkline is switched off, or only watches, and what it exported; test_routing.py pulls the plug itself."""

import os
import subprocess
import sys

import pytest

from tests.e2e.asterisk import company
from tests.e2e.asterisk.ami import Message
from tests.e2e.asterisk.answers import ScriptedRouter, line
from tests.e2e.asterisk.office import STRANGER, Office, client, phone, talk
from tests.e2e.asterisk.pbx import Asterisk
from tests.e2e.asterisk.tree import VERSIONS
from trunkline.pbx.asterisk.fallback import FILE_NAMES, Format, render
from trunkline.pbx.fallback import UNLED, Fallback

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]
SUPPLIER_AS_THE_TRUNK_SENDS = "8" + company.SUPPLIER[2:]
_HOME, _ALL, _WATCHED = "+74951234567", "+74957654321", "+74991112233"
_EXPORTED = Fallback(
    lines={_HOME: "queue:sales", _ALL: "queue:service", _WATCHED: UNLED},
    own=frozenset({_ALL, _WATCHED}),
    callers={company.SUPPLIER: "queue:production"},
)


@pytest.mark.parametrize("pbx", VERSIONS, indirect=True)
def test_off_asks_nothing(pbx: Asterisk, router: ScriptedRouter) -> None:
    """`database put trunkline off 1` bypasses a Trunkline that is alive, at once; deleting it ends that."""
    router.script([line("extension", target=104, ring=5, next="end")])
    pbx.run_cli("database put trunkline off 1")
    try:
        queue, seconds = join(pbx, 101, STRANGER)
    finally:
        pbx.run_cli("database del trunkline off")

    assert (queue, router.questions) == ("sales", [])
    assert seconds < 1.0
    _listen(pbx, 104, STRANGER, company.LINE)
    assert len(router.questions) == 1


@pytest.mark.parametrize("pbx", VERSIONS, indirect=True)
def test_default_is_what_the_pbx_holds(pbx: Asterisk, router: ScriptedRouter) -> None:
    """A Trunkline that lives and says `default` (a line it only watches) moves nobody, whatever was exported."""
    router.script([line("default", next="end")])
    pbx.run_cli("database put trunkline-did 74951234567 queue:production")
    try:
        queue, _ = join(pbx, 101, STRANGER)
    finally:
        pbx.run_cli("database deltree trunkline-did")

    assert (queue, len(router.questions)) == ("sales", 1)


@pytest.mark.parametrize("form", Format)
@pytest.mark.parametrize("pbx", VERSIONS, indirect=True)
def test_spellings_of_a_trunk(pbx: Asterisk, form: Format) -> None:
    """A number is found however the trunk spells it, and one of another country is not taken for ours."""
    spelled = ("+79160000001", "89160000001", "79160000001", "9160000001", "81079160000001")
    _take_over(pbx, form, render(_EXPORTED, form, "today"))
    try:
        found = {caller: _place(pbx, _HOME, caller) for caller in spelled}
        lines = {number: _place(pbx, number, "") for number in ("84951234567", "4951234567", _HOME)}
        others = {caller: _place(pbx, "101", caller) for caller in ("", "+89160000001", "101", "160000001")}
        for_all = _place(pbx, "84957654321", company.SUPPLIER)
    finally:
        _take_over(pbx, form, render(Fallback(), form, "today"))

    assert set(found.values()) == {"queue:production"}
    assert set(lines.values()) == {"queue:sales"}
    assert set(others.values()) == {""}
    assert for_all == "queue:service:own"
    assert _place(pbx, _HOME, company.SUPPLIER) == ""


@pytest.mark.parametrize("pbx", VERSIONS, indirect=True)
def test_a_watched_line_is_not_moved(pbx: Asterisk) -> None:
    """Trunkline is dead; the export says that the line goes the PBX's own way, also for a known supplier."""
    _take_over(pbx, Format.astdb, render(_EXPORTED, Format.astdb, "today"))
    try:
        queue, _ = join(pbx, 101, company.SUPPLIER, _WATCHED)
    finally:
        _take_over(pbx, Format.astdb, render(Fallback(), Format.astdb, "today"))

    assert queue == "sales"


def export(office: Office) -> None:
    """What an administrator does: let the command write, and have Asterisk take it over."""
    command = [sys.executable, "-m", "trunkline", "export", "fallback", "--config", str(office.product.config)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TRUNKLINE_")}
    told = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    _take_over(office.pbx, Format.dialplan, told.stdout)


def _take_over(pbx: Asterisk, form: Format, text: str) -> None:
    if form is Format.dialplan:
        (pbx.site.folder / "etc" / FILE_NAMES[form]).write_text(text)
        pbx.run_cli("dialplan reload")
        return
    for command in text.splitlines():
        pbx.run_cli(command)


def _listen(pbx: Asterisk, extension: int, number: str, called: str) -> list[Message]:
    """One call that this phone answers; every event of it."""
    with talk(pbx) as scene:
        scene.start(phone("phone_answers", extension, 100), client(number=number, pause=1200, line=called))
        scene.finish()
        return scene.watcher.events()


def join(pbx: Asterisk, extension: int, number: str, called: str = company.LINE) -> tuple[str, float]:
    """The queue a call reaches, and after how many seconds."""
    events = _listen(pbx, extension, number, called)
    (call, *_) = [event for event in events if event["Event"] == "Newchannel"]
    (join,) = [event for event in events if event["Event"] == "QueueCallerJoin"]
    return join["Queue"], float(join["Timestamp"]) - float(call["Timestamp"])


def _place(pbx: Asterisk, called: str, caller: str) -> str:
    with pbx.tester() as ami:
        variables = [f"__LINE={called}", f"__CALLER={caller}"]
        ami.send("Originate", Channel="Local/s@looking", Application="Wait", Data="0", Async="true", Variable=variables)
        told = ami.wait_for("UserEvent", UserEvent="Place")
        assert told is not None
        return told["Place"]

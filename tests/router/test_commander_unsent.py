"""Calls of a PBX that routes by commands for which none is sent: no telephone stays held for them."""

import time

import msgspec
import pytest

from router.commander import Commander
from router.facts import Facts
from router.hook_doors import Door
from tests.fakes.mango import FORM, KEY, SALT, FakeCall, webhook
from tests.router.company import OFFICE, PATIENT_MS
from trunkline.directory.values import LineMode, PbxBrief
from trunkline.pbx.hooks.port import Account
from trunkline.pbx.hooks.request import HookRequest
from trunkline.pbx.mango.provider import PROVIDER
from trunkline.pbx.port import Action, Decision, Question
from trunkline.spool import SpoolWriter
from trunkline.webhooks.address import AddressRules

OURS = Facts(line=OFFICE, line_known=True)
EXTENSION = Decision(Action.EXTENSION, "responsible", target="101", facts=OURS)
MOBILE = Decision(Action.NUMBER, "responsible", target="+79160000009", confirm=True, facts=OURS)
TEAM = Decision(Action.TARGETS, "queue", targets=("101", "102"), facts=OURS)
QUEUE = Decision(Action.QUEUE, "default", target="500", facts=OURS)
USUAL = {OFFICE: "101"}


def at(decision: Decision, **facts: object) -> Decision:
    return msgspec.structs.replace(decision, facts=msgspec.structs.replace(OURS, **facts))


@pytest.mark.parametrize(
    ("decision", "usual", "waits", "freed"),
    [
        (EXTENSION, {}, True, False),
        (TEAM, {}, True, False),
        # No line of ours: its numbers are the cabinet's.
        (at(EXTENSION, line_known=False), {}, False, True),
        (at(QUEUE, line_known=False), {}, False, False),
        (at(TEAM, mode=LineMode.OBSERVE), {}, False, True),
        # The account has no word for it.
        (MOBILE, {}, False, True),
        (TEAM, USUAL, False, True),
        # The PBX rings this very telephone by itself.
        (EXTENSION, USUAL, False, False),
    ],
)
async def test_what_is_sent_nowhere_holds_no_telephone(
    spool: SpoolWriter, decision: Decision, usual: dict[str, str], waits: bool, freed: bool
) -> None:
    given_back: list[tuple[str, str]] = []
    commander = Commander(spool, AddressRules([]), lambda pbx, call: given_back.append((pbx, call)))
    account = Account("cloud", {"key": KEY, "usual": usual}, {"salt": SALT})
    door = Door(PbxBrief("cloud", "mango", PATIENT_MS, (), ()), PROVIDER, account, False, (), (), (), True)
    call = FakeCall("entry-1", line=OFFICE[1:], began=int(time.time()))
    request = HookRequest("POST", "events/call", headers={"content-type": FORM}, body=webhook(call.menu(0)))
    commander.offer(door, request, Question("cloud", call.entry), decision)

    assert ("cloud" in commander._lanes) is waits
    assert given_back == ([("cloud", call.entry)] if freed else [])

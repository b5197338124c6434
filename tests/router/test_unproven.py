"""The link to the PBX cut at 10:00 on a working day: every telephone is unknown, and no call goes to default."""

from pathlib import Path

import msgspec
import pytest

from router.presence_feed import DeviceFeed
from router.preview import walk
from router.state import StateBook
from router.switchboard import Switchboard
from tests.router.company import (
    ANNA,
    BORIS,
    CLIENT,
    DEBTOR,
    OFFICE,
    PLAN,
    SERVICE,
    SPAMMER,
    STRANGER,
    SUPPLIER,
    THURSDAY_NOON,
    head_of,
)
from tests.router.conftest import WriteDirectory
from trunkline.crypto import SecretBox
from trunkline.directory.reader import Directory
from trunkline.directory.values import Head, PresenceBrief, QueueBrief, QueueMember
from trunkline.pbx.devices import STALE_SECONDS, DeviceState, encode_change
from trunkline.pbx.port import Action, Next, Question
from trunkline.presence.state import Manual, ManualState

TEN = THURSDAY_NOON - 2 * 3600
TEAMS = PLAN | {
    "classes": PLAN["classes"] | {"unknown": "team:sales"},
    "overflow": {"target": "queue:reserve", "length": 1},
    "responsible": PLAN["responsible"] | {"last_talk_days": 30, "wrap_up_seconds": 60},
}


def head(plan: object, **presence: Manual) -> Head:
    members = (QueueMember(ANNA), QueueMember(BORIS))
    known = head_of(plan)
    queues = known.queues | {"sales": QueueBrief("sales", "Продажи", "q-sales", "rrmemory", None, members)}
    ids = {"anna": ANNA, "boris": BORIS}
    briefs = {ids[name]: PresenceBrief(manual) for name, manual in presence.items()}
    return msgspec.structs.replace(known, queues=queues, presence=briefs)


def switchboard_at(folder: Path, age: float, state: DeviceState) -> Switchboard:
    """A switchboard whose link was proved `age` seconds ago, when every telephone was in `state`."""
    feed = DeviceFeed(clock=lambda: TEN)
    feed.connected = True
    feed.take("office", encode_change({"101": state, "102": state}, TEN - age))
    feed.take("office", msgspec.json.encode({"queue:q-sales": "9", "agent:101": f"5 {TEN} {TEN - 1}"}))
    return Switchboard(Directory.open(folder), StateBook(SecretBox(b"k" * 32)), feed, chance=lambda: 0.5)


def ask(switchboard: Switchboard, caller: str, line: str = OFFICE) -> Question:
    return Question("office", "1786006800.1", caller, line, at=TEN)


@pytest.mark.parametrize("plan", [PLAN, TEAMS], ids=["queues", "teams"])
@pytest.mark.parametrize("state", list(DeviceState))
def test_no_call_goes_to_default(write_directory: WriteDirectory, plan: object, state: DeviceState) -> None:
    switchboard = switchboard_at(write_directory(head=head(plan)), STALE_SECONDS + 1, state)
    for caller in (CLIENT, DEBTOR, SUPPLIER, STRANGER, SPAMMER, "anonymous", "101", "12345", "", "x"):
        for line in (OFFICE, SERVICE, "+74950000000"):
            replies = walk(switchboard, ask(switchboard, caller, line), TEN)
            assert replies[0].decision.action is not Action.DEFAULT, (caller, line)
            assert replies[-1].decision.next is Next.END
            assert all("presence" in reply.decision.degraded for reply in replies)
    rules = [reply.decision.rule for reply in walk(switchboard, ask(switchboard, CLIENT), TEN)]
    assert rules[:2] == ["responsible", "deputy"]


def test_what_people_said_still_counts(write_directory: WriteDirectory) -> None:
    folder = write_directory(head=head(PLAN, anna=Manual(ManualState.BREAK, "обед", TEN + 60)))
    switchboard = switchboard_at(folder, STALE_SECONDS + 1, DeviceState.NOT_INUSE)

    assert switchboard.answer(ask(switchboard, CLIENT), TEN).decision.rule == "deputy"
    back = msgspec.structs.replace(ask(switchboard, CLIENT), at=TEN + 60)
    assert switchboard.answer(back, TEN).decision.rule == "responsible"


def test_a_proven_link_counts(write_directory: WriteDirectory) -> None:
    folder = write_directory(head=head(TEAMS))

    engaged = switchboard_at(folder, STALE_SECONDS - 1, DeviceState.INUSE)
    assert engaged.answer(ask(engaged, CLIENT), TEN).decision.rule == "class_full"
    free = switchboard_at(folder, STALE_SECONDS - 1, DeviceState.NOT_INUSE)
    responsible, _, deputy = free.answer(ask(free, CLIENT), TEN).decision.trace[-3:]
    assert (responsible.used["why"], deputy.rule, deputy.matched) == ("wrap_up", "deputy", True)

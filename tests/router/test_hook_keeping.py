"""A spool that takes no more hooks is said once, and again when it took one meanwhile, whichever way it did."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from router import hook_keeping
from router.hook_doors import Door
from router.hook_keeping import HookKeeper, Judged
from router.journal import Answered
from router.switchboard import Reply
from tests.router.company import PATIENT_MS
from trunkline.directory.values import PbxBrief
from trunkline.errors import SpoolFull
from trunkline.pbx.hooks.port import Account, HookReply, Verdict
from trunkline.pbx.hooks.providers import PROVIDERS
from trunkline.pbx.hooks.request import HookRequest
from trunkline.pbx.port import Action, Decision, Question


class Room:
    """A desk and a spool that take everything, or nothing."""

    def __init__(self) -> None:
        self.is_full = True
        self.journal = SimpleNamespace(heard_hook=lambda *_: None, lost_hook=lambda *_: None)

    def clock(self) -> float:
        return 0.0

    def kept_together(self, *_: object) -> bool:
        return not self.is_full

    def kept(self, answered: Answered, *_: object) -> Decision:
        return Decision(Action.REJECT, "spool") if self.is_full else answered.reply.decision

    def append(self, *_: object) -> None:
        if self.is_full:
            raise SpoolFull("full")


def judged(answered: Answered | None = None) -> Judged:
    door = Door(
        PbxBrief("cloud", "mts", PATIENT_MS, (), ()), PROVIDERS["mts"], Account("cloud", {}), False, (), (), (), False
    )
    return Judged(door, HookRequest(body=b"{}"), Verdict.FITS, HookReply(b""), answered)


DECIDED = judged(
    Answered(Question("cloud", "1"), cast("Reply", SimpleNamespace(decision=Decision(Action.REJECT, "x"))), 0, 0)
)


@pytest.mark.parametrize("taken", [[judged()], [DECIDED], [judged(), judged()]], ids=["alone", "decided", "together"])
def test_a_spool_that_is_full_again_is_said_again(monkeypatch: pytest.MonkeyPatch, taken: list[Judged]) -> None:
    said: list[str] = []
    monkeypatch.setattr(hook_keeping, "log", SimpleNamespace(error=lambda event, **_: said.append(event)))
    room: Any = Room()
    keeper = HookKeeper(room, room)
    for is_full in (True, False, True):
        room.is_full = is_full
        keeper.keep([judged()] if is_full else taken)
        if is_full:
            keeper.keep([judged()])

    assert said == ["hooks_not_kept"] * 2

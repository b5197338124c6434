"""Whether a recording is to be told now, looked at anew when it is its turn: nothing of it to tell, or not yet."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg

from crm_sync.answer import Unsent
from crm_sync.choosing import choose
from crm_sync.delivering import Untold
from trunkline.db.sql import load_queries
from trunkline.outbox.classify import NOT_YET
from trunkline.outbox.event import Failed, Fault, Sent
from trunkline.recorded.talk import RecordedTalk, Standing

SQL: Final = load_queries("crm_sync", "records.sql")
LATER_SECONDS: Final = 60.0


class NotYet(Unsent):
    """It is tried again in `seconds`, which is nobody's failure."""

    def __init__(self, why: str, seconds: float) -> None:
        super().__init__(Failed(Fault(why, Sent.NO, code=NOT_YET, retry_after=seconds, alone=True)))


def wanted(state: asyncpg.Record | None, *, text: bool = False) -> asyncpg.Record:
    """The call as the CRM has it, where that is told of its recording, or of the text; raises Untold."""
    if state is None:
        raise Untold("the CRM does not know the call any more; nothing was sent")
    if state["records"] == "none" or (text and state["records"] != "text"):
        raise Untold("this CRM is not told of that any more; nothing was sent")
    return state


def to_tell(recording: UUID, recordings: Sequence[RecordedTalk]) -> RecordedTalk:
    """The recording, where it may be told and stands for its call; raises Untold, NotYet."""
    one = next((one for one in recordings if one.id == recording), None)
    match one.standing if one else Standing.GONE:
        case Standing.GONE:
            raise Untold("the recording was refused, or its time is over; nothing was sent")
        case Standing.STAYS:
            raise Untold("the recording is held back; nothing was sent")
        case Standing.AHEAD:
            raise NotYet("the recording, or its text, is being worked on", LATER_SECONDS)
        case Standing.READY:
            assert one is not None
    if choose(recordings) != one:
        raise Untold("another recording stands for the call, or it holds no talk", is_usual=True)
    return one

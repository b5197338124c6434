"""Whether a recording is to be told now, looked at anew when it is its turn: nothing of it to tell, or not yet."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from crm_sync.choosing import choose
from trunkline.db.sql import load_queries
from trunkline.outbox.classify import NOT_YET
from trunkline.outbox.event import Failed, Fault, Sent
from trunkline.recorded.talk import RecordedTalk, Standing

SQL: Final = load_queries("crm_sync", "records.sql")
LATER_SECONDS: Final = 60.0


class Untold(Exception):
    """There is nothing to tell any more; where that is usual nobody need be warned."""

    def __init__(self, why: str, *, is_usual: bool = False) -> None:
        super().__init__(why)
        self.is_usual = is_usual


class NotYet(Exception):
    """It is tried again in `seconds`, which is nobody's failure."""

    def __init__(self, why: str, seconds: float) -> None:
        super().__init__(why)
        self.seconds = seconds

    @property
    def failed(self) -> Failed:
        """For the outbox."""
        return Failed(Fault(str(self), Sent.NO, code=NOT_YET, retry_after=self.seconds, alone=True))


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

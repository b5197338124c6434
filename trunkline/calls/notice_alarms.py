"""The alarm of a notice the PBX cannot play: raised by a call that was to hear it, cleared by one that heard it."""

from collections.abc import Sequence
from typing import Final

from trunkline.alarms.alarm import Severity, clear_alarm, raise_alarm
from trunkline.calls.announce import Announcement
from trunkline.calls.call import CallNotice
from trunkline.db.types import Connection
from trunkline.outbox.wake import OUTBOX_WAKE
from trunkline.pbx.notice import NoticeState, unplayed_key
from trunkline.web.i18n import mark

_UNPLAYED: Final = mark(
    "The PBX %(pbx)s could not play the notice of the line %(line)s (version %(version)s): it has no such sound file. "
    "Nobody hears it, and these calls are not recorded. Copy the file there, or change the notice"
)
# As migration 0321 tells it.
DIGIT_GONE: Final = mark(
    "The notice of the line %(line)s was to be refused by #, which Asterisk does not tell: whoever pressed it was "
    "recorded. No digit refuses it now. Record it anew and choose 0 to 9 or *"
)
_HEARD: Final = frozenset((NoticeState.PLAYED, NoticeState.REFUSED))


async def tell_notices(connection: Connection, news: Sequence[Announcement]) -> frozenset[str]:
    """Raise or clear, once a call is over; returns the topics to wake after the commit."""
    told = [await _tell(connection, one.payload["pbx"], one.notice) for one in news if one.notice is not None]
    return frozenset({OUTBOX_WAKE}) if any(told) else frozenset()


async def _tell(connection: Connection, pbx: str, notice: CallNotice) -> bool:
    key = unplayed_key(notice.way, notice.line)
    if notice.state is NoticeState.UNPLAYED:
        facts = {"pbx": pbx, "line": notice.line, "version": notice.version}
        return await raise_alarm(connection, key, Severity.CRITICAL, _UNPLAYED, facts)
    return notice.state in _HEARD and await clear_alarm(connection, key)

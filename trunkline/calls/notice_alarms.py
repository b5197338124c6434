"""The alarms of a notice: the PBX cannot play it, until a call hears it; it takes too long, until it is saved anew."""

from collections.abc import Sequence
from typing import Final

from trunkline.alarms.alarm import Severity, clear_alarm, raise_alarm
from trunkline.calls.announce import Announcement, News
from trunkline.calls.call import CallNotice
from trunkline.db.types import Connection
from trunkline.lines.notice_store import version_in_force
from trunkline.outbox.wake import OUTBOX_WAKE
from trunkline.pbx.notice import LONGEST_SECONDS, NoticeState, long_key, unplayed_key
from trunkline.web.i18n import mark

_UNPLAYED: Final = mark(
    "The PBX %(pbx)s could not play the notice of the line %(line)s (version %(version)s): it has no such sound file. "
    "Nobody hears it, and these calls are not recorded. Copy the file there, or change the notice"
)
_LONG: Final = mark(
    "The notice of the line %(line)s (version %(version)s) took %(took)s s on the PBX %(pbx)s, and may take %(most)s: "
    "callers hang up meanwhile. Put a shorter file there, and save the notice anew"
)
_SURELY_LONGER: Final = (LONGEST_SECONDS + 1.5) * 1e6
"""µs: the dialplan waits for a digit for a second after the file, and tells of its end a moment later."""
# As migration 0321 tells it.
DIGIT_GONE: Final = mark(
    "The notice of the line %(line)s was to be refused by #, which Asterisk does not tell: whoever pressed it was "
    "recorded. No digit refuses it now. Record it anew and choose 0 to 9 or *"
)
_TELLING: Final = frozenset((NoticeState.UNPLAYED, NoticeState.PLAYED, NoticeState.REFUSED))
"""Whether the PBX has the sound: the first that it has not, the others that it was heard."""


async def tell_notices(connection: Connection, news: Sequence[Announcement]) -> frozenset[str]:
    """Raise or clear, once a call is over; returns the topics to wake after the commit.

    A call that the journal corrects later tells nothing of today.
    """
    told = [
        await _tell(connection, one.payload["pbx"], one.notice)
        for one in news
        if one.notice is not None and one.news is News.ENDED
    ]
    return frozenset({OUTBOX_WAKE}) if any(told) else frozenset()


async def _tell(connection: Connection, pbx: str, notice: CallNotice) -> bool:
    if notice.state not in _TELLING or notice.version != await version_in_force(connection, notice.line, notice.way):
        return False  # it was changed during the call, which no other call will tell of
    key = unplayed_key(notice.way, notice.line, pbx)
    if notice.state is NoticeState.UNPLAYED:
        facts = {"pbx": pbx, "line": notice.line, "version": notice.version}
        return await raise_alarm(connection, key, Severity.CRITICAL, _UNPLAYED, facts)
    told = [await clear_alarm(connection, key)]
    if notice.state is NoticeState.PLAYED and (took := _took(notice)) > _SURELY_LONGER:
        facts = {"pbx": pbx, "line": notice.line, "version": notice.version, "took": round(took / 1e6, 1)}
        longer = long_key(notice.way, notice.line, pbx)
        told.append(await raise_alarm(connection, longer, Severity.WARNING, _LONG, facts | {"most": LONGEST_SECONDS}))
    return any(told)


def _took(notice: CallNotice) -> int:
    """µs, as the PBX told its begin and its end; 0 where it did not."""
    return 0 if notice.since is None or notice.until is None else notice.until - notice.since

"""A call's notice in plain words, in the reader's language. No I/O here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from trunkline.calls.detail import NoticeDetail
from trunkline.pbx.notice import NoticeState
from trunkline.web.human import phone
from trunkline.web.i18n import gettext, mark

NOTICE_STATES: Final[Mapping[str, str]] = {
    NoticeState.WAITS: mark("nobody answered: it was not played"),
    NoticeState.PLAYS: mark("is being played"),
    NoticeState.PLAYED: mark("was played to its end"),
    NoticeState.REFUSED: mark("the recording was refused"),
    NoticeState.HUNG_UP: mark("hung up while it was played"),
    NoticeState.UNPLAYED: mark("the PBX could not play it"),
}
_ENDS: Final[Mapping[NoticeState, tuple[str, str]]] = {
    NoticeState.PLAYED: (mark("%(party)s has heard the notice"), "ok"),
    NoticeState.REFUSED: (mark("%(party)s refused the recording: nothing of it is kept"), "warn"),
    NoticeState.HUNG_UP: (mark("%(party)s: the call ended while the notice was played"), "bad"),
    NoticeState.UNPLAYED: (
        mark("%(party)s heard no notice, the PBX could not play it: nothing of the call is kept"),
        "bad",
    ),
}


def notice_in_words(state: str | None, version: int | None) -> str:
    """`version 3: was played to its end`; empty of a call without notice."""
    if state is None:
        return ""
    told = gettext(NOTICE_STATES.get(state, state))
    return gettext("version %(number)s: %(told)s") % {"number": version, "told": told}


def notice_steps(notice: NoticeDetail | None) -> list[tuple[datetime, str, str, str]]:
    """When it began and how it ended, as the steps of the story are told."""
    if notice is None:
        return []
    values = {"party": phone(notice.party) or gettext("Somebody")}
    named = gettext("version %(number)s of the line %(line)s") % {"number": notice.version, "line": phone(notice.line)}
    told = []
    if notice.since is not None:
        told.append((notice.since, gettext("The notice is played to %(party)s") % values, named, "plain"))
    if notice.until is not None and notice.state in _ENDS:
        text, kind = _ENDS[notice.state]
        told.append((notice.until, gettext(text) % values, "", kind))
    return told

"""A call as the text of an internal comment, in the company's language. No I/O here."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from trunkline.calls.attribution_words import channel_in_words
from trunkline.calls.words import why_missed
from trunkline.contacts.pages import CLASS_NAMES
from trunkline.directory.values import ContactClass
from trunkline.web.human import clock, full_moment, phone
from trunkline.web.i18n import Reader
from trunkline.web.i18n import gettext as _

_LONGEST_LINE: Final = 200


def text_of(row: Mapping[str, Any], reader: Reader) -> str:
    """All of it: when, who, how it ended, our line and what brought the client. `row` is of `facts` (queries.sql)."""
    return "\n".join(_cut(line) for line in _lines(row, reader) if line)


def link_text(link: str) -> str:
    """Where its recording is heard."""
    return _("Recording of the call: %(link)s") % {"link": link}


def _lines(row: Mapping[str, Any], reader: Reader) -> Iterator[str]:
    head = _("The client called") if row["direction"] == "in" else _("The client was called")
    yield f"{head} · {full_moment(row['started_at'], reader)}"
    klass = ContactClass(row["class"])
    named = _(CLASS_NAMES[klass]) if klass is not ContactClass.UNKNOWN else ""
    yield _joined(row["name"], row["company"], phone(row["client"]), named)
    yield _outcome(row)
    line = row["line"] if not row["line"].startswith("+") else phone(row["line"])
    yield _("Line: %(line)s") % {"line": _joined(line, row["brand"])} if line else ""
    came = _joined(channel_in_words(row["channel"]) if row["channel"] else "", row["source"], row["campaign"])
    yield _("Came by: %(channel)s") % {"channel": came} if came else ""


def _outcome(row: Mapping[str, Any]) -> str:
    if row["outcome"] == "answered":
        talked = _("Talked for %(time)s") % {"time": clock(row["talk_ms"] / 1000)}
        return _joined(talked, row["answered_by"])
    if row["direction"] == "out":
        return _("Did not answer")
    why = why_missed(row["missed_why"])
    return f"{_('Missed')}: {why}" if why else _("Missed")


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def _cut(line: str) -> str:
    line = " ".join(line.split())
    return line if len(line) <= _LONGEST_LINE else f"{line[: _LONGEST_LINE - 1]}…"

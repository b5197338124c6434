"""A test call step by step: a visit by its own link, the number, the call, the visit that is given it. No I/O here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from uuid import UUID

import msgspec

from trunkline.errors import InvalidInput, Mistake
from trunkline.web.i18n import gettext as _

LONGEST: Final = timedelta(minutes=30)
"""A visit goes on for so long without a word; what did not come by then comes no more."""
LEAST: Final = 0.5
"""From this confidence on a call's visit counts as known."""
SOURCE: Final = "trunkline-test"
_LONGEST_PAGE: Final = 400


class Step(StrEnum):
    """What has to happen, in its order."""

    VISIT = "visit"
    NUMBER = "number"
    CALL = "call"
    GIVEN = "given"


class Found(msgspec.Struct, frozen=True):
    """What the rows tell of a test so far; `given_to` is the visit its call was given to."""

    visit_id: UUID | None = None
    visited_at: datetime | None = None
    number: str = ""
    kind: str = ""
    shown_at: datetime | None = None
    call_id: UUID | None = None
    called_at: datetime | None = None
    over: bool = False
    given_to: UUID | None = None
    confidence: float | None = None


class TestCall(msgspec.Struct, frozen=True):
    """One test as it is kept."""

    __test__ = False  # pytest takes it for one of its own

    id: UUID
    site_id: UUID
    mark: str
    page: str
    person: str
    started_at: datetime
    visit_id: UUID | None
    visited_at: datetime | None
    number: str
    kind: str
    shown_at: datetime | None
    call_id: UUID | None
    called_at: datetime | None
    confidence: float | None
    state: str
    why: str
    ended_at: datetime | None

    @property
    def link(self) -> str:
        """The page with the test's own tags, to be opened."""
        return tagged(self.page, self.mark)

    @property
    def done(self) -> dict[Step, datetime | None]:
        """When each step was taken."""
        given = self.ended_at if self.state == "passed" else None
        return dict(zip(Step, (self.visited_at, self.shown_at, self.called_at, given), strict=True))

    @property
    def next(self) -> Step | None:
        """The step it waits for, or failed at; None once all are taken."""
        return next((step for step, at in self.done.items() if at is None), None)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`open`, `passed` or `failed`, and why it failed."""

    state: str
    why: str = ""


def judged(found: Found, started_at: datetime, now: datetime) -> Verdict:
    """What a test has come to: passed as soon as the call is given to its visit; failed where it never will be."""
    if found.call_id and found.given_to and found.given_to == found.visit_id:
        if (found.confidence or 0.0) >= LEAST:
            return Verdict("passed")
        return Verdict("failed", "unsure") if found.over else Verdict("open")
    if found.call_id and found.over:
        return Verdict("failed", "elsewhere")
    return Verdict("failed", "late") if now - started_at > LONGEST else Verdict("open")


def tagged(page: str, mark: str) -> str:
    """The address with the tags of a test in place of those it has."""
    parts = urlsplit(page)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name[:4] != "utm_"]
    tags = [("utm_source", SOURCE), ("utm_medium", "test"), ("utm_campaign", mark)]
    return urlunsplit(parts._replace(query=urlencode(kept + tags), fragment=""))


def checked_page(text: str, hosts: Sequence[str]) -> str:
    """An address of a page of the site, its first named host's front page where none is told; raises InvalidInput."""
    if not text and (named := next((one for one in hosts if not one.startswith("*.")), "")):
        return f"https://{named}/"
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        host = ""
    if not host or parts.scheme not in {"http", "https"} or len(text) > _LONGEST_PAGE or not text.isprintable():
        message = _("must be the address of a page, such as https://%(host)s/")
        raise InvalidInput(Mistake("page", message % {"host": hosts[0].removeprefix("*.")}))
    if not any(host == one or (one.startswith("*.") and host.endswith(one[1:])) for one in hosts):
        raise InvalidInput(Mistake("page", _("must be a page of this site: %(hosts)s") % {"hosts": ", ".join(hosts)}))
    return text

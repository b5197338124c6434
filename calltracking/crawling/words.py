"""How a site was read, in the reader's words."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from calltracking.crawling.store import Crawl
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark, ngettext

FAULTS: Final[Mapping[str, str]] = {
    "robots": mark("robots.txt forbids it"),
    "private": mark("its name leads to a private address"),
    "slow": mark("no answer in time"),
    "unreachable": mark("no connection"),
    "elsewhere": mark("it leads to a name that is not the site's"),
    "moved": mark("it leads from one page to the next without end"),
    "packed": mark("it is sent packed, though that was not asked for"),
    "work": mark("it cost more time than a page should"),
}
CUTS: Final[Mapping[str, str]] = {
    "pages": mark("It has more pages than are read in a night."),
    "octets": mark("Its pages are larger than what is read in a night."),
    "seconds": mark("It answers too slowly to be read whole in a night."),
}


def crawl_in_words(crawl: Crawl | None, now: datetime) -> list[str]:
    """What is said of the last reading, a sentence each."""
    return list(_told(crawl, now)) if crawl else []


def _told(crawl: Crawl, now: datetime) -> Iterator[str]:
    if crawl.is_on(now):
        yield _("It is being read now.")
    elif crawl.next_at <= now:
        yield _("It is read in a moment.")
    if crawl.ended_at is None:
        return
    yield ngettext("%(num)d page was read.", "%(num)d pages were read.", crawl.pages) % {"num": crawl.pages}
    if crawl.cut:
        yield _(CUTS[crawl.cut])
    if crawl.fault:
        why = _(FAULTS[crawl.fault]) if crawl.fault in FAULTS else crawl.fault
        yield _("Pages that were not read: %(num)s (%(why)s).") % {"num": crawl.unread, "why": why}

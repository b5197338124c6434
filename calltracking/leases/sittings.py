"""What this process remembers of visits that go on: by what they came, and when they were last heard of. No I/O here.

A bounded memory that only makes answers better: what is forgotten, or another process heard, is taken at its word.
"""

import re
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from calltracking.channels.reading import read_source
from calltracking.channels.source import Source
from calltracking.channels.visits import Previous, continues

_MOST: Final = 50_000
_TAGGED: Final = re.compile(
    r"[?&#;](?:utm_|yclid|ymclid|gclid|[gw]braid|dclid|msclkid|rb_clickid|ttclid|erid|_openstat)", re.IGNORECASE
)
"""Only such an address names a campaign, and only such a one is worth reading before the answer."""
_UNTAGGED: Final = read_source("https://example.ru/", "")
_REPLAY_MS: Final = 60_000
_SHORT: Final = 600


@dataclass(slots=True)
class Sitting:
    """A visit: what began it, and the last that was heard of it."""

    began: Source | tuple[str, str]
    """The page and its referrer, until somebody asks what they tell: most visits see no second tagged page."""
    heard_at: float
    said_at: int = 0

    def source(self) -> Source:
        """What began it."""
        if isinstance(self.began, tuple):
            self.began = _source(*self.began)
        return self.began


class Sittings:
    """The visits heard of last."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._known: OrderedDict[UUID, Sitting] = OrderedDict()

    def goes_on(self, visit: UUID, page: str, referrer: str, now: float) -> bool:
        """Whether a page of this address belongs to the visit; another campaign begins another.

        A tab that was left open for hours and is looked at again goes on: what it came by is still what brought him.
        """
        known = self._known.get(visit)
        if known is None or not _TAGGED.search(page):
            return True
        previous = Previous(known.source(), _utc(known.heard_at))
        return continues(previous, _source(page, referrer), _utc(now))

    def note(self, visit: UUID, page: str, referrer: str, now: float) -> None:
        """A page of the visit was seen; the first one says what it came by."""
        known = self._known.get(visit)
        if known is None:
            self._known[visit] = Sitting(_began(page, referrer), now)
            if len(self._known) > self._most:
                self._known.popitem(last=False)
        else:
            known.heard_at = now
            self._known.move_to_end(visit)

    def beats(self, visit: UUID, said_at: int, now: float) -> bool:
        """Whether a beat said at `said_at` by the browser's clock is news; one that was heard before is a replay."""
        known = self._known.get(visit)
        if known is None:
            return True
        if known.said_at and (said_at == known.said_at or said_at < known.said_at - _REPLAY_MS):
            return False
        known.heard_at, known.said_at = now, max(known.said_at, said_at)
        return True


class Seats:
    """Which of the visitors behind one address, alike and without a cookie, have a page open now.

    The same address and browser may be a family: whoever opens a page while another is looked at is somebody else, and
    takes the next seat. Who leaves frees his, so that the next page of his finds him again.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._until: OrderedDict[UUID, float] = OrderedDict()

    def is_free(self, visitor: UUID, now: float) -> bool:
        """Whether nobody looks at a page as this visitor."""
        return self._until.get(visitor, 0.0) <= now

    def keep(self, visitor: UUID, until: float) -> None:
        """He has a page open until then."""
        self._until.pop(visitor, None)
        self._until[visitor] = until
        if len(self._until) > self._most:
            self._until.popitem(last=False)

    def beats(self, visitor: UUID, until: float) -> None:
        """Who has one still; others need none."""
        if visitor in self._until:
            self.keep(visitor, until)

    def leave(self, visitor: UUID) -> None:
        """His page is gone."""
        self._until.pop(visitor, None)


def _began(page: str, referrer: str) -> Source | tuple[str, str]:
    """As little as is to be remembered of a page, without reading it if it is short."""
    if not _TAGGED.search(page):
        return _UNTAGGED
    return (page, referrer) if len(page) + len(referrer) <= _SHORT else _source(page, referrer)


def _source(page: str, referrer: str) -> Source:
    if not _TAGGED.search(page):
        return _UNTAGGED
    source = read_source(page, referrer)
    return replace(source, term="", content="", click_ids=(), openstat=None, landing="", referrer="", trace=())


def _utc(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)

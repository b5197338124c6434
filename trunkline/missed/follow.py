"""What news of calls mean for the missed-call list, in the transaction of the steps that tell them."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from trunkline.calls.announce import Announcement, News
from trunkline.db.types import Connection
from trunkline.missed.keep import Told, recount
from trunkline.missed.rules import RulesOf

_COUNTED = frozenset((News.ANSWERED, News.ENDED, News.CORRECTED))


async def keep_missed(connection: Connection, news: Sequence[Announcement], rules_of: RulesOf) -> None:
    """Fold anew the entries of every client these news are about."""
    if told := [each for one in news for each in _told(one)]:
        await recount(connection, told, await rules_of(connection))


def _told(one: Announcement) -> Iterator[Told]:
    """Whose list may change: the client, and whom a corrected call was with before."""
    if one.news not in _COUNTED:
        return
    at = datetime.fromisoformat(one.payload["started_at"])
    may_open = one.payload["direction"] == "in" and one.payload["outcome"] == "missed"
    for number in {one.payload["client"], one.client_before} - {""}:
        yield Told(number, at, may_open, one.news is News.CORRECTED)

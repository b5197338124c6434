"""The missed-call list in plain words. No I/O here."""

from collections.abc import Mapping
from typing import Final

from trunkline.missed.entry import How, Kind
from trunkline.missed.hand import Reason
from trunkline.web.i18n import mark

HOW: Final[Mapping[How, tuple[str, str]]] = {
    How.REACHED: (mark("called back"), "ok"),
    How.GOT_THROUGH: (mark("got through himself"), "ok"),
    How.BY_HAND: (mark("closed by hand"), "plain"),
    How.SPAM: (mark("Spam"), "rare"),
    How.AGED: (mark("aged: nobody reached him"), "warn"),
}
"""How an entry was closed, and the kind of its badge."""

REASONS: Final[Mapping[Reason, str]] = {
    Reason.TALKED: mark("We talked another way"),
    Reason.NOT_NEEDED: mark("No call is needed"),
    Reason.WRONG_NUMBER: mark("Wrong number"),
    Reason.SPAM: mark("Spam"),
    Reason.OTHER: mark("Something else"),
}

DEEDS: Final[Mapping[str, str]] = {
    Kind.TAKEN: mark("the client was taken"),
    Kind.RELEASED: mark("the client was let go"),
    Kind.CLOSED: mark("the entry was closed"),
    Kind.AGED: mark("nobody reached him in the days allowed: the entry aged"),
}

UNANSWERED: Final[Mapping[str, str]] = {
    "busy": mark("busy"),
    "no_answer": mark("no answer"),
    "unavailable": mark("out of reach"),
    "rejected": mark("declined"),
    "abandoned": mark("we hung up"),
    "unheard": mark("not heard how it ended"),
}
"""How our call to him ended; what is not here is shown as no answer."""

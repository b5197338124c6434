"""Why costs were not read: troubles by name, with what to do. No I/O here."""

from typing import Final

from trunkline.errors import TrunklineError
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark

LONGEST_SAID: Final = 300
PASSING: Final = frozenset({"busy", "queue", "limit", "away"})
"""These may be gone in minutes; of the others a person must do something, and the next try is at night."""
TROUBLES: Final = {
    "busy": mark("The system is busy or out of order. We try again by ourselves."),
    "queue": mark("Too many reports are being made for this account. We try again by ourselves."),
    "limit": mark("The account's limit of requests is used up. We try again by ourselves."),
    "away": mark("The system did not answer, or not to the end. We try again by ourselves."),
    "token": mark("The token or the key is not good (any more). Get a new one from the system and write it below."),
    "tokens": mark(
        "VK Ads gives this client_id no more tokens. Remove tokens in its settings, or wait a day, then read again."
    ),
    "registration": mark("The application of this token may not use the API of Direct yet. Ask for access in Direct."),
    "right": mark("This token has no right to these statistics. Let the owner of the account give it access."),
    "login": mark("There is no such advertiser, or Direct is not set up for it. Check Client-Login."),
    "large": mark("The answer is larger than we take. Choose a coarser level, such as campaigns."),
    "unreadable": mark("The answer is not what the system's documentation says. Tell us; nothing was changed."),
    "refused": mark("The system refused the request. Its own words follow."),
    "key": mark("The secret cannot be opened with this installation's key. Write it anew."),
    "work": mark("Something broke on our side; the log of the worker says what. We try again at night."),
}


class Trouble(TrunklineError):
    """`said`: the system's own words, without secrets; `pause`: seconds after which it wants to be asked again."""

    def __init__(self, name: str, said: str = "", pause: float | None = None) -> None:
        super().__init__(f"{name}: {said}" if said else name)
        self.name = name
        self.said = said
        self.pause = pause


def trouble_words(name: str) -> str:
    """For people."""
    return _(TROUBLES.get(name, name))

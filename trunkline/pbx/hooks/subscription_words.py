"""What pages, commands and alarms say of subscriptions at hosted PBXs. No I/O here."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from trunkline.web.i18n import mark


class Trouble(StrEnum):
    """Why a PBX cannot be subscribed to."""

    REFUSED = "refused"
    """The token is not good there."""
    SEALED = "sealed"
    """Its secrets were sealed with another key."""
    OPEN = "open"
    """Its API would be asked without TLS."""
    DENIED = "denied"
    """It answers, and does not do it."""
    UNREACHED = "unreached"
    """It was not reached, or did not answer."""


LOUD: Final = frozenset({Trouble.REFUSED, Trouble.SEALED, Trouble.OPEN})
"""Only a person can mend these."""
TROUBLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        Trouble.REFUSED.value: mark("Its API refuses the token."),
        Trouble.SEALED.value: mark("Its token was sealed with another key."),
        Trouble.OPEN.value: mark("The address of its API must begin with https://."),
        Trouble.DENIED.value: mark("Its API does not subscribe us."),
        Trouble.UNREACHED.value: mark("Its API is not reached."),
    }
)
LEFT: Final = mark(
    "An old subscription of ours could not be ended. It ends by itself within a day; nothing counts twice."
)
REFUSED_ALARM: Final = mark(
    "%(name)s tells of no calls: it cannot be subscribed to. Look at its token and the address of its API. %(said)s"
)
QUIET_ALARM: Final = mark("%(name)s has not let itself be subscribed to for ten minutes. %(said)s")

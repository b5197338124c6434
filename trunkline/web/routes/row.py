"""One row of the table of rights. No I/O here."""

from dataclasses import dataclass
from enum import StrEnum

from trunkline.people.roles import Right


class Access(StrEnum):
    """Entrances that are not a right of a person."""

    OPEN = "open"  # anyone; nothing is looked up
    FORM = "form"  # anyone, signed in or not, but a POST must come from our own page (login and its kin)
    SIGNED_IN = "signed-in"  # any person with a session
    LOCAL = "local"  # this machine without a proxy between, or operations.read
    OWN_GUARD = "own-guard"  # the part checks for itself: a PBX's token or address, a hook's or link's secret


@dataclass(frozen=True, slots=True)
class RouteRight:
    """One row: `path` is the route's canonical form, e.g. `/calls/{id}`; `*` is any method."""

    method: str
    path: str
    needs: Right | Access
    basic: bool = False
    """A token may also be the password of HTTP Basic: telephones know no other way. Only where nothing is changed."""
    also: Right | None = None
    """A second right, without which the first lets nobody in."""

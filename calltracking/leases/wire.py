"""What the script sends and is answered (docs/http.md), and the records it becomes in the spool. No I/O here."""

from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec

from calltracking.leases.lease import Shown

LARGEST_BODY = 16 * 1024
LONGEST_VISIT_SECONDS = 86_400
"""A visit is one sitting: its id is good for a day."""
AHEAD_SECONDS = 300
YOUNG_SECONDS = 86_400
"""A visitor's id spares him the limit of newcomers for a day: else ids could be stocked, and used all at once."""

Key = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9]{12}\Z")]
Url = Annotated[str, msgspec.Meta(max_length=4096)]
Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_-]{0,39}\Z")]
Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]
ClientId = Annotated[str, msgspec.Meta(max_length=100)]


_MISSING: Final = "Object missing required field "
_RIGHT: Final = {
    "site": "must be the site's key: 12 letters or digits",
    "page": "must be an address of at most 4096 characters",
    "referrer": "must be an address of at most 4096 characters",
    "at": "must be the browser's clock in milliseconds, a whole number",
    "visitor": "must be the visitor's id that we gave, a UUID",
    "visit": "must be the visit's id that we gave, a UUID",
    "placements": "must be a list of at most 20 placements' names",
    "placement": "must be a placement's name",
    "number": "must be the number as +74951234567",
    "visible": "must be true or false",
    "leave": "must be true or false",
    "consent": "must be none, cookieless or full",
}


class Ids(msgspec.Struct, frozen=True):
    """What Metrica and GA call the visitor: their cookies as they are, or, of older scripts, what stood in them."""

    ym: ClientId = ""
    ga: ClientId = ""
    cookies: tuple[str, ...] | None = None


class SwapBody(msgspec.Struct, frozen=True):
    """`POST /calltracking/v1/swap`: a page is seen, and numbers are wanted at its placements."""

    site: Key
    page: Url
    at: Milliseconds
    placements: Annotated[tuple[Name, ...], msgspec.Meta(max_length=20)] = ()
    visitor: UUID | None = None
    visit: UUID | None = None
    referrer: Url = ""
    consent: str | None = None
    ids: Ids | None = None
    clash: Literal["fight", "foreign", "absent"] | None = None
    """As of a beat; absent: none of the site's numbers was found on the page."""


class BeatBody(msgspec.Struct, frozen=True):
    """`POST /calltracking/v1/beat`: the page is visible, hidden, or left."""

    site: Key
    visit: UUID
    visitor: UUID
    at: Milliseconds
    visible: bool = True
    leave: bool = False
    clash: Literal["fight", "foreign"] | None = None
    """Another script writes numbers over ours again and again, or has put one that is none of ours."""


class TapBody(msgspec.Struct, frozen=True):
    """`POST /calltracking/v1/tap`: a number's link was touched."""

    site: Key
    visit: UUID
    visitor: UUID
    placement: Name
    number: Annotated[str, msgspec.Meta(pattern=r"^\+[0-9]{5,15}\Z")]
    at: Milliseconds


class SwapAnswer(msgspec.Struct, frozen=True):
    """The number of each placement that was asked for."""

    visit: UUID | None
    visitor: UUID | None
    numbers: dict[str, Shown]
    beat: int


class VisitRecord(msgspec.Struct, frozen=True, array_like=True):
    """A page of a visit, as it lies in the spool under Kind.VISIT; `at` is ours, Unix seconds."""

    visit: UUID
    visitor: UUID
    site: UUID
    at: float
    landing: str
    referrer: str
    agent: str
    consent: str
    ym: str = ""
    ga: str = ""
    skew_ms: int = 0
    ga_sessions: str = ""
    country: str = ""
    region: str = ""
    city: str = ""
    clash: str = ""


class BeatRecord(msgspec.Struct, frozen=True, array_like=True):
    """A beat, under Kind.BEAT; `seconds` is for how long the visitor counts as present, 0 of a hidden page."""

    visit: UUID
    visitor: UUID
    at: float
    said_at: int
    seconds: int
    leaves: bool = False
    site: UUID | None = None
    clash: str = ""


class TapRecord(msgspec.Struct, frozen=True, array_like=True):
    """A touch, under Kind.TAP."""

    id: UUID
    visit: UUID
    site: UUID
    placement: str
    number: str
    at: float


def in_words(refusal: str) -> tuple[str, str]:
    """What msgspec says of a body, as what would be right and the field: ``Expected … - at `$.site` ``."""
    message, _, path = refusal.partition(" - at `")
    field = path.rstrip("`").removeprefix("$.") or "$"
    if message.startswith(_MISSING):
        return "is missing", message.removeprefix(_MISSING).strip("`")
    return _RIGHT.get(field.partition("[")[0], message), field


def is_young(visitor: UUID | None, now: float) -> bool:
    """Whether a visitor's id was made lately."""
    return visitor is not None and now - (visitor.int >> 80) / 1000 < YOUNG_SECONDS


def is_fresh(visit: UUID, now: float) -> bool:
    """Whether an id can be that of a visit that goes on: ours are of version 7 and carry their time."""
    began = (visit.int >> 80) / 1000
    return visit.version == 7 and now - LONGEST_VISIT_SECONDS < began < now + AHEAD_SECONDS

"""What the directory tells about a number, an agent, a queue, a line or a PBX: plain values. No I/O here."""

import datetime as dt
from enum import StrEnum
from uuid import UUID

import msgspec

from trunkline.calls.names import NameStyle
from trunkline.pbx.notice import Notice
from trunkline.pbx.seats import WorksOn
from trunkline.presence.state import Absence, Manual, Shift

NO_KEY = -1


class ContactClass(StrEnum):
    """What a contact is to the company; the order is that of the packed file and only grows at its end."""

    UNKNOWN = "unknown"
    CLIENT = "client"
    SUPPLIER = "supplier"
    CONTRACTOR = "contractor"
    PARTNER = "partner"
    STAFF = "staff"


CLASSES = tuple(ContactClass)


class DayKind(StrEnum):
    """How a calendar day differs from its weekday."""

    OFF = "off"
    SHORT = "short"
    WORKING = "working"


class OverrideKind(StrEnum):
    """What somebody said of some days of a place."""

    CLOSED = "closed"
    SHORT = "short"
    """The usual hours, but none after `until`."""
    OPEN = "open"
    """These hours and no others, whatever day it is."""


class LineMode(StrEnum):
    """What becomes of our decision about a call to a line."""

    OBSERVE = "observe"
    """Nothing is decided: the PBX goes its own way, and we watch."""
    ADVISE = "advise"
    """The PBX goes its own way; the decision is stored beside what it did."""
    ROUTE = "route"
    """The PBX does what we decide."""


class ContactBrief(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a decision may ask about a contact; the company's class, responsible and debt are already folded in."""

    id: UUID
    name: str
    company: str = ""
    klass: ContactClass = ContactClass.UNKNOWN
    responsible: UUID | None = None
    deputy: UUID | None = None
    vip: bool = False
    overdue: int = 0
    """Roubles, the person's own and the company's together, rounded up."""
    city: str = ""
    """As the CRM has it; the company's where the person has none."""


class SpamEntry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Why a number counts as spam."""

    votes: int = 1
    """Saturates at 255."""
    source: str = ""
    """The list it came from; empty when there are more lists than the file can name (254)."""


class LineBrief(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One of our numbers."""

    number: str
    name: str = ""
    city: str = ""
    brand: str = ""
    site: str = ""
    purpose: str = ""
    pbx: str | None = None
    fallback: str = ""
    operator: str = ""
    label: str = ""
    mode: LineMode = LineMode.ROUTE
    area_code: str = ""
    """Put before local numbers of 5–7 digits that call this line; empty: they stay local."""
    notices: tuple[Notice, ...] = ()
    """What it plays now before a talk is recorded, one each way at most."""


class AgentBrief(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An active person; `department` is a slug."""

    id: UUID
    name: str
    extension: str | None = None
    mobile: str | None = None
    department: str | None = None
    mobile_when_away: bool = False
    """Whether his mobile may ring when his extension cannot."""
    works_on: str = WorksOn.DESK.value
    """A value of trunkline.pbx.seats.WorksOn."""
    names: NameStyle | None = None
    """How his telephone takes a caller's name; None: as the PBX is set."""


class QueueMember(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An agent's place in a queue; the lower the penalty, the earlier he rings."""

    agent: UUID
    penalty: int = 0


class QueueBrief(msgspec.Struct, frozen=True, array_like=True):
    """A queue; `target` is its name in the PBX, `department` a slug."""

    id: str
    name: str
    target: str
    strategy: str = "rrmemory"
    department: str | None = None
    members: tuple[QueueMember, ...] = ()


class PbxBrief(msgspec.Struct, frozen=True, array_like=True):
    """A PBX that may ask; `token_hashes` are SHA-256, `allowed_ips` networks in CIDR notation."""

    id: str
    kind: str
    deadline_ms: int = 400
    token_hashes: tuple[bytes, ...] = ()
    allowed_ips: tuple[str, ...] = ()
    names: NameStyle = NameStyle.UTF8
    """How its telephones take a caller's name."""
    settings: bytes = b"{}"
    """Of a hosted PBX (trunkline/pbx/hooks): what its contract needs to be told, JSON."""
    secrets: bytes = b""
    """Of a hosted PBX: sealed, also here."""


class DepartmentBrief(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A department."""

    id: UUID
    slug: str
    name: str


class SpamBrief(msgspec.Struct, frozen=True, array_like=True):
    """Who is kept out and who never is, beside the spam list itself (trunkline/spam); times in Unix seconds."""

    allowed: dict[str, int] = {}
    """Until when; 0 is for ever."""
    spoken: dict[str, int] = {}
    """Numbers some list or range names that we talked with, and until when that counts."""
    personal: dict[str, str] = {}
    """The company's own list: whole numbers and their treatment (challenge, voicemail, reject)."""
    patterns: dict[str, str] = {}
    """The same for all numbers that begin so."""
    tens: dict[str, int] = {}
    """Votes of blocks of ten numbers, by what they have in common."""
    hundreds: dict[str, int] = {}
    prefixes: dict[str, int] = {}
    """Votes of prefixes that lists name."""


class PresenceBrief(msgspec.Struct, frozen=True, array_like=True):
    """What an agent said of himself, when he is away, and his own hours (none: the company's)."""

    manual: Manual = Manual()
    absences: tuple[Absence, ...] = ()
    hours: tuple[Shift, ...] = ()
    weeks: dict[int, tuple[Shift, ...]] = {}
    """Weeks with hours of their own, by the ordinal of their Monday."""


class LastTalk(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Whom an outside number last talked with, and until when (Unix seconds)."""

    agent: UUID
    at: float


class TrunkBrief(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A way out of a PBX: `name` is its endpoint there; `format` one of e164, digits, national."""

    pbx: str
    name: str
    operator: str = ""
    format: str = "e164"
    prefix: str = ""


class CarriedBrief(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Who carries a line, and when; `until` is the first day it is no longer so."""

    line: str
    operator: str
    trunk: str
    since: dt.date
    until: dt.date | None = None
    state: str = "active"
    """The line's."""


class LabelBrief(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An operator shows our name with a line's calls."""

    line: str
    operator: str
    since: dt.date


class OutgoingBrief(msgspec.Struct, frozen=True, array_like=True):
    """What the choice of a caller ID rests on."""

    trunks: tuple[TrunkBrief, ...] = ()
    carried: tuple[CarriedBrief, ...] = ()
    labels: tuple[LabelBrief, ...] = ()
    rule: str = "regional_fixed_for_numa"
    default: str = ""


class OverrideBrief(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Days on which a branch (empty: the whole company) keeps other hours, whatever calendars say; both included."""

    branch: str
    first: dt.date
    last: dt.date
    kind: OverrideKind
    until: str = ""
    """`15:00`, of a short day."""
    hours: tuple[str, ...] = ()
    """`10:00-14:00`, of days with hours of their own."""


class Head(msgspec.Struct, frozen=True, array_like=True):
    """The small tables, whole."""

    pbxs: dict[str, PbxBrief] = {}
    agents: dict[UUID, AgentBrief] = {}
    queues: dict[str, QueueBrief] = {}
    departments: dict[str, DepartmentBrief] = {}
    lines: dict[str, LineBrief] = {}
    calendar: dict[str, dict[dt.date, DayKind]] = {}
    """By country (ISO 3166), then by day."""
    plan: bytes = b""
    """The newest routing plan as published, JSON; empty while there is none."""
    plan_version: int = 0
    aliases: dict[str, str] = {}
    """What else PBXs call our lines (E.164, or lower case as sent), and the line's number."""
    spam: SpamBrief = SpamBrief()
    presence: dict[UUID, PresenceBrief] = {}
    """Of the agents of whom there is anything to say."""
    outgoing: OutgoingBrief = OutgoingBrief()
    overrides: tuple[OverrideBrief, ...] = ()
    """Of days that are not long over."""


def number_key(number: str) -> int:
    """`number` (`+` and 5–15 digits) as the key it is sorted by, NO_KEY for anything else.

    Digits padded to fifteen, then their count: no two numbers share a key, and the order is that of the text. The
    same formula stands in queries.sql.
    """
    digits, length = number[1:], len(number) - 1
    if number[:1] != "+" or not 5 <= length <= 15 or not (digits.isascii() and digits.isdigit()):
        return NO_KEY
    return int(digits.ljust(15, "0")) << 4 | length


def key_number(key: int) -> str:
    """The number whose key this is."""
    return "+" + f"{key >> 4:015d}"[: key & 15]

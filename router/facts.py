"""What is known about a call when it asks: gathered from memory only, stored with the decision. No I/O here."""

import datetime as dt
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

import msgspec

from router.callers import Callers
from router.devices import Devices
from router.policy import Policies, Policy
from router.staff import Agent, Rosters, Staff
from router.strategies import Team
from trunkline.calls.names import NameStyle
from trunkline.calls.phone import NamedKind, Number, parse, short_digits
from trunkline.directory.leased import Lease, Leases
from trunkline.directory.reader import View
from trunkline.directory.values import AgentBrief, ContactBrief, ContactClass, Head, LineBrief, LineMode
from trunkline.numbering.region import Region
from trunkline.pbx.port import Question
from trunkline.spam.standing import standing_of

_MOST_CONTACTS = 5
_LONGEST_NAME = 80
_LONGEST_SPELLING = 40


INTERNAL_CONTEXT = "internal"
# CPython 3.11 takes as long to look a member up by its name as for ten other steps of a decision.
_ROUTE = LineMode.ROUTE


class Facts(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Everything a rule may ask. A field left at its default means: nothing is known."""

    caller: str = ""
    """E.164, or what the PBX sent where that is no number (at most 40 characters)."""
    kind: str = "number"
    """`number`, or a NamedKind."""
    line: str = ""
    """The line's E.164, whatever the PBX calls it; what the PBX sent where it is no line of ours."""
    line_known: bool = False
    fallback: str = ""
    """The line's own default target."""
    klass: ContactClass = ContactClass.UNKNOWN
    name: str = ""
    company: str = ""
    vip: bool = False
    overdue: int = 0
    contacts: tuple[UUID, ...] = ()
    """Everybody the number belongs to (at most five); the first is the one the other fields speak of."""
    responsible: Agent | None = None
    deputy: Agent | None = None
    spam_votes: int = 0
    """0 = not in the spam list."""
    spam_source: str = ""
    directory: str = ""
    """Version of the directory these facts came from."""
    mode: LineMode = LineMode.ROUTE
    """The line's; an unknown line is routed."""
    region_kind: str = "unknown"
    """A RegionKind."""
    region: tuple[str, ...] = ()
    """Codes of the caller's subjects of the Russian Federation, or of his country (ISO 3166)."""
    unallocated: bool = False
    """A Russian number in no range of a registry younger than 90 days: most likely forged. Never a reason alone."""
    allowed: bool = False
    """On the allow list."""
    internal: bool = False
    """From one of our own telephones, as the dialplan's context says; a caller ID never does."""
    spoken: bool = False
    """In some list or range, and we talked with it for 30 seconds or more within a year."""
    personal: str = ""
    """How the company's own list treats it: challenge, voicemail, reject."""
    range_votes: int = 0
    """Votes of the block or prefix it lies in, `range`."""
    range: str = ""
    repeat: int = 0
    """Of a number with a range or forgery against it: seconds since another call of it began; 0 when none is known."""
    last_agent: Agent | None = None
    """Whom the caller last talked with."""
    last_talk_days: int = 0
    """How many whole days ago: no rule asks more, and equal facts are decided once (router/memory.py)."""
    teams: dict[str, Team] = {}
    """Members of the teams the plan may ring."""
    lengths: dict[str, int] = {}
    """Callers waiting in the PBX's queues the plan may send the caller to, as far as known."""
    reserved: tuple[str, ...] = ()
    """Extensions that ring for other calls now."""
    names: NameStyle = NameStyle.UTF8
    """How the PBX's telephones take the caller's name."""
    lease: str = ""
    """What a lease says about a call to a number of a pool: a value of trunkline.directory.leased.Explained."""
    site: str = ""
    """The site whose visitor holds the number, or held it a little while ago."""
    destination: str = ""
    """That site's queue, or the pool's, by its name in the PBX."""


def gather(
    question: Question,
    view: View,
    devices: Devices,
    policies: Policies,
    rosters: Rosters,
    now: float,
    callers: Callers | None = None,
    leases: Leases | None = None,
) -> Facts:
    """The facts about `question` as the rest tells them at `now`; `policies` say what may be asked for."""
    number = parse(question.from_)
    line = line_number(question.to)
    if (brief := view.line(line)) is not None:
        line = brief.number
    policy = policies.of(line)
    moment = policies.common.clock.at(now)
    staff = Staff(view.head, rosters, question.pbx, devices, now, moment, policy.wrap_up_seconds)
    lease = leases.of(line, now) if leases is not None else None
    leased = _led(lease, view.head) if lease is not None else _UNLEASED
    lengths = _lengths(policy, leased.destination, question.pbx, devices)
    asked = _Asked(question, view, brief, line, policy, staff, lengths, leased)
    if isinstance(number, NamedKind):
        local = _with_area_code(question.from_, brief, view.head) if brief and brief.area_code else None
        return _facts_of_unnumbered(asked, number) if local is None else _facts_of_number(asked, local, now, callers)
    return _facts_of_number(asked, number, now, callers)


class _Asked(NamedTuple):
    """What is known before anything is of the caller."""

    question: Question
    view: View
    brief: LineBrief | None
    line: str
    policy: Policy
    staff: Staff
    lengths: dict[str, int]
    leased: "_Led"

    @property
    def names(self) -> NameStyle:
        """As the asking PBX is set."""
        pbx = self.view.head.pbxs.get(self.question.pbx)
        return pbx.names if pbx else NameStyle.UTF8


def _facts_of_number(asked: _Asked, number: Number, now: float, callers: Callers | None) -> Facts:
    question, view, brief, line, policy, staff, lengths, (lease, site, destination) = asked
    contacts, spam, talk = view.known(number)
    region_kind, region, unallocated = _origin(view.region(number), now)
    standing = standing_of(number, view.head.spam, now)
    known = _known(contacts, staff) if contacts else _STRANGER
    doubted = unallocated or standing.range_votes > 0
    return Facts(
        caller=number,
        line=line,
        line_known=brief is not None,
        fallback=brief.fallback if brief else "",
        klass=known.klass,
        name=known.name,
        company=known.company,
        vip=known.vip,
        overdue=known.overdue,
        contacts=known.contacts,
        responsible=known.responsible,
        deputy=known.deputy,
        spam_votes=max(spam.votes, 1) if spam else 0,
        spam_source=spam.source if spam else "",
        directory=view.version,
        mode=brief.mode if brief else _ROUTE,
        region_kind=region_kind,
        region=region,
        unallocated=unallocated,
        allowed=standing.allowed,
        internal=question.context == INTERNAL_CONTEXT,
        spoken=standing.spoken,
        personal=standing.personal,
        range_votes=standing.range_votes,
        range=standing.range,
        repeat=callers.seconds_since(number, question.call_id, now) if doubted and callers is not None else 0,
        last_agent=staff.agent(talk.agent) if talk else None,
        last_talk_days=max(int((now - talk.at) // 86400), 0) if talk else 0,
        teams=_teams(policy, known.klass, staff),
        lengths=lengths,
        names=asked.names,
        lease=lease,
        site=site,
        destination=destination,
    )


class _Known(NamedTuple):
    """What the contacts with one number say."""

    klass: ContactClass = ContactClass.UNKNOWN
    name: str = ""
    company: str = ""
    vip: bool = False
    overdue: int = 0
    contacts: tuple[UUID, ...] = ()
    responsible: Agent | None = None
    deputy: Agent | None = None


_STRANGER = _Known()


def _known(contacts: tuple[ContactBrief, ...], staff: Staff) -> _Known:
    """Of `contacts`, at least one: most comes from whom we know best, importance and debts from all."""
    first, alone = contacts[0], len(contacts) == 1
    if not alone:
        first = best_known(contacts)
    return _Known(
        first.klass,
        first.name[:_LONGEST_NAME],
        first.company[:_LONGEST_NAME],
        first.vip if alone else any(contact.vip for contact in contacts),
        first.overdue if alone else max(contact.overdue for contact in contacts),
        (first.id,) if alone else _ids(first, contacts),
        staff.agent(first.responsible) if first.responsible else None,
        staff.deputy_of(first.responsible, first.deputy),
    )


def _teams(policy: Policy, klass: ContactClass, staff: Staff) -> dict[str, Team]:
    """The teams that may be rung for such a caller."""
    return {name: team for name in policy.teams.get(klass, ()) if (team := staff.team(name)) is not None}


def _lengths(policy: Policy, destination: str, pbx: str, devices: Devices) -> dict[str, int]:
    """Lengths of the queues that may be too long; none is asked for where length makes no difference."""
    names = (*policy.measured, destination) if destination and policy.overflow_length else policy.measured
    return {name: length for name in names if (length := devices.length(pbx, name)) is not None}


class _Led(NamedTuple):
    """Where a lease leads a call."""

    lease: str = ""
    site: str = ""
    destination: str = ""


_UNLEASED = _Led()


def _led(lease: Lease, head: Head) -> _Led:
    """A queue that is gone leads nowhere: the line's own rules decide."""
    queue = head.queues.get(lease.queue)
    return _Led(lease.explained.value, lease.site[:_LONGEST_NAME], queue.target if queue else "")


def agent_with(extension: str, head: Head) -> AgentBrief | None:
    """The active person whose telephone `extension` is."""
    return next((agent for agent in head.agents.values() if agent.extension == extension), None)


def _facts_of_unnumbered(asked: _Asked, kind: NamedKind) -> Facts:
    """A colleague's extension, a hidden number, or nothing we can read."""
    question, view, brief, line, policy, staff, lengths, (lease, site, destination) = asked
    digits = short_digits(question.from_)
    colleague = agent_with(digits, view.head) if digits else None
    klass = ContactClass.STAFF if colleague else ContactClass.UNKNOWN
    return Facts(
        caller=digits or _as_sent(question.from_),
        kind=kind.value,
        line=line,
        line_known=brief is not None,
        fallback=brief.fallback if brief else "",
        klass=klass,
        name=colleague.name[:_LONGEST_NAME] if colleague else "",
        directory=view.version,
        mode=brief.mode if brief else _ROUTE,
        internal=question.context == INTERNAL_CONTEXT,
        teams=_teams(policy, klass, staff),
        lengths=lengths,
        names=asked.names,
        lease=lease,
        site=site,
        destination=destination,
    )


def _origin(region: Region, now: float) -> tuple[str, tuple[str, ...], bool]:
    """Kind, codes, and whether nobody was given the number as far as a young registry knows."""
    if region.dated is not None:
        today = dt.datetime.fromtimestamp(now, dt.UTC).date()
        return region.kind, (), region.is_unallocated(today)
    return region.kind, (region.country,) if region.country else region.subjects, False


def _with_area_code(raw: str | int | float | None, line: LineBrief, head: Head) -> Number | None:
    """A local number of 5–7 digits made whole by the line's area code; never a colleague's or a queue's own number."""
    digits = short_digits(raw)
    if not 5 <= len(digits) <= 7 or len(line.area_code) + len(digits) != 10:
        return None
    if agent_with(digits, head) or any(queue.target == digits for queue in head.queues.values()):
        return None
    return Number(f"+7{line.area_code}{digits}")


@lru_cache(maxsize=4096, typed=True)
def line_number(raw: str | int | float | None) -> str:
    """The called line in E.164, or as the PBX sent it."""
    number = parse(raw)
    return _as_sent(raw) if isinstance(number, NamedKind) else number


def _as_sent(raw: str | int | float | None) -> str:
    """What is no number as text that every log and table can hold."""
    text = str(raw if raw is not None else "")[:_LONGEST_SPELLING]
    return text if text.isprintable() else "".join(letter if letter.isprintable() else " " for letter in text)


def best_known(contacts: tuple[ContactBrief, ...]) -> ContactBrief:
    """Of several people on one number the one we know most about: of a known class, important, looked after."""
    return max(
        contacts, key=lambda each: (each.klass is not ContactClass.UNKNOWN, each.vip, each.responsible is not None)
    )


def _ids(first: ContactBrief, contacts: tuple[ContactBrief, ...]) -> tuple[UUID, ...]:
    return (first.id, *[contact.id for contact in contacts if contact is not first])[:_MOST_CONTACTS]

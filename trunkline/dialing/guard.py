"""May we originate this call? One ordered table: the first rule that matches refuses it. No I/O here.

Every call that Trunkline itself begins passes here, whoever asked for it. Caps count the calls and the minutes of the
last 24 hours; a call that goes on counts as the longest one allowed, so what is left over is left over for certain.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec
import phonenumbers

from trunkline.calls.phone import NamedKind, Number
from trunkline.pbx.port import TraceRow, Used

_KINDS = frozenset(
    (
        phonenumbers.PhoneNumberType.FIXED_LINE,
        phonenumbers.PhoneNumberType.MOBILE,
        phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
    )
)


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a company allows; the defaults are those of a new installation."""

    active: bool = True
    allowed: tuple[str, ...] = ("RU",)
    """Countries by their two letters: their geographic and mobile numbers; and prefixes: whatever begins so."""
    denied: tuple[str, ...] = ("+7803", "+7809", "+7954", "+7840", "+7940")
    """Televoting, premium rate, satellite; Abkhazia: Russia to phonenumbers, abroad on the bill."""
    number_calls: int = 10
    number_minutes: int = 240
    ip_calls: int = 1000
    ip_minutes: int = 4000
    day_calls: int = 2000
    day_minutes: int = 8000
    longest_minutes: int = 60
    ring_seconds: int = 30
    callback_attempts: int = 3
    callback_pause_minutes: int = 15
    callback_short_seconds: int = 10
    callback_opens: int = 9
    callback_closes: int = 21
    callback_keep_hours: int = 48
    contact_most: int = 0
    """Calls and messages of ours to one client within `contact_days`, since he last called himself; 0: no cap."""
    contact_days: int = 7


class Spent(NamedTuple):
    """Calls and minutes of the last 24 hours."""

    calls: int = 0
    minutes: int = 0


class Facts(NamedTuple):
    """All that a rule may ask."""

    number: Number | NamedKind
    limits: Limits = Limits()
    own: bool = False
    """It is one of our lines."""
    do_not_call: str | None = None
    """Why it is on the list; None: it is not."""
    spam: bool = False
    by_number: Spent = Spent()
    by_ip: Spent | None = None
    """None: nobody knows the address it was asked from."""
    by_day: Spent = Spent()
    contacted: int = 0
    """How often we called or wrote to its client within the days of the cap, since his own last call."""
    anyway: bool = False
    """Whoever asks may go beyond that cap, and means to."""
    legs: int = 1
    """Calls over a trunk it takes: two where the agent too is called outside. His own leg is asked for no country."""


class Rule(NamedTuple):
    """A row: the name of the refusal, and what it looks at."""

    name: str
    refuses: Callable[[Facts], tuple[bool, Used]]


class Verdict(NamedTuple):
    """Let through, for so many minutes at most; or the rule that refused. The trace says what was looked at."""

    rule: str
    minutes: int
    trace: tuple[TraceRow, ...]

    @property
    def passed(self) -> bool:
        """Whether it may be dialled."""
        return self.rule == PASSED


PASSED = "passed"


def judge(facts: Facts) -> Verdict:
    """Read the table; a rule behind the one that refused is not looked at."""
    trace = []
    for rule in RULES:
        refused, used = rule.refuses(facts)
        trace.append(TraceRow(rule.name, refused, used))
        if refused:
            return Verdict(rule.name, 0, tuple(trace))
    return Verdict(PASSED, min(minutes for minutes, _ in _left(facts)), tuple(trace))


def is_allowed(number: str, allowed: Sequence[str]) -> bool:
    """Whether `allowed` names the number's country, and it is a plain number there; or a prefix of it.

    +7 is two countries: phonenumbers tells Kazakhstan's +76 and +77 from Russia's others.
    """
    if any(entry.startswith("+") and number.startswith(entry) for entry in allowed):
        return True
    try:
        known = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return False
    country = phonenumbers.region_code_for_number(known)
    return country in allowed and phonenumbers.number_type(known) in _KINDS


def is_entry(text: str) -> bool:
    """Whether `text` may stand in the list of what is allowed."""
    return text in phonenumbers.SUPPORTED_REGIONS or is_prefix(text)


def is_prefix(text: str) -> bool:
    """Whether `text` is the beginning of a number: `+` and one to fifteen digits."""
    digits = text.removeprefix("+")
    return text.startswith("+") and digits.isascii() and digits.isdecimal() and 1 <= len(digits) <= 15


def _is(*kinds: NamedKind) -> Callable[[Facts], tuple[bool, Used]]:
    def look(facts: Facts) -> tuple[bool, Used]:
        kind = facts.number.value if isinstance(facts.number, NamedKind) else "number"
        return facts.number in kinds, {"kind": kind}

    return look


def _off(facts: Facts) -> tuple[bool, Used]:
    return not facts.limits.active, {"active": facts.limits.active}


def _own(facts: Facts) -> tuple[bool, Used]:
    return facts.own, {"line": facts.own}


def _do_not_call(facts: Facts) -> tuple[bool, Used]:
    return facts.do_not_call is not None, {"reason": facts.do_not_call}


def _spam(facts: Facts) -> tuple[bool, Used]:
    return facts.spam, {"spam": facts.spam}


def _denied(facts: Facts) -> tuple[bool, Used]:
    prefix = next((each for each in facts.limits.denied if str(facts.number).startswith(each)), "")
    return prefix != "", {"prefix": prefix}


def _foreign(facts: Facts) -> tuple[bool, Used]:
    return not is_allowed(str(facts.number), facts.limits.allowed), {"allowed": ",".join(facts.limits.allowed)}


def contacted_enough(contacted: int, limits: Limits) -> bool:
    """Whether we turned to a client as often as we may before he turns to us."""
    return 0 < limits.contact_most <= contacted


def _contacted(facts: Facts) -> tuple[bool, Used]:
    most = facts.limits.contact_most
    used: Used = {"contacts": facts.contacted, "most": most, "anyway": facts.anyway}
    return contacted_enough(facts.contacted, facts.limits) and not facts.anyway, used


def _calls(
    spent: Callable[[Facts], Spent | None], cap: Callable[[Limits], int], *, both: bool = True
) -> Callable[[Facts], tuple[bool, Used]]:
    """`both`: the agent's own leg over a trunk counts too."""

    def look(facts: Facts) -> tuple[bool, Used]:
        known = spent(facts)
        most = cap(facts.limits)
        wanted = facts.legs if both else 1
        return known is not None and known.calls + wanted > most, {
            "calls": known.calls if known else None,
            "most": most,
        }

    return look


def _minutes(
    spent: Callable[[Facts], Spent | None], cap: Callable[[Limits], int], *, both: bool = True
) -> Callable[[Facts], tuple[bool, Used]]:
    def look(facts: Facts) -> tuple[bool, Used]:
        known = spent(facts)
        most = cap(facts.limits)
        wanted = facts.legs if both else 1
        return known is not None and known.minutes + wanted > most, {
            "minutes": known.minutes if known else None,
            "most": most,
        }

    return look


def _left(facts: Facts) -> list[tuple[int, str]]:
    """Minutes that are left of each cap, and the longest a call may be."""
    limits = facts.limits
    left = [
        (limits.longest_minutes, "longest"),
        (limits.number_minutes - facts.by_number.minutes, "number"),
        ((limits.day_minutes - facts.by_day.minutes) // facts.legs, "day"),
    ]
    return left if facts.by_ip is None else [*left, ((limits.ip_minutes - facts.by_ip.minutes) // facts.legs, "ip")]


RULES: tuple[Rule, ...] = (
    Rule("off", _off),
    Rule("emergency", _is(NamedKind.EMERGENCY)),
    Rule("short", _is(NamedKind.SHORT, NamedKind.INTERNAL)),
    Rule("no_number", _is(NamedKind.ANONYMOUS, NamedKind.INVALID)),
    Rule("own", _own),
    Rule("do_not_call", _do_not_call),
    Rule("spam", _spam),
    Rule("denied", _denied),
    Rule("not_allowed", _foreign),
    Rule("contacted", _contacted),
    Rule("number_calls", _calls(lambda facts: facts.by_number, lambda limits: limits.number_calls, both=False)),
    Rule("number_minutes", _minutes(lambda facts: facts.by_number, lambda limits: limits.number_minutes, both=False)),
    Rule("ip_calls", _calls(lambda facts: facts.by_ip, lambda limits: limits.ip_calls)),
    Rule("ip_minutes", _minutes(lambda facts: facts.by_ip, lambda limits: limits.ip_minutes)),
    Rule("day_calls", _calls(lambda facts: facts.by_day, lambda limits: limits.day_calls)),
    Rule("day_minutes", _minutes(lambda facts: facts.by_day, lambda limits: limits.day_minutes)),
)

"""A call that is not placed: what the PBX would send, what is known, what would be decided, each in a line of words.

Answered from the directory's file and the rules alone, as a real question is. No I/O here.
"""

from collections.abc import Iterator
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from router.facts import Facts, line_number
from router.preview import walk
from router.switchboard import Reply, Switchboard
from router.words import facts_in_words
from trunkline.calls.explain import because, done, missing, title
from trunkline.calls.phone import NamedKind, format_number, parse
from trunkline.calls.places import Names, queue_names
from trunkline.directory.values import LineBrief
from trunkline.errors import InvalidInput, Mistake
from trunkline.pbx.port import Question
from trunkline.web.i18n import gettext

A_STRANGER = "+79000000000"
"""Who calls when nobody is named: a number no operator gives out."""
FIRST_YEAR, LAST_YEAR = 1970, 2999
"""Which moments may be asked for; at the ends of the calendar a zone's clock cannot be reckoned any more."""
_CALL_ID = "test-call"


def read_moment(text: str, zone: ZoneInfo, now: float) -> float:
    """Unix seconds of `2026-08-06 10:15`, or of `10:15` today, in `zone`; raises InvalidInput."""
    try:
        moment = _moment(text.strip(), datetime.fromtimestamp(now, zone).date())
    except ValueError:
        wrong = gettext("%(text)s is no time; write 2026-08-06T10:15, or 10:15 for today") % {"text": repr(text)}
        raise InvalidInput(Mistake("at", wrong)) from None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        wrong = gettext("%(text)s is no year of telephone calls; write one from %(first)s to %(last)s")
        raise InvalidInput(Mistake("at", wrong % {"text": moment.year, "first": FIRST_YEAR, "last": LAST_YEAR}))
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()


def told(switchboard: Switchboard, line: str, caller: str, at: float, now: float) -> Iterator[str]:
    """The whole story of a call from `caller` to `line`, line by line."""
    brief = switchboard.directory.line(line_number(line))
    pbx = (brief.pbx if brief else None) or next(iter(switchboard.directory.head.pbxs), "")
    replies = walk(switchboard, Question(pbx, _CALL_ID, caller, line, at=at), now)
    facts: Facts = replies[0].decision.facts
    names = queue_names(switchboard.directory.head)
    yield from _sent(switchboard, brief, pbx, caller, line)
    yield ""
    yield from (f"{name}: {value}" for name, value in facts_in_words(facts, names) if value not in (None, ""))
    yield _time(switchboard, facts.line, at)
    if brief:
        yield gettext("Mode of the line: %(mode)s") % {"mode": gettext(brief.mode.value)}
    yield ""
    yield from _decided(replies, names)
    yield from _fallback(switchboard, facts, names)
    yield from (f"! {part}" for part in missing(replies[0].decision.degraded))


def _sent(switchboard: Switchboard, brief: LineBrief | None, pbx: str, caller: str, line: str) -> Iterator[str]:
    yield gettext("The PBX %(pbx)s asks: from=%(caller)s to=%(line)s") % {
        "pbx": pbx or "—",
        "caller": caller,
        "line": line,
    }
    number = parse(caller)
    if isinstance(number, NamedKind):
        yield gettext("! %(caller)s is no phone number Trunkline can read (%(kind)s)") % {
            "caller": repr(caller),
            "kind": number.value,
        }
    else:
        yield gettext("The caller is read as %(number)s") % {"number": format_number(number)}
    if brief is None:
        yield gettext("! %(line)s is no line of ours, and no alias of one: the plan's rules for all lines answer") % {
            "line": line
        }
        return
    about = " · ".join(part for part in (brief.number, brief.name, brief.city) if part)
    yield gettext("The line is %(line)s") % {"line": about}
    aliases = [alias for alias, target in switchboard.directory.head.aliases.items() if target == brief.number]
    if aliases:
        yield gettext("The PBX may also call it: %(aliases)s") % {"aliases": ", ".join(aliases)}


def _time(switchboard: Switchboard, line: str, at: float) -> str:
    moment = switchboard.moment(line, at)
    return gettext("Time there: %(local)s (%(zone)s), %(open)s, %(day)s day") % {
        "local": moment.local,
        "zone": switchboard.zone.key,
        "open": gettext("working hours") if moment.open else gettext("closed"),
        "day": gettext(moment.day.value if moment.day else "usual"),
    }


def _decided(replies: list[Reply], names: Names) -> Iterator[str]:
    for reply in replies:
        decision = reply.decision
        then = gettext("If nobody answers there: ") if reply.turn > 1 else ""
        yield f"{reply.turn}. {then}{done(decision, names)}"
        yield f"   {title(decision.rule)}: {because(decision.trace[-1], names)}"
        if decision.advised:
            yield "   " + gettext("Advised: %(done)s") % {"done": done(decision.advised, names)}
            yield f"   {title(decision.advised.rule)}: {because(decision.advised.trace[-1], names)}"


def _fallback(switchboard: Switchboard, facts: Facts, names: Names) -> Iterator[str]:
    ours = switchboard.default(Question("", _CALL_ID, to=facts.line), "error").decision
    yield gettext("When no rule decides, or on a fault of ours: %(done)s") % {"done": done(ours, names)}
    yield gettext("When Trunkline does not answer at all: the fallback the PBX itself holds for this line")


def _moment(text: str, today: date) -> datetime:
    """A date, with a time or at midnight, or a time with its colon: `0001` is neither. Raises ValueError."""
    if "-" in text:
        return datetime.fromisoformat(text)
    if ":" not in text:
        raise ValueError(text)
    return datetime.combine(today, time.fromisoformat(text))

"""The words of decisions: each rule, what was missing, what was done, and values of both. No I/O here."""

from collections.abc import Mapping
from dataclasses import dataclass

from trunkline.pbx.port import Action
from trunkline.web.i18n import mark


@dataclass(frozen=True, slots=True)
class Words:
    """A rule's name for people, and what to say when it fits and when it does not; `%(name)s` are the values used."""

    title: str
    fits: str
    fits_not: str


RULES: Mapping[str, Words] = {
    "last_turn": Words(
        mark("Number of questions"),
        mark("Question %(turn)s is the last one call may ask: it goes to its default"),
        mark("Question %(turn)s of at most 8"),
    ),
    "talk_over": Words(
        mark("Talk over"),
        mark("The PBX says %(status)s: the talk is over or the caller has gone"),
        mark("Nobody has talked yet"),
    ),
    "mode": Words(
        mark("Mode of the line"),
        mark("The line's mode is “%(mode)s”: the PBX goes its own way"),
        mark("The line's mode is “%(mode)s”"),
    ),
    "allowed": Words(
        mark("Allow list"),
        mark("The number is on the allow list: no spam rule is asked"),
        mark("The number is not on the allow list"),
    ),
    "internal": Words(
        mark("Own telephone"),
        mark("The call comes from one of our own telephones: no spam rule is asked"),
        mark("The call comes from outside"),
    ),
    "spoken": Words(
        mark("Spoken with before"),
        mark("We talked with this number for 30 seconds or more within a year: no spam rule is asked"),
        mark("Nothing is said against this number, or we never talked with it for 30 seconds"),
    ),
    "personal": Words(
        mark("The company's own list"),
        mark("The company's own list says: %(treatment)s"),
        mark("On the company's own list: %(treatment)s; known as a contact: %(known)s"),
    ),
    "spam_score": Words(
        mark("Range and forgery"),
        mark("The number scores %(score)s; its range: %(range)s; in no range of the registry: %(forged)s"),
        mark("The number scores %(score)s; called a little while ago: %(repeated)s; known as a contact: %(known)s"),
    ),
    "spam": Words(
        mark("Spam list"),
        mark("The number is in the spam list with %(votes)s votes, and in no contact"),
        mark("Votes against this number: %(votes)s; known as a contact: %(known)s"),
    ),
    "anonymous": Words(
        mark("Hidden number"),
        mark("The caller hides the number"),
        mark("The number is not hidden, or the plan makes no difference"),
    ),
    "challenge_failed": Words(
        mark("Challenge"),
        mark("The caller pressed “%(pressed)s”, which is not the digit he was asked for"),
        mark("No digit was asked for, or the right one was pressed"),
    ),
    "holiday": Words(
        mark("Holiday"),
        mark("%(local)s is a day off in the calendar"),
        mark("%(local)s is no day off (%(day)s day)"),
    ),
    "closed": Words(
        mark("Working hours"), mark("%(local)s is outside working hours"), mark("%(local)s is working time: %(open)s")
    ),
    "line_full": Words(
        mark("Queue of the line too long"),
        mark("%(length)s wait in %(queue)s, the limit is %(limit)s: on to %(target)s"),
        mark("Waiting in the line's queue: %(length)s, the limit: %(limit)s"),
    ),
    "queue_holiday": Words(
        mark("Holiday of the queue"),
        mark("%(local)s is a day off for the queue the caller would wait in"),
        mark("The queue the caller would wait in has no day off of its own (%(local)s)"),
    ),
    "queue_closed": Words(
        mark("Hours of the queue"),
        mark("%(local)s is outside the hours of the queue the caller would wait in"),
        mark("The queue the caller would wait in is not closed by hours of its own (%(local)s)"),
    ),
    "lease": Words(
        mark("Number of a pool"),
        mark("%(lease)s (site: %(site)s): on to the queue %(queue)s"),
        mark("The called number leads nowhere as a number of a pool: %(lease)s"),
    ),
    "line": Words(
        mark("Line with a place of its own"),
        mark("All calls to %(line)s go to one place"),
        mark("%(line)s has no place of its own; our line: %(known)s"),
    ),
    "debtor": Words(
        mark("Debtor"),
        mark("Overdue %(overdue)s roubles, the limit for this class is %(threshold)s"),
        mark("Overdue %(overdue)s roubles; the limit for this class: %(threshold)s"),
    ),
    "responsible": Words(
        mark("Responsible agent"),
        mark("%(agent)s (%(extension)s) looks after this contact; the telephone: %(state)s"),
        mark("Class %(class)s; responsible: %(agent)s; the telephone: %(state)s"),
    ),
    "last_talk": Words(
        mark("Last talk"),
        mark("%(agent)s (%(extension)s) talked with this number %(days)s days ago; the telephone: %(state)s"),
        mark("Last talk with %(agent)s, days ago: %(days)s, the limit: %(limit)s; has a responsible: %(responsible)s"),
    ),
    "deputy": Words(
        mark("Deputy"),
        mark("%(agent)s (%(extension)s) stands in; the telephone: %(state)s"),
        mark("Class %(class)s; deputy: %(agent)s; the telephone: %(state)s"),
    ),
    "class_full": Words(
        mark("Queue of the class too long"),
        mark("%(length)s wait in %(queue)s, the limit is %(limit)s: on to %(target)s"),
        mark("Waiting in the class's queue: %(length)s, the limit: %(limit)s"),
    ),
    "class": Words(
        mark("Class of the contact"),
        mark("Callers of the class %(class)s go to %(target)s"),
        mark("The plan names no place for the class %(class)s"),
    ),
    "overflow": Words(
        mark("Overflow"),
        mark("The place before did not answer (%(after)s): on to %(target)s"),
        mark("No overflow is planned, or the caller has waited there already"),
    ),
    "voicemail": Words(mark("Voicemail"), mark("A message can be left in %(target)s"), mark("No voicemail is planned")),
    "default": Words(
        mark("Default"), mark("Nothing else decided: the default is %(target)s"), mark("The default is %(target)s")
    ),
    "body": Words(
        mark("Unreadable question"), mark("The PBX's question could not be read: %(target)s"), mark("Readable")
    ),
    "deadline": Words(mark("Too late"), mark("The question did not arrive in time: %(target)s"), mark("In time")),
    "error": Words(mark("Fault of ours"), mark("A fault, told in the log: %(target)s"), mark("No fault")),
}

MISSING: Mapping[str, str] = {
    "at": mark("the time the PBX named is no moment that can be: the question was answered for now"),
    "body": mark("the PBX's question could not be read"),
    "deadline": mark("the question did not arrive in time"),
    "directory": mark("there is no directory: contacts, lines and plan were unknown"),
    "directory-stale": mark("the directory was not brought up to date for a minute or more"),
    "leases": mark("whose visitor holds the called number was not known: the pool's own queue took the call"),
    "plan": mark("the newest plan could not be read: the one before it was used"),
    "presence": mark("device states were unknown"),
    "reservation": mark("the telephone could not be reserved: another call may ring it too"),
    "state": mark("the PBX returned a state that is not ours, so the dialogue began again"),
    "spool": mark("the decision could not be kept"),
    "error": mark("a fault in Trunkline, told in the log"),
}

ACTIONS: Mapping[Action, str] = {
    Action.QUEUE: mark("Wait in the queue %(target)s"),
    Action.EXTENSION: mark("Ring %(target)s for %(ring)s s"),
    Action.NUMBER: mark("Call %(target)s for %(ring)s s"),
    Action.TARGETS: mark("Ring %(targets)s at once for %(ring)s s"),
    Action.CHALLENGE: mark("Ask the caller to press a digit"),
    Action.VOICEMAIL: mark("Record a message in %(target)s"),
    Action.REJECT: mark("Hang up"),
    Action.PLAYBACK: mark("Play %(sound)s"),
    Action.DEFAULT: mark("Leave the call to the PBX's own default"),
}
VALUES: Mapping[str, str] = {
    "challenge": mark("challenge"),
    "voicemail": mark("voicemail"),
    "reject": mark("hang up"),
    "default": mark("the PBX's own default"),
    "unknown": mark("unknown"),
    "client": mark("client"),
    "supplier": mark("supplier"),
    "contractor": mark("contractor"),
    "partner": mark("partner"),
    "staff": mark("staff"),
    "held": mark("A visitor holds the number"),
    "late": mark("A visitor held the number a little while ago"),
    "several": mark("Visitors of several sites share the number"),
    "free": mark("Nobody holds the number, or held it lately"),
    "stale": mark("Who holds the number was not known"),
    "usual": mark("usual"),
    "short": mark("short"),
    "working": mark("working"),
    "off": mark("day off"),
    "not_inuse": mark("free"),
    "inuse": mark("in a call"),
    "busy": mark("busy"),
    "invalid": mark("not set up"),
    "unavailable": mark("not reachable"),
    "ringing": mark("ringing"),
    "ringinuse": mark("in a call and ringing"),
    "onhold": mark("on hold"),
    "observe": mark("observe"),
    "advise": mark("advise"),
    "route": mark("route"),
}

WHY_AWAY: Mapping[str, str] = {
    "absent": mark("away, as entered"),
    "offline": mark("has gone offline"),
    "break": mark("on a break"),
    "hours": mark("outside the agent's own hours"),
    "wrap_up": mark("still busy with the call before"),
}

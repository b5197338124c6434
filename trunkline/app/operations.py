"""Every operation of the API: what it reads, what it answers, which right it needs. No I/O here.

Bodies and answers are the types the handlers themselves read and write; a test holds every route to be here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from router.calendar.api import OverrideList
from router.outgoing_wire import OutgoingAnswer
from router.wire import Answer
from trunkline.app.bodies import (
    ContactPage,
    LinePage,
    MirrorPage,
    OutgoingRequest,
    RouteQuestion,
    SpamAnswer,
    SpamPage,
)
from trunkline.calls.api import FullCall
from trunkline.calls.listing import MOST_LIMIT
from trunkline.calls.missed import WhyMissed
from trunkline.calls.outcome import Direction, Outcome
from trunkline.calls.reading import CallPage
from trunkline.card.card import Card
from trunkline.contacts.api import ContactBody, SpamBody
from trunkline.contacts.store import StoredContact
from trunkline.dialing.api import DialAccepted, DialBody, DialRefused
from trunkline.dialing.block_api import BlockAnswer, BlockBody, BlockPage
from trunkline.dialing.callbacks_api import CallbackAnswer, CallbackBody, CallbackPage
from trunkline.dialing.callbacks_store import CallbackRow
from trunkline.dialing.store import DialRow
from trunkline.directory.overrides import OverrideBody, StoredOverride
from trunkline.directory.values import LineMode
from trunkline.floor.floor import Floor
from trunkline.lines.api import LineBody, LineChange
from trunkline.lines.holding_api import AliasBody
from trunkline.lines.holdings import LabelText, Term
from trunkline.lines.life import LifeState
from trunkline.lines.line import StoredLine
from trunkline.mirror.api import Batch
from trunkline.mirror.entities import ENTITIES
from trunkline.mirror.imports import MirrorReport
from trunkline.missed.api import MissedPage
from trunkline.missed.hand import CloseBody
from trunkline.missed.reading import MissedClient
from trunkline.people.roles import Right
from trunkline.presence.api import PresenceAnswer, PresenceList
from trunkline.presence.change import PresenceChange
from trunkline.reports.api import LinesReport, MissedReport
from trunkline.reports.days import MOST
from trunkline.reports.people_api import AgentsReport, CallbacksReport

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path; `answers` by status, None where there is no body."""

    method: str
    path: str
    summary: str
    answers: Mapping[int, Any]
    needs: Right | None = None
    query: Sequence[Json] = ()
    body: Any = None


def _query(name: str, description: str, **schema: Any) -> Json:
    return {"name": name, "in": "query", "description": description, "schema": {"type": "string"} | schema}


def _words(values: type[StrEnum]) -> str:
    """The pattern of one or several of these words."""
    word = f"({'|'.join(values)})"
    return f"^{word}(,{word})*$"


def _holdings(
    name: str, key: str, summaries: tuple[str, str, str], *, body: Any, answer: Any, query: Sequence[Json] = ()
) -> tuple[Operation, ...]:
    """What a line has several of: listing them, adding one, dropping the one of a `key` (and `query`)."""
    path, (listed, added, dropped) = f"/api/v1/lines/{{number}}/{name}", summaries
    return (
        Operation("get", path, listed, {200: answer}, Right.LINES_READ),
        Operation("post", path, added, {201: answer, 200: answer}, Right.LINES_EDIT, body=body),
        Operation("delete", f"{path}/{{{key}}}", dropped, {204: None}, Right.LINES_EDIT, query),
    )


_LIMIT: Final = _query("limit", "How many a page.", type="integer", minimum=1, maximum=MOST_LIMIT)
_CURSOR: Final = _query("cursor", "`next` of the page before.")
_PAGED: Final = (_LIMIT, _CURSOR)
_TURN: Final = ("from", "to", "id", "state", "status", "queue", "digits", "context")
_OUTGOING_TURN: Final = ("agent", "to", "id", "city", "state", "status", "reason", "line")
PATH_PARAMETERS: Final[Mapping[str, Json]] = {
    "alias": {"type": "string", "examples": ["trunk-msk"]},
    "since": {"type": "string", "format": "date"},
    "id": {"type": "string", "format": "uuid"},
    "number": {"type": "string", "examples": ["+74951234567"]},
    "entity": {"type": "string", "enum": list(ENTITIES)},
}

_CALLS: Final = (
    _query("number", "The outside number in any spelling, or an extension of ours."),
    _query("from", "Who called."),
    _query("to", "What was called."),
    _query("line", "Our line."),
    _query("direction", "Which way; several with commas between.", pattern=_words(Direction)),
    _query("outcome", "What became of it; several with commas between.", pattern=_words(Outcome)),
    _query("agent", "An extension that took part."),
    _query("queue", "A queue it waited in.", minLength=1, maxLength=80),
    _query("pbx", "The PBX it was on.", minLength=1, maxLength=80),
    _query("min_talk", "At least so many seconds of talk.", type="integer", minimum=0, maximum=86_400),
    _query("max_talk", "Fewer seconds of talk than this.", type="integer", minimum=0, maximum=86_400),
    _query("shown", "Our number that an outgoing call showed."),
    _query("why", "Why it was missed.", enum=list(WhyMissed)),
    _query("short", "Given up by the caller within 5 s, or not.", enum=["yes", "no"]),
    _query("cause", "A leg of it ended with this Q.850 cause.", type="integer", minimum=1, maximum=127),
    _query("hour", "Begun in this hour of the day.", type="integer", minimum=0, maximum=23),
    _query("lost", "Nobody talked with its caller in the whole time.", enum=["yes"]),
    _query("since", "From this day or moment."),
    _query("until", "To this day, it included, or moment."),
    _LIMIT,
    _query("cursor", "`next` of the page before.", format="uuid"),
)

_DAYS: Final = (
    _query("days", "So many days, today among them; 7 unless said.", type="integer", minimum=1, maximum=MOST),
    _query("since", "From this day on.", format="date"),
    _query("until", "To this day, it included; today unless said.", format="date"),
)

OPERATIONS: Final = (
    Operation("get", "/api/v1/calls", "Calls, the newest first", {200: CallPage}, Right.CALLS_READ, _CALLS),
    Operation(
        "get", "/api/v1/calls/{id}", "One call with its story and its decisions", {200: FullCall}, Right.CALLS_READ
    ),
    Operation(
        "post",
        "/api/v1/calls",
        "Click-to-call: the agent's phone rings first (202), or the guard refuses (409); header Idempotency-Key",
        {202: DialAccepted, 409: DialRefused},
        Right.CALLS_DIAL,
        body=DialBody,
    ),
    Operation("get", "/api/v1/calls/dials/{id}", "Where such a call stands", {200: DialRow}, Right.CALLS_DIAL),
    Operation(
        "get",
        "/api/v1/cards/{id}",
        "The card of a call: who calls, why here, what matters",
        {200: Card},
        Right.CARD_USE,
    ),
    Operation(
        "get",
        "/api/v1/contacts",
        "Contacts",
        {200: ContactPage},
        Right.CONTACTS_READ,
        (_query("number", "A number in any spelling."), _query("name", "Part of the name."), *_PAGED),
    ),
    Operation(
        "post",
        "/api/v1/contacts",
        "Add a contact, or replace the one of this `external_id`",
        {200: StoredContact},
        Right.CONTACTS_EDIT,
        body=ContactBody,
    ),
    Operation("get", "/api/v1/contacts/{id}", "One contact", {200: StoredContact}, Right.CONTACTS_READ),
    Operation("delete", "/api/v1/contacts/{id}", "Take a contact out", {204: None}, Right.CONTACTS_EDIT),
    Operation(
        "get",
        "/api/v1/spam",
        "Spam numbers",
        {200: SpamPage},
        Right.SPAM_READ,
        (_query("source", "One list."), _query("prefix", "First digits, e.g. +7495."), *_PAGED),
    ),
    Operation(
        "post",
        "/api/v1/spam",
        "Add a number (201), or change what is said of it (200)",
        {200: SpamAnswer, 201: SpamAnswer},
        Right.SPAM_EDIT,
        body=SpamBody,
    ),
    Operation("delete", "/api/v1/spam/{number}", "Take a number off the list", {204: None}, Right.SPAM_EDIT),
    Operation(
        "get",
        "/api/v1/callbacks",
        "Who waits to be called back, in order; or those that are over, the newest first",
        {200: CallbackPage},
        Right.CALLS_DIAL,
        (_query("ended", "Those that are over.", enum=["yes"]), *_PAGED),
    ),
    Operation(
        "post",
        "/api/v1/callbacks",
        "Call a client back (201; 200 where he waits already), unless the guard refuses (409)",
        {200: CallbackAnswer, 201: CallbackAnswer, 409: DialRefused},
        Right.CALLS_DIAL,
        body=CallbackBody,
    ),
    Operation("get", "/api/v1/callbacks/{id}", "One callback", {200: CallbackRow}, Right.CALLS_DIAL),
    Operation("delete", "/api/v1/callbacks/{id}", "Call him back no more", {204: None}, Right.CALLS_DIAL),
    Operation(
        "get",
        "/api/v1/do-not-call",
        "Who is never called by us, the newest first",
        {200: BlockPage},
        Right.SPAM_READ,
        (_query("prefix", "First digits, e.g. +7495."), *_PAGED),
    ),
    Operation(
        "post",
        "/api/v1/do-not-call",
        "Never call this number (201), or another reason for it (200)",
        {200: BlockAnswer, 201: BlockAnswer},
        Right.SPAM_EDIT,
        body=BlockBody,
    ),
    Operation(
        "delete", "/api/v1/do-not-call/{number}", "This number may be called again", {204: None}, Right.SPAM_EDIT
    ),
    Operation(
        "get",
        "/api/v1/lines",
        "Our lines by number",
        {200: LinePage},
        Right.LINES_READ,
        (
            _query("number", "Digits of the number, anywhere in it."),
            *(_query(name, f"Exactly this {name}.") for name in ("city", "operator", "brand")),
            _query("mode", "What becomes of our decision.", enum=list(LineMode)),
            _query("state", "Where it is in its life.", enum=list(LifeState)),
            _query("active", "In use, or closed.", enum=["true", "false"]),
            *_PAGED,
        ),
    ),
    Operation(
        "post",
        "/api/v1/lines",
        "Add a line (201), or replace the one of this number (200)",
        {200: StoredLine, 201: StoredLine},
        Right.LINES_EDIT,
        body=LineBody,
    ),
    Operation("get", "/api/v1/lines/{number}", "One line", {200: StoredLine}, Right.LINES_READ),
    Operation(
        "patch",
        "/api/v1/lines/{number}",
        "Change the fields that are sent",
        {200: StoredLine},
        Right.LINES_EDIT,
        body=LineChange,
    ),
    *_holdings(
        "aliases",
        "alias",
        ("What else PBXs call a line", "Give a line an alias", "Take an alias off a line"),
        body=AliasBody,
        answer=list[str],
    ),
    *_holdings(
        "operators",
        "since",
        (
            "Who carried a line when",
            "Who carries a line from a day on; what went on until then ends there",
            "Take an operator out of a line's history",
        ),
        body=Term,
        answer=list[Term],
    ),
    *_holdings(
        "labels",
        "since",
        (
            "A line's labelled texts",
            "What an operator shows of our calls from a line",
            "Take a labelled text off a line",
        ),
        body=LabelText,
        answer=list[LabelText],
        query=(_query("operator", "Whose text.", minLength=1),),
    ),
    Operation(
        "get",
        "/api/v1/calendar/overrides",
        "Days on which a branch or the company keeps other hours, soonest first",
        {200: OverrideList},
        Right.PLAN_READ,
        (_query("since", "Those that are not over before this day; today where it is left out.", format="date"),),
    ),
    Operation(
        "post",
        "/api/v1/calendar/overrides",
        "Give days other hours; refused where the place has an override on one of them",
        {201: StoredOverride},
        Right.PLAN_EDIT,
        body=OverrideBody,
    ),
    Operation(
        "delete",
        "/api/v1/calendar/overrides/{id}",
        "Take an override out",
        {204: None},
        Right.PLAN_EDIT,
    ),
    Operation(
        "get",
        "/api/v1/missed",
        "Clients to call back, the nearest promise first; or those who left the list, the latest first",
        {200: MissedPage},
        Right.CALLS_READ,
        (
            _query("state", "Waiting (the default), or off the list.", enum=["open", "closed"]),
            _query("whose", "Only those the token's owner has taken.", enum=["mine"]),
            _query("overdue", "Only those who wait longer than promised.", enum=["yes"]),
            _query("line", "The line they called last.", maxLength=80),
            _query("queue", "The queue they waited in last.", maxLength=80),
            *_PAGED,
        ),
    ),
    Operation("get", "/api/v1/missed/{id}", "One client who was missed", {200: MissedClient}, Right.CALLS_READ),
    Operation(
        "post",
        "/api/v1/missed/{id}/take",
        "The token's owner calls him back",
        {200: MissedClient},
        Right.CALLS_DIAL,
    ),
    Operation("post", "/api/v1/missed/{id}/release", "Nobody has him any more", {200: MissedClient}, Right.CALLS_DIAL),
    Operation(
        "post",
        "/api/v1/missed/{id}/close",
        "He needs no call: why, and a note where it is `other`",
        {200: MissedClient},
        Right.CALLS_DIAL,
        body=CloseBody,
    ),
    Operation(
        "get",
        "/api/v1/presence",
        "Who can take a call now, and why: oneself and, with presence.others, colleagues",
        {200: PresenceList},
        Right.PRESENCE_OWN,
    ),
    Operation(
        "put",
        "/api/v1/presence",
        "Say it of oneself, or of `person`; parts left out stay",
        {200: PresenceAnswer},
        Right.PRESENCE_OWN,
        body=PresenceChange,
    ),
    Operation(
        "get",
        "/api/v1/live",
        "The floor now: who waits in which queue, what each agent does, calls of each line, and what today came to",
        {200: Floor},
        Right.LIVE_READ,
    ),
    Operation(
        "get",
        "/api/v1/reports/missed",
        "The missed share by line, queue and hour, in days of the company's zone",
        {200: MissedReport},
        Right.REPORTS_READ,
        _DAYS,
    ),
    Operation(
        "get",
        "/api/v1/reports/lines",
        "How well each line works at its operator, each way apart",
        {200: LinesReport},
        Right.REPORTS_READ,
        _DAYS,
    ),
    Operation(
        "get",
        "/api/v1/reports/callbacks",
        "How soon missed clients were called back, by line, queue and day",
        {200: CallbacksReport},
        Right.REPORTS_READ,
        _DAYS,
    ),
    Operation(
        "get",
        "/api/v1/reports/agents",
        "What each agent did, 31 days at most; without reports.read the token's owner alone",
        {200: AgentsReport},
        Right.CALLS_READ,
        _DAYS,
    ),
    Operation(
        "get",
        "/api/v1/mirror/{entity}",
        "Records of our copy of the CRM; money entities need money.read",
        {200: MirrorPage},
        Right.CONTACTS_READ,
        (_query("cursor", "`next` of the page before.", format="uuid"),),
    ),
    Operation(
        "post",
        "/api/v1/mirror/{entity}",
        "Add or change up to 1000 records; bad ones are told and the rest goes in",
        {200: MirrorReport},
        Right.IMPORTS_RUN,
        body=Batch,
    ),
    Operation("get", "/api/v1/openapi.json", "This document", {200: dict[str, Any]}),
    Operation(
        "post", "/router/v1/route", "Where does this call go? One turn for any PBX", {200: Answer}, body=RouteQuestion
    ),
    Operation(
        "get",
        "/router/v1/asterisk",
        "The same turn for Asterisk's dialplan: a line for HASH()",
        {200: str},
        query=tuple(_query(name, "As the dialplan has it, URI-encoded.") for name in _TURN),
    ),
    Operation(
        "post",
        "/router/v1/outgoing",
        "What does this outgoing call show, and by which trunk does it leave?",
        {200: OutgoingAnswer},
        body=OutgoingRequest,
    ),
    Operation(
        "get",
        "/router/v1/asterisk/outgoing",
        "The same for Asterisk's dialplan: a line for HASH()",
        {200: str},
        query=tuple(_query(name, "As the dialplan has it, URI-encoded.") for name in _OUTGOING_TURN),
    ),
    Operation(
        "get",
        "/router/v1/asterisk/presence",
        "An agent dialled a feature code: a line for HASH() that confirms it or says why not",
        {200: str},
        query=(
            _query("endpoint", "CHANNEL(endpoint): the telephone as the PBX itself knows it, never its caller ID."),
            _query("state", "What the code stands for: online, break or offline."),
            _query("id", "CHANNEL(linkedid)."),
        ),
    ),
)

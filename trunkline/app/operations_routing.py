"""Operations about where calls go: the calendar, presence, the question itself. No I/O here."""

from typing import Final

from router.calendar.api import OverrideList
from router.outgoing_wire import OutgoingAnswer
from router.queues.api import QueueBody, QueueList
from router.queues.queue import Queue
from router.wire import Answer
from trunkline.app.bodies import (
    OutgoingRequest,
    RouteQuestion,
)
from trunkline.app.operation import Operation, query
from trunkline.directory.overrides import OverrideBody, StoredOverride
from trunkline.people.roles import Right
from trunkline.presence.api import PresenceAnswer, PresenceList
from trunkline.presence.change import PresenceChange

_TURN: Final = ("from", "to", "id", "state", "status", "queue", "digits", "context")
_OUTGOING_TURN: Final = ("agent", "to", "id", "city", "state", "status", "reason", "line")

ROUTING: Final = (
    Operation(
        "get",
        "/api/v1/calendar/overrides",
        "Days on which a branch or the company keeps other hours, soonest first",
        {200: OverrideList},
        Right.PLAN_READ,
        (query("since", "Those that are not over before this day; today where it is left out.", format="date"),),
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
    Operation("get", "/api/v1/queues", "Queues and who answers them", {200: QueueList}, Right.PLAN_READ),
    Operation("get", "/api/v1/queues/{queue}", "One queue", {200: Queue}, Right.PLAN_READ),
    Operation(
        "put",
        "/api/v1/queues/{queue}",
        "Make a queue what is sent; 201 where it is new",
        {200: Queue, 201: Queue},
        Right.PLAN_EDIT,
        body=QueueBody,
    ),
    Operation("delete", "/api/v1/queues/{queue}", "Take a queue out", {204: None}, Right.PLAN_EDIT),
    Operation(
        "post", "/router/v1/route", "Where does this call go? One turn for any PBX", {200: Answer}, body=RouteQuestion
    ),
    Operation(
        "get",
        "/router/v1/asterisk",
        "The same turn for Asterisk's dialplan: a line for HASH()",
        {200: str},
        query=tuple(query(name, "As the dialplan has it, URI-encoded.") for name in _TURN),
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
        query=tuple(query(name, "As the dialplan has it, URI-encoded.") for name in _OUTGOING_TURN),
    ),
    Operation(
        "get",
        "/router/v1/asterisk/presence",
        "An agent dialled a feature code: a line for HASH() that confirms it or says why not",
        {200: str},
        query=(
            query("endpoint", "CHANNEL(endpoint): the telephone as the PBX itself knows it, never its caller ID."),
            query("state", "What the code stands for: online, break or offline."),
            query("id", "CHANNEL(linkedid)."),
        ),
    ),
    Operation(
        "get",
        "/router/v1/asterisk/mobile",
        "Where is the mobile employee of an extension rung, and what does his mobile show? A line for HASH()",
        {200: str},
        query=(
            query("extension", "His extension; the number is the directory's."),
            query("line", "The number of ours his mobile shall show; left out: by the rule of outgoing calls."),
            query("id", "CHANNEL(linkedid)."),
        ),
    ),
    Operation(
        "get",
        "/router/v1/asterisk/notice",
        "What does the line that is shown play to whom it calls, where the PBX chooses the line? A line for HASH()",
        {200: str},
        query=(
            query("line", "The number shown, in any spelling."),
            query("id", "CHANNEL(linkedid)."),
        ),
    ),
)

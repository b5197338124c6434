"""Operations about calls: told, ringing, missed, to be made, and the floor. No I/O here."""

from typing import Final

from trunkline.app.operation import LIMIT, PAGED, Operation, query, words
from trunkline.calls.api import FullCall
from trunkline.calls.missed import WhyMissed
from trunkline.calls.outcome import Direction, Outcome
from trunkline.calls.reading import CallPage
from trunkline.card.card import Card
from trunkline.card.told import CardTold
from trunkline.control.api import ListenBody, MoveBody, OrderDone, OrderRefused, PassBody, RecordingBody
from trunkline.dialing.api import DialAccepted, DialBody, DialRefused
from trunkline.dialing.block_api import BlockAnswer, BlockBody, BlockPage
from trunkline.dialing.callbacks_api import CallbackAnswer, CallbackPage
from trunkline.dialing.callbacks_ask import CallbackBody
from trunkline.dialing.callbacks_store import CallbackRow
from trunkline.dialing.store import DialRow
from trunkline.floor.floor import Floor
from trunkline.missed.api import MissedPage
from trunkline.missed.hand import CloseBody
from trunkline.missed.reading import MissedClient
from trunkline.people.roles import Right

_CALLS: Final = (
    query("number", "The outside number in any spelling, or an extension of ours."),
    query("from", "Who called."),
    query("to", "What was called."),
    query("line", "Our line."),
    query("direction", "Which way; several with commas between.", pattern=words(Direction)),
    query("outcome", "What became of it; several with commas between.", pattern=words(Outcome)),
    query("agent", "An extension that took part."),
    query("queue", "A queue it waited in.", minLength=1, maxLength=80),
    query("pbx", "The PBX it was on.", minLength=1, maxLength=80),
    query("min_talk", "At least so many seconds of talk.", type="integer", minimum=0, maximum=86_400),
    query("max_talk", "Fewer seconds of talk than this.", type="integer", minimum=0, maximum=86_400),
    query("shown", "Our number that an outgoing call showed."),
    query("why", "Why it was missed.", enum=list(WhyMissed)),
    query("short", "Given up by the caller sooner than the rule of missed calls says, or not.", enum=["yes", "no"]),
    query("cause", "A leg of it ended with this Q.850 cause.", type="integer", minimum=1, maximum=127),
    query("hour", "Begun in this hour of the day.", type="integer", minimum=0, maximum=23),
    query("lost", "Nobody talked with its caller in the whole time.", enum=["yes"]),
    query("since", "From this day or moment."),
    query("until", "To this day, it included, or moment."),
    LIMIT,
    query("cursor", "`next` of the page before.", format="uuid"),
)

CALLS: Final = (
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
    Operation(
        "post",
        "/api/v1/calls/{id}/move",
        "Who waits in a queue goes elsewhere",
        {200: OrderDone, 409: OrderRefused},
        Right.CALLS_MOVE,
        body=MoveBody,
    ),
    Operation(
        "post",
        "/api/v1/calls/{id}/pass",
        "One's own client goes to a colleague or a queue, with a word",
        {200: OrderDone, 409: OrderRefused},
        Right.CALLS_DIAL,
        body=PassBody,
    ),
    Operation(
        "post",
        "/api/v1/calls/{id}/listen",
        "One's own phone rings, and one hears an agent's call",
        {200: OrderDone, 409: OrderRefused},
        Right.CALLS_LISTEN,
        body=ListenBody,
    ),
    Operation(
        "post",
        "/api/v1/calls/{id}/recording",
        "What is said stays out of the recording for a time, or gets into it again",
        {200: OrderDone, 409: OrderRefused},
        Right.RECORDINGS_PAUSE,
        body=RecordingBody,
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
        "/api/v1/cards/{id}/told",
        "The same in words, in the language of Accept-Language; all of it is plain text",
        {200: CardTold},
        Right.CARD_USE,
    ),
    Operation(
        "get",
        "/api/v1/callbacks",
        "Who waits to be called back, in order; or those that are over, the newest first",
        {200: CallbackPage},
        Right.CALLS_DIAL,
        (query("ended", "Those that are over.", enum=["yes"]), *PAGED),
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
        (query("prefix", "First digits, e.g. +7495."), *PAGED),
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
        "/api/v1/missed",
        "Clients to call back, the nearest promise first; or those who left the list, the latest first",
        {200: MissedPage},
        Right.CALLS_READ,
        (
            query("state", "Waiting (the default), or off the list.", enum=["open", "closed"]),
            query("whose", "Only those the token's owner has taken.", enum=["mine"]),
            query("overdue", "Only those who wait longer than promised.", enum=["yes"]),
            query("line", "The line they called last.", maxLength=80),
            query("queue", "The queue they waited in last.", maxLength=80),
            *PAGED,
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
        "/api/v1/live",
        "The floor now: who waits in which queue, what each agent does, calls of each line, and what today came to",
        {200: Floor},
        Right.LIVE_READ,
    ),
)

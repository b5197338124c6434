"""What a PBX asks before it dials out, and what it gets, as JSON and as the dialplan's line. No I/O here."""

from collections.abc import Mapping

import msgspec

from router.dialplan import escaped, notice_fields
from router.outgoing import OutgoingReply
from router.wire import (
    LONGEST_ID,
    LONGEST_STATE,
    LONGEST_WORD,
    NoticeAnswer,
    Spelling,
    new_call_id,
    notice_answer,
    word,
)
from trunkline.callerid.choose import Offer
from trunkline.callerid.record import OutgoingQuestion
from trunkline.pbx.port import TraceRow

_LONGEST_CITY = 100


class _Body(msgspec.Struct, gc=False):
    call_id: str | int | None = None
    agent: str | int | None = None
    to: Spelling = None
    city: str | None = None
    state: str | None = None
    status: str | None = None
    reason: str | int | None = None
    line: str | int | None = None


class OutgoingAnswer(msgspec.Struct, gc=False):
    """The JSON of `POST /router/v1/outgoing`, its fields in this order (docs/http.md)."""

    call_id: str
    state: str
    action: str
    caller_id: str
    trunk: str
    number: str
    fallbacks: tuple[Offer, ...]
    next: str
    rule: str
    labelled: bool
    trace: tuple[TraceRow, ...]
    degraded: tuple[str, ...]
    notice: NoticeAnswer | None


_BODY = msgspec.json.Decoder(_Body)
_ENCODER = msgspec.json.Encoder()


def outgoing_of_body(pbx: str, body: bytes) -> OutgoingQuestion:
    """The question in a JSON body; raises msgspec.DecodeError, UnicodeDecodeError."""
    given = _BODY.decode(body)
    turn = (given.state, given.status, given.reason, given.line)
    return _question(pbx, given.call_id, given.agent, given.to, given.city, *turn)


def outgoing_of_query(pbx: str, query: Mapping[str, str]) -> OutgoingQuestion:
    """The question in a dialplan's query; give it the last of doubled fields."""
    names = ("id", "agent", "to", "city", "state", "status", "reason", "line")
    return _question(pbx, *(query.get(name, "") for name in names))


def encode_outgoing(call_id: str, reply: OutgoingReply) -> bytes:
    """The JSON answer."""
    choice = reply.choice
    return _ENCODER.encode(
        OutgoingAnswer(
            call_id,
            reply.state,
            choice.action,
            choice.caller_id,
            choice.trunk,
            choice.number,
            choice.fallbacks,
            reply.next,
            choice.rule,
            choice.labelled,
            choice.trace,
            reply.degraded,
            notice_answer(reply.notice),
        )
    )


def encode_outgoing_line(reply: OutgoingReply) -> str:
    """`valid=1&action=dial&callerid=…&trunk=…&number=…&next=ask&rule=region&state=…`, every field always there."""
    choice = reply.choice
    return (
        f"valid=1&action={choice.action.value}&callerid={escaped(choice.caller_id)}&trunk={escaped(choice.trunk)}"
        f"&number={escaped(choice.number)}&next={reply.next.value}&rule={choice.rule}&state={reply.state}"
        f"{notice_fields(reply.notice)}"
    )


def _question(
    pbx: str, call_id: Spelling, agent: Spelling, to: Spelling, city: Spelling, state: Spelling, *ended: Spelling
) -> OutgoingQuestion:
    return OutgoingQuestion(
        pbx,
        word(call_id, LONGEST_ID) or new_call_id(),
        word(agent, LONGEST_WORD),
        to,
        word(city, _LONGEST_CITY),
        word(state, LONGEST_STATE + 1),
        *(word(each, LONGEST_WORD) for each in ended),
    )

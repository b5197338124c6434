"""What a PBX sends as a question, and what it gets as JSON: decoding forgives what can be forgiven. No I/O here."""

import math
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from router.traces import EncodedTraces
from trunkline.notjson import NOT_JSON
from trunkline.pbx.notice import GivenNotice
from trunkline.pbx.port import Decision, Question

LONGEST_ID = 200
LONGEST_WORD = 40
LONGEST_STATE = 200

_NO_TIME = (None, "")

Spelling = str | int | float | None


class _Body(msgspec.Struct, rename={"from_": "from"}, gc=False):
    call_id: str | int | None = None
    from_: Spelling = None
    to: Spelling = None
    state: str | None = None
    status: str | None = None
    queue: str | None = None
    digits: str | int | None = None
    at: float | str | None = None
    context: str | None = None


class NoticeAnswer(msgspec.Struct, gc=False):
    """What the PBX plays to the outside party, when, and which digit refuses the recording (empty: none)."""

    version: int
    when: str
    sound: str
    seconds: int
    digit: str
    told: str
    """What the PBX names it by when it tells what came of it."""


def notice_answer(given: GivenNotice | None) -> NoticeAnswer | None:
    """A notice as JSON has it."""
    if given is None:
        return None
    notice = given.notice
    return NoticeAnswer(notice.version, notice.when.value, notice.sound, notice.seconds, notice.digit, given.token)


class Answer(msgspec.Struct, gc=False):
    """The JSON of `POST /router/v1/route`, its fields in this order (docs/http.md)."""

    call_id: str
    state: str
    action: str
    target: str
    targets: tuple[str, ...]
    ring_seconds: int
    wait_seconds: int
    priority: int
    caller_name: str
    sound: str
    next: str
    rule: str
    trace: msgspec.Raw
    degraded: tuple[str, ...]
    confirm: bool
    notice: NoticeAnswer | None


_BODY = msgspec.json.Decoder(_Body)
_ENCODER = msgspec.json.Encoder()
_TRACES = EncodedTraces(_ENCODER.encode)


def question_of_body(pbx: str, body: bytes) -> Question:
    """The question in a JSON body; raises msgspec.DecodeError (ValidationError is one), UnicodeDecodeError."""
    given = _BODY.decode(body)
    at = _moment(given.at)
    return Question(
        pbx,
        word(given.call_id, LONGEST_ID) or new_call_id(),
        given.from_,
        given.to,
        word(given.state, LONGEST_STATE + 1),  # one longer than any of ours stays wrong
        word(given.status, LONGEST_WORD),
        word(given.queue, LONGEST_WORD),
        word(given.digits, LONGEST_WORD),
        at,
        word(given.context, LONGEST_WORD),
        at is None and given.at not in _NO_TIME,
    )


def question_of_query(pbx: str, query: Mapping[str, str]) -> Question:
    """The question in a dialplan's query; give it the last of doubled fields: a caller ID comes before ours."""
    return Question(
        pbx,
        word(query.get("id"), LONGEST_ID) or new_call_id(),
        query.get("from", ""),
        query.get("to", ""),
        word(query.get("state"), LONGEST_STATE + 1),
        word(query.get("status"), LONGEST_WORD),
        word(query.get("queue"), LONGEST_WORD),
        word(query.get("digits"), LONGEST_WORD),
        context=word(query.get("context"), LONGEST_WORD),
    )


def question_of_debris(pbx: str, body: bytes) -> Question:
    """What can still be told of a body that is no question: perhaps the call and the line it came to."""
    try:
        given = msgspec.json.decode(body)
    except NOT_JSON:
        given = None
    if not isinstance(given, dict):
        return Question(pbx, new_call_id())
    call_id, to, from_ = (_plain(given.get(name)) for name in ("call_id", "to", "from"))
    return Question(pbx, word(call_id, LONGEST_ID) or new_call_id(), from_, to)


def worded(question: Question) -> Question:
    """`question` of a provider's hook, its own texts as every log and table can hold them."""
    call, state = question.call_id, question.state
    status, queue, digits = question.status, question.queue, question.digits
    said = (
        word(call, LONGEST_ID) or new_call_id(),
        word(state, LONGEST_STATE + 1),
        word(status, LONGEST_WORD),
        word(queue, LONGEST_WORD),
        word(digits, LONGEST_WORD),
    )
    if said == (call, state, status, queue, digits):  # nearly always
        return question
    call, state, status, queue, digits = said
    return msgspec.structs.replace(question, call_id=call, state=state, status=status, queue=queue, digits=digits)


def encode_answer(call_id: str, decision: Decision) -> bytes:
    """The JSON answer."""
    return _ENCODER.encode(
        Answer(
            call_id,
            decision.state,
            decision.action,
            decision.target,
            decision.targets,
            decision.ring_seconds,
            decision.wait_seconds,
            decision.priority,
            decision.caller_name,
            decision.sound,
            decision.next,
            decision.rule,
            _TRACES.of(decision.trace),
            decision.degraded,
            decision.confirm,
            notice_answer(decision.notice),
        )
    )


def new_call_id() -> str:
    """An id for a call whose PBX gave none."""
    return uuid.uuid4().hex


def word(value: str | int | float | None, longest: int) -> str:
    """`value` as text that every log and table can hold."""
    if not value and value != 0:
        return ""
    text = str(value)
    return text if text.isprintable() and len(text) <= longest else _printable(text[:longest])


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def _plain(value: object) -> str | int | float | None:
    return value if isinstance(value, str | int | float) and not isinstance(value, bool) else None


def _moment(at: float | str | None) -> float | None:
    """Unix seconds of `at`, a number or ISO 8601 (UTC where it names no zone); None for no moment of this era."""
    if isinstance(at, str):
        try:
            moment = datetime.fromisoformat(at)
            at = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            return None
    if at is None or not math.isfinite(at) or not 0 <= at < 2**32:
        return None
    return float(at)

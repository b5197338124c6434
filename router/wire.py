"""What a PBX sends as a question, and what it gets as JSON: decoding forgives what can be forgiven. No I/O here."""

import math
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from router.traces import EncodedTraces
from trunkline.pbx.port import Decision, Question

_LONGEST_ID = 200
_LONGEST_WORD = 40
_LONGEST_STATE = 200

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


_BODY = msgspec.json.Decoder(_Body)
_ENCODER = msgspec.json.Encoder()
_TRACES = EncodedTraces(_ENCODER.encode)


def question_of_body(pbx: str, body: bytes) -> Question:
    """The question in a JSON body; raises msgspec.DecodeError (ValidationError is one), UnicodeDecodeError."""
    given = _BODY.decode(body)
    return Question(
        pbx,
        _word(given.call_id, _LONGEST_ID) or new_call_id(),
        given.from_,
        given.to,
        _word(given.state, _LONGEST_STATE + 1),  # one longer than any of ours stays wrong
        _word(given.status, _LONGEST_WORD),
        _word(given.queue, _LONGEST_WORD),
        _word(given.digits, _LONGEST_WORD),
        _moment(given.at),
        _word(given.context, _LONGEST_WORD),
    )


def question_of_query(pbx: str, query: Mapping[str, str]) -> Question:
    """The question in a dialplan's query; give it the last of doubled fields: a caller ID comes before ours."""
    return Question(
        pbx,
        _word(query.get("id"), _LONGEST_ID) or new_call_id(),
        query.get("from", ""),
        query.get("to", ""),
        _word(query.get("state"), _LONGEST_STATE + 1),
        _word(query.get("status"), _LONGEST_WORD),
        _word(query.get("queue"), _LONGEST_WORD),
        _word(query.get("digits"), _LONGEST_WORD),
        context=_word(query.get("context"), _LONGEST_WORD),
    )


def question_of_debris(pbx: str, body: bytes) -> Question:
    """What can still be told of a body that is no question: perhaps the call and the line it came to."""
    try:
        given = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        given = None
    if not isinstance(given, dict):
        return Question(pbx, new_call_id())
    call_id, to, from_ = (_plain(given.get(name)) for name in ("call_id", "to", "from"))
    return Question(pbx, _word(call_id, _LONGEST_ID) or new_call_id(), from_, to)


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
        )
    )


def new_call_id() -> str:
    """An id for a call whose PBX gave none."""
    return uuid.uuid4().hex


def _word(value: str | int | float | None, longest: int) -> str:
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

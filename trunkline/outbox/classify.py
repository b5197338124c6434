"""What a failed delivery means and what to do about it: two ordered tables (crm.md §6.3). No I/O here."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum

from trunkline.outbox.event import Fault, KindPolicy, Refusal, Sent

LONG_PROBE_SECONDS = 900.0
_DEAREST_PAUSE = 3600.0


class ErrorClass(StrEnum):
    """Why it failed, in the terms that decide what to do."""

    THROTTLED = "throttled"
    AUTH = "auth"
    BLOCKED = "blocked"
    TRANSIENT = "transient"
    UNKNOWN = "unknown_outcome"
    PERMANENT = "permanent"


class Action(Enum):
    """What the worker does with the event and its stream."""

    RETRY = "retry"  #: again after a delay
    PAUSE = "pause"  #: the account's limiter waits; no attempt was spent
    HOLD = "hold"  #: the account's circuit opens for long and a person is told
    BURY = "bury"  #: the event becomes a dead letter


@dataclass(frozen=True, slots=True)
class RetryDecision:
    """`counts`: an attempt was spent; `unsure`: it may have arrived, verify first; `trips`: the breaker hears of it."""

    action: Action
    delay: float
    counts: bool
    unsure: bool
    trips: bool


NOT_YET = "not_yet"
"""The code of a fault of ours that says it is not this delivery's turn; with `alone`, others go on."""
_THROTTLE_CODES = frozenset({"QUERY_LIMIT_EXCEEDED", "OPERATION_TIME_LIMIT", NOT_YET})
_AUTH_CODES = frozenset(
    {"expired_token", "invalid_grant", "invalid_token", "NO_AUTH_FOUND", "auth_failed", "invalid_client"}
)
_BLOCK_CODES = frozenset({"OVERLOAD_LIMIT", "ACCESS_DENIED", "PAYMENT_REQUIRED", "PORTAL_DELETED", "no_portal"})

#: The first row that holds names the class.
CLASSES: tuple[tuple[str, Callable[[Fault], bool], ErrorClass], ...] = (
    ("says_slow_down", lambda f: f.status == 429 or f.code in _THROTTLE_CODES, ErrorClass.THROTTLED),
    ("asks_to_come_back", lambda f: f.status == 503 and f.retry_after is not None, ErrorClass.THROTTLED),
    ("wants_a_sign_in", lambda f: f.status == 401 or f.code in _AUTH_CODES, ErrorClass.AUTH),
    ("shuts_us_out", lambda f: f.status in {402, 403} or f.code in _BLOCK_CODES, ErrorClass.BLOCKED),
    ("refused_for_good", lambda f: f.refusal is Refusal.NEVER, ErrorClass.PERMANENT),
    ("never_left", lambda f: f.sent is Sent.NO, ErrorClass.TRANSIENT),
    ("lost_on_the_way", lambda f: f.sent is Sent.MAYBE, ErrorClass.UNKNOWN),
    ("broke_while_handling", lambda f: f.status in {500, 502, 504}, ErrorClass.UNKNOWN),
    ("refused_for_now", lambda f: f.refusal is Refusal.LATER, ErrorClass.TRANSIENT),
    ("busy", lambda f: f.status in {408, 409, 423, 425} or (f.status or 0) >= 500, ErrorClass.TRANSIENT),
    ("refused", lambda _: True, ErrorClass.PERMANENT),
)


def classify(fault: Fault) -> ErrorClass:
    """The class of the first row of CLASSES that holds."""
    return next(found for _, holds, found in CLASSES if holds(fault))


def backoff(failures: int, policy: KindPolicy, chance: float) -> float:
    """Seconds until the next attempt: base · 2ⁿ up to the cap, of which `chance` (0…1) takes up to half away."""
    whole = min(policy.backoff_cap, policy.backoff_base * 2.0 ** min(failures, 30))
    return whole * (1.0 - chance / 2)


def decide(fault: Fault, *, attempts: int, failures: int, policy: KindPolicy, chance: float) -> RetryDecision:
    """What to do after `fault`; `attempts` counts this one, `failures` those of the stream in a row before it.

    Attempts spent while the account's circuit was probed are not counted by the worker, so that an outage, however
    long, buries nothing.
    """
    found = classify(fault)
    delay = backoff(failures, policy, chance)
    asked = min(fault.retry_after, _DEAREST_PAUSE) if fault.retry_after is not None else None
    match found:
        case ErrorClass.THROTTLED if fault.alone:
            return RetryDecision(Action.RETRY, asked or delay, counts=False, unsure=False, trips=False)
        case ErrorClass.THROTTLED:
            return RetryDecision(Action.PAUSE, asked or delay, counts=False, unsure=False, trips=False)
        case ErrorClass.AUTH | ErrorClass.BLOCKED:
            return RetryDecision(Action.HOLD, LONG_PROBE_SECONDS, counts=False, unsure=False, trips=False)
        case ErrorClass.PERMANENT:
            return RetryDecision(Action.BURY, 0.0, counts=True, unsure=False, trips=False)
        case ErrorClass.TRANSIENT | ErrorClass.UNKNOWN:
            unsure = found is ErrorClass.UNKNOWN
            action = Action.BURY if attempts >= policy.max_attempts else Action.RETRY
            return RetryDecision(action, max(delay, asked or 0.0), counts=True, unsure=unsure, trips=True)

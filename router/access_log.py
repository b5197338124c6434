"""One log line an answer. structlog takes 150 µs a line, as long as the rest of the answer: these are put together
by hand, in the shape trunkline.log gives its own, and written some times a second.
"""

import logging
import re
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

import msgspec

from router.facts import Facts
from trunkline.log import mask_number
from trunkline.pbx.port import Decision, Question

_LOGGER = "router.access"
_ENCODER = msgspec.json.Encoder()
_NUMBER = re.compile(r"[0-9]{11,15}")


class Entry(NamedTuple):
    """What one line tells."""

    at: float
    question: Question
    decision: Decision
    turn: int
    seconds: float


class AccessLog:
    """Writes entries to standard error as `text` or `json`; nothing when the level is above info."""

    def __init__(self, style: str, *, mask_numbers: bool) -> None:
        self._line: Callable[[Entry], str] = self._json if style == "json" else self._text
        self._shown: Callable[[str], str] = mask_number if mask_numbers else str

    def write(self, entries: Iterable[Entry]) -> None:
        """Write all of them in one go."""
        if logging.getLogger(_LOGGER).isEnabledFor(logging.INFO):
            sys.stderr.write("".join(map(self._line, entries)))
            sys.stderr.flush()

    def _text(self, entry: Entry) -> str:
        at, question, decision, turn, seconds = entry
        facts: Facts = decision.facts
        return (
            f"{_moment(at)} [info     ] routed                         [{_LOGGER}] "
            f"call_id={_masked_id(question.call_id)} pbx={question.pbx} turn={turn} "
            f"caller={self._shown(facts.caller)} line={self._shown(facts.line)} "
            f"rule={decision.rule} action={decision.action} target={self._shown(decision.target)} "
            f"degraded={','.join(decision.degraded)} milliseconds={seconds * 1000:.2f}\n"
        )

    def _json(self, entry: Entry) -> str:
        at, question, decision, turn, seconds = entry
        facts: Facts = decision.facts
        fields = {
            "event": "routed",
            "level": "info",
            "logger": _LOGGER,
            "timestamp": _moment(at),
            "call_id": _masked_id(question.call_id),
            "pbx": question.pbx,
            "turn": turn,
            "caller": self._shown(facts.caller),
            "line": self._shown(facts.line),
            "rule": decision.rule,
            "action": decision.action.value,
            "target": self._shown(decision.target),
            "degraded": ",".join(decision.degraded),
            "milliseconds": round(seconds * 1000, 2),
        }
        return _ENCODER.encode(fields).decode() + "\n"


def _masked_id(call_id: str) -> str:
    """A PBX may name a call by a number; Asterisk's ids have ten digits in a row, no more."""
    return _NUMBER.sub(lambda match: mask_number(match.group()), call_id) if _NUMBER.search(call_id) else call_id


@lru_cache(maxsize=8)
def _second(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat().removesuffix("+00:00")


def _moment(at: float) -> str:
    return f"{_second(int(at))}.{int(at % 1 * 1000):03d}Z"

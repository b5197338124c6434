"""Recorded hooks read again without doing anything: what they would be answered, and what call they tell. No I/O here.

A recording is JSON, an object a line: `method`, `path`, `query`, `content_type`, `headers`, `body`, `at` (Unix seconds
or ISO 8601), all optional but that one of `query` and `body` says something. `trunkline pbx hooks` writes it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import msgspec

from router.switchboard import Switchboard
from trunkline.calls.advance import advance
from trunkline.calls.call import Call
from trunkline.calls.events import Event
from trunkline.calls.summary import summary_of
from trunkline.errors import InvalidInput, Mistake
from trunkline.pbx.hooks.port import Account, Provider, Verdict
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.hooks.request import HookRequest
from trunkline.pbx.port import Decision, Next, Question

MOST_LINES: Final = 10_000
_LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC).timestamp()
_NOT_KEPT: Final = "headers were not recorded"


class Recorded(msgspec.Struct, omit_defaults=True):
    """One line of a recording."""

    at: float | datetime = 0.0
    method: str = "POST"
    path: str = ""
    query: str = ""
    content_type: str = ""
    headers: dict[str, str] = {}
    body: str = ""
    verdict: str = ""

    @property
    def seconds(self) -> float:
        """When it came, Unix seconds; 0 where that is not told."""
        if isinstance(self.at, datetime):
            return (self.at if self.at.tzinfo else self.at.replace(tzinfo=UTC)).timestamp()
        return self.at

    @property
    def request(self) -> HookRequest:
        """What it recorded."""
        headers = {"content-type": self.content_type} | {name.lower(): value for name, value in self.headers.items()}
        return HookRequest(self.method, self.path, self.query, headers, self.body.encode(), int(self.seconds * 1e6))


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of one recorded request: `decision` where it asks something, `steps` of its call."""

    request: HookRequest
    name: str
    call: str
    verdict: str
    decision: Decision | None
    answered: str
    steps: Sequence[Event]


def read_recording(text: str) -> list[Recorded]:
    """The requests, in their order; raises InvalidInput naming the line that is none."""
    found = []
    # Not by splitlines(): U+2028 and the like stand in JSON as they are.
    for number, line in enumerate(text.split("\n")[:MOST_LINES], 1):
        if not line.strip():
            continue
        try:
            one = msgspec.json.decode(line, type=Recorded)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise InvalidInput(Mistake(f"line {number}", f"is no recorded request: {error}")) from None
        if not 0 <= one.seconds <= _LATEST:
            raise InvalidInput(
                Mistake(f"line {number}", "at must be a time of 1970 or later, in Unix seconds or ISO 8601")
            )
        found.append(one)
    return found


def replay(
    recorded: Sequence[Recorded], provider: Provider, account: Account, switchboard: Switchboard, now: float
) -> Iterator[Replayed]:
    """Each request as it would be met: decided for the time it came, or for `now`; nothing is kept."""
    states: dict[str, str] = {}
    for one in recorded:
        request = one.request
        if (greeting := provider.greet(request)) is not None:
            yield _replayed(provider, request, Verdict.GREETING.value, None, greeting.body, ())
            continue
        question, decision = provider.question(request, account), None
        if question is not None:
            decision = _decided(switchboard, question, states, request.received / 1e6 or now)
        reply = provider.reply(decision, request, account)
        verdict = provider.verify(request, account).value if one.headers else one.verdict or _NOT_KEPT
        steps = provider.events(_record(provider, account, request))
        yield _replayed(provider, request, verdict, decision, reply.body, steps)


def calls_told(replayed: Sequence[Replayed]) -> Iterator[str]:
    """Each call in a line."""
    told: dict[str, Call] = {}
    for one in replayed:
        for step in one.steps:
            known = told.setdefault(step.linkedid, Call(step.pbx, step.linkedid))
            if all(step.step_id != other.step_id for other in known.steps):
                told[step.linkedid] = advance(known, step)
    for linkedid, call in told.items():
        if call.legs:
            summary = summary_of(call)
            why = f" ({summary.missed_why.value})" if summary.missed_why else ""
            by = f", answered by {summary.answered_by}" if summary.answered_by else ""
            ends = f"{summary.talk:.0f} s of talk" if call.is_over else "goes on"
            parties = f"{summary.caller or '?'} to {summary.dialled or '?'}"
            yield f"{linkedid}: {summary.direction.value}, {parties}, {summary.outcome.value}{why}{by}, {ends}"


def _decided(switchboard: Switchboard, question: Question, states: dict[str, str], now: float) -> Decision:
    if not question.state:
        question = msgspec.structs.replace(question, state=states.get(question.call_id, ""))
    decision = switchboard.answer(question, now).decision
    states[question.call_id] = decision.state if decision.next is Next.ASK else ""
    return decision


def _record(provider: Provider, account: Account, request: HookRequest) -> HookRecord:
    return HookRecord(
        account.pbx,
        provider.name,
        request.received,
        request.content_type,
        request.method,
        request.path,
        request.query,
        request.body,
        settings=dict(account.settings),
    )


def _replayed(
    provider: Provider,
    request: HookRequest,
    verdict: str,
    decision: Decision | None,
    answered: bytes,
    steps: Sequence[Event],
) -> Replayed:
    name, call = provider.name_of(request), provider.call_of(request)
    return Replayed(request, name, call, verdict, decision, answered.decode(errors="replace"), steps)

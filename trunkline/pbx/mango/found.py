"""A call of Mango's extended statistics as one that was found ("VPBX API" 1.9 §3.4.2.3). No I/O here."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from trunkline.pbx.hooks.fields import mapping_of, number_of, text_of
from trunkline.pbx.hooks.found import FoundCall, Rung
from trunkline.pbx.hooks.history import told_in
from trunkline.pbx.hooks.numbers import extension_in, number_with_plus
from trunkline.pbx.hooks.record import HookRecord
from trunkline.pbx.mango.told import CALLER_GAVE_UP, OUTSIDE, status_of

_IN, _OUT = "1", "2"
_LONGEST: Final = 86_400
_SECOND: Final = 1_000_000
_MOST_LEGS: Final = 200


def legs_in(line: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """All legs, of a group those of its members."""
    left = _MOST_LEGS
    for leg in map(mapping_of, _list(line.get("context_calls"))):
        members = [mapping_of(one) for one in _list(leg.get("members"))]
        for one in members if text_of(leg.get("call_type")) == "group" and members else [leg]:
            if left := left - 1:
                yield one
            else:
                return


def extension_told(leg: Mapping[str, Any]) -> str:
    """The extension a leg names by itself: public clients read it, the document has no such field."""
    return extension_in(text_of(leg.get("call_abonent_extension")))


def recordings_in(line: Mapping[str, Any]) -> Iterator[str]:
    """Ids of recordings, one of many legs once for each; a group's own where its members have none."""
    ids = [one for leg in legs_in(line) for one in _list(leg.get("recording_id"))]
    ids = ids or [
        one for leg in map(mapping_of, _list(line.get("context_calls"))) for one in _list(leg.get("recording_id"))
    ]
    yield from (id_ for one in ids if (id_ := text_of(one)))


def over_of(line: Mapping[str, Any]) -> int:
    """When it was over (µs); 0 of one that goes on, or that says nothing of it."""
    start, lasted = _second(line.get("context_start_time")), number_of(line.get("duration"))
    if not start or lasted is None:
        return 0
    ends = (_second(leg.get("call_end_time")) for leg in legs_in(line))
    return max(start + int(min(max(lasted, 0), _LONGEST)) * _SECOND, *ends, 0)


def found_in(record: HookRecord) -> FoundCall | None:
    """The call of a row; None for one of ours of whom nobody knows: as one from outside it would be told wrong."""
    told = told_in(record)
    call, line, users = text_of(told.get("call")), mapping_of(told.get("line")), mapping_of(told.get("users"))
    start, over = _second(line.get("context_start_time")), over_of(line)
    if not call or not over:
        return None
    legs = [*legs_in(line)]
    if text_of(line.get("context_type")) == _IN:
        caller, channel = number_with_plus(text_of(line.get("caller_number"))), OUTSIDE
    else:
        caller = _caller(line, legs, users)
        channel = f"mango/{caller}"
        if not caller:
            return None
    dialled = number_with_plus(text_of(line.get("called_number")))
    parties = [(leg, rung) for leg in legs if (rung := _rung(call, line, leg, users))]
    answered = [(at, one.leg) for leg, one in parties if (at := _answered(leg))]
    talked = min(answered, default=None)
    return FoundCall(
        record.pbx,
        call,
        record.received,
        channel,
        caller,
        dialled,
        start,
        over,
        tuple(one for _, one in parties),
        talked=(talked[1], talked[0]) if talked else None,
        gave_up=not talked and any(_reason(leg) == CALLER_GAVE_UP for leg in legs[-1:]),
    )


def _rung(call: str, line: Mapping[str, Any], leg: Mapping[str, Any], users: Mapping[str, Any]) -> Rung | None:
    """Whoever was called. A group that names nobody, and an employee without an extension, are nobody."""
    kind, outgoing = text_of(leg.get("call_type")), text_of(line.get("context_type")) == _OUT
    at, until = _second(leg.get("call_start_time")), _second(leg.get("call_end_time"))
    if kind == "number":
        number = text_of(line.get("called_number") if outgoing else leg.get("call_abonent_number"))
        who, channel = number_with_plus(number), OUTSIDE
    else:
        who = _extension(leg, users) if kind != "group" else ""
        channel = f"mango/{who}"
    if not who:
        return None
    name = text_of(leg.get("external_call_id")) or who
    status = "" if _answered(leg) else status_of(_reason(leg))
    return Rung(f"{call}/{name}", channel, who, at, until or at, status)


def _caller(line: Mapping[str, Any], legs: Sequence[Mapping[str, Any]], users: Mapping[str, Any]) -> str:
    """The extension of the employee who called: of a leg to a number the leg may name it too."""
    told = next((one for leg in legs if text_of(leg.get("call_type")) == "number" and (one := extension_told(leg))), "")
    return extension_in(text_of(users.get(text_of(line.get("caller_id"))))) or told


def _extension(leg: Mapping[str, Any], users: Mapping[str, Any]) -> str:
    return extension_told(leg) or extension_in(text_of(users.get(text_of(leg.get("call_abonent_id")))))


def _answered(leg: Mapping[str, Any]) -> int:
    """When it was answered (µs); 0 of one that was not."""
    return _second(leg.get("call_answer_time"))


def _reason(leg: Mapping[str, Any]) -> int:
    return int(min(max(number_of(leg.get("call_end_reason")) or 0, 0), 1e5))


def _second(value: object) -> int:
    return int(min(max(number_of(value) or 0, 0), 1e11)) * _SECOND


def _list(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else []

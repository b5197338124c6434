"""The numbers one PBX may show today, each with the trunk that owns it, by where they are at home. No I/O here."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Protocol

import msgspec

from trunkline.directory.values import CarriedBrief, Head, TrunkBrief

_ACTIVE = "active"


class Geography(Protocol):
    """Where numbers are at home."""

    def subjects_of(self, number: str) -> tuple[str, ...]:
        """Codes of the subjects a number (E.164) may belong to: several for «Moscow * Moscow region», or none."""
        ...

    def district_of(self, subject: str) -> str:
        """The federal district of a subject, empty if unknown."""
        ...


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """A line of ours that may be shown, over the trunk of its operator only."""

    line: str
    trunk: TrunkBrief
    operator: str
    labelled: bool
    """Whether today's operator shows our name with it (126-FZ, art. 45)."""
    city: str = ""
    subjects: tuple[str, ...] = ()


class Pool(msgspec.Struct, frozen=True):
    """Candidates of one PBX on one day."""

    rule: str = "regional_fixed_for_numa"
    default: str = ""
    by_line: Mapping[str, Candidate] = {}
    by_city: Mapping[str, tuple[Candidate, ...]] = {}
    by_subject: Mapping[str, tuple[Candidate, ...]] = {}
    by_district: Mapping[str, tuple[Candidate, ...]] = {}


def pool_of(head: Head, pbx: str, today: dt.date, geography: Geography) -> Pool:
    """The numbers `pbx` may show `today`.

    A line is left out unless it is active, reaches this PBX when it is called back, and a trunk of this PBX carries it.
    """
    outgoing = head.outgoing
    trunks = [trunk for trunk in outgoing.trunks if trunk.pbx == pbx]
    carried = {row.line: row for row in outgoing.carried if _holds(row.since, row.until, today)}
    labels = {(label.line, label.operator) for label in outgoing.labels if label.since <= today}
    found: dict[str, Candidate] = {}
    for number, row in sorted(carried.items()):
        line = head.lines.get(number)
        trunk = _owner(row, trunks)
        if line is None or trunk is None or row.state != _ACTIVE or line.pbx not in {None, pbx}:
            continue
        found[number] = Candidate(
            number,
            trunk,
            row.operator,
            (number, row.operator) in labels,
            plain(line.city),
            geography.subjects_of(number),
        )
    return Pool(
        outgoing.rule,
        outgoing.default,
        found,
        _grouped((each.city, each) for each in found.values() if each.city),
        _grouped((subject, each) for each in found.values() for subject in each.subjects),
        _grouped((where, each) for each in found.values() for where in districts_of(each.subjects, geography)),
    )


def dialled(trunk: TrunkBrief, number: str) -> str:
    """`number` (E.164) as the trunk's operator wants it."""
    if trunk.format == "e164":
        return trunk.prefix + number
    if trunk.format == "digits":
        return trunk.prefix + number[1:]
    return trunk.prefix + ("8" + number[2:] if number.startswith("+7") else "810" + number[1:])


def districts_of(subjects: Iterable[str], geography: Geography) -> tuple[str, ...]:
    """Their federal districts, each once."""
    return tuple(dict.fromkeys(where for subject in subjects if (where := geography.district_of(subject))))


def plain(city: str) -> str:
    """A city's name as it is compared: «г. Орёл» is «орел»."""
    text = " ".join(city.lower().replace("ё", "е").split())
    return text.removeprefix("г.").removeprefix("город ").strip()


def _owner(row: CarriedBrief, trunks: Iterable[TrunkBrief]) -> TrunkBrief | None:
    """The trunk that carries the line: the one it names, else one of its operator; never one of somebody else's."""
    if row.trunk:
        return next((trunk for trunk in trunks if trunk.name == row.trunk), None)
    return next((trunk for trunk in trunks if trunk.operator and trunk.operator == row.operator), None)


def _holds(since: dt.date, until: dt.date | None, today: dt.date) -> bool:
    return since <= today and (until is None or today < until)


def _grouped(pairs: Iterable[tuple[str, Candidate]]) -> Mapping[str, tuple[Candidate, ...]]:
    groups: defaultdict[str, list[Candidate]] = defaultdict(list)
    for name, candidate in pairs:
        groups[name].append(candidate)
    return {name: tuple(group) for name, group in groups.items()}

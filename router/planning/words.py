"""A plan in words: names of its fields and places, and what differs between two plans. No I/O here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from router.plan import CHALLENGE, read_plan
from router.planning.fields import Field, Kind, sections_of
from router.planning.forms import Body
from router.target import Target, parse_target
from trunkline.calls.phone import NamedKind, format_number, parse
from trunkline.errors import InvalidInput
from trunkline.pbx.port import Action
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark

_KINDS = {"lines": mark("Line %(name)s"), "branches": mark("Branch %(name)s"), "queues": mark("Queue %(name)s")}
_PLACES = {
    Action.QUEUE: mark("queue %(name)s"),
    Action.EXTENSION: "%(name)s",
    Action.NUMBER: "%(name)s",
    Action.VOICEMAIL: mark("voicemail %(name)s"),
    Action.PLAYBACK: mark("recording %(name)s"),
    Action.REJECT: mark("hang up"),
}
_VALUES = {
    "off": mark("day off"),
    "short": mark("short day"),
    "working": mark("working day"),
    "RU": mark("Russia"),
    "KZ": mark("Kazakhstan"),
}


@dataclass(frozen=True, slots=True)
class Names:
    """What queues, people and lines are called."""

    queues: Mapping[str, str] = field(default_factory=dict)
    agents: Mapping[str, str] = field(default_factory=dict)
    """By extension."""
    lines: Mapping[str, str] = field(default_factory=dict)
    branches: Mapping[str, str] = field(default_factory=dict)

    def place(self, text: str) -> str:
        """A target in words."""
        if text == CHALLENGE:
            return _("ask for a digit")
        if text == Action.DEFAULT:
            return _("the PBX's own default")
        try:
            target = parse_target(text)
        except ValueError:
            return text
        if target.action is Action.TARGETS:
            return ", ".join(map(self.agent, target.values))
        return self._spoken(target)

    def _spoken(self, target: Target) -> str:
        name = target.value
        if target.action is Action.QUEUE:
            name = self.queues.get(name, name)
        elif target.action is Action.EXTENSION:
            name = self.agent(name)
        elif target.action is Action.NUMBER:
            name = _number(name)
        return (_(_PLACES[target.action]) if target.action in _PLACES else str(target)) % {"name": name}

    def agent(self, extension: str) -> str:
        """Who answers an extension."""
        return f"{self.agents[extension]} ({extension})" if extension in self.agents else extension

    def line(self, number: str) -> str:
        """A line with its name."""
        name = self.lines.get(number, "")
        return f"{_number(number)} · {name}" if name else _number(number)

    def titled(self, kind: str, name: str) -> str:
        """A line, branch or queue, said what it is."""
        return _(_KINDS[kind]) % {"name": self.called(kind, name)}

    def called(self, kind: str, name: str) -> str:
        """A line, branch or queue by its name."""
        if kind == "lines":
            return self.line(name)
        return (self.queues if kind == "queues" else self.branches).get(name) or name


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: where, what it was and what it becomes, in words; a dash where nothing is written."""

    path: str
    where: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.where}: {self.before} → {self.after}"


def differences(before: Body, after: Body, names: Names) -> list[Change]:
    """What changes from one plan to the other, in the order of the form."""
    was, becomes = dict(_leaves(_whole(before))), dict(_leaves(_whole(after)))
    changed = [path for path in {**was, **becomes} if was.get(path) != becomes.get(path)]
    return [
        Change(
            ".".join(path),
            where_of(path, names),
            _spoken(path, was.get(path), names),
            _spoken(path, becomes.get(path), names),
        )
        for path in sorted(changed, key=_order)
    ]


def where_of(path: Sequence[str], names: Names) -> str:
    """The name of a field for people; the path itself for one no form knows."""
    kind, inside = _split(path)
    found, day = field_at(path)
    if found is None:
        label = ".".join(inside)
    else:
        label = _(found.row) if found.row and found.path.startswith("classes.") else _(found.label)
        if found.row and not found.path.startswith("classes."):
            label = f"{_(found.row)}, {label.lower()}"
    told = f"{label}, {day}" if day else label
    return f"{names.titled(kind, path[1])} — {told}" if kind else told


def field_at(path: Sequence[str]) -> tuple[Field | None, str]:
    """The field that holds `path`, and the day where it is one of `days`."""
    kind, inside = _split(path)
    day = inside[1] if inside[0] == "days" and len(inside) > 1 else ""
    name = "days" if day else ".".join(inside)
    return _FIELDS[kind].get(name), day


_FIELDS = {
    kind: {each.path: each for section in sections_of(kind) for each in section.all_fields()} for kind in ("", *_KINDS)
}


def _split(path: Sequence[str]) -> tuple[str, Sequence[str]]:
    """(lines, branches, queues or nothing; the path inside)."""
    if path[0] in _KINDS and len(path) > 2:
        return path[0], path[2:]
    return "", path


def _order(path: Sequence[str]) -> tuple[int, str, int, str]:
    kind, inside = _split(path)
    found, _day = field_at(path)
    places = list(_FIELDS[kind])
    place = places.index(found.path) if found else len(places)
    return ("", *_KINDS).index(kind), path[1] if kind else "", place, ".".join(inside)


def _whole(body: Body) -> Any:
    """The plan with its defaults; one that is wrong as it stands."""
    try:
        return msgspec.to_builtins(read_plan(body))
    except InvalidInput:
        return body


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _leaves(item, (*path, str(name)))
    elif value not in (None, "", [], ()):
        yield path, list(value) if isinstance(value, tuple) else value


def _spoken(path: Sequence[str], value: Any, names: Names) -> str:
    if value is None:
        return "—"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        rows = {key: label for section in sections_of("") for key, label in section.rows}
        return ", ".join(_(rows[str(item)]) if str(item) in rows else str(item) for item in value)
    found, _day = field_at(path)
    kind, text = (found.kind if found else Kind.TEXT), str(value)
    if kind in {Kind.TARGET, Kind.MEETING}:
        text = names.place(text)
    elif kind is Kind.NUMBER and found is not None and found.unit:
        text = f"{text} {_(found.unit)}"
    elif kind is Kind.BRANCH:
        text = names.called("branches", text)
    return _(_VALUES[text]) if text in _VALUES else text


def _number(text: str) -> str:
    number = parse(text)
    return text if isinstance(number, NamedKind) else format_number(number)

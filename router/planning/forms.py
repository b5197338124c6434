"""Between a plan's body and the fields of a form. No I/O here.

A body is the plan as JSON holds it; a field at its default is left out of it. What a form does not know stays as it is.
"""

import copy
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from multidict import MultiMapping

from router.plan import Plan
from router.planning.fields import Field, Kind, Section
from trunkline.calls.phone import NamedKind, parse
from trunkline.errors import Mistake
from trunkline.web.i18n import gettext as _

Body = dict[str, Any]
Path = tuple[str, ...]

OTHER = "other"
_DEFAULTS: Body = msgspec.to_builtins(Plan())
_HOUR = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*[-–—]\s*(\d{1,2})(?:[:.](\d{2}))?").fullmatch
_EXTENSIONS = re.compile(r"[0-9]{2,8}(?:[-, ]+[0-9]{2,8})*").fullmatch


Sent = MultiMapping[Any]
"""What a form sent."""


def value_at(body: Mapping[str, Any], path: Path) -> Any:
    """What stands at `path`; None where nothing does."""
    found: Any = body
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def shown(body: Body, prefix: Path, field: Field) -> Any:
    """The value a form shows; what the plan leaves out for all calls shows its default."""
    path = (*prefix, *field.path.split("."))
    value = value_at(body, path)
    if value is None and not prefix:
        value = value_at(_DEFAULTS, path)
    if field.kind is Kind.HOURS:
        return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value or ""
    if field.kind is Kind.MEMBER:
        return value or []
    if field.kind is Kind.DAYS:
        return sorted(value.items()) if isinstance(value, Mapping) else []
    return "" if value is None else value


def written(body: Body, prefix: Path, sections: Sequence[Section], sent: Sent) -> tuple[Body, list[Mistake]]:
    """The body with what the form says, and what in the form cannot be read at all.

    What cannot be read stands in the body as it was typed, so that the form can show it again.
    """
    changed = copy.deepcopy(body)
    mistakes: list[Mistake] = []
    for name in {field.path: field for section in sections for field in section.all_fields()}.values():
        path = (*prefix, *name.path.split("."))
        _put(changed, path, _read(name, path, sent, mistakes), keep=len(prefix))
    return changed, mistakes


def typed_target(text: str) -> str:
    """A target as people type it: a phone number, extensions, or spelled as it is stored."""
    text = text.strip()
    if _EXTENSIONS(text):
        parts = re.split(r"[-, ]+", text)
        return f"extension:{parts[0]}" if len(parts) == 1 else f"targets:{'-'.join(parts)}"
    if ":" not in text and not isinstance(number := parse(text), NamedKind):
        return f"number:{number}"
    return text


def typed_hours(text: str) -> list[str]:
    """Hours as people type them: `9-18`, `9:00–13:00, 14-18`; what is no interval stays as it is."""
    return [_interval(part.strip()) for part in re.split(r"[,;]", text) if part.strip()]


def _interval(text: str) -> str:
    match = _HOUR(text)
    if match is None:
        return text
    first, minutes, last, last_minutes = match.groups()
    return f"{first:0>2}:{minutes or '00'}-{last:0>2}:{last_minutes or '00'}"


def _read(field: Field, path: Path, sent: Sent, mistakes: list[Mistake]) -> Any:
    return _READERS.get(field.kind, _read_text)(field.path, path, sent, mistakes)


def _read_text(name: str, _path: Path, sent: Sent, _mistakes: list[Mistake]) -> str:
    return _line(sent.get(name, ""))


def _read_target(name: str, _path: Path, sent: Sent, _mistakes: list[Mistake]) -> str:
    value = _line(sent.get(name, ""))
    return typed_target(_line(sent.get(f"{name}.{OTHER}", ""))) if value == OTHER else value


def _read_yes(name: str, _path: Path, sent: Sent, _mistakes: list[Mistake]) -> bool:
    return name in sent


def _read_members(name: str, _path: Path, sent: Sent, _mistakes: list[Mistake]) -> list[str]:
    return [str(value) for value in sent.getall(name, ())]


def _read_hours(name: str, _path: Path, sent: Sent, _mistakes: list[Mistake]) -> list[str]:
    return typed_hours(_line(sent.get(name, "")))


def _read_number(name: str, path: Path, sent: Sent, mistakes: list[Mistake]) -> int | str | None:
    return _number(_line(sent.get(name, "")), path, mistakes)


def _read_days(name: str, path: Path, sent: Sent, mistakes: list[Mistake]) -> dict[str, str]:
    return _days(sent.getall(f"{name}.date", ()), sent.getall(f"{name}.kind", ()), path, mistakes)


_READERS: Mapping[Kind, Callable[[str, Path, Sent, list[Mistake]], Any]] = {
    Kind.TARGET: _read_target,
    Kind.MEETING: _read_target,
    Kind.NUMBER: _read_number,
    Kind.YES: _read_yes,
    Kind.MEMBER: _read_members,
    Kind.HOURS: _read_hours,
    Kind.DAYS: _read_days,
}


def _line(value: Any) -> str:
    return " ".join(str(value).replace("\0", "").split())[:400] if isinstance(value, str) else ""


def _number(text: str, path: Path, mistakes: list[Mistake]) -> int | str | None:
    plain = text.replace(" ", "")
    if not plain:
        return None
    if plain.removeprefix("-").isascii() and plain.removeprefix("-").isdigit() and len(plain) <= 15:
        return int(plain)
    mistakes.append(Mistake(".".join(path), _("must be a whole number")))
    return text


def _days(dates: Sequence[str], kinds: Sequence[str], path: Path, mistakes: list[Mistake]) -> dict[str, str]:
    found: dict[str, str] = {}
    for date, kind in zip(dates, kinds, strict=False):
        if not (day := _line(date)):
            continue
        if day in found:
            mistakes.append(Mistake(".".join((*path, day)), _("%(day)s is there twice") % {"day": day}))
        found[day] = _line(kind)
    return found


def _put(body: Body, path: Path, value: Any, *, keep: int) -> None:
    """Set `path`; nothing is written as nothing, and tables that became empty go, but for the first `keep`."""
    places: list[Body] = [body]
    for name in path[:-1]:
        below = places[-1].get(name)
        if not isinstance(below, dict):
            below = places[-1][name] = {}
        places.append(below)
    if value is None or value in ("", [], {}):
        places[-1].pop(path[-1], None)
    else:
        places[-1][path[-1]] = value
    for depth in range(len(places) - 1, keep, -1):
        if not places[depth]:
            places[depth - 1].pop(path[depth - 1], None)


def paths_of(mistakes: Sequence[Mistake], prefix: Path) -> Iterator[tuple[str, Mistake]]:
    """(name of the field in the form of `prefix`, mistake); an empty name where the mistake is not on that form."""
    start = ".".join(prefix) + "." if prefix else ""
    for mistake in mistakes:
        inside = mistake.path.startswith(start) and (prefix or not mistake.path.startswith(_ELSEWHERE))
        name = re.sub(r"\[\d+\]$", "", mistake.path[len(start) :]) if inside else ""
        yield ("days" if name.startswith("days.") else name), mistake


_ELSEWHERE = ("branches.", "queues.", "lines.")

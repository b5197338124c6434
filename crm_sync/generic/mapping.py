"""The mapping of a home-made CRM: a TOML file that says what is posted under which names, and what is read of it.

It holds field names, constants, tables of values and formats; there is nothing in it that could be run. Everything that
is wrong with a file is told at once, each with its line. No I/O here.
"""

import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import resources
from typing import Any, Final

import msgspec

from crm_sync.generic.fields import EVENTS, FIELDS, Of
from crm_sync.generic.mistakes import SCALARS, Mistakes, Scalar
from crm_sync.generic.reading import Entity, read_entities
from trunkline.errors import InvalidInput, Mistake
from trunkline.foreigntoml import toml_of
from trunkline.web.i18n import gettext as _

LARGEST: Final = 64 << 10
"""Characters of a file."""
_MOST_FIELDS: Final = 200
_LONGEST_TARGET: Final = 100
_BODIES: Final = ("json", "form")
_PHONES: Final = ("e164", "digits", "national")
_SAYS: Final = frozenset({"from", "constant", "table", "otherwise", "format"})


class Rule(msgspec.Struct, frozen=True):
    """One value that is posted: `target` is where it stands, a name, or names from the outside in.

    `field` is ours, empty for a `constant`. `table` gives other values for some of its values, `otherwise` one for all
    the rest; `format` is how a moment or a number of a telephone is written.
    """

    target: tuple[str, ...]
    field: str = ""
    constant: Scalar = ""
    table: Mapping[str, Scalar] = {}
    otherwise: Scalar | None = None
    format: str = ""


class Shape(msgspec.Struct, frozen=True):
    """A mapping that was read: `body` is `json` or `form`."""

    events: tuple[str, ...]
    body: str
    rules: tuple[Rule, ...]
    entities: Mapping[str, Entity] = {}


def example(name: str) -> str:
    """A mapping that comes with Trunkline: `default` or `netcat`."""
    return resources.files("crm_sync.generic").joinpath(f"{name}.toml").read_text(encoding="utf-8")


def is_empty(text: str) -> bool:
    """Whether it is as good as no file."""
    return not text.strip(" \t\r\n")


@lru_cache(maxsize=64)
def read_mapping(text: str) -> Shape:
    """The file; an empty one is the default. Raises InvalidInput whose mistakes are named `line 7`."""
    if is_empty(text):
        text = example("default")
    if len(text) > LARGEST:
        raise InvalidInput(
            Mistake("line 1", _("the file is too long: %(most)s characters at most") % {"most": LARGEST})
        )
    try:
        told = toml_of(text)
    except ValueError as error:
        raise InvalidInput(_broken(str(error), text)) from error
    mistakes = Mistakes(text)
    mistakes.unknown((), told, ("out", "in"))
    events, body, rules = _out(told.get("out", {}), mistakes)
    entities = read_entities(told.get("in", {}), mistakes)
    if mistakes.found:
        raise InvalidInput(*mistakes.found)
    return Shape(events, body, rules, entities)


def _broken(said: str, text: str) -> Mistake:
    """As the parser puts it: `Cannot overwrite a value (at line 3, column 9)`, or `(at end of document)`."""
    words, _bracket, place = said.rpartition(" (at ")
    line = place.partition(",")[0] if place.startswith("line ") else f"line {max(1, len(text.splitlines()))}"
    return Mistake(line, words or said)


def _out(told: Any, mistakes: Mistakes) -> tuple[tuple[str, ...], str, tuple[Rule, ...]]:
    told = mistakes.table(("out",), told)
    mistakes.unknown(("out",), told, ("events", "body", "fields"))
    events = told.get("events", list(EVENTS))
    if not isinstance(events, list) or not all(one in EVENTS for one in events):
        mistakes.note(("out", "events"), _("must be a list of some of %(names)s") % {"names": ", ".join(EVENTS)})
        events = []
    body = told.get("body", "json")
    if body not in _BODIES:
        mistakes.note(("out", "body"), _("must be one of %(names)s") % {"names": ", ".join(_BODIES)})
    fields = told.get("fields")
    if fields is None:
        fields = tomllib.loads(example("default"))["out"]["fields"]
    rules = _rules(mistakes.table(("out", "fields"), fields), nests=body == "json", mistakes=mistakes)
    return tuple(one for one in EVENTS if one in events), str(body), rules


def _rules(told: Mapping[str, Any], *, nests: bool, mistakes: Mistakes) -> tuple[Rule, ...]:
    """Of `[out.fields]`; names of a form are not taken apart."""
    rules: dict[tuple[str, ...], Rule] = {}
    for path, said in _leaves(("out", "fields"), told):
        target = tuple(".".join(path[2:]).split(".")) if nests else (".".join(path[2:]),)
        if not all(target) or len(".".join(target)) > _LONGEST_TARGET or not ".".join(target).isprintable():
            mistakes.note(path, _("is no name of a field: 1 to %(most)s characters") % {"most": _LONGEST_TARGET})
        elif any(_clash(target, other) for other in rules):
            mistakes.note(path, _("this name is filled twice"))
        elif rule := _rule(target, path, said, mistakes):
            rules[target] = rule
    if len(rules) > _MOST_FIELDS:
        mistakes.note(("out", "fields"), _("has more than %(most)s fields") % {"most": _MOST_FIELDS})
    return tuple(rules.values())


def _clash(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether both cannot stand in one object: the same place, or one within the other."""
    least = min(len(one), len(other))
    return one[:least] == other[:least]


def _leaves(path: tuple[str, ...], told: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Tables within tables are names within names, until one says what it is filled with."""
    for name, said in told.items():
        if isinstance(said, dict) and said and not said.keys() & _SAYS:
            yield from _leaves((*path, name), said)
        else:
            yield (*path, name), said


def _rule(target: tuple[str, ...], path: tuple[str, ...], said: Any, mistakes: Mistakes) -> Rule | None:
    before = len(mistakes.found)
    said = {"from": said} if isinstance(said, str) else said
    if not isinstance(said, dict) or ("from" in said) == ("constant" in said):
        mistakes.note(path, _("must be a field in quotes, or a table with either from or constant"))
        return None
    mistakes.unknown(path, said, tuple(sorted(_SAYS)))
    if "constant" in said:
        if not isinstance(said["constant"], SCALARS):
            mistakes.note((*path, "constant"), _("must be text, a number, true or false"))
        if len(said) > 1:
            mistakes.note(path, _("a constant stands alone"))
        return None if len(mistakes.found) > before else Rule(target, constant=said["constant"])
    field = said["from"]
    if not isinstance(field, str) or field not in FIELDS:
        mistakes.note(
            (*path, "from"),
            _("%(field)s is no field; there are %(names)s") % {"field": repr(field)[:60], "names": ", ".join(FIELDS)},
        )
        return None
    table = _table(path, said, FIELDS[field], mistakes)
    written = _format(path, said.get("format", ""), FIELDS[field], mistakes)
    return None if len(mistakes.found) > before else Rule(target, field, "", table, said.get("otherwise"), written)


def _table(path: tuple[str, ...], said: Mapping[str, Any], kind: Of, mistakes: Mistakes) -> Mapping[str, Scalar]:
    table = said.get("table", {})
    if not isinstance(table, dict) or not all(isinstance(one, SCALARS) for one in table.values()):
        mistakes.note((*path, "table"), _("must be a table of values, as { answered = 1, missed = 0 }"))
        return {}
    if table and kind not in {Of.WORDS, Of.PHONE}:
        mistakes.note((*path, "table"), _("a %(kind)s has no table of values") % {"kind": kind})
    if "otherwise" in said and (not table or not isinstance(said["otherwise"], SCALARS)):
        mistakes.note((*path, "otherwise"), _("is text or a number, for what a table does not name"))
    return table


def _format(path: tuple[str, ...], told: Any, kind: Of, mistakes: Mistakes) -> str:
    """`iso`, `unix`, or `%d.%m.%Y`; `e164`, `digits` or `national`."""
    written = mistakes.words((*path, "format"), told, 60)
    if not written:
        return ""
    if kind is Of.MOMENT and (written in {"iso", "unix"} or "%" in written):
        return written
    if kind is Of.PHONE and written in _PHONES:
        return written
    words = {
        Of.MOMENT: _("a moment is written as iso, unix or a pattern such as %d.%m.%Y %H:%M"),
        Of.PHONE: _("a number is written as %(names)s") % {"names": ", ".join(_PHONES)},
    }
    mistakes.note((*path, "format"), words.get(kind, _("a %(kind)s has no format") % {"kind": kind}))
    return ""

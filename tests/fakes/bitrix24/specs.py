"""The vendor's method specifications, and what a request has against them. No I/O but reading the folder.

`$TRUNKLINE_TEST_DATA/bitrix24/METHOD.json`: `params` (`name`, `base` type, `required`, `ref` to fields of `defs`),
`requiredConvention` (whether the page told which are required), `scope`. What the folder lacks or says in another table
of the same page is in `supplement`.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fakes.bitrix24.supplement import EITHER, EXTRA, METHODS, RETYPED, WITHIN
from tests.fakes.bitrix24.wire import listed, moment, number

_EVERYWHERE = {"auth": "string", "auth_connector": "string"}
_TRUTH = {"Y", "N", "1", "0", "true", "false"}


@dataclass(frozen=True)
class Violation:
    """What a request has against the specification; `what` is unknown-method, missing, unknown or ill-typed."""

    method: str
    what: str
    name: str = ""
    value: object = None


@dataclass(frozen=True)
class Field:
    """A parameter, or a field within one. A name that ends in `...` stands for all that begin so."""

    name: str
    base: str
    required: bool = False
    ref: str = ""


@dataclass(frozen=True)
class Spec:
    """One method's."""

    method: str
    scope: str
    fields: tuple[Field, ...]
    within: dict[str, tuple[Field, ...]]
    either: tuple[str, ...] = ()
    """One of these is required."""

    @property
    def is_exact(self) -> bool:
        """Whether names are told apart by case: controllers (`entityTypeId`) do, older methods do not."""
        return any(re.search(r"[a-z][A-Z]", field.name) for field in self.fields)

    def spelled(self, params: dict[str, Any]) -> dict[str, Any]:
        """Parameters under the vendor's names; where case does not tell, by any case."""
        if self.is_exact:
            return dict(params)
        exact = {field.name for field in self.fields}
        by_any = {field.name.upper(): field.name for field in self.fields}
        return {name if name in exact else by_any.get(name.upper(), name): value for name, value in params.items()}


class Specs:
    """All of them; a method is known by any case."""

    def __init__(self, specs: list[Spec]) -> None:
        self._specs = {spec.method.lower(): spec for spec in specs}

    @classmethod
    def load(cls, folder: Path) -> "Specs":
        """Of the vendor's files. Raises OSError, ValueError."""
        files = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
        if not files:
            raise FileNotFoundError(f"{folder} has no specifications; TRUNKLINE_TEST_DATA names its parent")
        ours = [Spec(name, scope, _of_table(table), {}) for name, (scope, table) in METHODS.items()]
        return cls([*ours, *(_of_file(one) for one in files)])

    def find(self, method: str) -> Spec | None:
        """None for a method the portal has not."""
        return self._specs.get(method.lower())

    @property
    def names(self) -> list[str]:
        """Of all methods, as the vendor writes them."""
        return sorted(spec.method for spec in self._specs.values())

    @property
    def scopes(self) -> list[str]:
        """All that a method of ours asks for."""
        return sorted({spec.scope for spec in self._specs.values()} - {""})

    def check(self, method: str, params: dict[str, Any]) -> list[Violation]:
        """What `params` have against the specification of `method`."""
        spec = self.find(method)
        if spec is None:
            return [Violation(method, "unknown-method")]
        own = {name: value for name, value in params.items() if name not in _EVERYWHERE}
        found = _against(spec, spec.fields, own, is_exact=spec.is_exact)
        names = {name.upper() for name in own}
        if spec.either and not names & set(spec.either):
            found.append(Violation(spec.method, "missing", " or ".join(spec.either)))
        if (spec.method, params.get("event_type")) == ("event.bind", "offline"):  # offline-events.md: no handler then
            found = [one for one in found if (one.what, one.name) != ("missing", "handler")]
        return found


def _of_table(table: dict[str, str]) -> tuple[Field, ...]:
    return tuple(Field(name.rstrip("*"), base, name.endswith("*")) for name, base in table.items())


def _of_file(said: dict[str, Any]) -> Spec:
    method, params = said["method"], said["params"]
    if any(one["type"] == "time" for one in params):  # a page without parameters: its table of results was read
        params = []
    optional = set() if said["requiredConvention"] else {one["name"] for one in params}
    either = EITHER.get(method, ())
    fields = [
        Field(
            one["name"],
            RETYPED.get((method, one["name"]), one["base"]),
            one["required"] is True and one["name"] not in {*optional, *either},
            one.get("ref", "").rpartition("/")[2],
        )
        for one in params
    ]
    within = {
        name: tuple(Field(one["name"], one["base"], one["required"] is True) for one in of["fields"])
        for name, of in said["defs"].items()
    }
    for name, known in within.items():
        others = _of_table(WITHIN.get((method, name), {}))
        within[name] = (*(one for one in known if one.name not in {other.name for other in others}), *others)
    fields += _of_table(EXTRA.get(method, {}))
    return Spec(method, said["scope"] or "", tuple(fields), within, either)


def _against(
    spec: Spec, fields: tuple[Field, ...], values: dict[str, Any], *, is_exact: bool, of: str = ""
) -> list[Violation]:
    found, left = [], dict(values) if is_exact else {name.upper(): value for name, value in values.items()}
    for field in fields:
        prefix = field.name.removesuffix("...")
        if prefix != field.name:
            left = {name: value for name, value in left.items() if not name.startswith(prefix)}
            continue
        key = field.name if is_exact else field.name.upper()
        name = f"{of}{field.name}"
        if key not in left:
            found += [Violation(spec.method, "missing", name)] if field.required else []
            continue
        value = left.pop(key)
        if not _suits(field.base, value):
            found.append(Violation(spec.method, "ill-typed", name, value))
        elif field.ref:
            found += _inside(spec, field, value, name)
    found += [
        Violation(spec.method, "unknown", f"{of}{name}", value)
        for name, value in left.items()
        if not (of and name.upper().startswith("UF"))
    ]
    return found


def _inside(spec: Spec, field: Field, value: object, name: str) -> list[Violation]:
    if spec.method.endswith(".update"):  # a change names only what it changes
        fields = tuple(Field(one.name, one.base) for one in spec.within[field.ref])
    else:
        fields = spec.within[field.ref]
    if field.base == "array" and isinstance(value, list):
        rows = [(f"{name}[{n}].", one) for n, one in enumerate(value)]
    else:
        rows = [(f"{name}.", value)]
    return [
        one
        for prefix, row in rows
        if isinstance(row, dict)
        for one in _against(spec, fields, row, is_exact=True, of=prefix)
    ]


def _suits(base: str, value: object) -> bool:
    tests = {
        "string": isinstance(value, str),
        "char": isinstance(value, str) and len(value) == 1,
        "integer": number(value) is not None,
        "number": not isinstance(value, bool) and re.fullmatch(r"-?\d+(\.\d+)?", str(value)) is not None,
        "boolean": isinstance(value, bool) or str(value) in _TRUTH,
        "array": isinstance(value, list | dict),
        "object": isinstance(value, dict) or (isinstance(value, list) and not listed(value)),
        "datetime": moment(value) is not None,
    }
    return tests.get(base, True)

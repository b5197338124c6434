"""Plain JSON values into dataclasses with every mistake told at once; msgspec alone stops at the first. No I/O here."""

import dataclasses
import types
from collections.abc import Mapping
from enum import Enum
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import msgspec

from trunkline.errors import Mistake
from trunkline.web.i18n import gettext as _

T = TypeVar("T")


def read_whole(value: object, kind: type[T], path: str, mistakes: list[Mistake]) -> T | None:
    """`value` as the dataclass `kind`; None when something in it is wrong, and `mistakes` then grew."""
    if not isinstance(value, dict):
        mistakes.append(Mistake(path or "$", _("must be a table of fields")))
        return None
    hints = get_type_hints(kind)
    fields = {field.name: field for field in dataclasses.fields(cast("Any", kind))}
    before = len(mistakes)
    there_are = ", ".join(fields)
    told = _("no such field; there are %(names)s") % {"names": there_are}
    mistakes += [Mistake(_joined(path, name), told) for name in value if name not in fields]
    given = {name: _read(value[name], hints[name], _joined(path, name), mistakes) for name in fields if name in value}
    for name, field in fields.items():
        if name not in value and field.default is field.default_factory is dataclasses.MISSING:
            mistakes.append(Mistake(_joined(path, name), _("is missing")))
    return kind(**given) if len(mistakes) == before else None


def _read(value: object, kind: Any, path: str, mistakes: list[Mistake]) -> Any:
    kind = _without_none(kind, value)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return read_whole(value, kind, path, mistakes)
    if get_origin(kind) is Mapping and isinstance(value, dict):
        key_kind, item_kind = get_args(kind)
        return {
            _convert(key, key_kind, _joined(path, key), mistakes): _read(item, item_kind, _joined(path, key), mistakes)
            for key, item in value.items()
        }
    return _convert(value, kind, path, mistakes)


def _convert(value: object, kind: Any, path: str, mistakes: list[Mistake]) -> Any:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        message, _at, inner = str(error).partition(" - at `$")
        if isinstance(kind, type) and issubclass(kind, Enum):
            message = _("must be one of %(names)s") % {"names": ", ".join(member.value for member in kind)}
        mistakes.append(Mistake(path + inner.rstrip("`"), message))
        return None


def _without_none(kind: Any, value: object) -> Any:
    if value is not None and get_origin(kind) in {Union, types.UnionType}:
        (kind,) = (member for member in get_args(kind) if member is not types.NoneType)
    return kind


def _joined(path: str, name: object) -> str:
    return f"{path}.{name}" if path else str(name)

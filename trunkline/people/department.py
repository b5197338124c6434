"""Departments as a tree of four levels at most (crm.md §1, company C), each with its head. No I/O here."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from trunkline.errors import InvalidInput, Mistake
from trunkline.web.i18n import gettext as _

LEVELS: Final = 4
_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True)
class Department:
    """`slug` is what plans, imports and programs call it."""

    name: str
    slug: str
    parent: UUID | None = None
    head: UUID | None = None

    def as_logged(self) -> dict[str, Any]:
        """For the audit log."""
        ids = {"parent": self.parent, "head": self.head}
        return {"name": self.name, "slug": self.slug} | {
            key: None if one is None else str(one) for key, one in ids.items()
        }


def read_department(form: Mapping[str, object], known: str = "") -> Department:
    """The one a form describes, with its `known` slug, which plans name; raises InvalidInput with every mistake."""
    name, slug, parent, head = (_clean(form.get(field)) for field in ("name", "slug", "parent", "head"))
    ids = {field: _uuid(text) for field, text in (("parent", parent), ("head", head))}
    slug = known or slug.lower()
    table = (
        ("name", 1 <= len(name) <= 200, _("is needed, at most 200 characters")),
        ("slug", bool(known or _SLUG.fullmatch(slug)), _("up to 40 Latin letters, digits, - and _, such as sales")),
        ("parent", bool(ids["parent"]) or not parent, _("choose one")),
        ("head", bool(ids["head"]) or not head, _("choose one")),
    )
    mistakes = [Mistake(field, message) for field, fits, message in table if not fits]
    if mistakes:
        raise InvalidInput(*mistakes)
    return Department(name, slug, ids["parent"], ids["head"])


def misplaced(identifier: UUID, parent: UUID | None, above: Mapping[UUID, UUID | None]) -> str:
    """Why a department may not stand below `parent`; empty where it may. `above`: what is above each now."""
    if parent is None:
        return ""
    if parent not in above:
        return _("there is no such department")
    line = list(_upwards(parent, above))
    if identifier in line:
        return _("it stands above that one itself: choose another, or move that one first")
    if len(line) + _height(identifier, above) > LEVELS:
        return _("there would be more than %(levels)s levels: the company, and three below it") % {"levels": LEVELS}
    return ""


def in_order(above: Mapping[UUID, UUID | None]) -> list[tuple[UUID, int]]:
    """Each with its level from 0, those below one behind it, in the order they are given in."""
    below: dict[UUID | None, list[UUID]] = {}
    for one, parent in above.items():
        below.setdefault(parent, []).append(one)

    def walk(parent: UUID | None, level: int) -> Iterator[tuple[UUID, int]]:
        for one in below.get(parent, ()):
            yield one, level
            yield from walk(one, level + 1)

    return list(walk(None, 0))


def _upwards(one: UUID | None, above: Mapping[UUID, UUID | None]) -> Iterator[UUID]:
    while one is not None:
        yield one
        one = above.get(one)


def _height(identifier: UUID, above: Mapping[UUID, UUID | None]) -> int:
    """How many levels it is with those below it."""
    lines: Sequence[list[UUID]] = [list(_upwards(one, above)) for one in above]
    return max((line.index(identifier) + 1 for line in lines if identifier in line), default=1)


def _clean(value: object) -> str:
    return " ".join(value.replace("\0", "").split()) if isinstance(value, str) else ""


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None

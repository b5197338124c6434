"""Who asks, and whether he may. No I/O here."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from trunkline.people.roles import Right, Role


class Via(StrEnum):
    """What the person showed."""

    SESSION = "session"
    TOKEN = "token"  # noqa: S105 - a name


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose objects a person sees: `None` is all of them, an empty set none but the person's own."""

    departments: frozenset[UUID] | None
    lines: frozenset[UUID] | None


EVERYTHING = Scope(departments=None, lines=None)


@dataclass(frozen=True, slots=True)
class Belonging:
    """Where an object belongs: the departments that handled it, its line, the people who took part in it."""

    departments: frozenset[UUID] = frozenset()
    line: UUID | None = None
    people: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Reach:
    """A scope as arguments of a statement; null means all. The condition that goes with them:

    ``(person = any(people) or (($departments::uuid[] is null or departments && $departments)
    and ($lines::uuid[] is null or line = any($lines))))``
    """

    person: UUID
    departments: list[UUID] | None
    lines: list[UUID] | None


@dataclass(frozen=True, slots=True)
class Identity:
    """A person who has shown a live session or token, with today's rights."""

    person: UUID
    name: str
    login: str
    role: Role
    rights: frozenset[Right]
    scope: Scope
    via: Via
    credential: str  # the session's or token's public id
    credential_hash: bytes = b""  # the session's key; empty for a token
    department: UUID | None = None
    extension: str | None = None

    def holds(self, right: Right) -> bool:
        """Whether this right is held for at least some objects."""
        return right in self.rights

    def reach(self) -> Reach:
        """The scope in the shape statements take."""
        return Reach(self.person, _listed(self.scope.departments), _listed(self.scope.lines))


def may(identity: Identity | None, right: Right, of: Belonging | None = None) -> bool:
    """Whether `identity` may do `right`, to the object that belongs to `of` where one is named.

    What a person took part in is his own and inside every scope; an object of no department or no line is inside only
    the scopes that are not limited by it.
    """
    if identity is None or right not in identity.rights:
        return False
    if of is None or identity.person in of.people:
        return True
    scope = identity.scope
    in_departments = scope.departments is None or not scope.departments.isdisjoint(of.departments)
    in_lines = scope.lines is None or of.line in scope.lines
    return in_departments and in_lines


def _listed(ids: frozenset[UUID] | None) -> list[UUID] | None:
    return None if ids is None else sorted(ids)

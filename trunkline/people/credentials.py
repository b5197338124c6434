"""From a row with a live credential to who it is. No I/O here."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from trunkline.db.types import Row
from trunkline.people.identity import Identity, Scope, Via
from trunkline.people.roles import Right, Role, rights_of, token_rights

_RIGHTS = {right.value: right for right in Right}


def session_identity(row: Row) -> Identity:
    """The person of a session with all his rights."""
    return _identity(row, Via.SESSION, str(row["id"]), row["secret_hash"], held(row))


def token_identity(row: Row, token_id: str) -> Identity:
    """The person of a token with the rights both have."""
    rights = token_rights(held(row), known_rights(row["rights"]))
    return _identity(row, Via.TOKEN, token_id, b"", rights)


def person_identity(row: Row) -> Identity:
    """The person of a row of person_identities with all his rights: for what is made for him while he is away."""
    return _identity(row, Via.SESSION, "", b"", held(row))


def held(row: Row) -> frozenset[Right]:
    """The rights of a row of person_identities."""
    return rights_of(Role(row["role"]), known_rights(row["grants"]))


def known_rights(names: Iterable[str]) -> frozenset[Right]:
    """Rights by their stored names; one that this version does not know is none."""
    return frozenset(_RIGHTS[name] for name in names if name in _RIGHTS)


def _identity(row: Row, via: Via, credential: str, secret_hash: bytes, rights: frozenset[Right]) -> Identity:
    return Identity(
        person=row["person_id"],
        name=row["name"],
        login=row["login"] or "",
        role=Role(row["role"]),
        rights=rights,
        scope=Scope(_ids(row["departments"]), _ids(row["lines"])),
        via=via,
        credential=credential,
        credential_hash=secret_hash,
        department=row["department_id"],
        extension=row["extension"],
    )


def _ids(values: Any) -> frozenset[UUID] | None:
    return None if values is None else frozenset(values)

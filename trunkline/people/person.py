"""A person as the form of `/settings/people` sends him, checked. No I/O here but the reader's language."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

from multidict import MultiMapping

from trunkline.calls.names import NameStyle
from trunkline.errors import InvalidInput, Mistake
from trunkline.pbx.seats import WorksOn
from trunkline.people.roles import GRANTABLE, Right, Role
from trunkline.people.signin import LOGIN
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark


@dataclass(frozen=True, slots=True)
class Person:
    """What an administrator decides about somebody; without a `login` he cannot sign in, and `role` is None."""

    name: str
    login: str | None = None
    role: Role | None = None
    extension: str | None = None
    mobile: str | None = None
    email: str | None = None
    department_id: UUID | None = None
    grants: frozenset[Right] = frozenset()
    every_department: bool = False
    departments: frozenset[UUID] = frozenset()
    departments_below: bool = False
    """Those below his departments are in his scope too."""
    every_line: bool = True
    lines: frozenset[UUID] = frozenset()
    mobile_when_away: bool = False
    """Ring the mobile when the extension cannot ring."""
    works_on: WorksOn = WorksOn.DESK
    caller_names: NameStyle | None = None
    """How his telephone takes a caller's name; None: as the PBX is set."""

    def access(self) -> tuple[object, ...]:
        """Everything that decides what he may do: when it changes, his sessions end."""
        return (
            self.login,
            self.role,
            self.grants,
            self.every_department,
            self.departments,
            self.departments_below,
            self.every_line,
            self.lines,
        )

    def as_logged(self) -> dict[str, Any]:
        """For the audit log."""
        return {
            "name": self.name,
            "login": self.login,
            "role": self.role,
            "extension": self.extension,
            "mobile": self.mobile,
            "mobile_when_away": self.mobile_when_away,
            "works_on": self.works_on,
            "caller_names": self.caller_names,
            "email": self.email,
            "department": _text(self.department_id),
            "grants": sorted(self.grants),
            "departments": "all" if self.every_department else sorted(map(str, self.departments)),
            "departments_below": self.departments_below,
            "lines": "all" if self.every_line else sorted(map(str, self.lines)),
        }


#: An urlencoded form: what `request.post()` gives.
Form: TypeAlias = MultiMapping[Any]

_FIELDS: Mapping[str, tuple[Callable[[str], object], str]] = {
    "name": (lambda text: 1 <= len(text) <= 200, mark("is needed, at most 200 characters")),
    "login": (
        lambda text: not text or LOGIN.fullmatch(text),
        mark("2 to 64 Latin letters, digits and . _ @ -, a letter or digit first"),
    ),
    "extension": (lambda text: re.fullmatch(r"([0-9]{2,8})?", text), mark("2 to 8 digits")),
    "mobile": (
        lambda text: re.fullmatch(r"(\+[0-9]{5,15})?", text),
        mark("with country code, digits only: +79161234567"),
    ),
    "email": (
        lambda text: re.fullmatch(r"([^@\s]{1,64}@[^@\s]{1,190})?", text),
        mark("an address such as ivanov@example.com"),
    ),
    "role": (lambda text: not text or text in set(Role), mark("one of the roles")),
    "works_on": (lambda text: not text or text in set(WorksOn), mark("one of the three")),
    "caller_names": (
        lambda text: not text or text in set(NameStyle),
        mark("utf-8, latin, off, or nothing: as the PBX is set"),
    ),
}


def read_person(form: Form) -> Person:
    """The person a form describes; raises InvalidInput with every mistake."""
    texts = {name: _clean(form.get(name)) for name in _FIELDS}
    texts["login"] = texts["login"].lower()
    texts["mobile"] = re.sub(r"[\s()-]", "", texts["mobile"])
    mistakes = [Mistake(name, _(message)) for name, (fits, message) in _FIELDS.items() if not fits(texts[name])]
    if texts["login"] and not texts["role"]:
        mistakes.append(Mistake("role", _("is needed for somebody who signs in")))
    mistakes += _mistakes_of_mobile(texts)
    if mistakes:
        raise InvalidInput(*mistakes)
    return Person(
        name=texts["name"],
        login=texts["login"] or None,
        role=Role(texts["role"]) if texts["login"] else None,
        extension=texts["extension"] or None,
        mobile=texts["mobile"] or None,
        email=texts["email"] or None,
        department_id=next(iter(_ids(form, "department")), None),
        grants=frozenset(right for right in GRANTABLE if right.value in form.getall("grants", [])),
        every_department=form.get("every_department") == "yes",
        departments=_ids(form, "departments"),
        departments_below=form.get("departments_below") == "yes",
        every_line=form.get("every_line") == "yes",
        lines=_ids(form, "lines"),
        mobile_when_away=form.get("mobile_when_away") == "yes",
        works_on=WorksOn(texts["works_on"] or WorksOn.DESK),
        caller_names=NameStyle(texts["caller_names"]) if texts["caller_names"] else None,
    )


def _mistakes_of_mobile(texts: Mapping[str, str]) -> list[Mistake]:
    """A mobile employee is known by his extension, and one who is called over a trunk has a number there."""
    mistakes = []
    if texts["works_on"] in {WorksOn.FMC, WorksOn.FORWARDED} and not texts["extension"]:
        mistakes.append(Mistake("extension", _("is needed for somebody who works on a mobile: calls name him by it")))
    if texts["works_on"] == WorksOn.FORWARDED and not texts["mobile"]:
        mistakes.append(Mistake("mobile", _("is needed: calls are forwarded to it")))
    return mistakes


def as_sent(form: Form) -> dict[str, Any]:
    """What the form held, right or wrong, to be shown again beside its mistakes."""
    return {name: _clean(form.get(name)) for name in _FIELDS} | {
        "department_id": next(iter(_ids(form, "department")), None),
        "grants": set(form.getall("grants", [])),
        "every_department": form.get("every_department") == "yes",
        "departments": _ids(form, "departments"),
        "departments_below": form.get("departments_below") == "yes",
        "every_line": form.get("every_line") == "yes",
        "lines": _ids(form, "lines"),
        "mobile_when_away": form.get("mobile_when_away") == "yes",
    }


def _clean(value: object) -> str:
    return value.replace("\0", "").strip() if isinstance(value, str) else ""


def _ids(form: Form, name: str) -> frozenset[UUID]:
    found = set()
    for text in form.getall(name, []):
        try:
            found.add(UUID(str(text)))
        except ValueError:
            continue
    return frozenset(found)


def _text(identifier: UUID | None) -> str | None:
    return None if identifier is None else str(identifier)

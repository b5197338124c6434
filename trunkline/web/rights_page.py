"""docs/rights.md out of the tables: `python -m trunkline.web.rights_page > docs/rights.md`. No I/O here."""

import sys
from collections.abc import Iterator
from uuid import UUID

from trunkline.card.blocks import NEEDS
from trunkline.people.identity import EVERYTHING, Identity, Via
from trunkline.people.roles import GRANTABLE, ROLE_RIGHTS, SESSION_ONLY, Right, Role
from trunkline.web.rights import ROUTES, Entrance, entrance

_NOBODY = "nobody"
_SHOWN = {Entrance.ENTER: "enters", Entrance.SIGN_IN: "signs in", Entrance.FORBIDDEN: "—"}

_HEAD = """\
# Rights

Written from the tables of `trunkline/people/roles.py` and `trunkline/web/rights.py` by
`python -m trunkline.web.rights_page > docs/rights.md`; a test holds it to them, and another walks every route as every
role. A route without a row stops the application at its start.

## Roles

`by name` marks rights that no role but the administrator's brings: they are given to a person one by one.
A token holds what it was made for, never more than its owner has on the day it is used, and never the rights marked
`session only`.

"""

_SCOPE = """
## Scopes

A right says what; a scope says whose. A person sees the objects of his departments **and** his lines; `all` is no
limit. What he took part in himself is always inside. An agent with no department sees his own calls only.

## Routes

`enters` — let in; `signs in` — a page sends to `/login`, a program gets 401; `—` — 403. What a route shows inside is
limited by the scope. Where a route needs two rights, one alone does not let in.

"""

_CARD = """\

## What a card shows

The card needs `card.use`; each of its parts the right of the page on which the same is read. A part whose right is
missing is absent, which is no error: this matters to tokens of narrow scopes, for the roles that see cards hold these
rights, money excepted.

| part | right |
|---|---|
| who he is: names, company, class, responsible | contacts.read |
"""

_ENTRANCES = """\

## Entrances that are not a right

| entrance | who |
|---|---|
| open | anyone; nothing is looked up |
| form | anyone, but a POST must come from our own page |
| signed-in | any person with a session; no token |
| local | this machine without a proxy between, or `operations.read` |
| own-guard | the part checks for itself: a PBX's token or address, a hook's or a link's secret |
"""


def visitors() -> dict[str, Identity | None]:
    """Nobody, and one person of each role with a session."""
    people: dict[str, Identity | None] = {_NOBODY: None}
    for role in Role:
        people[role.value] = Identity(
            UUID(int=0), role.value, role.value, role, ROLE_RIGHTS[role], EVERYTHING, Via.SESSION, ""
        )
    return people


def rights_page() -> str:
    """The whole page."""
    return (
        _HEAD
        + "\n".join(_roles())
        + "\n"
        + _SCOPE
        + "\n".join(_routes())
        + "\n"
        + _CARD
        + "\n".join(_blocks())
        + "\n"
        + _ENTRANCES
    )


def _roles() -> Iterator[str]:
    yield "| right | " + " | ".join(Role) + " | |"
    yield "|---|" + "---|" * (len(Role) + 1)
    for right in Right:
        held = ("yes" if right in ROLE_RIGHTS[role] else "" for role in Role)
        remark = "by name" if right in GRANTABLE else "session only" if right in SESSION_ONLY else ""
        yield f"| {right.value} | " + " | ".join(held) + f" | {remark} |"


def _routes() -> Iterator[str]:
    people = visitors()
    yield "| method | path | needs | " + " | ".join(people) + " |"
    yield "|---|---|---|" + "---|" * len(people)
    for row in sorted(ROUTES, key=lambda row: (row.path, row.method)):
        verdicts = (_SHOWN[entrance(row.needs, person, local=False, also=row.also)] for person in people.values())
        needs = f"{row.needs.value}, {row.also.value}" if row.also else row.needs.value
        yield f"| {row.method} | {row.path} | {needs} | " + " | ".join(verdicts) + " |"


def _blocks() -> Iterator[str]:
    for block, right in sorted(NEEDS.items()):
        yield f"| {block.value} | {right.value} |"
    yield f"| the flag of a debt, sums of deals | {Right.MONEY_READ.value} |"


if __name__ == "__main__":
    sys.stdout.write(rights_page())

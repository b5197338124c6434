"""An account's webhooks: forms that nothing signs, and addresses that are switched off when they fail (crm.md §3.4).

Fields of a subscription and the form: the vendor's pages `webhooks-api` and `webhooks-format`. After how many failures
one is switched off no page says: here after three.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

import aiohttp

_FAILURES: Final = 3
_MOST: Final = 100


@dataclass
class Hooks:
    """`rows` by destination; `failed` how often in a row each was not answered with 2xx."""

    now: Callable[[], float]
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)
    ids: Iterator[int] = field(default_factory=lambda: count(839_656))

    def subscribe(self, said: dict[str, Any], user: int) -> dict[str, Any]:
        """Again it changes the settings; that it switches one on again no page says, and here it does not."""
        destination = said["destination"]
        assert len(self.rows) < _MOST
        if not str(destination).startswith(("http://", "https://")):
            raise ValueError(destination)
        made = {"id": next(self.ids), "created_by": user, "created_at": int(self.now()), "disabled": False}
        row = self.rows.setdefault(destination, made | {"destination": destination})
        row |= {"settings": list(said["settings"]), "sort": said.get("sort", 0), "updated_at": int(self.now())}
        return row

    def unsubscribe(self, said: dict[str, Any]) -> None:
        """By its address."""
        self.rows.pop(said["destination"], None)

    async def tell(self, kind: str, action: str, *rows: dict[str, Any]) -> list[int]:
        """Post what happened to all who asked for it; the answers."""
        name = f"{action}_{ {'contacts': 'contact', 'companies': 'company', 'leads': 'lead'}[kind] }"
        told = []
        for destination, hook in list(self.rows.items()):
            if hook["disabled"] or name not in hook["settings"]:
                continue
            status = await _post(destination, form_of(kind, action, rows))
            self.failed[destination] = 0 if 200 <= status < 300 else self.failed.get(destination, 0) + 1
            hook["disabled"] = self.failed[destination] >= _FAILURES
            told.append(status)
        return told


def form_of(kind: str, action: str, rows: tuple[dict[str, Any], ...]) -> list[tuple[str, str]]:
    """All values strings; a company is a contact whose type is company."""
    named = "contacts" if kind == "companies" else kind
    form = []
    for place, row in enumerate(rows):
        said = {"id": row["id"], "name": row.get("name", ""), "last_modified": row.get("updated_at", 0)}
        if named == "contacts":
            said["type"] = "company" if kind == "companies" else "contact"
        form += [(f"{named}[{action}][{place}][{field}]", str(value)) for field, value in said.items()]
        fields = row.get("custom_fields_values") or ()
        form += [
            (f"{named}[{action}][{place}][custom_fields][{number}][values][{one}][value]", str(value["value"]))
            for number, told in enumerate(fields)
            for one, value in enumerate(told["values"])
        ]
    return [*form, ("account[subdomain]", "test"), ("account[id]", "7"), ("account[_links][self]", "https://test")]


async def _post(destination: str, form: list[tuple[str, str]]) -> int:
    try:
        async with aiohttp.ClientSession() as session, session.post(destination, data=form) as answer:
            return answer.status
    except aiohttp.ClientError:
        return 0

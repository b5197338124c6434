"""What the forms of accounts have in common: fields as they were sent, an address of an API, a token told to nobody."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

from aiohttp import web

from crm_sync.answer import Refused
from crm_sync.connector import origin_of
from trunkline.errors import InvalidInput, Mistake
from trunkline.web.i18n import gettext as _

LONGEST_FIELD: Final = 300
HERE: Final = ("127.0.0.1", "localhost")
"""Hosts that are asked without TLS: what goes to them leaves no machine."""


async def sent_by(
    request: web.Request, names: Iterable[str], prefix: str = "", longest: int = LONGEST_FIELD
) -> dict[str, str]:
    """What the form held by `prefix` and name, cut to what a field may hold; a field that is missing is empty."""
    form = await request.post()
    return {name: str(form.get(f"{prefix}{name}", "")).replace("\0", "").strip()[:longest] for name in names}


def api_of(text: str, mistakes: list[Mistake]) -> str:
    """Where an API is, of however `api_url` was pasted; empty for what no token may be sent to, added to `mistakes`."""
    origin = origin_of(text)
    if not origin or (urlsplit(origin).scheme != "https" and urlsplit(origin).hostname not in HERE):
        mistakes.append(Mistake("api_url", _("must be an address that begins with https://")))
        return ""
    return origin


def check_plain(token: str, mistakes: list[Mistake]) -> None:
    """A token goes into a header: what may not stand there is added to `mistakes`."""
    if any(not 32 < ord(sign) < 127 for sign in token):
        mistakes.append(Mistake("token", _("must be plain letters and digits")))


@contextmanager
def refused_at(field: str, token: str) -> Iterator[None]:
    """A refusal becomes InvalidInput at the field, in the other side's own words but for the token."""
    try:
        yield
    except Refused as refused:
        raise InvalidInput(Mistake(field, str(refused).replace(token, "…"))) from None


def shown(labels: Mapping[str, str], values: Mapping[str, Any], mistakes: Mapping[str, str]) -> dict[str, Any]:
    """The template's part: `labels` are msgids by field; `told` is each mistake under its field's label."""
    return {
        "status": 422 if mistakes else 200,
        "labels": {name: _(label) for name, label in labels.items()},
        "values": values,
        "mistakes": {name: mistakes.get(name, "") for name in labels},
        "told": [(name, f"{_(labels[name])}: {said}") for name, said in mistakes.items()],
    }

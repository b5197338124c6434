"""`/card/open?number=`: where softphones send the browser when it rings, in whatever spelling each has for a number."""

from typing import Final

from aiohttp import web
from yarl import URL

from trunkline.calls.names import cut, plain
from trunkline.calls.phone import NamedKind, Number, parse, short_digits
from trunkline.keys import directory_key
from trunkline.web.i18n import gettext as _
from trunkline.web.render import page

_LONGEST_SHOWN: Final = 60


def routes() -> list[web.RouteDef]:
    """The route of this module."""
    return [web.get("/card/open", open_card)]


async def open_card(request: web.Request) -> web.StreamResponse:
    """`GET ?number=`: to the card of the number; a page that says what came instead where it is none."""
    sent = request.query.get("number", "")
    number = number_of(sent)
    if not isinstance(number, NamedKind):
        raise web.HTTPSeeOther(URL.build(path=f"/card/number/{number}"))
    shown = cut(plain(sent), _LONGEST_SHOWN)
    title, advice = _said(request, number, sent, shown)
    status = 400 if number is NamedKind.INVALID else 200
    return page(request, "phonebook/open.html", status=status, title=title, advice=advice, shown=shown)


def number_of(sent: str) -> Number | NamedKind:
    """The number a softphone put into the address: `8…`, `7…`, `+7…`, `sip:…@host`, `"Name" <sip:…>`.

    Most paste it as it is, and in a query a bare `+` is a space.
    """
    return parse(f"+{sent[1:]}" if sent[:1] == " " and sent[1:2].isdigit() else sent)


def _said(request: web.Request, kind: NamedKind, sent: str, shown: str) -> tuple[str, str]:
    """What came, and what to do now."""
    if not sent.strip():
        return _("No number was sent"), _("The caller hides it, or the softphone put nothing in place of {number}.")
    if kind is NamedKind.ANONYMOUS:
        return _("The caller hides his number"), _("There is no card without a number. The call itself is listed.")
    if kind in {NamedKind.SHORT, NamedKind.INTERNAL}:
        digits = short_digits(sent)
        agents = request.app[directory_key].head.agents.values()
        name = next((agent.name for agent in agents if agent.extension == digits), "")
        title = _("A colleague calls: %(name)s") % {"name": name} if name else _("An internal number")
        return title, _("%(number)s is a number of your own PBX; cards are of outside callers.") % {"number": digits}
    advice = _("The softphone sent “%(sent)s”. In its settings the placeholder must stand in its own form.")
    return _("This is no telephone number"), advice % {"sent": shown}

"""`/setup`: from nothing to one's own calls: the AMI user, the check in words, called numbers as they appear."""

import re
from collections.abc import Mapping, Sequence

from aiohttp import web

from trunkline.calls.names import STYLE_NAMES, NameStyle
from trunkline.errors import InvalidInput, Mistake
from trunkline.keys import pool_key, secret_box_key
from trunkline.lines.traffic import unknown_numbers
from trunkline.pbx.asterisk.check import Finding, check, finding_of
from trunkline.pbx.asterisk.process import KIND, LINK, RowUnusable, reach
from trunkline.pbx.asterisk.tls import PORT, kept_trust
from trunkline.pbx.store import PbxRow, find_pbx, list_pbxs, save_link
from trunkline.people.audit import Deed, record
from trunkline.people.pages.request import actor_of, mistakes_of, now, transaction
from trunkline.people.roles import Right
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.render import page, redirect

_SETUP = "/setup"
_FIELDS = ("id", "title", "host", "port", "tls", "trust", "user", "secret", "cel", "caller_name")
_NAME = re.compile(r"[a-z0-9_-]{1,40}").fullmatch
_HOST = re.compile(r"[A-Za-z0-9.:_-]{1,253}").fullmatch
_IPV4 = re.compile(r"(\d{1,3}\.){3}\d{1,3}", re.ASCII).fullmatch
_USER = re.compile(r"[^\s\[\];,]{1,80}").fullmatch
_EMPTY = {
    "id": "office",
    "title": "",
    "host": "127.0.0.1",
    "port": str(PORT),
    "tls": "",
    "trust": "",
    "user": "trunkline",
    "secret": "",
    "cel": "",
    "caller_name": NameStyle.UTF8.value,
}
OBSERVER = """[general]
enabled = yes
bindaddr = %s
port = 5038
timestampevents = yes

[%s]
secret = …
deny = 0.0.0.0/0.0.0.0
permit = %s/255.255.255.255
read = system,call,agent,user
write = reporting,user
writetimeout = 5000
"""


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get(_SETUP, show_setup), web.post(_SETUP, save)]


async def show_setup(request: web.Request) -> web.Response:
    """`GET ?pbx=&check=`: the steps; `check` looks at a PBX now and says what it found."""
    findings: Sequence[Finding] = ()
    async with request.app[pool_key].acquire() as connection:
        row = await find_pbx(connection, request.query.get("pbx") or request.query.get("check", ""))
    if row is not None and "check" in request.query:
        findings = await _findings(request, row)
    return await _page(request, _values(row), findings=findings, checked=row if findings else None)


async def save(request: web.Request) -> web.StreamResponse:
    """Keep the PBX, its secret sealed, and look at it."""
    form = await request.post()
    sent = {name: str(form.get(name, "")).replace("\0", "").strip()[:300] for name in _FIELDS}
    try:
        async with transaction(request) as connection:
            known = await find_pbx(connection, sent["id"])
            sent["caller_name"] = sent["caller_name"] or _values(known)["caller_name"]
            link = _checked(sent, known)
            await save_link(
                connection,
                request.app[secret_box_key],
                known,
                pbx=sent["id"],
                name=sent["title"] or (known.name if known else sent["id"]),
                kind=KIND,
                link=link,
                secrets={"secret": sent["secret"]} if sent["secret"] else {},
            )
            shown = link | {"secret": sent["secret"] != ""}
            await record(connection, actor_of(request), Deed("pbx.saved", "pbx", sent["id"], after=shown), now())
    except InvalidInput as error:
        return await _page(request, sent, mistakes=mistakes_of(error))
    return redirect(request, f"{_SETUP}?check={sent['id']}", _("The PBX is kept."))


def _checked(sent: Mapping[str, str], known: PbxRow | None) -> dict[str, str | int | bool]:
    """What was written, as the row's settings keep it; raises InvalidInput with every mistake."""
    port = int(sent["port"]) if sent["port"].isascii() and sent["port"].isdigit() else 0
    trust = kept_trust(sent["trust"])
    looks = (
        ("id", _NAME(sent["id"]), _("must be 1 to 40 of a-z, 0-9, _ and -")),
        ("id", known is None or known.kind == KIND, _("is the name of a PBX of another kind")),
        ("host", _HOST(sent["host"]), _("must be a host name or an address, e.g. 192.168.1.10")),
        ("port", 1 <= port <= 65535, _("must be a number from 1 to 65535; the AMI's is 5038, with TLS 5039")),
        (
            "trust",
            trust is not None,
            _("must be the full path of a PEM file, or a SHA-256 fingerprint (64 hex digits)"),
        ),
        ("trust", sent["tls"] or not sent["trust"], _("must be empty without TLS")),
        ("user", _USER(sent["user"]), _("must be the name in brackets in manager.conf, e.g. trunkline")),
        ("secret", sent["secret"] or (known and known.secrets), _("must be the secret of that user in manager.conf")),
        ("cel", sent["cel"].isprintable(), _("must be a path")),
        ("caller_name", sent["caller_name"] in STYLE_NAMES, _("must be one of those offered")),
    )
    if mistakes := [Mistake(field, wrong) for field, right, wrong in looks if not right]:
        raise InvalidInput(*mistakes)
    link = (sent["host"], port, sent["user"], sent["cel"], bool(sent["tls"]), trust or "", sent["caller_name"])
    return dict(zip((*LINK, "caller_name"), link, strict=True))


def observer(user: str, permit: str) -> str:
    """What to write into manager.conf; an AMI that only this machine asks listens on loopback alone."""
    return OBSERVER % (permit if permit.startswith("127.") else "0.0.0.0", user, permit)  # noqa: S104  # behind `permit`


def _our_address(request: web.Request) -> str:
    """Where a PBX most likely sees us: the address in the browser's bar, else this very machine."""
    host = request.host.rsplit(":", 1)[0]
    return host if _IPV4(host) else "127.0.0.1"


async def _findings(request: web.Request, row: PbxRow) -> Sequence[Finding]:
    try:
        address, cel_file = reach(row, request.app[secret_box_key])
    except RowUnusable as error:
        return [finding_of(error.fault)]
    return await check(address, cel_file)


def _values(row: PbxRow | None) -> Mapping[str, str]:
    if row is None:
        return _EMPTY
    given = row.settings
    return _EMPTY | {
        "id": row.id,
        "title": row.name,
        "host": str(given.get("host", "")),
        "port": str(given.get("port", PORT)),
        "tls": "yes" if given.get("tls") else "",
        "trust": str(given.get("trust", "")),
        "user": str(given.get("username", "")),
        "cel": str(given.get("cel_file", "")),
        "caller_name": str(given.get("caller_name") or NameStyle.UTF8),
    }


async def _page(
    request: web.Request,
    values: Mapping[str, str],
    *,
    mistakes: Mapping[str, str] | None = None,
    findings: Sequence[Finding] = (),
    checked: PbxRow | None = None,
) -> web.Response:
    mistakes = mistakes or {}
    async with transaction(request) as connection:
        pbxs = await list_pbxs(connection, KIND)
        numbers = await unknown_numbers(connection, now())
        heard = await connection.fetchval("select exists (select from calls)")
    names = {
        "id": _("Short name"),
        "host": _("Host"),
        "port": _("Port"),
        "trust": _("Trusted certificate"),
        "user": _("AMI user"),
        "secret": _("AMI secret"),
        "cel": _("CEL file"),
        "caller_name": _("Callers' names on telephones"),
    }
    return page(
        request,
        "status/setup.html",
        status=422 if mistakes else 200,
        values=values,
        mistakes=mistakes,
        told=[(name, f"{names[name]}: {message}") for name, message in mistakes.items()],
        pbxs=pbxs,
        checked=checked,
        findings=findings,
        numbers=numbers,
        heard=heard,
        styles=[(style, _(word)) for style, word in STYLE_NAMES.items()],
        observer=observer(values["user"] or "trunkline", _our_address(request)),
        may_add=signed_in(request).holds(Right.LINES_EDIT) and signed_in(request).reach().lines is None,
    )

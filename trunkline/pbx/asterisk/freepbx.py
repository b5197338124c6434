"""The files a FreePBX needs from us: only its `*_custom` ones, which it never writes itself. No I/O but its templates.

Sources: the dialplan FreePBX's modules customappsreg (Custom Destinations with Return: Gosub, then Goto its
Destination), queues (`ext-queues`, VQ_MAXWAIT, VQ_DEST, `from-queue`) and core (`from-did-direct`) generate.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib import resources
from ipaddress import ip_address

from trunkline.errors import InvalidInput, Mistake

FILES = (
    "globals_custom.conf",
    "extensions_custom.conf",
    "manager_custom.conf",
    "queues_post_custom.conf",
    "cel_general_custom.conf",
    "cel_custom.conf",
)
SECRET_FILES = frozenset({"globals_custom.conf", "manager_custom.conf"})
CHANGE_ME_SECRET, CHANGE_ME_TOKEN = "CHANGE-ME-ami-secret", "CHANGE-ME-api-token"
_HIDDEN = frozenset({"secret", "token"})
_BEGIN, _END = "; BEGIN trunkline", "; END trunkline"
_BLOCK = re.compile(rf"^{_BEGIN}\b.*?^{_END}\b[^\n]*\n?", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Given:
    """What differs from one FreePBX to the next."""

    url: str = "http://127.0.0.1:8070"
    """Where Trunkline's question listener is, as the PBX reaches it."""
    token: str = ""
    fallback: str = ""
    """A FreePBX destination, `ext-queues,400,1`."""
    prefix: str = "8"
    user: str = "trunkline"
    secret: str = CHANGE_ME_SECRET
    permit: str = "127.0.0.1"
    """The address Trunkline comes from."""
    codes: str = "*811,*812,*813"
    """What agents dial: online, break, offline. FreePBX's own defaults leave these ten free; *45 and *46 are its queue
    log-in and pause, *7x its call waiting, forwarding and do-not-disturb."""


_RIGHT: Mapping[str, tuple[str, str]] = {
    "url": (r"https?://[A-Za-z0-9.:\[\]_-]+", "http://host:port without a path, e.g. http://10.0.0.7:8070"),
    "token": (r"[A-Za-z0-9_.~+/=-]*", "letters, digits and _.~+/=- only"),
    "fallback": (r"(|[A-Za-z0-9_-]+,[A-Za-z0-9_*#-]+,\d+)", "a destination such as ext-queues,400,1"),
    "prefix": (r"\+?\d{0,6}", "digits, e.g. 8"),
    "user": (r"[A-Za-z0-9_-]{1,40}", "letters, digits, _ and -"),
    "codes": (
        r"([*#]?\d{2,6}),(?!\1,)([*#]?\d{2,6}),(?!\1$|\2$)[*#]?\d{2,6}",
        "three different feature codes, e.g. *811,*812,*813",
    ),
    "secret": (r"[^\s;\[\]]{1,200}", "one word without ; [ and ]"),
}


def files_of(given: Given) -> dict[str, str]:
    """Each file's part by its name; raises InvalidInput with every mistake."""
    if mistakes := [*_mistakes(given)]:
        raise InvalidInput(*mistakes)
    host = ip_address(given.permit)
    values = {field.name: getattr(given, field.name) for field in fields(given)}
    values |= dict(zip(("online", "break", "offline"), given.codes.split(","), strict=True))
    values |= {"url": f"{given.url}/router/v1/asterisk", "permit": f"{host}/{host.max_prefixlen}"}
    folder = resources.files("trunkline.pbx.asterisk") / "templates/freepbx"
    return {name: _filled(folder.joinpath(name).read_text(encoding="utf-8"), values) for name in FILES}


def merged(existing: str, part: str) -> str:
    """`existing` with our part in place of the one before, or at its end; what others wrote stays as it is."""
    block = f"{_BEGIN} (trunkline pbx freepbx writes this part anew)\n{part.rstrip()}\n{_END}\n"
    if _BLOCK.search(existing):
        return _BLOCK.sub(lambda _: block, existing, count=1)
    gap = "" if not existing else "\n" if existing.endswith("\n") else "\n\n"
    return f"{existing}{gap}{block}"


def _mistakes(given: Given) -> list[Mistake]:
    wrong = [
        Mistake(name, f"must be {right}" + ("" if name in _HIDDEN else f"; it is {getattr(given, name)!r}"))
        for name, (pattern, right) in _RIGHT.items()
        if not re.fullmatch(pattern, getattr(given, name))
    ]
    try:
        ip_address(given.permit)
    except ValueError:
        wrong.append(Mistake("permit", f"must be Trunkline's address, e.g. 10.0.0.7; it is {given.permit!r}"))
    return wrong


def _filled(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"@{name.upper()}@", value)
    return text

"""`redis.url` where it names more than one server: `redis+sentinel://` and `redis+cluster://`. No I/O here.

The forms are those of the packages redis-sentinel-url and limits: places with commas between them, the service and the
number of its database as the path. `rediss+…` speaks TLS, to the Sentinels as well.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final
from urllib.parse import unquote

_FORM: Final = re.compile(
    r"(?P<tls>rediss?)\+(?P<kind>sentinel|cluster)://(?:(?P<login>[^/?#]*)@)?(?P<places>[^/?#@]*)"
    r"(?P<path>/[^?#]*)?(?:\?(?P<query>[^#]*))?"
)
_PLACE: Final = re.compile(r"(?:\[(?P<six>[0-9a-fA-F:.]+)\]|(?P<name>[\w.-]+))(?::(?P<port>\d{1,5}))?")
_TLS_WORDS: Final = frozenset({"ssl_ca_certs", "ssl_certfile", "ssl_keyfile"})
_SENTINEL_WORDS: Final = frozenset({"sentinel_username", "sentinel_password"})


class Kind(StrEnum):
    """What is asked first; the value is its part of the scheme."""

    SENTINEL = "sentinel"
    CLUSTER = "cluster"


_PORTS: Final = {Kind.SENTINEL: 26379, Kind.CLUSTER: 6379}


@dataclass(frozen=True, slots=True)
class Address:
    """Whom to ask where the servers are, and how to sign in there; `login` holds what redis-py calls these things."""

    kind: Kind
    places: tuple[tuple[str, int], ...]
    login: Mapping[str, Any] = field(repr=False)
    """For the servers themselves."""
    sentinel_login: Mapping[str, Any] = field(repr=False)
    service: str = ""
    database: int = 0
    tls: bool = False


def address_of(url: str) -> Address | None:
    """What `url` says, None where it is a plain URL of one server; raises ValueError, which says what would be right.

    No error repeats the URL: it may hold a password.
    """
    if not re.match(r"\w*\+", url):
        return None
    form = _FORM.fullmatch(url)
    if form is None:
        raise ValueError(
            "must be redis+sentinel://HOST:PORT,HOST:PORT/SERVICE or redis+cluster://HOST:PORT,HOST:PORT "
            "(rediss+… for TLS)"
        )
    if "@" in (form["login"] or "") + (form["path"] or "") or (form["login"] is None and "@" in (form["query"] or "")):
        raise ValueError("within a password, @ / ? and # must be written as %40 %2F %3F and %23")
    kind, tls = Kind(form["kind"]), form["tls"] == "rediss"
    words = _words(form["query"] or "", kind, tls)
    service, database = _service(form["path"] or "", kind)
    files = {word: value for word, value in words.items() if word in _TLS_WORDS}
    return Address(
        kind,
        tuple(_place(place, which, kind) for which, place in enumerate(form["places"].split(","), 1)),
        {**_login(form["login"] or ""), **files},
        {**{word.removeprefix("sentinel_"): words[word] for word in _SENTINEL_WORDS & words.keys()}, **files},
        service,
        database,
        tls,
    )


def _place(text: str, which: int, kind: Kind) -> tuple[str, int]:
    found = _PLACE.fullmatch(text)
    port = int(found["port"] or _PORTS[kind]) if found else 0
    if found is None or not 0 < port < 65536:
        raise ValueError(f"place {which} is no HOST:PORT; write them with commas between, e.g. a:{_PORTS[kind]},b")
    return found["six"] or found["name"], port


def _login(text: str) -> dict[str, str]:
    user, colon, password = text.partition(":")
    if text and not colon:
        raise ValueError("before the @ must stand :PASSWORD or USER:PASSWORD")
    told = {"username": unquote(user), "password": unquote(password)}
    return {name: value for name, value in told.items() if value}


def _service(path: str, kind: Kind) -> tuple[str, int]:
    """The service the Sentinels know the master by, and the number of the database there."""
    if kind is Kind.CLUSTER:
        if path not in {"", "/", "/0"}:
            raise ValueError("a cluster has the database 0 alone; nothing may follow its HOST:PORT")
        return "", 0
    found = re.fullmatch(r"/(?P<service>[\w.-]+)(?:/(?P<database>\d{1,4})?)?", path)
    if found is None:
        raise ValueError("must name the service the Sentinels watch, e.g. redis+sentinel://HOST:26379/mymaster")
    return found["service"], int(found["database"] or 0)


def _words(query: str, kind: Kind, tls: bool) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in query.split("&") if pair)
    words = {word: unquote(value) for word, _, value in pairs}  # a + is itself, as before the @
    known = (_TLS_WORDS if tls else frozenset[str]()) | (_SENTINEL_WORDS if kind is Kind.SENTINEL else frozenset())
    if strange := sorted(words.keys() - known):
        right = f"known are {', '.join(sorted(known))}" if known else "nothing may follow a ? here"
        raise ValueError(f"{', '.join(strange)} is not known behind the ?; {right}")
    return words

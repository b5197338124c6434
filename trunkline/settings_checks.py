"""What each setting must be, and what must hold between them; a mistake says what would be right.

No sentence repeats a URL: it may hold a password.
"""

import functools
import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from email.utils import parseaddr
from itertools import combinations
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs
from zoneinfo import available_timezones

from trunkline.bucket_rules import BUCKET_CHECKS, crosses_in_clear, mistakes_in_bucket
from trunkline.crypto import KEY_BYTES
from trunkline.errors import Mistake
from trunkline.geo.file import GeoUnusable, look_at
from trunkline.keep_rules import KEEP_RULE
from trunkline.text_rules import TEXT_RULE
from trunkline.valkey.address import address_of

_LISTENER: Final = re.compile(r"(?P<host>\[[0-9a-fA-F:.]+(?:%[\w.-]+)?\]|[^\s/@\[\]]+):(?P<port>\d{1,5})")
_PLACES: Final = re.compile(r"\w+://(?:[^/?#]*@)?(?P<places>[^/?#@]*)")
_PLACE: Final = re.compile(r"(?:\[[^\]]*\]|[^:\[\]]*)(?::(?P<port>\d{0,5}))?")
_WEB: Final = re.compile(r"https?://[^/?#@\s]+(?:/[^?#\s]*)?")
_SSL_MODES: Final = frozenset({"disable", "allow", "prefer", "require", "verify-ca", "verify-full"})
_PORTS: Final = (
    "its port must be a number from 1 to 65535 (within a password, @ / ? and # must be written as %40 %2F %3F and %23)"
)
_HERE: Final = {"localhost": ("127.0.0.1", "::1")}
_ANY: Final = {"0.0.0.0": 4, "::": 6}  # noqa: S104  (compared with, never listened on)

_zones = functools.cache(available_timezones)


def mistakes_in(values: Mapping[str, Mapping[str, Any]], *, look: bool) -> Iterator[Mistake]:
    """Every mistake in settings of the right types, by section and name; with `look` what is not on this machine."""
    for name, check, message in _CHECKS:
        if not _holds(check, _at(values, name)):
            yield Mistake(name, message)
    try:
        address_of(values["redis"]["url"])
    except ValueError as error:
        yield Mistake("redis.url", str(error))
    if values["database"]["reports_url"] and not values["database"]["url"]:
        yield Mistake("database.reports_url", "has no database.url beside it: our own PostgreSQL has no standby")
    yield from _shared(values["listen"])
    yield from mistakes_in_bucket(values["recordings"])
    folder = values["fallback"]["directory"]
    if look and folder.startswith("/") and not Path(folder).is_dir():
        yield Mistake("fallback.directory", f"there is no folder {folder}; make it, for the worker to write into")
    if look and values["geo"]["file"].startswith("/"):
        yield from _geo(Path(values["geo"]["file"]))


def notes_on(*, card_outside: bool, public_url: str, s3_endpoint: str = "") -> Iterator[Mistake]:
    """What is allowed and yet not as it should be: `trunkline check-config` tells it, and nothing is refused for it.

    `public_url` is where people come, with the listener's own address where none is set.
    """
    if card_outside and not public_url.startswith("https://"):
        yield Mistake(
            "web.card_outside",
            f"the login and the caller card go out at {public_url}, where anyone on the way reads passwords and calls; "
            "let a proxy speak TLS (docs/security.md) and set server.public_url to its https:// address",
        )
    if crosses_in_clear(s3_endpoint):
        told = f"recordings go to {s3_endpoint} unencrypted, where anyone on the way can listen; use https://"
        yield Mistake("recordings.s3_endpoint", told)


def _geo(path: Path) -> Iterator[Mistake]:
    try:
        look_at(path)
    except GeoUnusable as error:
        yield Mistake("geo.file", f"{error}; visitors' places are not told without it")


def has_right_ports(url: str) -> bool:
    """Whether each port that `url` names, behind its hosts or as `port=`, can be one."""
    found = _PLACES.match(url)
    places = [_PLACE.fullmatch(place) for place in found["places"].split(",")] if found else []
    ports = [place["port"] for place in places if place is not None]
    asked = [port for ports in _asked(url, "port") for port in ports.split(",")]
    return len(ports) == len(places) and all(0 < int(port) < 65536 for port in [*ports, *asked] if port)


def _asked(url: str, word: str) -> list[str]:
    return parse_qs(url.partition("?")[2]).get(word, [])


def _shared(listeners: Mapping[str, str]) -> Iterator[Mistake]:
    """A listener on an address and port that one before it takes already."""
    places = {name: _LISTENER.fullmatch(text) for name, text in listeners.items() if text}
    known = [(name, place) for name, place in places.items() if place is not None]
    for (first, one), (second, other) in combinations(known, 2):
        if int(one["port"]) == int(other["port"]) and _meet(one["host"], other["host"]):
            told = f"{listeners[second]} is taken by listen.{first} = {listeners[first]}; name another port here"
            yield Mistake(f"listen.{second}", told)


def _meet(one: str, other: str) -> bool:
    """Whether listening on both hosts takes one address twice; 0.0.0.0 is every address of IPv4, :: of IPv6."""
    ours, theirs = _addresses(one), _addresses(other)
    if ours & theirs:
        return True
    return any(
        wide in _ANY and _family(narrow) in {_ANY[wide], 0}
        for wide, narrow in [(a, b) for a in ours for b in theirs] + [(b, a) for a in ours for b in theirs]
    )


def _addresses(host: str) -> frozenset[str]:
    name = host.strip("[]").lower()
    try:
        return frozenset({str(ipaddress.ip_address(name))})
    except ValueError:
        return frozenset(_HERE.get(name, (name,)))


def _family(address: str) -> int:
    """4 or 6, and 0 of a name, which may be either."""
    try:
        return ipaddress.ip_address(address).version
    except ValueError:
        return 0


def _at(values: Mapping[str, Mapping[str, Any]], path: str) -> Any:
    section, name = path.split(".", 1)
    return values[section][name]


def _holds(check: Callable[[Any], object], value: Any) -> bool:
    try:
        return bool(check(value))
    except ValueError:
        return False


def _is_listener(text: str) -> bool:
    place = _LISTENER.fullmatch(text)
    return place is not None and 0 < int(place["port"]) < 65536


def _are_networks(items: list[str]) -> bool:
    return all(ipaddress.ip_network(item, strict=False) for item in items)


def _is_whole_path(text: str) -> bool:
    try:
        return not text or Path(text).expanduser().is_absolute()
    except RuntimeError:  # ~somebody who is not known here
        return False


def _is_host(text: str) -> object:
    return re.fullmatch(r"[\w.-]{1,253}", text) or ipaddress.ip_address(text)


def _has_address(text: str) -> object:
    return re.fullmatch(r"[^\s@]+@[^\s@]+", parseaddr(text)[1])


_CHECKS: tuple[tuple[str, Callable[[Any], object], str], ...] = (
    ("server.node", lambda v: re.fullmatch(r"[\w.-]{0,60}", v), "letters, digits, dots and dashes, at most 60"),
    ("server.data_dir", _is_whole_path, "must be a whole path, e.g. /var/lib/trunkline"),
    (
        "server.public_url",
        lambda v: not v or (_WEB.fullmatch(v) and has_right_ports(v)),
        "must be http:// or https:// and a host, without user:password, ? and #, e.g. https://calls.example.com",
    ),
    (
        "server.sites_url",
        lambda v: not v or (re.fullmatch(r"https?://[^/?#@\s]+/?", v) and has_right_ports(v)),
        "must be http:// or https:// and a host, e.g. https://calls.example.com",
    ),
    ("server.trusted_proxies", _are_networks, 'must be addresses or networks, e.g. ["10.0.0.2", "10.1.0.0/16"]'),
    ("server.stop_seconds", lambda v: 0 < v <= 60, "must be above 0 and at most 60"),
    ("listen.question", _is_listener, 'must be host:port with a port from 1 to 65535, e.g. "127.0.0.1:8070"'),
    (
        "listen.fastagi",
        lambda v: not v or _is_listener(v),
        'must be host:port with a port from 1 to 65535, e.g. "127.0.0.1:4573", or empty',
    ),
    ("listen.web", _is_listener, 'must be host:port with a port from 1 to 65535, e.g. "127.0.0.1:8080"'),
    ("listen.public", _is_listener, 'must be host:port with a port from 1 to 65535, e.g. "127.0.0.1:8081"'),
    *(
        (name, check, message)
        for name in ("database.url", "database.reports_url")
        for check, message in (
            (lambda v: not v or re.match(r"postgres(ql)?://", v), "must begin with postgresql://"),
            (lambda v: not v or has_right_ports(v), _PORTS),
            (
                lambda v: set(_asked(v, "sslmode")) <= _SSL_MODES,
                "its sslmode must be disable, allow, prefer, require, verify-ca or verify-full",
            ),
        )
    ),
    ("database.pool_size", lambda v: 2 <= v <= 200, "must be from 2 to 200"),
    (
        "redis.url",
        lambda v: not v or re.match(r"(rediss?|unix)://|\w*\+", v),
        "must begin with redis://, rediss://, unix://, redis+sentinel:// or redis+cluster://",
    ),
    ("redis.url", lambda v: not re.match("rediss?://", v) or has_right_ports(v), _PORTS),
    ("secrets.key", lambda v: not v or len(bytes.fromhex(v)) == KEY_BYTES, "must be 64 hex digits"),
    ("log.level", lambda v: v in {"debug", "info", "warning", "error"}, "must be debug, info, warning or error"),
    ("log.format", lambda v: v in {"text", "json"}, "must be text or json"),
    ("limits.spool_mb", lambda v: v >= 16, "must be at least 16"),
    ("limits.disk_free_mb", lambda v: v >= 1, "must be at least 1"),
    ("limits.body_kb", lambda v: 4 <= v <= 4096, "must be from 4 to 4096"),
    ("limits.upload_mb", lambda v: 1 <= v <= 4096, "must be from 1 to 4096"),
    ("mail.host", lambda v: not v or _is_host(v), "must be a host's name or address without a port, or empty"),
    ("mail.port", lambda v: 0 < v < 65536, "must be from 1 to 65535"),
    ("mail.sender", _has_address, "must be or hold an address, e.g. trunkline@example.com"),
    ("mail.security", lambda v: v in {"starttls", "tls", "none"}, "must be starttls, tls or none"),
    ("fallback.directory", lambda v: not v or v.startswith("/"), "must be a whole path, e.g. /etc/asterisk/trunkline"),
    ("recordings.directory", lambda v: not v or v.startswith("/"), "must be a whole path, e.g. /srv/recordings"),
    *BUCKET_CHECKS,
    ("recordings.models", lambda v: not v or v.startswith("/"), "must be a whole path, e.g. /srv/models"),
    (
        "recordings.text",
        lambda v: all(TEXT_RULE.fullmatch(rule) for rule in v),
        'must be rules such as ["in line=+74951234567 least=30", "out none", "all least=60 sample=20"]',
    ),
    (
        "recordings.keep",
        lambda v: all(KEEP_RULE.fullmatch(rule) for rule in v),
        'must be rules such as ["in line=+74951234567 days=365", "out forever", "all days=1095"]',
    ),
    ("recordings.text_model", lambda v: re.fullmatch(r"[a-z0-9._-]{0,80}", v), "must be a name of `trunkline models`"),
    ("recordings.files_at_once", lambda v: 1 <= v <= 256, "must be from 1 to 256"),
    ("recordings.upload_mb", lambda v: 1 <= v <= 4096, "must be from 1 to 4096"),
    ("recordings.text_at_once", lambda v: 1 <= v <= 64, "must be from 1 to 64"),
    ("geo.file", lambda v: not v or v.startswith("/"), "must be a whole path, e.g. /var/lib/GeoIP/GeoLite2-City.mmdb"),
    ("web.language", lambda v: v in {"ru", "en"}, "must be ru or en"),
    ("web.timezone", lambda v: v in _zones(), 'must be a zone such as "Europe/Moscow"'),
    ("web.session_hours", lambda v: 1 <= v <= 24 * 30, "must be from 1 to 720"),
    ("web.session_idle_minutes", lambda v: 5 <= v <= 24 * 60, "must be from 5 to 1440"),
    ("web.hosts", lambda v: all(re.fullmatch(r"[\w.-]{1,253}", h) for h in v), "must be host names without a port"),
    ("web.webhook_private_addresses", _are_networks, 'must be addresses or networks, e.g. ["10.1.2.3"]'),
    ("web.calendar_private_addresses", _are_networks, 'must be addresses or networks, e.g. ["10.1.2.3"]'),
    ("web.push_private_addresses", _are_networks, 'must be addresses or networks, e.g. ["10.1.2.3"]'),
    ("web.recording_private_addresses", _are_networks, 'must be addresses or networks, e.g. ["10.1.2.3"]'),
)

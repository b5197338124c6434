"""Settings: what starting needs. One TOML file, overridden by the environment; all mistakes are told at once."""

import functools
import ipaddress
import os
import re
import socket
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import available_timezones

import msgspec

from trunkline.crypto import KEY_BYTES, SecretBox, load_or_create_key
from trunkline.errors import Mistake, SettingsError
from trunkline.valkey.address import address_of

_ALIASES = {"TRUNKLINE_NODE": "server.node", "TRUNKLINE_DATA_DIR": "server.data_dir", "TRUNKLINE_KEY": "secrets.key"}
# Read by other parts of Trunkline, not settings.
_FOREIGN = ("TRUNKLINE_CONFIG", "TRUNKLINE_TEST_", "TRUNKLINE_E2E_", "TRUNKLINE_LANG")

_zones = functools.cache(available_timezones)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Server:
    node: str
    data_dir: str
    public_url: str
    sites_url: str
    trusted_proxies: tuple[str, ...]
    stop_seconds: float


@dataclass(frozen=True, slots=True)
class Listen:
    question: str
    fastagi: str
    web: str
    public: str


@dataclass(frozen=True, slots=True)
class Database:
    url: str
    pool_size: int


@dataclass(frozen=True, slots=True)
class RedisServer:
    url: str


@dataclass(frozen=True, slots=True)
class Secrets:
    key: str


@dataclass(frozen=True, slots=True)
class Log:
    level: str
    format: str
    mask_numbers: bool


@dataclass(frozen=True, slots=True)
class Limits:
    spool_mb: int
    disk_free_mb: int
    body_kb: int
    upload_mb: int


@dataclass(frozen=True, slots=True)
class Mail:
    host: str
    port: int
    user: str
    password: str
    sender: str
    security: str


@dataclass(frozen=True, slots=True)
class Web:
    language: str
    timezone: str
    session_hours: int
    session_idle_minutes: int
    hosts: tuple[str, ...]
    webhook_private_addresses: tuple[str, ...]
    calendar_private_addresses: tuple[str, ...]
    push_private_addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FallbackFiles:
    directory: str


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything starting needs, checked; the sections are those of trunkline/default.toml."""

    server: Server
    listen: Listen
    database: Database
    redis: RedisServer
    secrets: Secrets
    log: Log
    limits: Limits
    mail: Mail
    web: Web
    fallback: FallbackFiles

    @property
    def node(self) -> str:
        return self.server.node or socket.gethostname()

    @property
    def data_dir(self) -> Path:
        return Path(self.server.data_dir).expanduser() if self.server.data_dir else default_data_dir()

    @property
    def public_url(self) -> str:
        return (self.server.public_url or f"http://{self.listen.web}").rstrip("/")

    @property
    def sites_url(self) -> str:
        """Where websites load the script from."""
        return (self.server.sites_url or f"http://{self.listen.public}").rstrip("/")

    def secret_key(self) -> bytes:
        """The one key outside the database; made in the data directory at first use."""
        if self.secrets.key:
            return bytes.fromhex(self.secrets.key)
        return load_or_create_key(self.key_file)

    @property
    def key_file(self) -> Path:
        """Where the key is kept that no setting gives."""
        return self.data_dir / "secret.key"

    def secret_box(self) -> SecretBox:
        return SecretBox(self.secret_key())


def default_data_dir() -> Path:
    """`/var/lib/trunkline` for root, else the user's own data folder."""
    if os.geteuid() == 0:
        return Path("/var/lib/trunkline")
    return Path("~/.local/share/trunkline").expanduser()


def host_and_port(listener: str) -> tuple[str, int]:
    """`"127.0.0.1:8070"` or `"[::1]:8070"` → host and port."""
    host, _, port = listener.rpartition(":")
    return host.strip("[]"), int(port)


def load(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Defaults, then the file, then the environment; raises SettingsError with every mistake found."""
    mistakes: list[Mistake] = []
    values = tomllib.loads(resources.files("trunkline").joinpath("default.toml").read_text(encoding="utf-8"))
    if path is not None:
        _overlay(values, _read(path, mistakes), mistakes)
    _overlay_environment(values, environ, mistakes)
    mistakes += [Mistake(name, message) for name, check, message in _CHECKS if not _holds(check, _at(values, name))]
    try:
        address_of(values["redis"]["url"])
    except ValueError as error:
        mistakes.append(Mistake("redis.url", str(error)))
    if mistakes:
        raise SettingsError(mistakes)
    return msgspec.convert(values, Settings)


def _read(path: Path, mistakes: list[Mistake]) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        mistakes.append(Mistake(str(path), f"cannot be read: {error.strerror}"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        mistakes.append(Mistake(str(path), f"is not TOML: {error}"))
    return {}


def _overlay(values: dict[str, Any], given: dict[str, Any], mistakes: list[Mistake]) -> None:
    for section, entries in given.items():
        if section not in values or not isinstance(entries, dict):
            mistakes.append(Mistake(section, f"no such section; there are {', '.join(values)}"))
            continue
        for name, value in entries.items():
            _set(values, f"{section}.{name}", value, mistakes)


def _set(values: dict[str, Any], path: str, value: Any, mistakes: list[Mistake]) -> None:
    section, name = path.split(".", 1)
    known = values[section]
    if name not in known:
        mistakes.append(Mistake(path, f"no such setting; [{section}] has {', '.join(known)}"))
        return
    default = known[name]
    if isinstance(default, float) and type(value) is int:
        value = float(value)
    if type(value) is not type(default) or (isinstance(value, list) and any(type(item) is not str for item in value)):
        mistakes.append(Mistake(path, f"must be {_KINDS[type(default)]}, e.g. {default!r}; it is {value!r}"))
        return
    known[name] = value


def _overlay_environment(values: dict[str, Any], environ: Mapping[str, str], mistakes: list[Mistake]) -> None:
    for variable, text in sorted(environ.items()):
        if not variable.startswith("TRUNKLINE_") or variable.startswith(_FOREIGN):
            continue
        section, _, name = variable.removeprefix("TRUNKLINE_").lower().partition("_")
        path = _ALIASES.get(variable, f"{section}.{name}")
        section, _, name = path.partition(".")
        if name not in values.get(section, {}):
            mistakes.append(Mistake(variable, "no such setting; the name is TRUNKLINE_<SECTION>_<SETTING>"))
            continue
        try:
            _set(values, path, _PARSERS[type(values[section][name])](text), mistakes)
        except ValueError:
            mistakes.append(Mistake(variable, f"must be {_KINDS[type(values[section][name])]}; it is {text!r}"))


def _boolean(text: str) -> bool:
    if text.lower() in {"1", "true", "yes", "on"}:
        return True
    if text.lower() in {"0", "false", "no", "off"}:
        return False
    raise ValueError(text)


_KINDS: dict[type, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list of texts",
}
_PARSERS: dict[type, Callable[[str], Any]] = {
    str: str,
    int: int,
    float: float,
    bool: _boolean,
    list: lambda text: [item.strip() for item in text.split(",") if item.strip()],
}


def _at(values: dict[str, Any], path: str) -> Any:
    section, name = path.split(".", 1)
    return values[section][name]


def _holds(check: Callable[[Any], object], value: Any) -> bool:
    try:
        return bool(check(value))
    except ValueError:
        return False


def _is_listener(text: str) -> bool:
    host, port = host_and_port(text)
    return bool(host) and 0 <= port < 65536


def _are_networks(items: list[str]) -> bool:
    return all(ipaddress.ip_network(item, strict=False) for item in items)


_CHECKS: tuple[tuple[str, Callable[[Any], object], str], ...] = (
    ("server.node", lambda v: re.fullmatch(r"[\w.-]{0,60}", v), "letters, digits, dots and dashes, at most 60"),
    ("server.public_url", lambda v: not v or re.match(r"https?://[^/\s]+", v), "must begin with http:// or https://"),
    (
        "server.sites_url",
        lambda v: not v or re.fullmatch(r"https?://[^/?#\s]+/?", v),
        "must be http:// or https:// and a host, e.g. https://calls.example.com",
    ),
    ("server.trusted_proxies", _are_networks, 'must be addresses or networks, e.g. ["10.0.0.2", "10.1.0.0/16"]'),
    ("server.stop_seconds", lambda v: 0 < v <= 60, "must be above 0 and at most 60"),
    ("listen.question", _is_listener, 'must be host:port, e.g. "127.0.0.1:8070"'),
    ("listen.fastagi", lambda v: not v or _is_listener(v), 'must be host:port, e.g. "127.0.0.1:4573", or empty'),
    ("listen.web", _is_listener, 'must be host:port, e.g. "127.0.0.1:8080"'),
    ("listen.public", _is_listener, 'must be host:port, e.g. "127.0.0.1:8081"'),
    ("database.url", lambda v: not v or re.match(r"postgres(ql)?://", v), "must begin with postgresql://"),
    ("database.pool_size", lambda v: 2 <= v <= 200, "must be from 2 to 200"),
    (
        "redis.url",
        lambda v: not v or re.match(r"(rediss?|unix)://|\w*\+", v),
        "must begin with redis://, rediss://, unix://, redis+sentinel:// or redis+cluster://",
    ),
    ("secrets.key", lambda v: not v or len(bytes.fromhex(v)) == KEY_BYTES, "must be 64 hex digits"),
    ("log.level", lambda v: v in {"debug", "info", "warning", "error"}, "must be debug, info, warning or error"),
    ("log.format", lambda v: v in {"text", "json"}, "must be text or json"),
    ("limits.spool_mb", lambda v: v >= 16, "must be at least 16"),
    ("limits.disk_free_mb", lambda v: v >= 1, "must be at least 1"),
    ("limits.body_kb", lambda v: 4 <= v <= 4096, "must be from 4 to 4096"),
    ("limits.upload_mb", lambda v: 1 <= v <= 4096, "must be from 1 to 4096"),
    ("mail.port", lambda v: 0 < v < 65536, "must be from 1 to 65535"),
    ("mail.security", lambda v: v in {"starttls", "tls", "none"}, "must be starttls, tls or none"),
    ("fallback.directory", lambda v: not v or v.startswith("/"), "must be a whole path, e.g. /etc/asterisk/trunkline"),
    ("web.language", lambda v: v in {"ru", "en"}, "must be ru or en"),
    ("web.timezone", lambda v: v in _zones(), 'must be a zone such as "Europe/Moscow"'),
    ("web.session_hours", lambda v: 1 <= v <= 24 * 30, "must be from 1 to 720"),
    ("web.session_idle_minutes", lambda v: 5 <= v <= 24 * 60, "must be from 5 to 1440"),
    ("web.hosts", lambda v: all(re.fullmatch(r"[\w.-]{1,253}", h) for h in v), "must be host names without a port"),
    ("web.webhook_private_addresses", _are_networks, 'must be addresses or networks, e.g. ["10.1.2.3"]'),
    ("web.calendar_private_addresses", _are_networks, 'must be addresses or networks, e.g. ["10.1.2.3"]'),
    ("web.push_private_addresses", _are_networks, 'must be addresses or networks, e.g. ["10.1.2.3"]'),
)

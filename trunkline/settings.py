"""Settings: what starting needs. One TOML file, overridden by the environment; all mistakes are told at once."""

import os
import socket
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from trunkline.crypto import SecretBox, load_or_create_key
from trunkline.errors import Mistake, SettingsError
from trunkline.settings_checks import mistakes_in

ALIASES = {"TRUNKLINE_NODE": "server.node", "TRUNKLINE_DATA_DIR": "server.data_dir", "TRUNKLINE_KEY": "secrets.key"}
# Read by other parts of Trunkline, not settings.
_FOREIGN = ("TRUNKLINE_CONFIG", "TRUNKLINE_TEST_", "TRUNKLINE_E2E_", "TRUNKLINE_LANG")
_SECRET = frozenset({"secrets.key", "mail.password", "recordings.s3_secret"})
"""What no message and no `repr` repeats."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Server:
    """This node, and where it is reached from."""

    node: str
    data_dir: str
    public_url: str
    sites_url: str
    trusted_proxies: tuple[str, ...]
    stop_seconds: float


@dataclass(frozen=True, slots=True)
class Listen:
    """Addresses the processes listen at, each `host:port`."""

    question: str
    fastagi: str
    web: str
    public: str


@dataclass(frozen=True, slots=True)
class Database:
    """PostgreSQL; an empty `url` is the embedded one."""

    url: str
    reports_url: str
    pool_size: int


@dataclass(frozen=True, slots=True)
class RedisServer:
    """Valkey; an empty `url` is the embedded one."""

    url: str


@dataclass(frozen=True, slots=True)
class Secrets:
    """The key that seals what is kept; empty: made at the first start, in the data directory."""

    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Log:
    """What is written of each process, and how."""

    level: str
    format: str
    mask_numbers: bool


@dataclass(frozen=True, slots=True)
class Limits:
    """What is taken from outside at most, and what of the disk is left free."""

    spool_mb: int
    disk_free_mb: int
    body_kb: int
    upload_mb: int


@dataclass(frozen=True, slots=True)
class Mail:
    """The company's mail server; no `host`: nothing is sent by mail."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    sender: str
    security: str


@dataclass(frozen=True, slots=True)
class Web:
    """Pages and sessions, and which private addresses may be asked."""

    language: str
    timezone: str
    session_hours: int
    session_idle_minutes: int
    hosts: tuple[str, ...]
    card_outside: bool
    webhook_private_addresses: tuple[str, ...]
    calendar_private_addresses: tuple[str, ...]
    push_private_addresses: tuple[str, ...]
    recording_private_addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FallbackFiles:
    """Where the worker keeps what the PBX falls back to; empty: nowhere."""

    directory: str


@dataclass(frozen=True, slots=True)
class Recordings:
    """Where files and models lie, how long they are kept, and what becomes text."""

    directory: str
    s3_bucket: str
    s3_endpoint: str
    s3_region: str
    s3_prefix: str
    s3_path_style: bool
    s3_key_id: str
    s3_secret: str = field(repr=False)
    models: str
    keep: tuple[str, ...]
    files_at_once: int
    upload_mb: int
    text: tuple[str, ...]
    text_model: str
    text_at_once: int
    redact: bool


@dataclass(frozen=True, slots=True)
class Geo:
    """The file of places by address; empty: none is known."""

    file: str


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
    recordings: Recordings
    geo: Geo

    @property
    def node(self) -> str:
        """This machine's name among the nodes."""
        return self.server.node or socket.gethostname()

    @property
    def data_dir(self) -> Path:
        """Where everything Trunkline keeps lies."""
        return Path(self.server.data_dir).expanduser() if self.server.data_dir else default_data_dir()

    @property
    def recordings_dir(self) -> Path:
        """Where recordings are kept, if not in a bucket."""
        return Path(self.recordings.directory) if self.recordings.directory else self.data_dir / "recordings"

    @property
    def recordings_place(self) -> str:
        """Where recordings are kept, as it is told."""
        if not self.recordings.s3_bucket:
            return str(self.recordings_dir)
        inside = f"/{self.recordings.s3_prefix}" if self.recordings.s3_prefix else ""
        at = self.recordings.s3_endpoint or f"Amazon S3 in {self.recordings.s3_region}"
        return f"the bucket {self.recordings.s3_bucket}{inside} at {at}"

    @property
    def models_dir(self) -> Path:
        """Where speech models are installed."""
        return Path(self.recordings.models) if self.recordings.models else self.data_dir / "models"

    @property
    def public_url(self) -> str:
        """Where people's browsers find us, without a slash at its end."""
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
        """What seals and opens secrets with the installation's key."""
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


def load(path: Path | None, environ: Mapping[str, str], *, look: bool = False) -> Settings:
    """Defaults, then the file, then the environment; raises SettingsError with every mistake found.

    With `look` this machine is looked at too: whether what the settings name is there.
    """
    mistakes: list[Mistake] = []
    values = tomllib.loads(resources.files("trunkline").joinpath("default.toml").read_text(encoding="utf-8"))
    if path is not None:
        _overlay(values, _read(path, mistakes), mistakes)
    _overlay_environment(values, environ, mistakes)
    mistakes += mistakes_in(values, look=look)
    if mistakes:
        raise SettingsError(mistakes)
    return msgspec.convert(values, Settings)


def _read(path: Path, mistakes: list[Mistake]) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))  # editors of Windows begin it with a mark
    except OSError as error:
        mistakes.append(Mistake(str(path), f"cannot be read: {error.strerror}"))
    except UnicodeDecodeError:
        mistakes.append(Mistake(str(path), "is no text in UTF-8: save it as UTF-8"))
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits is no TOMLDecodeError
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
        told = "" if path in _SECRET else f"; it is {value!r}"
        mistakes.append(Mistake(path, f"must be {_KINDS[type(default)]}, e.g. {default!r}{told}"))
        return
    known[name] = value


def _overlay_environment(values: dict[str, Any], environ: Mapping[str, str], mistakes: list[Mistake]) -> None:
    for variable, text in sorted(environ.items()):
        if not variable.startswith("TRUNKLINE_") or variable.startswith(_FOREIGN):
            continue
        section, _, name = variable.removeprefix("TRUNKLINE_").lower().partition("_")
        path = ALIASES.get(variable, f"{section}.{name}")
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

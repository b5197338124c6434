"""One visit to a mailbox by IMAP4rev1 (RFC 3501): only looked at, nothing is marked or removed there.

The library blocks, so that each question is asked in a thread; whatever the server says or leaves unsaid, a visit ends
in bounded time and memory.
"""

import asyncio
import imaplib
import ipaddress
import re
import socket
import ssl
from base64 import b64encode
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import msgspec

from trunkline.errors import TrunklineError
from trunkline.mailboxes.letter import MOST_BYTES
from trunkline.mailboxes.problem import Problem
from trunkline.webhooks.address import AddressRules

ANSWER_SECONDS: Final = 20.0
"""Of silence, whenever the server is to say something."""
_LARGEST_LITERAL: Final = MOST_BYTES + 4096
_LONGEST_LINE: Final = 1 << 20
"""A search names every letter in one line."""
_UID: Final = re.compile(rb"\bUID (\d+)")
_DATE: Final = re.compile(rb'\bINTERNALDATE "([^"]{1,40})"')
_T = TypeVar("_T")


class Unreadable(TrunklineError):
    """A mailbox could not be read; `said` is what the server said of it."""

    def __init__(self, problem: Problem, said: str = "") -> None:
        super().__init__(said or problem.value)
        self.problem, self.said = problem, said[:300]


class Access(msgspec.Struct, frozen=True):
    """Where a mailbox is, and how it opens."""

    host: str
    port: int
    tls: bool
    login: str
    password: str
    folder: str


class Folder(msgspec.Struct, frozen=True):
    """What the server says of the folder: how its letters are numbered, and the number of the next one."""

    uidvalidity: int
    uidnext: int


class Fetched(msgspec.Struct, frozen=True):
    """A letter as the server has it, from its beginning; `at` is when it came."""

    uid: int
    at: datetime
    raw: bytes


class Visit:
    """An open folder of a mailbox; close it by leaving its context."""

    def __init__(self, access: Access, rules: AddressRules, context: ssl.SSLContext | None = None) -> None:
        self._access = access
        self._rules = rules
        self._context = context or ssl.create_default_context()
        self._client: _Client | None = None

    async def open(self) -> Folder:
        """Sign in and look into the folder; raises Unreadable."""
        return await self._ask(self._open)

    async def numbers_from(self, uid: int) -> Sequence[int]:
        """The letters from this number on, in order."""
        return await self._ask(lambda: self._numbers(uid))

    async def fetch(self, uid: int) -> Fetched | None:
        """One letter; None where it is there no more."""
        return await self._ask(lambda: self._fetch(uid))

    async def close(self) -> None:
        """Politely, where that is possible at once."""
        client, self._client = self._client, None
        if client is not None:
            await asyncio.to_thread(client.leave)

    def abort(self) -> None:
        """Whatever waits for the server ends."""
        if self._client is not None:
            self._client.cut_off()

    async def _ask(self, question: Callable[[], _T]) -> _T:
        asked = asyncio.ensure_future(asyncio.to_thread(question))
        try:
            return await asyncio.shield(asked)
        except asyncio.CancelledError:
            self.abort()
            with suppress(Unreadable):
                await asked  # a thread cannot be left alone: it ends with its connection
            raise

    def _open(self) -> Folder:
        access = self._access
        client = self._client = _met(lambda: _Client(access, self._rules, self._context))
        _met(lambda: client.sign_in(access.login, access.password), Problem.SIGN_IN)
        answer = _met(lambda: client.select(_quoted(access.folder), readonly=True), Problem.FOLDER)
        if answer[0] != "OK":
            raise Unreadable(Problem.FOLDER, _said(answer[1]))
        validity, following = (_number(client.response(name)[1]) for name in ("UIDVALIDITY", "UIDNEXT"))
        if validity is None:
            raise Unreadable(Problem.PROTOCOL, "no UIDVALIDITY")
        if following is None:
            following = max(self._numbers(1), default=0) + 1
        return Folder(validity, following)

    def _numbers(self, uid: int) -> Sequence[int]:
        client = self._connected()
        kind, data = _met(lambda: client.uid("SEARCH", "UID", f"{uid}:*"))
        if kind != "OK":
            raise Unreadable(Problem.PROTOCOL, _said(data))
        words = b" ".join(one for one in data if isinstance(one, bytes)).split()
        # `n:*` names the last letter also where it is before n.
        return sorted({int(word) for word in words if word.isdigit() and int(word) >= uid})

    def _fetch(self, uid: int) -> Fetched | None:
        client = self._connected()
        asked = f"(UID INTERNALDATE BODY.PEEK[]<0.{MOST_BYTES}>)"
        kind, data = _met(lambda: client.uid("FETCH", str(uid), asked))
        if kind != "OK":
            raise Unreadable(Problem.PROTOCOL, _said(data))
        for at, part in enumerate(data):
            if not isinstance(part, tuple):
                continue
            after = data[at + 1] if at + 1 < len(data) and isinstance(data[at + 1], bytes) else b""
            told = part[0] + b" " + after
            if (number := _UID.search(told)) and int(number[1]) == uid:
                return Fetched(uid, _came_at(told), part[1])
        return None

    def _connected(self) -> "_Client":
        if self._client is None:
            raise Unreadable(Problem.CLOSED)
        return self._client


class _Client(imaplib.IMAP4):
    """The library's, on a connection to a permitted address; what is read of it is bounded."""

    def __init__(self, access: Access, rules: AddressRules, context: ssl.SSLContext) -> None:
        self._access, self._rules, self._context = access, rules, context
        try:
            super().__init__(access.host, access.port, timeout=ANSWER_SECONDS)
        except BaseException:
            if hasattr(self, "file"):
                self.shut()  # the library closes its own of the two
            raise

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:
        """Connect to the first address of the host that takes it; all are looked at before."""
        self.host, self.port = host, port
        plain = _connected(host, port, timeout or ANSWER_SECONDS, self._rules, tls=self._access.tls)
        try:
            self.sock = self._context.wrap_socket(plain, server_hostname=host) if self._access.tls else plain
        except BaseException:
            plain.close()
            raise
        self.file = self._bytes = self.sock.makefile("rb")

    def read(self, size: int) -> bytes:
        """A literal the server announced."""
        if size > _LARGEST_LITERAL:
            raise Unreadable(Problem.PROTOCOL, f"a literal of {size} bytes")
        literal: bytes = self._bytes.read(size)
        return literal

    def readline(self) -> bytes:
        """A line of an answer."""
        line: bytes = self._bytes.readline(_LONGEST_LINE + 1)
        if len(line) > _LONGEST_LINE:
            raise Unreadable(Problem.PROTOCOL, "a line without end")
        return line

    def sign_in(self, login: str, password: str) -> None:
        """LOGIN has no charset (RFC 3501 §6.2.3): what is no ASCII goes by SASL PLAIN (RFC 4616)."""
        if (login + password).isascii():
            self.login(login, password)
        else:
            self.authenticate("PLAIN", lambda _: f"\0{login}\0{password}".encode())

    def leave(self) -> None:
        """LOGOUT, then close."""
        try:
            self.logout()
        except (OSError, imaplib.IMAP4.error, Unreadable):
            pass  # it is closed all the same
        finally:
            self.shut()

    def cut_off(self) -> None:
        """Whoever waits for the server waits no more."""
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)

    def shut(self) -> None:
        """Nobody waits for it."""
        for one in (self.file, self.sock):
            with suppress(OSError):
                one.close()


def _connected(host: str, port: int, seconds: float, rules: AddressRules, *, tls: bool) -> socket.socket:
    """A connection to a permitted address of the host; raises Unreadable for one that is not, OSError."""
    last: OSError | None = None
    for family, kind, protocol, _name, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        ip = str(address[0])
        if not rules.permits(ip):
            raise Unreadable(Problem.FORBIDDEN, rules.refusal(host))
        if not tls and not ipaddress.ip_address(ip).is_loopback:
            raise Unreadable(Problem.NEEDS_TLS)
        connection = socket.socket(family, kind, protocol)
        connection.settimeout(seconds)
        try:
            connection.connect(address)
        except OSError as error:
            connection.close()
            last = error
        else:
            return connection
    raise last or OSError("no address")


def _met(question: Callable[[], _T], refused: Problem = Problem.PROTOCOL) -> _T:
    """The answer; whatever goes wrong is Unreadable. The library tells a lost connection as `abort`."""
    try:
        return question()
    except Unreadable:
        raise
    except imaplib.IMAP4.abort as error:
        said = _plain(error)
        raise Unreadable(Problem.PROTOCOL if "unexpected response" in said else Problem.CLOSED, said) from error
    except imaplib.IMAP4.error as error:
        raise Unreadable(refused, _plain(error)) from error
    except ssl.SSLError as error:
        raise Unreadable(Problem.TLS, _plain(error)) from error
    except TimeoutError as error:
        raise Unreadable(Problem.SILENT) from error
    except (OSError, UnicodeError) as error:
        raise Unreadable(Problem.UNREACHABLE, _plain(error)) from error
    except (ValueError, AttributeError, TypeError, IndexError, EOFError) as error:
        # The library's reading of what is no IMAP.
        raise Unreadable(Problem.PROTOCOL, _plain(error)) from error


def _plain(error: Exception) -> str:
    words = error.args[0] if error.args and isinstance(error.args[0], bytes) else str(error).encode(errors="replace")
    return "".join(one if one.isprintable() else " " for one in words.decode(errors="replace"))[:300]


def _said(data: Sequence[Any]) -> str:
    return _plain(ValueError(b" ".join(one for one in data if isinstance(one, bytes))))


def _number(data: Sequence[Any] | None) -> int | None:
    word = data[-1] if data else None
    return int(word) if isinstance(word, bytes) and word.isdigit() else None


def _came_at(told: bytes) -> datetime:
    """RFC 3501 §9 date-time; now, where the server tells none."""
    match = _DATE.search(told)
    if match:
        with suppress(ValueError):
            return datetime.strptime(match[1].decode().strip(), "%d-%b-%Y %H:%M:%S %z").astimezone(UTC)
    return datetime.now(UTC)


def _quoted(folder: str) -> str:
    """The folder as the wire has it: modified UTF-7 (RFC 3501 §5.1.3), quoted."""
    pieces = [_shifted(piece) if not piece.isascii() else piece.replace("&", "&-") for piece in _by_script(folder)]
    return '"' + "".join(pieces).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _by_script(text: str) -> list[str]:
    return re.findall(r"[\x00-\x7f]+|[^\x00-\x7f]+", text)


def _shifted(text: str) -> str:
    return "&" + b64encode(text.encode("utf-16-be")).decode().rstrip("=").replace("/", ",") + "-"

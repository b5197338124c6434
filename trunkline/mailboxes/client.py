"""The library's IMAP client on a connection we have looked at: where it may go, and how much is read of it."""

import imaplib
import ipaddress
import re
import socket
import ssl
from base64 import b64encode
from contextlib import suppress
from typing import Final

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


class Client(imaplib.IMAP4):
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


def quoted(folder: str) -> str:
    """The folder as the wire has it: modified UTF-7 (RFC 3501 §5.1.3), quoted."""
    pieces = [_shifted(piece) if not piece.isascii() else piece.replace("&", "&-") for piece in _by_script(folder)]
    return '"' + "".join(pieces).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _by_script(text: str) -> list[str]:
    return re.findall(r"[\x00-\x7f]+|[^\x00-\x7f]+", text)


def _shifted(text: str) -> str:
    return "&" + b64encode(text.encode("utf-16-be")).decode().rstrip("=").replace("/", ",") + "-"

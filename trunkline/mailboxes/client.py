"""The library's IMAP client on a connection we have looked at: where it may go, and how much is read of it."""

import imaplib
import io
import ipaddress
import re
import socket
import ssl
from base64 import b64encode
from contextlib import suppress
from time import monotonic
from typing import Any, Final

import msgspec

from trunkline.errors import TrunklineError
from trunkline.mailboxes.letter import MOST_BYTES
from trunkline.mailboxes.problem import Problem
from trunkline.webhooks.address import AddressRules

_LARGEST_LITERAL: Final = MOST_BYTES + 4096
_LONGEST_LINE: Final = 1 << 20
"""A search names every letter in one line."""
_LONGEST_ANSWER: Final = 2 << 20
"""Bytes of all that is said to a command: the library keeps what it was not asked for."""


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


class Patience(msgspec.Struct, frozen=True):
    """Seconds in which all of it has to come to an end, whatever the server does."""

    answer: float = 20.0
    """Of silence, whenever the server is to say something."""
    command: float = 60.0
    """Of all that is said to a command, however it comes."""
    leaving: float = 5.0
    visit: float = 120.0
    letter: float = 10.0
    """Of reading one letter that came: whatever is in it, those behind it come to their turn."""


PATIENT: Final = Patience()


class Wire(io.RawIOBase):
    """What a server says, until a moment and up to some bytes: a timeout of its socket begins anew with each byte."""

    def __init__(self, connection: socket.socket, silence: float, seconds: float) -> None:
        self._connection = connection
        self._silence = silence
        self.renew(seconds)

    def renew(self, seconds: float) -> None:
        """So long it has from now on."""
        self._until = monotonic() + seconds
        self._left = _LONGEST_ANSWER

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Raises TimeoutError, Unreadable."""
        seconds = self._until - monotonic()
        if seconds <= 0:
            raise TimeoutError
        self._connection.settimeout(min(seconds, self._silence))
        count = self._connection.recv_into(buffer)
        self._left -= count
        if self._left < 0:
            raise Unreadable(Problem.PROTOCOL, "an answer without end")
        return count


class Client(imaplib.IMAP4):
    """The library's, on a connection to a permitted address; what is read of it is bounded."""

    def __init__(self, access: Access, rules: AddressRules, context: ssl.SSLContext, patience: Patience) -> None:
        # Not yet the library's, which connects at once: whoever waits for that must have what to cut off.
        self._access, self._rules, self._context = access, rules, context
        self._socket: socket.socket | None = None
        self._wire: Wire | None = None
        self._is_cut = False
        self._patience, self._seconds = patience, patience.command

    def meet(self) -> None:
        """Connect, and hear who is there."""
        super().__init__(self._access.host, self._access.port, timeout=self._patience.answer)

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:  # noqa: ARG002  # the library's
        """Connect to the first address of the host that takes it; all are looked at before."""
        self.host, self.port = host, port
        plain = self._connect_to_one(host, port)
        if self._access.tls:
            wrapped = self._context.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)
            self._hold(wrapped)
            wrapped.do_handshake()
        self.sock = self._hold(wrapped if self._access.tls else plain)
        self._wire = Wire(self.sock, self._patience.answer, self._seconds)
        self.file = self._bytes = io.BufferedReader(self._wire)

    def send(self, data: Any) -> None:
        """A command, or what is asked for of one: its answer begins anew."""
        if self._wire is not None:
            self._wire.renew(self._seconds)
        self.sock.settimeout(self._patience.answer)
        self.sock.sendall(data)

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
        self._seconds = self._patience.leaving
        try:
            if self._wire is not None and not self._is_cut:
                self.logout()
        except (OSError, imaplib.IMAP4.error, Unreadable, ValueError, AttributeError, TypeError, IndexError):
            pass  # it is closed all the same
        finally:
            self.shut()

    def cut_off(self) -> None:
        """Whoever waits for the server waits no more, and goes nowhere else."""
        self._is_cut = True
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def shut(self) -> None:
        """Nobody waits for it."""
        if self._wire is not None:
            with suppress(OSError):
                self.file.close()
        if self._socket is not None:
            self._socket.close()

    def _hold(self, connection: socket.socket) -> socket.socket:
        """It is what is cut off; raises Unreadable where that was before."""
        self._socket = connection
        if self._is_cut:
            raise Unreadable(Problem.CLOSED)
        return connection

    def _connect_to_one(self, host: str, port: int) -> socket.socket:
        """To a permitted address of the host; raises Unreadable for one that is not, OSError."""
        last: OSError | None = None
        for family, kind, protocol, _name, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            ip = str(address[0])
            if not self._rules.permits(ip):
                raise Unreadable(Problem.FORBIDDEN, self._rules.refusal(host))
            if not self._access.tls and not ipaddress.ip_address(ip).is_loopback:
                raise Unreadable(Problem.NEEDS_TLS)
            self.shut()  # the one before, which did not take it
            connection = self._hold(socket.socket(family, kind, protocol))
            connection.settimeout(self._patience.answer)
            try:
                connection.connect(address)
            except OSError as error:
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

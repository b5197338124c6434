"""One visit to a mailbox by IMAP4rev1 (RFC 3501): only looked at, nothing is marked or removed there.

The library blocks, so that each question is asked in a thread; whatever the server says or leaves unsaid, a visit ends
in bounded time and memory.
"""

import asyncio
import imaplib
import re
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import msgspec

from trunkline.mailboxes.client import PATIENT, Access, Client, Patience, Unreadable, quoted
from trunkline.mailboxes.letter import MOST_BYTES
from trunkline.mailboxes.problem import Problem
from trunkline.webhooks.address import AddressRules

_UID: Final = re.compile(rb"\bUID (\d{1,10})\b")
_LARGEST_NUMBER: Final = (1 << 32) - 1
"""RFC 3501 §9, nz-number."""
_DATE: Final = re.compile(rb'\bINTERNALDATE "([^"]{1,40})"')
_T = TypeVar("_T")


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

    def __init__(
        self, access: Access, rules: AddressRules, context: ssl.SSLContext | None = None, patience: Patience = PATIENT
    ) -> None:
        self._access = access
        self._rules = rules
        self._patience = patience
        self._context = context or ssl.create_default_context()
        self._client: Client | None = None

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
        if self._client is not None:
            await self._ask(self._client.leave)
            self._client = None

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
        # It can be cut off before it is connected.
        client = self._client = Client(access, self._rules, self._context, self._patience)
        _met(client.meet)
        _met(lambda: client.sign_in(access.login, access.password), Problem.SIGN_IN)
        answer = _met(lambda: client.select(quoted(access.folder), readonly=True), Problem.FOLDER)
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
        return sorted({number for word in words if (number := _nz_number(word)) is not None and number >= uid})

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

    def _connected(self) -> Client:
        if self._client is None:
            raise Unreadable(Problem.CLOSED)
        return self._client


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
    return _nz_number(word) if isinstance(word, bytes) else None


def _nz_number(word: bytes) -> int | None:
    """None for what is none, however long it is."""
    number = int(word) if word.isdigit() and len(word) <= 10 else 0
    return number if 1 <= number <= _LARGEST_NUMBER else None


def _came_at(told: bytes) -> datetime:
    """RFC 3501 §9 date-time; now, where the server tells none."""
    match = _DATE.search(told)
    if match:
        with suppress(ValueError, OverflowError):
            return datetime.strptime(match[1].decode().strip(), "%d-%b-%Y %H:%M:%S %z").astimezone(UTC)
    return datetime.now(UTC)

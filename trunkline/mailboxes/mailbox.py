"""A mailbox as people set it up. No I/O here."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from trunkline.errors import InvalidInput, Mistake
from trunkline.web.i18n import gettext as _

_HOST: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[?[0-9a-fA-F:]{2,45}\]?").fullmatch
_IGNORED: Final = re.compile(r"[^@\s]{0,64}@[^@\s]+\.[^@\s]+").fullmatch
_MOST_IGNORED: Final = 500
LONGEST_SECRET: Final = 500
LOOPBACK: Final = frozenset(("127.0.0.1", "::1", "localhost"))


class MailboxFields(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of one; an empty secret leaves the one that is kept. `direction` is the brand, empty for none."""

    name: str
    host: str
    port: int = 993
    tls: bool = True
    login: str
    secret: str = ""
    folder: str = "INBOX"
    direction: str = ""
    department_id: UUID | None = None
    ignored: tuple[str, ...] = ()
    active: bool = True


class Mailbox(msgspec.Struct, frozen=True, kw_only=True):
    """One as it is kept, without its password."""

    id: UUID
    name: str
    host: str
    port: int
    tls: bool
    login: str
    folder: str
    direction: str
    department_id: UUID | None
    department: str
    ignored: tuple[str, ...]
    active: bool
    began_at: datetime
    uidvalidity: int | None
    uid: int
    old_below: int
    due_at: datetime
    read_at: datetime | None
    failed_at: datetime | None
    trouble: str
    said: str

    def is_same_place(self, told: MailboxFields) -> bool:
        """Whether `told` names the letters that are read now."""
        return (self.host, self.login, self.folder) == (told.host, told.login, told.folder)


def checked(told: MailboxFields, known: Mailbox | None) -> MailboxFields:
    """`told` trimmed; raises InvalidInput with every mistake."""
    spelled = {name: getattr(told, name).strip() for name in ("name", "host", "login", "folder", "direction")}
    ignored = tuple(dict.fromkeys(one.strip().lower() for one in told.ignored if one.strip()))
    told = msgspec.structs.replace(told, **spelled, ignored=ignored)
    mistakes = list(_mistakes(told, known))
    if mistakes:
        raise InvalidInput(*mistakes)
    return told


def _mistakes(told: MailboxFields, known: Mailbox | None) -> Iterable[Mistake]:
    for field, most in (("name", 100), ("login", 254), ("folder", 200)):
        text = getattr(told, field)
        if not 1 <= len(text) <= most or not text.isprintable():
            yield Mistake(field, _("from 1 to %(number)s characters") % {"number": most})
    if len(told.direction) > 100 or (told.direction and not told.direction.isprintable()):
        yield Mistake("direction", _("must have at most %(number)s letters") % {"number": 100})
    if not _HOST(told.host):
        yield Mistake("host", _("must be a host's name, e.g. imap.yandex.ru"))
    if not 1 <= told.port <= 65535:
        yield Mistake("port", _("must be a whole number from %(least)s to %(most)s") % {"least": 1, "most": 65535})
    if not told.tls and told.host not in LOOPBACK:
        yield Mistake("tls", _("without TLS only a server on this computer is read"))
    if not told.secret and (known is None or not known.is_same_place(told)):
        # A password must not go to a server that somebody else names.
        yield Mistake("secret", _("is needed here"))
    if len(told.secret) > LONGEST_SECRET or not told.secret.isprintable():
        yield Mistake("secret", _("must have at most %(number)s letters") % {"number": LONGEST_SECRET})
    wrong = [one for one in told.ignored if not _IGNORED(one)]
    if wrong or len(told.ignored) > _MOST_IGNORED:
        words = _("must be addresses or @domains, a line each, at most %(number)s") % {"number": _MOST_IGNORED}
        yield Mistake("ignored", words)

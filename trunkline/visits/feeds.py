"""Where people's own calendars are read: kept sealed, changed with a word in the audit log."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid4

import msgspec
from yarl import URL

from trunkline.alarms.alarm import clear_alarm
from trunkline.crypto import SecretBox, WrongKey
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake
from trunkline.people.audit import Actor, Deed, record
from trunkline.visits.fetch import Access
from trunkline.visits.problem import Problem
from trunkline.visits.rules import SQL
from trunkline.web.i18n import gettext as _

KINDS = ("ical", "caldav")
LONGEST_URL = 2000
LONGEST_WORD = 200
_SCHEMES = {"http", "https"}


class Feed(msgspec.Struct, frozen=True):
    """How a person's calendar stands; of its address only the host is told."""

    kind: str
    host: str
    checked_at: datetime | None
    good_at: datetime | None
    problem: Problem | None
    user: str = ""
    has_password: bool = False


class PersonFeed(msgspec.Struct, frozen=True):
    """A row of the list of everybody."""

    person: UUID
    name: str
    department: str
    kind: str | None
    host: str | None
    checked_at: datetime | None
    good_at: datetime | None
    problem: Problem | None
    link_made_at: datetime | None


def alarm_key(person: UUID) -> str:
    """The alarm of a calendar that cannot be read."""
    return f"calendar.feed:{person}"


async def every_feed(connection: Connection) -> Sequence[PersonFeed]:
    """Everybody, with or without a calendar."""
    return [msgspec.convert(dict(row), PersonFeed) for row in await connection.fetch(SQL["feeds"])]


async def feed_of(connection: Connection, box: SecretBox, person: UUID) -> Feed | None:
    """How the person's stands; None where he has given none."""
    row = await connection.fetchrow(SQL["feed"], person)
    if row is None:
        return None
    try:
        access = opened(box, row["access"])
    except WrongKey:
        access = Access(row["kind"], "")
    told = {name: row[name] for name in ("kind", "host", "checked_at", "good_at", "problem")}
    return msgspec.convert(told | {"user": access.user, "has_password": bool(access.password)}, Feed)


async def save_feed(
    connection: Connection, box: SecretBox, person: UUID, sent: Mapping[str, str], actor: Actor, now: datetime
) -> None:
    """Read this calendar from now on; call it in a transaction. Raises InvalidInput.

    An empty password keeps the one there is, as long as the address stays on the same server.
    """
    access = _access(sent)
    if access.user and not access.password:
        access = msgspec.structs.replace(access, password=await _kept_password(connection, box, person, access.url))
    url = URL(access.url)
    host = ((url.host or "") if url.is_default_port() else f"{url.host}:{url.port}")[:300]
    sealed = box.seal(msgspec.json.encode(access))
    await connection.execute(SQL["put_feed"], person, access.kind, sealed, host, uuid4(), now)
    await connection.execute(SQL["forget_busy"], person)
    await clear_alarm(connection, alarm_key(person))
    deed = Deed("visits.calendar_set", "person", str(person), None, {"kind": access.kind, "host": host})
    await record(connection, actor, deed, now)


async def remove_feed(connection: Connection, person: UUID, actor: Actor, now: datetime) -> bool:
    """Read it no more, and forget what it said; False where there was none."""
    host = await connection.fetchval(SQL["remove_feed"], person)
    if host is None:
        return False
    await clear_alarm(connection, alarm_key(person))
    await record(connection, actor, Deed("visits.calendar_removed", "person", str(person), {"host": host}), now)
    return True


def opened(box: SecretBox, sealed: bytes) -> Access:
    """The access; raises WrongKey."""
    return msgspec.json.decode(box.open(sealed), type=Access)


async def _kept_password(connection: Connection, box: SecretBox, person: UUID, url: str) -> str:
    row = await connection.fetchrow(SQL["feed"], person)
    try:
        known = opened(box, row["access"]) if row else None
    except WrongKey:
        return ""
    # Else whoever may change the address could have the password sent to a server of his own.
    return known.password if known and URL(known.url).origin() == URL(url).origin() else ""


def _access(sent: Mapping[str, str]) -> Access:
    kind, text = sent.get("kind", ""), sent.get("url", "")
    mistakes = []
    if kind not in KINDS:
        mistakes.append(Mistake("kind", _("choose one")))
    url = _url(text)
    if url is None:
        mistakes.append(Mistake("url", _("must be an address such as https://calendar.example.com/ivanov.ics")))
    elif url.user or url.password:
        mistakes.append(Mistake("url", _("must be without a user name and password: those have fields of their own")))
    mistakes += [
        Mistake(field, _("must have at most %(number)s letters") % {"number": LONGEST_WORD})
        for field in ("user", "password")
        if len(sent.get(field, "")) > LONGEST_WORD or not sent.get(field, "").isprintable()
    ]
    if ":" in sent.get("user", ""):
        mistakes.append(Mistake("user", _("cannot have a colon")))
    if mistakes or url is None:
        raise InvalidInput(*mistakes)
    return Access(kind, str(url), sent.get("user", ""), sent.get("password", ""))


def _url(text: str) -> URL | None:
    if text.lower().startswith("webcal://"):
        text = "https://" + text[len("webcal://") :]
    try:
        url = URL(text)
        port = url.port
    except ValueError:
        return None
    right = url.scheme in _SCHEMES and url.host and port and text.isprintable() and len(text) <= LONGEST_URL
    return url.with_fragment(None) if right else None

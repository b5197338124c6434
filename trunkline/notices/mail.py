"""E-mails about notices that nobody did anything about in time, through the outbox."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from redis.asyncio import Redis

from trunkline.alarms.mail import account_of, send
from trunkline.db.types import Pool
from trunkline.notices.letter import letter
from trunkline.notices.notice import NoticeKind, page_of
from trunkline.notices.store import SQL
from trunkline.outbox.append import append_many
from trunkline.outbox.event import Account, Event, KindPolicy, NewEvent, Outcome, Unknowable, Verdict
from trunkline.outbox.wake import OUTBOX_WAKE, wake
from trunkline.settings import Mail, Web
from trunkline.web.human import full_moment
from trunkline.web.i18n import Reader, Translations

KIND = "notice.email"


async def post_notices(pool: Pool, redis: Redis | None, mail: Mail, now: datetime) -> int:
    """Append a letter for every notice that is due, where there is a mail server; how many those were."""
    if not mail.host:
        return 0
    async with pool.acquire() as connection, connection.transaction():
        rows = await connection.fetch(SQL["claim_mail"], now)
        events = [
            NewEvent(
                stream=f"mail:{row['email']}",
                kind=KIND,
                idem=f"notice:{row['id']}",
                payload={
                    "to": row["email"],
                    "kind": row["kind"],
                    "subject": str(row["subject"]),
                    "facts": row["facts"],
                    "at": row["at"].isoformat(),
                },
            )
            for row in sorted(rows, key=lambda one: one["id"])
            if row["email"] and row["active"]
        ]
        await append_many(connection, events)
    if events:
        await wake(redis, OUTBOX_WAKE)
    return len(events)


class NoticeMail:
    """One letter each, in the language and the zone of the installation: people have none of their own."""

    kinds: Mapping[str, KindPolicy] = {KIND: KindPolicy(max_attempts=20, time_limit=60.0)}

    def __init__(self, mail: Mail, base_url: str, web: Web, translations: Translations) -> None:
        self._mail = mail
        self._base_url = base_url
        self._reader = Reader(web.language, ZoneInfo(web.timezone))
        self._say = translations.spoken(web.language).gettext

    def account(self, _event: Event) -> Account:
        return account_of(self._mail)

    async def verify(self, _event: Event) -> Verdict:
        """A mailbox cannot be asked; a second copy has the same Message-ID."""
        return Unknowable()

    async def deliver(self, event: Event) -> Outcome:
        page = page_of(NoticeKind(event.payload["kind"]), UUID(event.payload["subject"]))
        payload = {**event.payload, "link": self._base_url + page}
        moment = partial(full_moment, reader=self._reader)
        return await send(
            self._mail, letter(payload, event.idem, self._mail.sender, self._say, moment), event.payload["to"]
        )

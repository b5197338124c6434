"""A mailbox of ours on a server of tests, and what its letters became."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tests.fakes.imap_server import FakeImap
from trunkline.crypto import SecretBox
from trunkline.db.types import Pool
from trunkline.leads.rules import usual_lead_rules
from trunkline.mailboxes.mailbox import MailboxFields
from trunkline.mailboxes.reading import MailReader
from trunkline.mailboxes.store import save_mailbox
from trunkline.people.audit import Actor
from trunkline.webhooks.address import AddressRules

BOX = SecretBox(bytes(range(32)))
LOOPBACK = AddressRules(["127.0.0.0/8"])
ACTOR = Actor(None, "tests", "tests")


def reader(pool: Pool, **more: Any) -> MailReader:
    """Who reads."""
    return MailReader(pool, None, BOX, more.pop("rules", LOOPBACK), usual_lead_rules, **more)


async def add_mailbox(pool: Pool, imap: FakeImap, **told: Any) -> UUID:
    """It is set up, and was visited once: what is there is not read."""
    fields: dict[str, Any] = {
        "name": "Sales",
        "host": "127.0.0.1",
        "port": imap.port,
        "tls": False,
        "login": imap.login,
    }
    fields |= {"secret": imap.password, "direction": "Windows"}
    now = datetime.now(UTC) - timedelta(hours=1)
    async with pool.acquire() as connection:
        return await save_mailbox(connection, BOX, None, MailboxFields(**fields | told), ACTOR, now)


async def visit(pool: Pool, times: int = 1, **more: Any) -> None:
    """Each mailbox is visited, now."""
    mail = reader(pool, **more)
    for _ in range(times):
        await pool.execute("update mailboxes set due_at = '-infinity'")
        assert await mail.one_visit(datetime.now(UTC))


async def letters(pool: Pool) -> list[tuple[str, bool]]:
    """The rule of each that was read, and whether it is of a lead."""
    rows = await pool.fetch("select rule, lead_id is not null as led from mailbox_letters order by at, digest")
    return [tuple(row) for row in rows]


async def rules(pool: Pool) -> list[str]:
    """Of its touches, in the order they were kept."""
    return [
        row["rule"] for row in await pool.fetch("select raw ->> 'rule' as rule from touches order by xmin::text::int")
    ]


async def leads(pool: Pool) -> list[dict[str, Any]]:
    """With their clocks."""
    rows = await pool.fetch(
        "select l.*, c.departments, c.take_by, c.phone as held from leads l join lead_clocks c on c.lead_id = l.id"
        " order by opened_at, l.id"
    )
    return [dict(row) for row in rows]


async def trouble(pool: Pool) -> str:
    """Why the mailbox is not read."""
    told: str = await pool.fetchval("select trouble from mailboxes")
    return told

"""What follows from news of calls, in the transaction of the steps that tell them: webhooks, last talks, wrap-up, the
missed-call list, leads, and the alarm of a notice that cannot be played.
"""

from collections.abc import Sequence

from trunkline.calls.announce import Announcement
from trunkline.calls.detail import moment
from trunkline.calls.last_talks import remember_talks
from trunkline.calls.notice_alarms import tell_notices
from trunkline.calls.store import SQL
from trunkline.db.types import Connection
from trunkline.leads.follow import keep_leads
from trunkline.leads.rules import LeadRulesOf, usual_lead_rules
from trunkline.missed.follow import keep_missed
from trunkline.missed.rules import RulesOf, usual_rules
from trunkline.outbox.wake import OUTBOX_WAKE
from trunkline.webhooks import store as webhooks


async def follow_calls(
    connection: Connection,
    news: Sequence[Announcement],
    missed: RulesOf = usual_rules,
    leads: LeadRulesOf = usual_lead_rules,
) -> frozenset[str]:
    """All of it; returns the topics to wake after the commit."""
    await remember_talks(connection, news)
    await leave_in_peace(connection, news)
    await keep_missed(connection, news, missed)
    opened = await keep_leads(connection, news, leads)
    return await tell_notices(connection, news) | await tell_webhooks(connection, news, opened)


async def tell_webhooks(
    connection: Connection, news: Sequence[Announcement], opened: Sequence[webhooks.Announcement] = ()
) -> frozenset[str]:
    """Append a delivery for every subscriber of every announcement, and of leads that were opened; returns the topics
    to wake after the commit.
    """
    announced = [
        webhooks.Announcement(
            event=one.news.value,
            subject=f"call:{one.call_id}",
            idem=one.idem,
            at=moment(one.at),
            data=one.payload,
        )
        for one in news
        if one.news.value in webhooks.EVENTS
    ]
    told = await webhooks.announce(connection, [*announced, *opened])
    return frozenset({OUTBOX_WAKE}) if told else frozenset()


async def leave_in_peace(connection: Connection, news: Sequence[Announcement]) -> None:
    """Note until when agents are left in peace after a direct or outgoing talk, as long as their PBX's row says."""
    talked = [(one.payload["pbx"], talk.extension, one.call_id, moment(talk.at)) for one in news for talk in one.talked]
    if talked:
        await connection.execute(SQL["add_wrap_ups"], *map(list, zip(*talked, strict=True)))

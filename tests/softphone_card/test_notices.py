"""What an open card is told beside its calls: notices for its owner, in his language, and for nobody else."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from aiohttp import web
from redis.asyncio import Redis

from tests.fakes.waiting import eventually
from tests.people.company import AddPerson
from tests.people.web import Browser
from tests.softphone_card.test_socket import card_of, hear
from trunkline.db.types import Pool
from trunkline.notices.notice import Notice, NoticeKind
from trunkline.notices.store import CHANNEL, spread
from trunkline.people.roles import Role


async def listening(redis: Redis) -> bool:
    """Whether the cards' process hears the channel."""
    return bool((await redis.pubsub_numsub(CHANNEL))[0][1])


async def test_a_card_is_told_its_owner_s_notices(
    browser: Browser, pool: Pool, redis: Redis, app: web.Application, add_person: AddPerson
) -> None:
    anna = await add_person("anna", Role.AGENT, extension="101")
    boris = await add_person("boris", Role.AGENT, extension="102")
    await eventually(lambda: listening(redis))

    def asked(person: UUID, text: str) -> Notice:
        return Notice(person, NoticeKind.QUESTION_ASKED, uuid4(), {"by": "Вера", "text": text})

    when = {"by": "Вера", "when": datetime(2026, 1, 5, 9, tzinfo=UTC).isoformat(), "client": "+79161234567"}
    async with (
        card_of(browser, pool, app, anna, **{"Accept-Language": "ru"}) as hers,
        card_of(browser, pool, app, boris) as his,
    ):
        await hear(hers)
        await hear(his)
        await redis.publish(CHANNEL, b"garbage")
        await spread(redis, [first := asked(anna, "<b>%(x)s 100%</b>"), second := asked(boris, "and you?")])
        assert await hear(hers) == {
            "type": "notice",
            "kind": "question.asked",
            "href": f"/questions/{first.subject}",
            "text": "Вера спрашивает вас: <b>%(x)s 100%</b>",
        }
        assert (await hear(his))["href"] == f"/questions/{second.subject}"
        await spread(redis, [Notice(anna, NoticeKind.VISIT_BOOKED, uuid4(), when)])
        assert "12:00" in (await hear(hers))["text"], "by the company's clock"

"""`/api/v1/costs`: what advertising cost, told by programs in batches, and read page by page."""

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from hashlib import sha256
from typing import Annotated, Final
from uuid import UUID

import msgspec
from aiohttp import web

from calltracking.channels.address import clean
from calltracking.channels.source import LONGEST_TEXT
from calltracking.costs.asking import refuse_others
from calltracking.costs.cells import read_channel
from calltracking.costs.cost import Cost, with_and_without_vat
from calltracking.costs.store import CostRow, Effect, keep_answer, list_costs, tell_costs, told_before
from trunkline.dialing.api import idempotency_key
from trunkline.errors import InvalidInput, Mistake
from trunkline.people.audit import Deed, record
from trunkline.people.pages.request import actor_of, now, transaction
from trunkline.reports.days import asked_days
from trunkline.web.body import decode_json, json_answer
from trunkline.web.i18n import gettext as _
from trunkline.web.paging import decode_cursor, page_of, page_size
from trunkline.web.render import reader_of

MOST_ITEMS: Final = 5_000
_MOST_RUBLES: Final = Decimal(10_000_000_000)
Text = Annotated[str, msgspec.Meta(max_length=LONGEST_TEXT)]


class CostItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A day's cost of one thing, in rubles: with VAT (`gross`), without it (`net`), or one of them and the rate."""

    day: date
    source: Text = ""
    channel: Text = ""
    campaign: Text = ""
    keyword: Text = ""
    city: Text = ""
    gross: Decimal | None = None
    net: Decimal | None = None
    vat: Annotated[int, msgspec.Meta(ge=0, le=30)] = 0


class CostBatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Costs to be told; each replaces what its day and place had before."""

    items: Annotated[list[CostItem], msgspec.Meta(min_length=1, max_length=MOST_ITEMS)]


class CostTold(msgspec.Struct, frozen=True):
    """A cost as it is kept, in rubles."""

    day: date
    source: str
    channel: str
    campaign: str
    keyword: str
    city: str
    gross: Decimal
    net: Decimal


class CostPage(msgspec.Struct, frozen=True):
    """A page of costs, the latest day first; `next` is the cursor of the page behind it, null on the last."""

    items: list[CostTold]
    next: str | None


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [web.get("/api/v1/costs", show_costs), web.post("/api/v1/costs", receive_costs)]


async def show_costs(request: web.Request) -> web.Response:
    """`GET ?days=` or `?since=&until=`, `&limit=&cursor=`."""
    refuse_others(request)
    days = asked_days(request.query, datetime.now(UTC), reader_of(request).timezone)
    size = page_size(request.query.get("limit"))
    after = decode_cursor(request.query.get("cursor"), tuple[date, UUID])
    async with transaction(request) as connection:
        found = await list_costs(connection, days, after, size + 1)
    page = page_of(found, size, lambda row: (row.day, row.mark))
    return json_answer(CostPage([_told(row) for row in page.rows], page.next_cursor))


async def receive_costs(request: web.Request) -> web.Response:
    """`POST {"items": […]}` with an `Idempotency-Key`: all of them, or none where one is wrong."""
    refuse_others(request)
    body, key = await request.read(), idempotency_key(request)
    costs = _costs(decode_json(body, CostBatch))
    digest = sha256(body).digest()
    async with transaction(request) as connection:
        if key and (before := await told_before(connection, key, digest)):
            return json_answer(before)
        effect = await tell_costs(connection, costs)
        if key:
            await keep_answer(connection, key, digest, effect)
        await record(connection, actor_of(request), _deed(effect), now())
    return json_answer(effect)


def _deed(effect: Effect) -> Deed:
    return Deed("costs.told", "costs", "", after=msgspec.to_builtins(effect))


def _costs(batch: CostBatch) -> list[Cost]:
    mistakes: list[Mistake] = []
    costs: list[Cost] = []
    for place, one in enumerate(batch.items):
        try:
            costs.append(_cost(one))
        except InvalidInput as error:
            mistakes += [Mistake(f"$.items[{place}].{mistake.path}", mistake.message) for mistake in error.mistakes]
    if mistakes:
        raise InvalidInput(*mistakes[:100])
    return costs


def _cost(one: CostItem) -> Cost:
    gross, net = (_kopecks(name, getattr(one, name)) for name in ("gross", "net"))
    if gross is None and net is None:
        raise InvalidInput(Mistake("gross", _("is empty; an amount is needed")))
    if gross is not None and net is not None and not (net <= gross if gross >= 0 else gross <= net <= 0):
        raise InvalidInput(Mistake("net", _("is more than the amount with VAT")))
    source, channel = clean(one.source.lower(), LONGEST_TEXT), clean(one.channel, LONGEST_TEXT)
    if not source and not channel:
        raise InvalidInput(Mistake("source", _("is empty, and so is channel")))
    if not 2000 <= one.day.year < 2100:
        raise InvalidInput(Mistake("day", _("must be a day of this century")))
    try:
        known = read_channel(channel) if channel else None
    except InvalidInput as error:
        raise InvalidInput(Mistake("channel", error.mistakes[0].message)) from error
    gross, net = with_and_without_vat(gross, net, Decimal(one.vat))
    campaign, city, keyword = (clean(text, LONGEST_TEXT) for text in (one.campaign, one.city, one.keyword))
    return Cost(one.day, source, known, campaign, city, gross, net, keyword)


def _kopecks(name: str, rubles: Decimal | None) -> int | None:
    if rubles is None:
        return None
    if not rubles.is_finite() or abs(rubles) > _MOST_RUBLES:
        raise InvalidInput(Mistake(name, _("must be an amount in rubles, at most ten billion")))
    return int((rubles * 100).quantize(Decimal(1), ROUND_HALF_UP))


def _told(row: CostRow) -> CostTold:
    texts = (row.source, row.channel, row.campaign, row.keyword, row.city)
    return CostTold(row.day, *texts, Decimal(row.gross) / 100, Decimal(row.net) / 100)

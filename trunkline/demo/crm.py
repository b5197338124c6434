"""The demo's CRM on loopback: a home-made one, as docs/crm-http.md has it, with a page of what it holds.

It takes signed posts, answers signed questions, and posts what changed there to the address it was given for that.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import aiohttp
import msgspec
from aiohttp import web
from jinja2 import Environment, PackageLoader, Template, select_autoescape

from trunkline.demo.crm_book import ENTITIES, Book
from trunkline.log import get_logger
from trunkline.notjson import NOT_JSON
from trunkline.webhooks.signature import HEADER, verify

log = get_logger(__name__)

PORT: Final = 8083
NAME: Final = "demo"
"""Its short name on `/settings/crm`."""
EXPORT: Final = "/export"
_LARGEST: Final = 1 << 20
_EVERY_SECONDS: Final = 3.0
_TIMEOUT: Final = aiohttp.ClientTimeout(total=10)
_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "ru": {
        "title": "CRM демо-компании",
        "about": "Выдуманная программа выдуманной компании: она знает то, что ей сообщил Trunkline, и по выигранным "
        "лидам заводит сделки, счета и оплаты.",
        "settings": "Как она подключена",
        "deals": "Сделки",
        "leads": "Лиды",
        "payments": "Оплаты",
        "told": "Что ей сообщено",
        "contacts": "Контакты",
        "paid": "Оплачено, ₽",
        "nothing": "Пока ничего. Первое сообщение придёт со следующим звонком.",
    },
    "en": {
        "title": "CRM of the demo company",
        "about": "An invented program of an invented company: it knows what Trunkline told it, and makes deals, bills "
        "and payments of leads that were won.",
        "settings": "How it is connected",
        "deals": "Deals",
        "leads": "Leads",
        "payments": "Payments",
        "told": "What it was told",
        "contacts": "Contacts",
        "paid": "Paid, ₽",
        "nothing": "Nothing yet. The first message comes with the next call.",
    },
}


@dataclass(frozen=True, slots=True)
class Crm:
    """What serves it; both sides know `secret`, `pages` is where Trunkline's pages are."""

    book: Book
    secret: bytes
    pages: str

    def app(self) -> web.Application:
        """The page, the receiver and what is asked."""
        app = web.Application(client_max_size=_LARGEST)
        app.add_routes([web.get("/", self.show), web.post("/", self.receive), web.get(EXPORT, self.give)])
        return app

    async def receive(self, request: web.Request) -> web.Response:
        """`POST /`: 200 with what it is called here once it is kept; 401 and 400 for what is no message."""
        body, now = await request.read(), time.time()
        self._check(request, body, now)
        event, key = (request.headers.get(f"Trunkline-{name}", "") for name in ("Event", "Delivery"))
        if event == "ping":
            return web.json_response({"ok": True})
        try:
            message = msgspec.json.decode(body)
        except NOT_JSON:
            raise web.HTTPBadRequest(text="The message is no JSON.\n") from None
        if not key or not isinstance(message, dict):
            raise web.HTTPBadRequest(text="The message has no key, or is no record.\n")
        answer = self.book.take(key, event, message, now)
        return web.json_response({"id": answer} if answer else {"ok": True})

    async def give(self, request: web.Request) -> web.Response:
        """`GET /export?what=&since=&p=`: a page of what changed since then; the last one is empty."""
        self._check(request, request.raw_path.encode(), time.time())
        what, since, page = (request.query.get(name, "") for name in ("what", "since", "p"))
        if what not in ENTITIES or not _is_number(since) or not _is_number(page or "1"):
            raise web.HTTPBadRequest(text=f"Ask for one of {', '.join(ENTITIES)}, since a Unix time, by pages.\n")
        records, _last = self.book.changed(what, float(since), str(request.url.origin()), int(page or "1"))
        return web.json_response(records)

    async def show(self, request: web.Request) -> web.Response:
        """`GET /`: what it holds."""
        language = "ru" if "ru" in request.headers.get("Accept-Language", "")[:20] else "en"
        text = _template().render(words=_WORDS[language], language=language, pages=self.pages, **self.book.newest())
        headers = {"Cache-Control": "no-store", "Refresh": "10"}
        return web.Response(text=text, content_type="text/html", headers=headers)

    def _check(self, request: web.Request, signed: bytes, now: float) -> None:
        if not verify(self.secret, signed, request.headers.get(HEADER, ""), now):
            raise web.HTTPUnauthorized(text="The signature is wrong, or older than five minutes.\n")


@dataclass(slots=True)
class Poster:
    """Lets deals go on, and posts what changed to `hooks`; what a post lost is asked for by Trunkline itself."""

    book: Book
    url: str
    hooks: str
    since: float

    async def run(self) -> None:
        """For ever."""
        done = dict.fromkeys(ENTITIES, self.since)
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
            while True:
                with suppress(aiohttp.ClientError, TimeoutError):  # the server is being started again
                    await self.one_round(session, time.time(), done)
                await asyncio.sleep(_EVERY_SECONDS)

    async def one_round(self, session: aiohttp.ClientSession, now: float, done: dict[str, float]) -> None:
        """What changed later than `done` says of each, which is moved."""
        self.book.move(now)
        for entity in ENTITIES:
            records, last = self.book.changed(entity, done[entity], self.url)
            if records and not await self._post(session, entity, records):
                return  # what comes after refers to it
            done[entity] = last

    async def _post(self, session: aiohttp.ClientSession, entity: str, records: Sequence[dict[str, Any]]) -> bool:
        headers = {"Content-Type": "application/json"}
        async with session.post(f"{self.hooks}/{entity}", data=msgspec.json.encode(records), headers=headers) as answer:
            if answer.status != 200:
                log.debug("demo_crm_refused", entity=entity, status=answer.status)
            return answer.status == 200


def mapping(default: str) -> str:
    """The mapping of its connector: the default one, and where the CRM is asked for what its posts may have lost."""
    asked = "".join(
        f'\n[in.{what}.pull]\nurl = "{EXPORT}?what={what}&since={{since}}"\nsince = "unix"\npage = "p"\n'
        for what in ENTITIES
    )
    return default + asked


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 12


@cache
def _template() -> Template:
    loader = PackageLoader("trunkline.demo")
    return Environment(loader=loader, autoescape=select_autoescape(default=True)).get_template("crm.html")

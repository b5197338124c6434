"""The demo company's websites, served by `trunkline demo` itself on loopback, each with the script in its head.

Beside the number stands a button: the simulated PBX then gets a call to the number that is shown.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from aiohttp import web
from jinja2 import Environment, PackageLoader, Template, select_autoescape

from trunkline.calls.phone import NamedKind, format_number, parse
from trunkline.demo.sites import Shop
from trunkline.log import get_logger

log = get_logger(__name__)

PORT: Final = 8082
_WAYS: Final = (
    ("direct", ""),
    ("ads", "?utm_source=yandex&utm_medium=cpc&utm_campaign=demo&yclid=1795320084"),
    ("social", "?utm_source=vk&utm_medium=social&utm_campaign=post"),
    ("mail", "?utm_source=newsletter&utm_medium=email&utm_campaign=november"),
    ("assistant", "?utm_source=chatgpt.com"),
    ("partner", "?utm_source=partner.example&utm_medium=referral"),
)
_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "ru": {
        "about": "Сайт выдуманной компании. Номер вверху у каждого посетителя свой; без скрипта здесь стоит",
        "call": "Позвонить на номер вверху",
        "called": "Звонок на %s начался.",
        "ways": "Откуда вы пришли",
        "hint": "Каждая ссылка — новый визит из своего канала. Позвоните, и звонок будет в отчёте под этим каналом.",
        "report": "Отчёт по каналам",
        "direct": "Прямой заход",
        "ads": "Реклама в Яндексе",
        "social": "Пост во ВКонтакте",
        "mail": "Рассылка",
        "assistant": "Ответ ассистента",
        "partner": "Ссылка партнёра",
    },
    "en": {
        "about": "A website of an invented company. Each visitor has his own number above; without the script it is",
        "call": "Call the number above",
        "called": "A call to %s has begun.",
        "ways": "Where you come from",
        "hint": "Each link is a new visit from its own channel. Call, and the report has the call under that channel.",
        "report": "The report by channels",
        "direct": "Typed in",
        "ads": "An advertisement at Yandex",
        "social": "A post at VK",
        "mail": "A newsletter",
        "assistant": "An assistant's answer",
        "partner": "A partner's link",
    },
}


@dataclass(frozen=True, slots=True)
class Street:
    """The websites; `script` is where the script is, `pages` where the pages are, `call` places a call to a number."""

    shops: Sequence[Shop]
    script: str
    pages: str
    call: Callable[[str], Awaitable[bool]]

    def app(self) -> web.Application:
        """What serves them."""
        app = web.Application(client_max_size=4096)
        app.add_routes(
            [web.get("/", self.show_first), web.get("/{key}", self.show), web.post("/call", self.receive_call)]
        )
        return app

    async def show_first(self, _request: web.Request) -> web.StreamResponse:
        """GET /: the first of them."""
        raise web.HTTPFound(f"/{self.shops[0].key}" if self.shops else self.pages)

    async def show(self, request: web.Request) -> web.StreamResponse:
        """GET /{key}: one page."""
        words = _WORDS["ru" if "ru" in request.headers.get("Accept-Language", "")[:20] else "en"]
        shop = self._shop(request.match_info["key"])
        called = _spelled(request.query.get("called", ""))
        text = _template().render(
            shop=shop,
            shops=self.shops,
            spelled=_spelled(shop.number),
            script=self.script,
            pages=self.pages,
            words=words,
            ways=[(words[name], query) for name, query in _WAYS],
            told=words["called"] % called if called else "",
            language="ru" if words is _WORDS["ru"] else "en",
        )
        return web.Response(text=text, content_type="text/html", headers={"Cache-Control": "no-store"})

    async def receive_call(self, request: web.Request) -> web.StreamResponse:
        """POST /call: a call to the number that the page shows; pages of others may not place any."""
        if request.headers.get("Origin", "") != f"http://{request.host}":
            raise web.HTTPForbidden(text="Only a page of these sites may call.\n")
        form = await request.post()
        number, shop = str(form.get("number", "")), self._shop(str(form.get("back", "")))
        if not await self.call(number):
            raise web.HTTPBadRequest(text="That is no number of the demo company.\n")
        raise web.HTTPSeeOther(f"/{shop.key}?called=%2B{number[1:]}")

    def _shop(self, key: str) -> Shop:
        for shop in self.shops:
            if shop.key == key:
                return shop
        raise web.HTTPNotFound(text="There is no such site.\n")


def _spelled(text: str) -> str:
    number = parse(text)
    return "" if isinstance(number, NamedKind) else format_number(number)


@cache
def _template() -> Template:
    loader = PackageLoader("trunkline.demo")
    return Environment(loader=loader, autoescape=select_autoescape(default=True)).get_template("shop.html")

"""Pages out of templates: one environment, one call (`page`), whole pages and the parts htmx asks for."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any, Final, Literal
from urllib.parse import quote, unquote
from zoneinfo import ZoneInfo

import aiohttp_jinja2
import jinja2
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from markupsafe import Markup

from . import i18n
from .assets import Assets
from .filters import filters
from .i18n import Reader, Translations, choose_language, reading
from .shell import NAVIGATION, THEMES, Surroundings, Theme, below, existing_pages, reachable

LANGUAGE_COOKIE: Final = "language"
THEME_COOKIE: Final = "theme"
_TOAST_COOKIE: Final = "toast"
_MACROS: Final = ("ui", "form", "table", "timeline")
_ON_THE_BAR: Final = 4

_HTMX_CONFIG: Final = json.dumps(
    {
        "allowEval": False,
        "includeIndicatorStyles": False,
        "selfRequestsOnly": True,
        "historyCacheSize": 0,
        "responseHandling": [
            {"code": "204", "swap": False},
            {"code": "[23]..", "swap": True},
            {"code": "422", "swap": True},
            {"code": "[45]..", "swap": False, "error": True},
        ],
    }
)

ToastKind = Literal["ok", "bad", "info"]


@dataclass(frozen=True, slots=True)
class Pages:
    """What an application needs to answer with pages."""

    translations: Translations
    assets: Assets
    surroundings: Surroundings
    company: str
    language: str
    timezone: ZoneInfo
    clock: Callable[[], datetime]


pages_key: web.AppKey[Pages] = web.AppKey("pages", Pages)
_existing_key: web.AppKey[frozenset[str]] = web.AppKey("existing_pages", frozenset)
_reader_key = web.RequestKey("reader", Reader)


def now() -> datetime:
    """The clock of a running application."""
    return datetime.now(UTC)


def setup_templates(
    app: web.Application,
    *,
    packages: Iterable[str] = (),
    surroundings: Surroundings | None = None,
    company: str = "Trunkline",
    language: str = i18n.SOURCE_LANGUAGE,
    timezone: ZoneInfo = i18n.UTC,
    clock: Callable[[], datetime] = now,
) -> jinja2.Environment:
    """Give `app` pages. `packages` are the parts with `templates`, `static` or `locale` folders of their own.

    A template `list.html` of the package `trunkline.calls` is named `calls/list.html`. Registers `/static/…`.
    """
    names = ("trunkline.web", *packages)
    assets = Assets(names)
    app[pages_key] = Pages(
        Translations(names), assets, surroundings or Surroundings(), company, language, timezone, clock
    )
    environment = aiohttp_jinja2.setup(
        app,
        loader=_loader(names),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.loopcontrols"],
        trim_blocks=True,
        lstrip_blocks=True,
        default_helpers=False,
        filters=filters(clock),
    )
    _fill(environment, assets)
    app.add_routes(assets.routes())
    app.on_startup.append(note_pages)
    return environment


def _loader(packages: Iterable[str]) -> jinja2.BaseLoader:
    own, *others = ((package, files(package) / "templates") for package in packages)
    prefixed = {package.rpartition(".")[2]: jinja2.FileSystemLoader(str(folder)) for package, folder in others}
    return jinja2.ChoiceLoader([jinja2.FileSystemLoader(str(own[1])), jinja2.PrefixLoader(prefixed)])


def _fill(environment: jinja2.Environment, assets: Assets) -> None:
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # added by jinja2.ext.i18n
        i18n.gettext, i18n.ngettext, newstyle=True, pgettext=i18n.pgettext, npgettext=i18n.npgettext
    )
    del environment.globals["app"]
    environment.globals |= {
        "asset": assets.url,
        "languages": i18n.LANGUAGES,
        "themes": THEMES,
        "csrf_field": csrf_field,
    }
    for name in _MACROS:
        environment.globals[name] = environment.get_template(f"macros/{name}.html").module


async def note_pages(app: web.Application) -> None:
    """An `on_startup` hook: the menu shows the pages `app` has."""
    app[_existing_key] = existing_pages(app)


@jinja2.pass_context
def csrf_field(context: jinja2.runtime.Context) -> str:
    """The hidden field every POST form of a page carries."""
    return Markup('<input type="hidden" name="csrf" value="{}">').format(context["shell"]["csrf_token"])


def reader_of(request: web.Request) -> Reader:
    """The language and zone `request` is answered in."""
    reader = request.get(_reader_key)
    if reader is None:
        pages = request.app[pages_key]
        cookie, accepted = request.cookies.get(LANGUAGE_COOKIE), request.headers.get(hdrs.ACCEPT_LANGUAGE)
        reader = request[_reader_key] = Reader(choose_language(cookie, accepted, pages.language), pages.timezone)
    return reader


@web.middleware
async def reader_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let `gettext` in handlers speak the reader's language."""
    with reading(reader_of(request), request.app[pages_key].translations):
        return await handler(request)


def page(request: web.Request, template: str, *, status: int = 200, **values: Any) -> web.Response:
    """The page `template`, or one block of it: when htmx asks for the target `#call-rows` and the template has a
    block `call_rows`, only that block is sent.
    """
    pages = request.app[pages_key]
    loaded = aiohttp_jinja2.get_env(request.app).get_template(template)
    block = _wanted_block(request)
    with reading(reader_of(request), pages.translations):
        if block in loaded.blocks:
            context = loaded.new_context(_surround(request, pages, toast=None) | values)
            text = "".join(loaded.blocks[block](context))
            toast = None
        else:
            toast = _take_toast(request)
            text = loaded.render(_surround(request, pages, toast) | values)
    response = web.Response(text=text, status=status, content_type="text/html", charset="utf-8")
    response.headers[hdrs.VARY] = "Cookie, Accept-Language, HX-Request, HX-Target"
    response.headers[hdrs.CACHE_CONTROL] = "no-store"
    if toast is not None:
        response.del_cookie(_TOAST_COOKIE, path="/")
    return response


def framed(request: web.Request, template: str, *, status: int = 200, **values: Any) -> web.Response:
    """The page `template` for a frame in another's page: without shell, and nothing in it leads to pages of ours.

    A frame of a third party has no cookies: nothing is asked of a session.
    """
    pages = request.app[pages_key]
    loaded = aiohttp_jinja2.get_env(request.app).get_template(template)
    with reading(reader_of(request), pages.translations):
        text = loaded.render({"reader": reader_of(request), "company": pages.company, "may_reach": _nowhere} | values)
    response = web.Response(text=text, status=status, content_type="text/html", charset="utf-8")
    response.headers[hdrs.CACHE_CONTROL] = "no-store"
    return response


def _nowhere(_path: str) -> bool:
    return False


def _wanted_block(request: web.Request) -> str:
    asked = request.headers
    if "HX-Request" not in asked or "HX-Boosted" in asked or "HX-History-Restore-Request" in asked:
        return ""
    return asked.get("HX-Target", "").replace("-", "_")


def _surround(request: web.Request, pages: Pages, toast: Mapping[str, str] | None) -> dict[str, Any]:
    surroundings, existing = pages.surroundings, request.app.get(_existing_key, frozenset[str]())
    viewer = surroundings.viewer(request)

    def may_reach(path: str) -> bool:
        return path in existing and surroundings.may_open(request, path)

    navigation = reachable(NAVIGATION, may_reach) if viewer else ()
    places = [place for group in navigation for place in group.places]
    here = max((p for p in places if p.contains(request.path)), key=lambda p: len(p.href), default=None)
    shell = {
        "company": pages.company,
        "viewer": viewer,
        "csrf_token": surroundings.csrf_token(request),
        "navigation": navigation,
        "bar": places[:_ON_THE_BAR],
        "here": here.href if here else "",
        "below": below(request.path, here, may_reach),
        "theme": theme_of(request),
        "address": request.path_qs if request.method == "GET" else "/",
        "method": request.method,
        "banners": surroundings.banners(request) if viewer else (),
        "hint": surroundings.hint(request) if viewer else None,
        "toast": toast,
        "htmx_config": _HTMX_CONFIG,
    }
    return {"shell": shell, "reader": reader_of(request), "may_reach": may_reach}


def theme_of(request: web.Request) -> Theme:
    """The viewer's choice of light or dark; `auto` follows the system."""
    chosen = request.cookies.get(THEME_COOKIE)
    return next((theme for theme in THEMES if theme == chosen), "auto")


def toast(response: web.Response, text: str, kind: ToastKind = "ok") -> web.Response:
    """Make htmx show `text` in a corner when it swaps `response` in."""
    response.headers["HX-Trigger"] = json.dumps({"toast": {"text": text, "kind": kind}})
    return response


def redirect(request: web.Request, to: str, said: str = "", kind: ToastKind = "ok") -> web.Response:
    """Send the browser to `to` after a form (303, or HX-Redirect for htmx) and let that page say `said`."""
    if "HX-Request" in request.headers:
        response = web.Response(status=204, headers={"HX-Redirect": to})
    else:
        response = web.Response(status=303, headers={hdrs.LOCATION: to})
    if said:
        message = quote(json.dumps({"text": said, "kind": kind}))
        response.set_cookie(_TOAST_COOKIE, message, max_age=60, path="/", httponly=True, samesite="Lax")
    return response


def _take_toast(request: web.Request) -> Mapping[str, str] | None:
    raw = request.cookies.get(_TOAST_COOKIE)
    if not raw:
        return None
    try:
        said = json.loads(unquote(raw))
        return {"text": str(said["text"])[:300], "kind": said["kind"] if said["kind"] in {"ok", "bad"} else "info"}
    except (ValueError, KeyError, TypeError):
        return {"text": "", "kind": "info"}

"""`/calltracking/v1/*` on the public listener: the script's requests, refused early where they cannot be its own."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

import msgspec
from aiohttp import hdrs, web

from calltracking.leases.answering import LONGEST_AGENT, Engine, Refused, Sender
from calltracking.leases.limits import REQUESTS, Buckets
from calltracking.leases.wire import LARGEST_BODY, BeatBody, SwapBody, TapBody, in_words
from calltracking.sites.catalogue import TABLE_SECONDS, Site, table_of
from trunkline.errors import SpoolFull
from trunkline.notjson import NOT_JSON
from trunkline.web.metrics import LEASE_REFUSALS
from trunkline.web.receiving import BodyFault, receive
from trunkline.web.security import peer_key

engine_key = web.AppKey("calltracking_engine", Engine)
requests_key = web.AppKey("calltracking_requests", Buckets)
BODY_SECONDS = 10.0
_V1 = "/calltracking/v1"
_SWAP = msgspec.json.Decoder(SwapBody)
_BEAT = msgspec.json.Decoder(BeatBody)
_TAP = msgspec.json.Decoder(TapBody)
_ANSWER = msgspec.json.Encoder()
Handler = Callable[[web.Request], Awaitable[web.Response]]


class OfSite(Protocol):
    """What every body names: the site it is of."""

    @property
    def site(self) -> str: ...


T = TypeVar("T", bound=OfSite)


def new_buckets() -> Buckets:
    """What counts the requests of each address."""
    return Buckets(REQUESTS)


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get(_V1 + "/sites/{key}.json", answered(show_table)),
        web.post(_V1 + "/swap", answered(swap)),
        web.post(_V1 + "/beat", answered(beat)),
        web.post(_V1 + "/tap", answered(tap)),
    ]


async def show_table(request: web.Request) -> web.Response:
    """`GET /sites/{key}.json`: by it a browser decides with our server down too."""
    site, origin = site_asked(request)
    headers = {hdrs.CACHE_CONTROL: f"public, max-age={TABLE_SECONDS}", **allowed(origin)}
    headers[hdrs.VARY] = f"Origin, {hdrs.ACCEPT_ENCODING}"
    answer = web.Response(body=table_of(site), content_type="application/json", headers=headers)
    answer.enable_compression()  # with the list of channels it is 12 KB
    return answer


def site_asked(request: web.Request) -> tuple[Site, str]:
    """The site of `{key}` and the origin of the page that asks; raises Refused."""
    site = _site_of(request.app[engine_key], request.match_info["key"], 404)
    origin = request.headers.get(hdrs.ORIGIN, "")
    if origin and not site.owns(origin):
        raise Refused(403, "origin", "is no origin of this site: add its host to the site", "origin")
    return site, origin


async def swap(request: web.Request) -> web.Response:
    """`POST /swap`: a page is seen, numbers are wanted."""
    body, site, origin = await sent(request, _SWAP)
    if not site.shows(body.page, origin):
        raise Refused(400, "page", "must be the address of a page of the site: http or https, and its host", "page")
    answer = await request.app[engine_key].swap(site, body, sender_of(request))
    headers = {hdrs.CACHE_CONTROL: "no-store", **allowed(origin)}
    return web.Response(body=_ANSWER.encode(answer), content_type="application/json", headers=headers)


async def beat(request: web.Request) -> web.Response:
    """`POST /beat`: still there, hidden, or left."""
    body, site, origin = await sent(request, _BEAT)
    request.app[engine_key].beat(site, body)
    return web.Response(status=204, headers=allowed(origin))


async def tap(request: web.Request) -> web.Response:
    """`POST /tap`: a number's link was touched."""
    body, site, origin = await sent(request, _TAP)
    request.app[engine_key].tap(site, body)
    return web.Response(status=204, headers=allowed(origin))


async def sent(request: web.Request, decoder: "msgspec.json.Decoder[T]") -> tuple[T, Site, str]:
    """What was sent, of which site, from which origin; raises Refused."""
    engine = request.app[engine_key]
    if not request.app[requests_key].take(request[peer_key].network, engine.clock()):
        raise Refused(429, "address_rate", "too many requests from this address")
    if (request.content_length or 0) > LARGEST_BODY:
        raise Refused(413, "size", f"must be at most {LARGEST_BODY} bytes", "$")
    try:
        data = await receive(request, BODY_SECONDS)
    except BodyFault as fault:
        raise Refused(fault.status, fault.reason, str(fault), "$") from fault
    if len(data) > LARGEST_BODY:
        raise Refused(413, "size", f"must be at most {LARGEST_BODY} bytes", "$")
    try:
        body = decoder.decode(data)
    except msgspec.ValidationError as error:
        raise Refused(400, "body", *in_words(str(error))) from error
    except NOT_JSON as error:
        raise Refused(400, "body", "is not JSON", "$") from error
    site = _site_of(engine, body.site, 403)
    origin = request.headers.get(hdrs.ORIGIN, "")
    if not site.owns(origin):
        raise Refused(403, "origin", "is no origin of this site: add its host to the site", "origin")
    return body, site, origin


def _site_of(engine: Engine, key: str, unknown: int) -> Site:
    """The site of that key; raises Refused with the status `unknown`."""
    site = engine.catalogue.value.sites.get(key)
    if site is not None:
        return site
    if not engine.catalogue.is_read:
        # A browser that is told its visit is none of ours forgets it: while nobody knows, it has to keep it.
        raise Refused(503, "starting", "the sites are not read yet: ask again in a moment")
    raise Refused(unknown, "site", "is no site of ours", "site")


def answered(handler: Handler) -> Handler:
    """The handler with every refusal counted, and told as JSON."""

    async def answer(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except Refused as refused:
            LEASE_REFUSALS.labels(refused.reason).inc()
            response = _refusal(refused.status, str(refused), refused.field)
            if request.content.exception() is not None:
                response.force_close()  # nobody knows where the next request would begin
            return response
        except web.HTTPRequestEntityTooLarge:
            LEASE_REFUSALS.labels("size").inc()
            return _refusal(413, f"must be at most {LARGEST_BODY} bytes", "$")
        except SpoolFull:
            LEASE_REFUSALS.labels("spool").inc()
            return _refusal(503, "nothing more can be kept at the moment", "")

    return answer


def _refusal(status: int, error: str, field: str) -> web.Response:
    body = _ANSWER.encode({"error": error, "field": field})
    # Any page may read why: the script goes by it, and it tells nothing of the site.
    headers = {hdrs.CACHE_CONTROL: "no-store", hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: "*"}
    return web.Response(body=body, status=status, content_type="application/json", headers=headers)


def allowed(origin: str) -> dict[str, str]:
    """The headers that let a page of `origin` read the answer."""
    shared = {hdrs.VARY: "Origin", "Cross-Origin-Resource-Policy": "cross-origin"}
    return {hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: origin, **shared} if origin else shared


def sender_of(request: web.Request) -> Sender:
    """Who sent the request."""
    # Cut before anything looks at it: what a robot's name is looked for in must be short.
    agent = request.headers.get(hdrs.USER_AGENT, "")[:LONGEST_AGENT].encode(errors="replace").decode()
    return Sender(request[peer_key].network, agent)

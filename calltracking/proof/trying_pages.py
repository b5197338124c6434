"""`/reports/proof/tests`: a test call from the link to the row of the report, each step with its time."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from aiohttp import web

from calltracking.proof.pages import PATH, site_asked
from calltracking.proof.store import ProvenSite, sites_seen
from calltracking.proof.testcall import Step, TestCall
from calltracking.proof.trying import begin_test, find_test, give_up, look
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, NotFound
from trunkline.people.audit import Deed, record
from trunkline.people.pages.request import actor_of, mistakes_of, now, text_field, transaction
from trunkline.people.roles import Right
from trunkline.web.auth import signed_in
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.render import page, redirect

TESTS: Final = f"{PATH}/tests"
STEP_NAMES: Final[Mapping[Step, tuple[str, str]]] = {
    Step.VISIT: (
        mark("The visit was seen"),
        mark(
            "Open the link in a private window. If nothing comes within a minute: is the script's line in the "
            "page, is its data-site this site's key, does the console tell an error, is the host among the "
            "site's, did you agree to be known? Add &trunkline=explain to the link to be told what the script "
            "does."
        ),
    ),
    Step.NUMBER: (
        mark("A number of its own was shown"),
        mark(
            "Scroll to the telephone number: a number may be taken when it comes into view. If it stays the "
            "page's own: is the placement's number the one on the page, has its pool numbers in use, does "
            "another script write over it?"
        ),
    ),
    Step.CALL: (
        mark("The call came"),
        mark(
            "Call the number from any telephone. If the call does not come: does the operator send it to the "
            "PBX, is the link to the PBX up, does the PBX tell the number that was dialled?"
        ),
    ),
    Step.GIVEN: (
        mark("The call was given to the visit"),
        mark(
            "This happens as the call begins. If it does not: several visitors may have seen the number (the "
            "pool is too small), or the number told another source on this day."
        ),
    ),
}
WHYS: Final[Mapping[str, str]] = {
    "late": mark("Half an hour went by without this step."),
    "elsewhere": mark("The call is over, and was given to another visit or to none."),
    "unsure": mark("The call was given to the visit, but with less than 50 % of likelihood."),
    "given_up": mark("It was given up here."),
}
_NOTHING: Mapping[str, str] = {}


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get(TESTS, show_form),
        web.post(TESTS, begin),
        web.get(f"{TESTS}/{{test}}", show_test),
        web.post(f"{TESTS}/{{test}}/look", look_after),
        web.post(f"{TESTS}/{{test}}/end", end),
    ]


async def show_form(request: web.Request) -> web.Response:
    """`GET ?site=`: where a test begins."""
    async with transaction(request) as connection:
        site = site_asked(request, await sites_seen(connection, signed_in(request).reach()))
    if site is None:
        raise NotFound(_("There is no such site."))
    return _form(request, site)


async def begin(request: web.Request) -> web.StreamResponse:
    """`POST ?site=`: a test under a mark of its own."""
    text = (await text_field(request, "page")).replace("\0", "").strip()
    async with transaction(request) as connection:
        site = site_asked(request, await sites_seen(connection, signed_in(request).reach()))
        if site is None:
            raise NotFound(_("There is no such site."))
        try:
            test = await begin_test(connection, site.id, site.hosts, text, signed_in(request).person, now())
        except InvalidInput as error:
            return _form(request, site, mistakes_of(error), text)
        deed = Deed("test_call.begun", "site", str(site.id), after={"test": str(test)})
        await record(connection, actor_of(request), deed, now())
    return redirect(request, f"{TESTS}/{test}")


async def show_test(request: web.Request) -> web.Response:
    """One test: the link, the steps with their times, and what to do where one does not come."""
    async with transaction(request) as connection:
        test, site = await _asked(connection, request)
    return _page(request, test, site)


async def look_after(request: web.Request) -> web.StreamResponse:
    """`POST`: look how far an open test has come; the page does so by itself."""
    async with transaction(request) as connection:
        test, site = await _asked(connection, request)
        if test.ended_at is None:
            await look(connection, test, now())
            test, site = await _asked(connection, request)
    return _page(request, test, site) if "HX-Request" in request.headers else redirect(request, f"{TESTS}/{test.id}")


async def end(request: web.Request) -> web.StreamResponse:
    """`POST`: give it up; how far it came is kept."""
    async with transaction(request) as connection:
        test, _site = await _asked(connection, request)
        await give_up(connection, test, now())
    return redirect(request, f"{TESTS}/{test.id}")


async def _asked(connection: Connection, request: web.Request) -> tuple[TestCall, ProvenSite]:
    """The test of the address and its site, if the reader sees it; raises NotFound."""
    sites = {one.id: one for one in await sites_seen(connection, signed_in(request).reach())}
    try:
        identifier = UUID(request.match_info["test"])
    except ValueError:
        raise NotFound(_("There is no such test.")) from None
    test = await find_test(connection, list(sites), identifier)
    if test is None:
        raise NotFound(_("There is no such test."))
    return test, sites[test.site_id]


def _form(
    request: web.Request, site: ProvenSite, mistakes: Mapping[str, str] = _NOTHING, text: str = ""
) -> web.Response:
    return page(
        request,
        "proof/test_form.html",
        status=422 if mistakes else 200,
        site=site,
        text=text,
        mistake=mistakes.get("page", ""),
        told=list(mistakes.items()),
        may_begin=signed_in(request).holds(Right.SITES_EDIT),
    )


def _page(request: web.Request, test: TestCall, site: ProvenSite) -> web.Response:
    viewer = signed_in(request)
    return page(
        request,
        "proof/test.html",
        test=test,
        site=site,
        path=f"{TESTS}/{test.id}",
        back=f"{PATH}?site={site.key}",
        steps=[(step, _(STEP_NAMES[step][0]), at) for step, at in test.done.items()],
        advice=_(STEP_NAMES[test.next][1]) if test.next else "",
        why=_(WHYS[test.why]) if test.why else "",
        may_look=viewer.holds(Right.CALLS_READ),
        may_edit=viewer.holds(Right.SITES_EDIT),
    )

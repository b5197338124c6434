"""`/contacts/import` and `/spam/import`: a file in, a bar that moves, and what was wrong with which line.

What is asked about a file before it goes in is in preview_pages.py.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import hdrs, web

from trunkline.contacts import deciding
from trunkline.contacts.imports import DEFAULT_SOURCE
from trunkline.contacts.preview_pages import DecisionPages
from trunkline.contacts.problem_words import problems_csv
from trunkline.contacts.run_page import run_page
from trunkline.contacts.running import import_room_key
from trunkline.contacts.runs import Kind, Run, recent_runs
from trunkline.errors import InvalidInput
from trunkline.keys import settings_key
from trunkline.people.pages.request import mistakes_of, transaction
from trunkline.web.i18n import gettext as _
from trunkline.web.render import page, redirect

#: htmx swaps this answer in and stops polling.
_STOP_POLLING: Final = 286
_PIECE = 1000


@dataclass(frozen=True, slots=True)
class ImportPages:
    """The pages of one kind of file under `path`."""

    kind: Kind
    path: str

    def routes(self) -> list[web.RouteDef]:
        """Their routes."""
        return [
            web.get(self.path, self.show_form),
            web.post(self.path, self.receive),
            web.get(f"{self.path}/{{run}}", self.show_run),
            web.get(f"{self.path}/{{run}}/problems.csv", self.send_problems),
        ]

    async def show_form(self, request: web.Request) -> web.Response:
        """The form, and what was imported lately."""
        return await self._form(request)

    async def receive(self, request: web.Request) -> web.StreamResponse:
        """Take the file and go to its bar."""
        try:
            run = await deciding.receive(request, self.kind)
        except InvalidInput as error:
            return await self._form(request, 422, mistakes_of(error))
        return redirect(request, f"{self.path}/{run}")

    async def show_run(self, request: web.Request) -> web.Response:
        """How far it is, or what it did."""
        run = await deciding.find(request, self.kind, request.match_info["run"])
        polled = request.headers.get("HX-Target") == "import-state"
        return await run_page(request, run, self.path, status=_STOP_POLLING if polled and not run.moves else 200)

    async def send_problems(self, request: web.Request) -> web.StreamResponse:
        """Every problem as CSV."""
        run = await deciding.find(request, self.kind, request.match_info["run"])
        path = request.app[import_room_key].report_path(run.id)
        if not await asyncio.to_thread(path.is_file):
            raise web.HTTPNotFound(text=_("There is no such report here; it is kept 90 days on %(node)s.") % _of(run))
        headers = {
            hdrs.CONTENT_TYPE: "text/csv; charset=utf-8",
            hdrs.CONTENT_DISPOSITION: f'attachment; filename="problems-{run.id}.csv"',
        }
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        pieces: list[bytes] = []
        for line in problems_csv(path, (_("line of the file"), _("column"), _("problem"), _("refused")), _):
            pieces.append(line)
            if len(pieces) >= _PIECE:
                await response.write(b"".join(pieces))
                pieces.clear()
        await response.write(b"".join(pieces))
        return response

    async def _form(
        self, request: web.Request, status: int = 200, mistakes: Mapping[str, str] | None = None
    ) -> web.Response:
        async with transaction(request) as connection:
            recent = await recent_runs(connection, self.kind)
        return page(
            request,
            "contacts/import.html",
            status=status,
            kind=self.kind,
            path=self.path,
            recent=recent,
            mistakes=mistakes or {},
            source=DEFAULT_SOURCE,
            most_mb=request.app[settings_key].limits.upload_mb,
        )


def _of(run: Run) -> Mapping[str, str]:
    return {"node": run.node}


def routes() -> list[web.RouteDef]:
    """The routes of both."""
    kinds = ((Kind.CONTACTS, "/contacts/import"), (Kind.SPAM, "/spam/import"))
    return [route for kind in kinds for pages in (ImportPages, DecisionPages) for route in pages(*kind).routes()]

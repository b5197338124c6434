"""What is asked about a file: what its columns are, whether it goes in, whether it is taken back."""

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from trunkline.contacts import deciding
from trunkline.contacts.columns import FIELDS, Layout
from trunkline.contacts.looking import mistake_of
from trunkline.contacts.run_page import field_names, run_page
from trunkline.contacts.runs import Kind, Run
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.render import redirect

_TOO_LATE: Final = mark("This import does not wait for that any more.")


@dataclass(frozen=True, slots=True)
class DecisionPages:
    """The pages of one kind of file, under the page of its form; only a file of contacts has columns to be said."""

    kind: Kind
    path: str

    def routes(self) -> list[web.RouteDef]:
        """Their routes."""
        one = f"{self.path}/{{run}}"
        columns = [web.get(f"{one}/columns", self.show_columns), web.post(f"{one}/columns", self.take_columns)]
        return [
            *(columns if self.kind is Kind.CONTACTS else ()),
            web.post(f"{one}/commit", self.commit),
            web.post(f"{one}/cancel", self.cancel),
            web.post(f"{one}/undo", self.undo),
        ]

    async def show_columns(self, request: web.Request) -> web.StreamResponse:
        """The columns of a file that waits, to be said anew."""
        run = await self._find(request)
        if run.look is None or run.moves:
            return redirect(request, f"{self.path}/{run.id}")
        return await run_page(request, run, self.path, mapping=run.look)

    async def take_columns(self, request: web.Request) -> web.StreamResponse:
        """What each column is; then what the file would do."""
        run = await self._find(request)
        if run.look is None:
            return self._back(request, run, in_time=False)
        form = await request.post()
        fields = tuple(_field(form.get(f"column-{place}")) for place in range(len(run.look.columns)))
        look = run.look.with_layout(Layout(fields, header="header" in form))
        if not run.moves and (mistake := mistake_of(look.layout, field_names())):
            return await run_page(request, run, self.path, 422, mapping=look, mistake=mistake)
        return self._back(request, run, in_time=await deciding.say_columns(request, run, look))

    async def commit(self, request: web.Request) -> web.StreamResponse:
        """Let in what was shown, and nothing else."""
        run = await self._find(request)
        seen = str((await request.post()).get("fingerprint", ""))
        if not await deciding.let_in(request, run, seen):
            told = _("Something else is shown by now. Look at it once more.")
            return redirect(request, f"{self.path}/{run.id}", told, "bad")
        return self._back(request, run, in_time=True)

    async def cancel(self, request: web.Request) -> web.StreamResponse:
        """Leave everything as it is."""
        run = await self._find(request)
        if not await deciding.give_up(request, run):
            return self._back(request, run, in_time=False)
        return redirect(request, self.path, _("Nothing went in."))

    async def undo(self, request: web.Request) -> web.StreamResponse:
        """Take back what went in."""
        run = await self._find(request)
        return self._back(request, run, in_time=await deciding.take_back(request, run))

    async def _find(self, request: web.Request) -> Run:
        return await deciding.find(request, self.kind, request.match_info["run"])

    def _back(self, request: web.Request, run: Run, *, in_time: bool) -> web.StreamResponse:
        told = "" if in_time else _(_TOO_LATE)
        return redirect(request, f"{self.path}/{run.id}", told, "ok" if in_time else "bad")


def _field(value: object) -> str:
    return value if isinstance(value, str) and value in FIELDS else ""

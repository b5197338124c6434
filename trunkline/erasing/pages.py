"""`/settings/erase`: a number is counted, then erased by who types it again; the proofs, to be read and to be kept.

The number travels in forms alone: never in an address, which logs and browsers keep.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final
from uuid import UUID

from aiohttp import hdrs, web

from trunkline.calls.phone import Number
from trunkline.db.types import Pool
from trunkline.erasing.erasing import Eraser, Ours, erase, look, number_of
from trunkline.erasing.proof import REASONS, Proof
from trunkline.erasing.proofs import find, newest
from trunkline.errors import InvalidInput
from trunkline.keys import pool_key, redis_key, secret_box_key, settings_key
from trunkline.people.pages.request import actor_of, now, text_field, transaction
from trunkline.web.i18n import gettext as _
from trunkline.web.render import page, redirect

_HERE: Final = "/settings/erase"
_MOST: Final = 50
_LONGEST: Final = 64
"""Characters of a number as somebody types it."""

ForgetRecordings = Callable[[Pool, Sequence[UUID]], Awaitable[Mapping[str, int]]]
forget_key: web.AppKey[ForgetRecordings] = web.AppKey("forget_recordings")
"""Deletes the recordings of calls; the composition root knows them."""


async def show(request: web.Request) -> web.Response:
    """The form, and the last proofs."""
    return await _page(request)


async def count(request: web.Request) -> web.Response:
    """What would go."""
    text = (await text_field(request, "number"))[:_LONGEST]
    try:
        counts = await look(_eraser(request), number_of(text))
    except InvalidInput as error:
        return await _page(request, 422, number=text, mistakes=_told(error))
    return await _page(request, number=text, counts=counts)


async def do(request: web.Request) -> web.StreamResponse:
    """Erase what was counted, if it was typed the same again."""
    text = (await text_field(request, "number"))[:_LONGEST]
    eraser = _eraser(request)
    try:
        number = number_of(text)
        counts = await look(eraser, number)
        if not _is_same(number, (await text_field(request, "again"))[:_LONGEST]):
            mistakes = {"again": _("This is not the number that was counted: type it once more.")}
            return await _page(request, 422, number=text, counts=counts, mistakes=mistakes)
        proof = await erase(eraser, number, actor_of(request), now())
    except InvalidInput as error:
        return await _page(request, 422, number=text, mistakes=_told(error))
    return redirect(request, f"{_HERE}/{proof.id}", _("The number is erased. Keep the proof."))


async def show_proof(request: web.Request) -> web.Response:
    """One proof in words."""
    proof = await _proof(request)
    left = {_(REASONS[why]): [one for one in proof.left if one.why == why] for why in _reasons(proof)}
    return page(request, "erasing/proof.html", proof=proof, left=left)


async def send_proof(request: web.Request) -> web.Response:
    """One proof as a file."""
    proof = await _proof(request)
    named = {hdrs.CONTENT_DISPOSITION: f'attachment; filename="erasure-{proof.id}.json"'}
    return web.Response(body=proof.document(), content_type="application/json", headers=named)


def routes() -> list[web.RouteDef]:
    """These pages' routes."""
    return [
        web.get(_HERE, show),
        web.post(_HERE, do),
        web.post(f"{_HERE}/count", count),
        web.get(f"{_HERE}/{{erasure}}", show_proof),
        web.get(f"{_HERE}/{{erasure}}/proof.json", send_proof),
    ]


async def _page(request: web.Request, status: int = 200, **values: Any) -> web.Response:
    async with transaction(request) as connection:
        proofs = await newest(connection, _MOST)
    known: dict[str, Any] = {"number": "", "counts": None, "mistakes": {}, "proofs": proofs}
    return page(request, "erasing/erase.html", status=status, **{**known, **values})


def _eraser(request: web.Request) -> Eraser:
    app = request.app
    sounds = partial(app[forget_key], app[pool_key])
    return Eraser(app[pool_key], app.get(redis_key), app[secret_box_key], app[settings_key].data_dir, sounds)


def _is_same(number: Number, text: str) -> bool:
    try:
        return number_of(text) == number
    except InvalidInput:
        return False


def _told(error: InvalidInput) -> dict[str, str]:
    if isinstance(error, Ours):
        said = _("This number stands in what the company set up itself (%(table)s): take it out there first.")
        return {"number": said % {"table": error.table}}
    return {"number": _("This is not a full phone number, e.g. +79161234567.")}


async def _proof(request: web.Request) -> Proof:
    try:
        erasure = UUID(request.match_info["erasure"])
    except ValueError as error:
        raise web.HTTPNotFound(text=_("It is not there any more.")) from error
    async with transaction(request) as connection:
        proof = await find(connection, erasure)
    if proof is None:
        raise web.HTTPNotFound(text=_("It is not there any more."))
    return proof


def _reasons(proof: Proof) -> list[str]:
    return list(dict.fromkeys(one.why for one in proof.left))

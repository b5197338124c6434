"""`/settings/pbxs`: hosted PBXs, what each can do, its address, and the last requests with what was found of them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from aiohttp import web

from trunkline.alarms.alarm import AlarmRow
from trunkline.alarms.letter import told as alarm_said
from trunkline.crypto import SecretBox, WrongKey
from trunkline.db.types import Connection
from trunkline.errors import InvalidInput, Mistake
from trunkline.keys import secret_box_key, settings_key
from trunkline.pbx.hooks.api_alarms import refusals_of
from trunkline.pbx.hooks.capabilities import Can
from trunkline.pbx.hooks.form import Told, pairs_text, read_form
from trunkline.pbx.hooks.grouped import GROUPS
from trunkline.pbx.hooks.groups_store import GroupSeen, groups_seen
from trunkline.pbx.hooks.groups_words import state_of
from trunkline.pbx.hooks.histories import HISTORIES
from trunkline.pbx.hooks.history_store import HistoryState, history_of
from trunkline.pbx.hooks.history_words import Progress, progress_of
from trunkline.pbx.hooks.port import Account, Provider, Setting, SettingKind
from trunkline.pbx.hooks.providers import PROVIDERS
from trunkline.pbx.hooks.store import Heard, HostedPbx, last_heard, list_hosted, save_hosted
from trunkline.pbx.hooks.subscription import Subscribing
from trunkline.pbx.hooks.subscription_store import Standing, standing_of
from trunkline.pbx.hooks.subscription_store import new_address as make_address
from trunkline.pbx.hooks.subscription_words import LEFT, TROUBLES
from trunkline.pbx.hooks.words import CAN, ROUTING, VERDICTS
from trunkline.pbx.store import add_token, find_pbx
from trunkline.people.audit import Deed, record
from trunkline.people.pages.request import actor_of, mistakes_of, now, transaction
from trunkline.web.i18n import gettext as _
from trunkline.web.i18n import mark
from trunkline.web.render import page, redirect

_HERE: Final = "/settings/pbxs"
_SHOWN: Final = 100
_LABELS: Final = {
    "id": mark("Short name"),
    "name": mark("Name"),
    "networks": mark("Networks its requests come from"),
    "active": mark("Its requests are taken"),
}


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get(_HERE, show),
        web.get(f"{_HERE}/new/{{provider}}", new),
        web.post(f"{_HERE}/new/{{provider}}", add),
        web.get(f"{_HERE}/{{pbx}}", show_one),
        web.post(f"{_HERE}/{{pbx}}", change),
        web.post(f"{_HERE}/{{pbx}}/address", new_address),
    ]


async def show(request: web.Request) -> web.Response:
    """`GET`: every hosted PBX, and which providers can be added."""
    async with transaction(request) as connection:
        hosted = await list_hosted(connection)
    return page(
        request, "hooks/list.html", hosted=hosted, providers=list(PROVIDERS.values()), titles=_titles(), routing=ROUTING
    )


async def new(request: web.Request) -> web.Response:
    """`GET`: the form of one provider."""
    provider = _provider(request.match_info["provider"])
    return _form(request, provider, None, _usual(provider))


async def add(request: web.Request) -> web.Response:
    """`POST`: one more; its address is shown in this answer and never again."""
    provider = _provider(request.match_info["provider"])
    sent = await _sent(request, provider)
    async with transaction(request) as connection:
        taken = await find_pbx(connection, sent["id"]) is not None
        try:
            told = read_form(provider, sent, {}, taken)
            saved = await _save(request, connection, provider, told)
        except InvalidInput as error:
            return _form(request, provider, None, sent, mistakes_of(error))
        if isinstance(provider, Subscribing):
            await make_address(connection, request.app[secret_box_key], saved.id, now())
            return await _shown(request, saved)
        secret = await add_token(connection, saved.id)
    return await _shown(request, saved, address=_address(request, provider, secret))


async def show_one(request: web.Request) -> web.Response:
    """`GET`: one of them."""
    return await _shown(request, await _asked(request))


async def change(request: web.Request) -> web.StreamResponse:
    """`POST`: all of it but its short name and its address."""
    known = await _asked(request)
    provider = _provider(known.kind)
    sent = await _sent(request, provider) | {"id": known.id}
    try:
        told = read_form(provider, sent, _opened(known, request.app[secret_box_key]), taken=False)
    except InvalidInput as error:
        return await _shown(request, known, sent, mistakes_of(error))
    async with transaction(request) as connection:
        await _save(request, connection, provider, told)
    return redirect(request, f"{_HERE}/{known.id}", _("Saved."))


async def new_address(request: web.Request) -> web.Response:
    """`POST`: another address; the one before stays good until the next."""
    known = await _asked(request)
    provider, secret = _provider(known.kind), ""
    async with transaction(request) as connection:
        if isinstance(provider, Subscribing):
            await make_address(connection, request.app[secret_box_key], known.id, now())
        else:
            secret = await add_token(connection, known.id)
        await record(connection, actor_of(request), Deed("pbx.address_made", "pbx", known.id), now())
    return await _shown(request, known, address=_address(request, provider, secret) if secret else "")


async def _save(request: web.Request, connection: Connection, provider: Provider, told: Told) -> HostedPbx:
    pbx = HostedPbx(
        id=told.id,
        name=told.name,
        kind=provider.name,
        settings=dict(told.settings),
        active=told.active,
        networks=told.networks,
    )
    secrets = told.secrets if told.new_secrets else None
    if not await save_hosted(connection, request.app[secret_box_key], pbx, secrets):
        raise InvalidInput(Mistake("id", _("another PBX has this short name")))  # it was taken a moment ago
    after = {"name": pbx.name, "networks": [*pbx.networks], "active": pbx.active, **pbx.settings}
    await record(connection, actor_of(request), Deed("pbx.saved", "pbx", pbx.id, None, after), now())
    return pbx


async def _shown(
    request: web.Request,
    pbx: HostedPbx,
    sent: Mapping[str, str] | None = None,
    mistakes: Mapping[str, str] | None = None,
    address: str = "",
) -> web.Response:
    async with transaction(request) as connection:
        seen = _Seen(
            heard=await last_heard(connection, pbx.id, _SHOWN),
            groups=await groups_seen(connection, pbx.id),
            address=address,
            standing=await standing_of(connection, pbx.id),
            refusals=await refusals_of(connection, pbx.id),
            progress=_progress(request, pbx, await history_of(connection, pbx.id)),
        )
    provider = _provider(pbx.kind)
    return _form(request, provider, pbx, sent or _values(provider, pbx), mistakes, seen)


class _Seen(NamedTuple):
    """What a PBX that is there has told or was told; nothing of one that is being added."""

    heard: Sequence[Heard] = ()
    groups: Sequence[GroupSeen] = ()
    address: str = ""
    standing: Standing | None = None
    refusals: Sequence[AlarmRow] = ()
    progress: Progress | None = None


def _form(
    request: web.Request,
    provider: Provider,
    pbx: HostedPbx | None,
    values: Mapping[str, str],
    mistakes: Mapping[str, str] | None = None,
    seen: _Seen = _Seen(),  # noqa: B008  (it cannot change)
) -> web.Response:
    labels = {name: _(word) for name, word in _LABELS.items()} | {one.name: _(one.label) for one in provider.settings}
    can = provider.capabilities
    answer = page(
        request,
        "hooks/pbx.html",
        status=422 if mistakes else 200,
        provider=provider,
        pbx=pbx,
        values=values,
        labels=labels,
        mistakes={name: (mistakes or {}).get(name, "") for name in labels},
        told=[(name, f"{labels[name]}: {said}") for name, said in (mistakes or {}).items()],
        routing=_(ROUTING[can.routing]),
        has=[_(CAN[one][0]) for one in Can if one in can.has],
        lacks=[_(CAN[one][1]) for one in can.lacks],
        verdicts=VERDICTS,
        heard=seen.heard,
        keeps_groups=provider.name in GROUPS,
        groups=[(one, state_of(one)) for one in seen.groups],
        address=seen.address,
        subscribes=isinstance(provider, Subscribing),
        standing=seen.standing,
        troubles=TROUBLES,
        left=LEFT if seen.standing and seen.standing.is_left(datetime.now(UTC)) else "",
        refusals=[alarm_said(one.title, one.facts, _) for one in seen.refusals],
        progress=seen.progress,
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


async def _asked(request: web.Request) -> HostedPbx:
    async with transaction(request) as connection:
        hosted = {one.id: one for one in await list_hosted(connection)}
    if (pbx := hosted.get(request.match_info["pbx"])) is None:
        raise web.HTTPNotFound(text=_("It is not there any more."))
    return pbx


def _provider(name: str) -> Provider:
    if (provider := PROVIDERS.get(name)) is None:
        raise web.HTTPNotFound(text=_("This is not an address of ours."))
    return provider


async def _sent(request: web.Request, provider: Provider) -> dict[str, str]:
    form = await request.post()
    names = (*_LABELS, *(one.name for one in provider.settings))
    return {name: str(form.get(name, ""))[:20_000] for name in names}


def _usual(provider: Provider) -> dict[str, str]:
    own = {one.name: one.default for one in provider.settings}
    return own | {"id": provider.name, "name": "", "networks": "\n".join(provider.networks), "active": "on"}


def _values(provider: Provider, pbx: HostedPbx) -> dict[str, str]:
    """What its form shows; a secret never comes back."""
    own = {
        one.name: _written(one, pbx.settings.get(one.name, one.default))
        for one in provider.settings
        if one.kind is not SettingKind.SEALED
    }
    active = "on" if pbx.active else ""
    return own | {"id": pbx.id, "name": pbx.name, "networks": "\n".join(pbx.networks), "active": active}


def _written(setting: Setting, value: object) -> str:
    match setting.kind:
        case SettingKind.PAIRS:
            return pairs_text(value)
        case SettingKind.FLAG:
            return "on" if value is True else ""
        case _:
            return str(value)


def _opened(pbx: HostedPbx, box: SecretBox) -> dict[str, str]:
    try:
        return pbx.opened(box)
    except WrongKey:  # sealed with a key that is lost: all of them have to be given again
        return {}


def _progress(request: web.Request, pbx: HostedPbx, state: HistoryState | None) -> Progress | None:
    """None of a provider that has no history we read."""
    if (history := HISTORIES.get(pbx.kind)) is None:
        return None
    account = Account(pbx.id, pbx.settings, _opened(pbx, request.app[secret_box_key]))
    return progress_of(state, [_(label) for label in history.lacks(account)], now())


def _address(request: web.Request, provider: Provider, secret: str) -> str:
    return f"{request.app[settings_key].public_url}/router/v1/hooks/{provider.name}/{secret}"


def _titles() -> dict[str, str]:
    return {name: _(one.title) for name, one in PROVIDERS.items()}

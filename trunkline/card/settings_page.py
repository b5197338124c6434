"""`/settings/card`: which blocks each class of contact shows, hints, and the topics of wrap-ups."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from aiohttp import web

from trunkline.card import setting
from trunkline.card.blocks import MONEY, Block, blocks_of
from trunkline.card.words import BLOCK_NAMES
from trunkline.card.wrap_up import too_long
from trunkline.contacts.pages import CLASS_NAMES
from trunkline.db.types import Connection
from trunkline.directory.values import CLASSES, ContactClass
from trunkline.errors import InvalidInput, Mistake
from trunkline.people.audit import Deed, difference, record
from trunkline.people.pages.request import actor_of, mistakes_of, now, transaction
from trunkline.web.human import phone
from trunkline.web.i18n import gettext as _
from trunkline.web.render import page, redirect

_HERE: Final = "/settings/card"
_LONGEST_HINT, _LONGEST_TOPIC, _MOST_TOPICS = 2000, 100, 100
_Words = Mapping[str, str]
_NOTHING: _Words = {}


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get(_HERE, show),
        web.post(f"{_HERE}/fields", change_fields),
        web.post(f"{_HERE}/hints", add_hint),
        web.post(f"{_HERE}/hints/{{hint}}/remove", remove_hint),
        web.post(f"{_HERE}/topics", change_topics),
    ]


async def show(request: web.Request) -> web.Response:
    """`GET ?class=`: all of it, with the blocks of one class."""
    return await _page(request, _class(request.query.get("class", "")) or ContactClass.CLIENT)


async def change_fields(request: web.Request) -> web.StreamResponse:
    """`POST class, place_BLOCK…, usual?`: a place for each block that is shown; `usual` goes back to the defaults."""
    form = await _form(request)
    klass = _class(form.get("class", ""))
    if klass is None:
        raise InvalidInput(Mistake("class", _("choose one of the list")))
    try:
        wanted = () if "usual" in form else _blocks(form)
    except InvalidInput as error:
        return await _page(request, klass, mistakes_of(error), form)
    async with transaction(request) as connection:
        before = blocks_of(klass, await setting.fields(connection))
        if wanted:
            await setting.put_fields(connection, klass, wanted)
        else:
            await setting.drop_fields(connection, klass)
        after = blocks_of(klass, await setting.fields(connection))
        deed = Deed("card.fields_changed", "card", klass, {"blocks": list(before)}, {"blocks": list(after)})
        await record(connection, actor_of(request), deed, now())
    return redirect(request, f"{_HERE}?class={klass}", _("Saved."))


async def add_hint(request: web.Request) -> web.StreamResponse:
    """`POST about, text`: what to do when a call is about this; `about` is e.g. `class:client`."""
    form = await _form(request)
    kind, _colon, key = form.get("about", "").partition(":")
    text = form.get("text", "")
    async with transaction(request) as connection:
        offered = {value for _title, options in await _abouts(connection) for value, _word in options}
        mistakes = {}
        if form.get("about", "") not in offered:
            mistakes["about"] = _("choose one of the list")
        if not text:
            mistakes["text"] = _("is empty: write something")
        elif len(text) > _LONGEST_HINT:
            mistakes["text"] = too_long(len(text), _LONGEST_HINT)
        if not mistakes:
            await setting.put_hint(connection, kind, key, text)
            deed = Deed("card.hint_set", "card", f"{kind}:{key}", None, {"text": text})
            await record(connection, actor_of(request), deed, now())
    if mistakes:
        return await _page(request, ContactClass.CLIENT, mistakes, form)
    return redirect(request, _HERE, _("Saved."))


async def remove_hint(request: web.Request) -> web.StreamResponse:
    """`POST`: take a hint out."""
    try:
        hint = UUID(request.match_info["hint"])
    except ValueError:
        raise web.HTTPNotFound(text=_("There is no such hint.")) from None
    async with transaction(request) as connection:
        was = await setting.drop_hint(connection, hint)
        if was is None:
            raise web.HTTPNotFound(text=_("There is no such hint."))
        deed = Deed("card.hint_removed", "card", f"{was['kind']}:{was['key']}", {"text": was["text"]})
        await record(connection, actor_of(request), deed, now())
    return redirect(request, _HERE, _("The hint is gone."))


async def change_topics(request: web.Request) -> web.StreamResponse:
    """`POST topics`: one a line, in the order of the list."""
    form = await _form(request)
    names = list(dict.fromkeys(line.strip() for line in form.get("topics", "").splitlines() if line.strip()))
    long = next((name for name in names if len(name) > _LONGEST_TOPIC), None)
    if long is not None or len(names) > _MOST_TOPICS:
        wrong = (
            f"“{long[:30]}…” {too_long(len(long), _LONGEST_TOPIC)}"
            if long
            else _("has %(count)s topics; at most %(most)s fit") % {"count": len(names), "most": _MOST_TOPICS}
        )
        return await _page(request, ContactClass.CLIENT, {"topics": wrong}, form)
    async with transaction(request) as connection:
        before = await setting.topics(connection)
        await setting.put_topics(connection, names)
        was, became = difference({"topics": list(before)}, {"topics": names})
        await record(connection, actor_of(request), Deed("card.topics_changed", "card", "topics", was, became), now())
    return redirect(request, _HERE, _("Saved."))


async def _page(
    request: web.Request, klass: ContactClass, mistakes: _Words = _NOTHING, sent: _Words = _NOTHING
) -> web.Response:
    async with transaction(request) as connection:
        fields, topics = await setting.fields(connection), await setting.topics(connection)
        hints, abouts = await setting.hints(connection), await _abouts(connection)
    shown = blocks_of(klass, fields)
    places = {block: str(shown.index(block) + 1) if block in shown else "" for block in Block}
    words = {value: word for _title, options in abouts for value, word in options}
    return page(
        request,
        "card/settings.html",
        status=422 if mistakes else 200,
        klass=klass,
        classes=[(_(CLASS_NAMES[one]), f"{_HERE}?class={one}") for one in CLASSES],
        class_name=_(CLASS_NAMES[klass]),
        here=f"{_HERE}?class={klass}",
        is_set=klass in fields,
        blocks=sorted(
            (
                (block.value, _(BLOCK_NAMES[block]), sent.get(f"place_{block}", places[block]), block in MONEY)
                for block in Block
            ),
            key=lambda row: (shown.index(Block(row[0])) if row[0] in shown else len(Block), row[1]),
        ),
        hints=[(hint, words.get(f"{hint.kind}:{hint.key}", hint.key)) for hint in hints],
        abouts=abouts,
        topics=sent.get("topics", "\n".join(topics)),
        mistakes=mistakes,
        sent=sent,
    )


async def _abouts(connection: Connection) -> list[tuple[str, list[tuple[str, str]]]]:
    """What a hint may be about, in groups."""
    topics = [(f"topic:{name}", name) for name in await setting.topics(connection)]
    lines = [
        (f"line:{line.number}", " · ".join(part for part in (phone(line.number), line.name, line.brand) if part))
        for line in await setting.lines(connection)
    ]
    classes = [(f"class:{klass}", _(CLASS_NAMES[klass])) for klass in CLASSES]
    return [(_("Class"), classes), (_("Topic"), topics), (_("Line"), lines)]


def _blocks(form: _Words) -> tuple[Block, ...]:
    """The blocks that have a place, by it; raises InvalidInput."""
    placed, mistakes = [], []
    for block in Block:
        text = form.get(f"place_{block}", "")
        if not text:
            continue
        if not (text.isascii() and text.isdigit() and 0 < int(text[:4]) < 100):
            mistakes.append(Mistake(f"place_{block}", _("must be a number from 1 to 99, or empty: not shown")))
            continue
        placed.append((int(text), block))
    if not placed and not mistakes:
        mistakes.append(Mistake("place_hints", _("give at least one block a place")))
    if mistakes:
        raise InvalidInput(*mistakes)
    return tuple(block for _place, block in sorted(placed, key=lambda one: one[0]))


def _class(text: str) -> ContactClass | None:
    return ContactClass(text) if text in set(ContactClass) else None


async def _form(request: web.Request) -> dict[str, str]:
    return {name: str(value).replace("\0", "").strip() for name, value in (await request.post()).items()}

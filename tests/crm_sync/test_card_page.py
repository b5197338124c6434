"""Our card within a portal's card of a call: who sees it, whose it is, and what is said to everybody else."""

import html
import json
import re
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
import pytest
from aiohttp import ClientResponse
from redis.asyncio import Redis

from crm_sync.bitrix24.opened import Pass, signed
from crm_sync.bitrix24.placing import CARD, path_of
from crm_sync.hooks import secret_of
from crm_sync.telling import follow_ends, follow_seats
from tests.calls.dialogues import dialogue
from tests.crm_sync.scene import Scene
from tests.people.company import AddPerson, add_person, box, hasher, passwords
from tests.people.web import HTML, Browser, browsing
from tests.web.composed import compose
from trunkline.app.public import build_public
from trunkline.calls.applier import CallApplier
from trunkline.crypto import SecretBox
from trunkline.keys import settings_key
from trunkline.people.roles import Role

__all__ = ["add_person", "box", "hasher", "passwords"]

CLIENT = "+79161234567"
NAMED = "+7 916 123-45-67"


@dataclass
class Desk:
    """The public listener beside a private one, and the portal; Anna has 101 in both."""

    scene: Scene
    outside: Browser
    anna: UUID
    more: dict[str, str] = field(default_factory=dict)

    @property
    def box(self) -> SecretBox:
        assert self.outside.app is not None
        return self.outside.app[settings_key].secret_box()

    @property
    def path(self) -> str:
        return f"{path_of(self.scene.connector)}{secret_of(self.box, self.scene.connector, CARD)}"

    async def rings(self, name: str = "simple_answered") -> str:
        """A client calls, and the portal is told: its id of the call."""
        frames = dialogue(name).frames
        await self.scene.hear(CallApplier(follow_ends, follow_seats), frames[: len(frames) // 2])
        await self.scene.deliver()
        return str(await self.scene.pool.fetchval("select remote_id from crm_calls"))

    def form(self, call: str = "", user: str = "101", **options: str) -> tuple[str, dict[str, str]]:
        """What the browser of who has the extension posts."""
        return self.scene.portal.card_form(int(self.scene.user(user)), call or "externalCall.none.1", **options)

    async def opens(self, query: str, form: dict[str, str] | bytes, path: str = "") -> tuple[ClientResponse, str]:
        """The answer, and its text without markup's escapes."""
        answer = await self.outside.post(f"{path or self.path}?{query}", data=form, headers=HTML)
        return answer, html.unescape(await answer.text())

    async def looks(self, text: str) -> tuple[int, str]:
        """What the page asks later."""
        found = re.search(r"hx-headers='(\{.*?\})'", text)
        headers = json.loads(found[1]) if found else {}
        answer = await self.outside.get("/crm/card/live", headers=headers | self.more)
        return answer.status, html.unescape(await answer.text())

    async def execute(self, statement: str, *values: Any) -> None:
        await self.scene.pool.execute(statement, *values)


@pytest.fixture
async def desk(
    scene: Scene, database_url: str, valkey_url: str, redis: Redis, data_dir: Path, add_person: AddPerson
) -> AsyncIterator[Desk]:
    anna = await add_person("anna", Role.AGENT, extension="101")
    loopback = {"TRUNKLINE_WEB_WEBHOOK_PRIVATE_ADDRESSES": "127.0.0.0/8"}
    private = compose(database_url, valkey_url, data_dir, **loopback)
    async with browsing(private), browsing(build_public(private[settings_key], private)) as outside:
        member = scene.portal.access.member_id
        await scene.pool.execute(
            "insert into crm_hooks (connector_id, member_id) values ($1, $2)", scene.connector, member
        )
        for extension in ("101", "102"):
            user = int(scene.user(extension))
            await scene.pool.execute("insert into crm_users values ($1, $2, $3, '')", scene.connector, extension, user)
        yield Desk(scene, outside, anna)


async def test_the_card_of_the_call_opens_for_whose_telephone_rings(desk: Desk) -> None:
    call = await desk.rings()
    answer, text = await desk.opens(*desk.form(call))
    assert (answer.status, NAMED in text) == (200, True)
    policy, origin = answer.headers["Content-Security-Policy"], desk.scene.portal.url.rstrip("/")
    assert f"frame-ancestors {origin}" in policy
    assert "X-Frame-Options" not in answer.headers
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "<form" not in text
    style = re.findall(r'rel="stylesheet" href="([^"]+)"', text)[0]
    assert (await desk.outside.get(style)).status == 200
    assert desk.scene.portal.violations == []


async def test_it_is_kept_level_by_its_pass_until_the_call_is_over(desk: Desk) -> None:
    _, text = await desk.opens(*desk.form(await desk.rings()))
    assert (await desk.looks(text))[0] == 204
    await desk.execute("insert into contacts (id, name) values (gen_random_uuid(), 'Роза Цветкова')")
    await desk.execute("insert into contact_phones select $1, id from contacts", CLIENT)
    status, again = await desk.looks(text)
    assert (status, "Роза Цветкова" in again) == (200, True)
    await desk.execute("update calls set ended_at = started_at, outcome = 'missed'")
    status, over = await desk.looks(again)
    assert (status, "hx-get" in over) == (200, False)
    desk.more = {"X-Card-Pass": "forged"}
    assert (await desk.looks(again))[0] == 401


async def test_a_pass_has_the_rights_of_now(desk: Desk) -> None:
    _, text = await desk.opens(*desk.form(await desk.rings()))
    ended = Pass(desk.scene.connector, desk.scene.portal.url, desk.anna, "x", CLIENT, 1_700_000_000)
    told = msgspec.json.encode([desk.scene.connector, desk.anna, "x", CLIENT, 4_000_000_000])
    another_version = urlsafe_b64encode(desk.box.sign("crm card pass", told) + told).decode()
    for forged in (signed(desk.box, ended), another_version):
        desk.more = {"X-Card-Pass": forged}
        assert (await desk.looks(text))[0] == 401
    desk.more = {}
    await desk.execute("update crm_connectors set portal = portal || '0'")
    assert (await desk.looks(text))[0] == 403
    await desk.execute("update crm_connectors set portal = left(portal, -1)")
    await desk.execute("update crm_connectors set active = false")
    assert (await desk.looks(text))[0] == 403
    await desk.execute("update crm_connectors set active = true")
    await desk.execute("update people set active = false")
    status, said = await desk.looks(text)
    assert (status, "This needs the right card.use." in said) == (403, True)


async def test_the_card_may_be_open_before_the_portal_has_answered(desk: Desk) -> None:
    call = await desk.rings()
    await desk.execute("update crm_calls set remote_id = null, started_at = now() - $1::interval", timedelta(seconds=2))
    _, text = await desk.opens(*desk.form(call, PHONE_NUMBER=CLIENT))
    assert f"card-{await desk.scene.pool.fetchval('select id from calls')}" in text


async def test_of_a_call_that_is_not_ours_the_number_s_card_is_shown(desk: Desk) -> None:
    answer, text = await desk.opens(*desk.form(PHONE_NUMBER="8 (916) 123-45-67"))
    assert (answer.status, NAMED in text) == (200, True)
    answer, text = await desk.opens(*desk.form(PHONE_NUMBER="anonymous"))
    assert answer.status == 404


async def test_somebody_else_s_call_is_not_shown(desk: Desk, add_person: AddPerson) -> None:
    await add_person("boris", Role.AGENT, extension="102")
    call = await desk.rings()
    answer, text = await desk.opens(*desk.form(call, "102"))
    assert (answer.status, "it is not yours to see" in text) == (404, True)
    assert NAMED not in text


async def test_who_may_not_see_it_is_told_so(desk: Desk) -> None:
    call = await desk.rings()
    nobody, right = "Nobody of ours works at the internal number", "This needs the right card.use."
    for statement, words in (
        ("update accounts set role = 'marketer'", right),
        ("delete from accounts", right),
        ("update people set extension = '999'", nobody),
        ("delete from crm_users", nobody),
        ("update crm_connectors set active = false", "This portal is not the one that is connected here"),
    ):
        await desk.execute(statement)
        answer, text = await desk.opens(*desk.form(call))
        assert (answer.status, words in text) == (403, True), text
        assert NAMED not in text
        assert "frame-ancestors http" in answer.headers["Content-Security-Policy"]


async def test_another_portal_is_not_asked(desk: Desk) -> None:
    query, form = desk.form(await desk.rings())
    for changed, others in (
        (query, {"member_id": "forged"}),
        (query, {"member_id": ""}),
        (urlencode({"DOMAIN": "evil.example.com"}), {}),
        ("", {}),
    ):
        answer, text = await desk.opens(changed, form | others)
        assert (answer.status, "This portal is not the one that is connected here" in text) == (403, True)
    assert desk.scene.portal.asked("profile") == []


async def test_a_token_that_proves_nothing_opens_nothing(desk: Desk) -> None:
    portal, call = desk.scene.portal, await desk.rings()
    user = int(desk.scene.user("101"))
    query, form = desk.form(call)
    another = portal.access.grant(portal.access.add_app(), user).access
    for token, status, words in (
        ("f" * 70, 401, "Your sign-in in the portal has ended"),  # another portal's
        (another, 403, "not opened by the application that is connected here"),
    ):
        answer, text = await desk.opens(query, form | {"AUTH_ID": token})
        assert (answer.status, words in text, token in text) == (status, True, False), text
    portal.chaos.page("batch")
    answer, text = await desk.opens(query, form)
    assert (answer.status, "The portal does not say who you are" in text) == (503, True)
    desk.scene.clock.at += 3601
    answer, text = await desk.opens(query, form)
    assert (answer.status, "Your sign-in in the portal has ended" in text) == (401, True)


async def test_whose_a_token_is_is_asked_once(desk: Desk) -> None:
    said = desk.form(await desk.rings())
    for _ in range(3):
        answer, _text = await desk.opens(*said)
        assert answer.status == 200
    assert len(desk.scene.portal.asked("profile")) == 1


async def test_what_is_wrong_with_a_form_is_said(desk: Desk) -> None:
    query, form = desk.form()
    for changes, status, words in (
        ({"PLACEMENT_OPTIONS": "CALL_ID=1"}, 400, "PLACEMENT_OPTIONS: must be a JSON object"),
        ({"PLACEMENT_OPTIONS": "[" * 5000}, 400, "PLACEMENT_OPTIONS: must be a JSON object"),
        ({"PLACEMENT_OPTIONS": '["x"]'}, 400, "PLACEMENT_OPTIONS: must be a JSON object"),
        ({"PLACEMENT_OPTIONS": "{}"}, 400, "PLACEMENT_OPTIONS: must name the call as CALL_ID"),
        ({"PLACEMENT_OPTIONS": '{"CALL_ID": 1}'}, 400, "PLACEMENT_OPTIONS: must name the call as CALL_ID"),
        ({"PLACEMENT": "CRM_DEAL_LIST_TOOLBAR"}, 400, "PLACEMENT: must be CALL_CARD"),
        ({"AUTH_ID": ""}, 400, "AUTH_ID: must be the portal's token"),
        ({f"x{place}": "" for place in range(200)}, 400, "form: must be the form that a portal sends"),
        ({"x": "x" * (64 << 10)}, 413, "The form is longer than a portal's"),
    ):
        answer, text = await desk.opens(query, form | changes)
        assert (answer.status, words in text) == (status, True), text
        assert "frame-ancestors http" in answer.headers["Content-Security-Policy"]
    assert desk.scene.portal.asked("profile") == []


async def test_an_address_that_we_never_gave_is_not_there(desk: Desk) -> None:
    query, form = desk.form()
    events = f"{path_of(desk.scene.connector)}{secret_of(desk.box, desk.scene.connector)}"
    nobody = UUID(int=7)
    for path in (f"{desk.path}x", events, f"{path_of(nobody)}{secret_of(desk.box, nobody, CARD)}"):
        answer, _text = await desk.opens(query, form, path)
        assert answer.status == 404

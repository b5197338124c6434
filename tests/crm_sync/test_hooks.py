"""What may be posted to us: the portal's own events, whatever else comes; and how a form with PHP's keys is read."""

from collections.abc import AsyncIterator
from contextlib import suppress
from io import BytesIO
from urllib.parse import urlencode
from uuid import UUID

import pytest
from aiohttp import FormData
from hypothesis import given
from hypothesis import strategies as st

from crm_sync.bitrix24.events import EVENTS, click_of, key_of, read_event
from crm_sync.hooks import path_of, secret_of
from tests.crm_sync.office import CLIENT, Office
from tests.fakes.bitrix24.wire import flat
from trunkline.crypto import SecretBox, token_hash
from trunkline.errors import SpoolFull
from trunkline.keys import settings_key, spool_key
from trunkline.spool import Kind, SpoolWriter

NOBODY = UUID(int=7)
HEARD = "select count(*) from crm_events"
Form = list[tuple[str, str]]


async def posted(office: Office) -> Form:
    """An event as the portal posts it, that nobody has heard of yet."""
    await office.scene.portal.click_to_call(office.anna, CLIENT)
    await office.hear()
    await office.pool.execute("truncate crm_events, crm_hooks")
    return office.scene.portal.deliveries[-1].form


def changed(form: Form, name: str, value: str | None) -> Form:
    """With another value, or without one."""
    return [(key, text if key != name else value or "") for key, text in form if key != name or value is not None]


async def heard(office: Office, form: Form) -> int:
    """How many events are known after it."""
    assert await office.post(form) == 200
    await office.hear()
    return int(await office.pool.fetchval(HEARD))


async def test_the_first_event_tells_the_token_that_the_others_must_have(office: Office) -> None:
    form = await posted(office)
    assert await heard(office, form) == 1
    again = changed(form, "data[CALL_ID]", "externalCall.2")
    for name in ("auth[application_token]", "auth[member_id]"):
        for value in ("forged", "", None):
            assert await heard(office, changed(again, name, value)) == 1, (name, value)
    assert await heard(office, again) == 2
    (kept,) = await office.pool.fetch("select member_id, token_hash from crm_hooks")
    assert tuple(kept) == (office.scene.portal.access.member_id, token_hash(office.scene.portal.app.token))


@pytest.mark.parametrize("name", ["auth[application_token]", "auth[member_id]"])
@pytest.mark.parametrize("value", ["", None])
async def test_an_event_without_proof_is_never_the_first(office: Office, name: str, value: str | None) -> None:
    assert await heard(office, changed(await posted(office), name, value)) == 0
    assert await office.pool.fetchval("select count(*) from crm_hooks") == 0


async def test_another_portal_is_not_believed_the_first_time_either(office: Office) -> None:
    """The sign-in told who it is; a new sign-in lets the application have another token."""
    form = await posted(office)
    signed_in = "insert into crm_hooks (connector_id, member_id) values ($1, 'another')"
    await office.pool.execute(signed_in, office.scene.connector)
    assert await heard(office, form) == 0
    await office.pool.execute("update crm_hooks set member_id = $1", office.scene.portal.access.member_id)
    assert await heard(office, form) == 1


async def test_no_user_behind_it_costs_no_event(office: Office) -> None:
    office.scene.portal.world.events.is_nobody = True
    form = await posted(office)
    assert not any("access_token" in name for name, _ in form)
    assert await heard(office, form) == 1


@pytest.mark.parametrize("state", ["active = false", "told_since = null, active = false"])
async def test_a_crm_that_is_switched_off_asks_for_nothing(office: Office, state: str) -> None:
    form = await posted(office)
    await office.pool.execute(f"update crm_connectors set {state}")
    assert await heard(office, form) == 0


async def test_an_address_that_we_never_gave_is_not_there(office: Office) -> None:
    form = await posted(office)
    box = office.street.app[settings_key].secret_box()
    for path in (
        f"{office.path}x",
        f"{path_of(office.scene.connector)}{secret_of(box, NOBODY)}",
        f"{path_of(NOBODY)}{secret_of(SecretBox(b'x' * 32), NOBODY)}",
        f"/crm/hooks/office/{secret_of(box, office.scene.connector)}",
        f"{path_of(office.scene.connector)}%ff%00",
    ):
        assert await office.post(form, path) == 404
    assert await heard(office, []) == 0
    assert await office.post(form, f"{path_of(NOBODY)}{secret_of(box, NOBODY)}") == 200  # removed meanwhile
    await office.hear()
    assert await office.pool.fetchval(HEARD) == 0


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"x" * (10 << 20), 413),
        (b"event=ONEXTERNALCALLSTART&" + b"&".join(b"data[%d]=1" % one for one in range(200)), 400),
        (b"event=\xff\xfe", 400),
        (b"{}", 200),
        (b"", 200),
        (b"event=ONCRMLEADADD&data[FIELDS][ID]=1", 200),
        (b"event=ONEXTERNALCALLSTART&data[CALL_ID][]=1&data=2&data[[[=3", 200),
    ],
)
async def test_what_no_portal_sends_is_refused_and_nothing_breaks(office: Office, body: bytes, status: int) -> None:
    form = await posted(office)
    answer = await office.street.client.post(office.path, data=BytesIO(body))
    assert answer.status == status
    assert await heard(office, form) == 1


async def test_a_body_without_a_length_is_cut_too(office: Office) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 65536

    answer = await office.street.client.post(office.path, data=endless())
    assert answer.status == 413


async def test_a_full_spool_accepts_nothing_and_says_so(office: Office) -> None:
    form = await posted(office)
    for size in (1 << 20, 1 << 12, 64):
        fill(office.street.app[spool_key], size)
    assert await office.post(form) == 503


async def test_nothing_of_a_body_is_taken_for_a_file(office: Office) -> None:
    data = FormData({"event": "ONEXTERNALCALLSTART"})
    data.add_field("auth[application_token]", b"x", filename="x")
    assert (await office.street.client.post(office.path, data=data)).status == 200
    await office.hear()
    assert await office.pool.fetchval(HEARD) == 0


def fill(spool: SpoolWriter, size: int) -> None:
    """Until nothing of this size goes in any more."""
    with suppress(SpoolFull):
        while True:
            spool.append(Kind.CRM, bytes(size))


@given(st.binary(max_size=2000))
def test_no_body_breaks_the_reader(body: bytes) -> None:
    try:
        event = read_event(NOBODY, body)
    except ValueError:
        return
    assert event is None or event.name in EVENTS


SAID = st.fixed_dictionaries(
    {
        "CALL_ID": st.text(st.characters(codec="ascii", exclude_categories=("Cc", "Zs")), min_size=1, max_size=150),
        "PHONE_NUMBER": st.text(max_size=500),
        "USER_ID": st.integers(0, 2**53 - 1),
        "CRM_ENTITY_TYPE": st.sampled_from(["LEAD", "CONTACT", "", "lead'"]),
        "CRM_ENTITY_ID": st.integers(-1, 10),
    }
)


@given(SAID, st.text(max_size=50))
def test_an_event_is_read_as_php_writes_it(said: dict[str, object], stamp: str) -> None:
    body = urlencode(flat({"event": EVENTS[0], "data": said, "ts": stamp, "auth": {"member_id": "m"}})).encode()
    event = read_event(NOBODY, body)
    assert event is not None
    click = click_of(event.said)
    assert click is not None
    assert (click.remote, click.user, key_of(event)) == (said["CALL_ID"], said["USER_ID"], f"click:{said['CALL_ID']}")
    known = said["CRM_ENTITY_TYPE"] in {"LEAD", "CONTACT"} and int(str(said["CRM_ENTITY_ID"])) > 0
    assert click.entity == (f"{said['CRM_ENTITY_TYPE']} {said['CRM_ENTITY_ID']}" if known else "")
    assert "\0" not in click.phone

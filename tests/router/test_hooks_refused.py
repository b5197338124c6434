"""A provider whose contract words its refusals gets them over HTTP; one that says nothing gets 403."""

from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from router.wiring import build_question_app
from tests.router.company import CLIENT, OFFICE, PATIENT_MS, PLAN, TRICKY_NAME, head_of
from tests.router.conftest import WriteDirectory
from trunkline.crypto import token_hash
from trunkline.directory.reader import Directory
from trunkline.directory.values import PbxBrief
from trunkline.pbx.hooks.record import unpack_hook
from trunkline.settings import Settings
from trunkline.spool import Kind, Position, SpoolReader, SpoolWriter

TOKEN = "right-token-of-the-crm"
DOOR = "a-secret-of-the-address-128-bits"
CONTACT = {"cmd": "contact", "phone": CLIENT[1:], "callid": "c-1", "diversion": OFFICE[1:], "crm_token": TOKEN}
ANYTIME = {name: said for name, said in PLAN.items() if name not in {"hours", "holiday"}}


@pytest.mark.parametrize(
    ("more", "status", "reply"),
    [
        ({}, 200, {"contact_name": TRICKY_NAME, "responsible": "anna"}),
        ({"phone": ""}, 200, {}),
        ({"crm_token": "wrong"}, 401, {"error": "Invalid token"}),
        ({"cmd": "tea"}, 400, {"error": "Invalid parameters"}),
    ],
)
async def test_megafon_over_http(
    write_directory: WriteDirectory,
    settings: Settings,
    spool: SpoolWriter,
    spool_dir: Path,
    more: Mapping[str, str],
    status: int,
    reply: Mapping[str, str],
) -> None:
    secrets = settings.secret_box().seal(msgspec.json.encode({"token": TOKEN}))
    known = msgspec.json.encode({"logins": {"101": "anna"}})
    cloud = PbxBrief(
        "cloud", "megafon", PATIENT_MS, (token_hash(DOOR),), ("127.0.0.0/8",), settings=known, secrets=secrets
    )
    directory = Directory.open(write_directory(head=head_of(ANYTIME, pbxs=(cloud,))))
    app: web.Application = build_question_app(settings, directory, spool)
    async with TestClient(TestServer(app)) as client:
        response = await client.post(f"/router/v1/hooks/megafon/{DOOR}", data={**CONTACT, **more})

        assert (response.status, msgspec.json.decode(await response.read())) == (status, reply)
    records, _ = SpoolReader(spool_dir).read(Position(0, 0), most=10)
    (told,) = (unpack_hook(one.payload) for one in records if one.kind == Kind.HOOK)
    assert told.request.text("callid") == "c-1"
    assert told.request.text("crm_token") == "***"

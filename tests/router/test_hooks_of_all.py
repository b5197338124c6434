"""UIS, Sipuni and Telphin over HTTP: their question is decided as any other, what they tell is kept and answered."""

from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from aiohttp.test_utils import TestClient, TestServer

from router.wiring import build_question_app
from tests.router.company import OFFICE, PATIENT_MS, SPAMMER, head_of
from tests.router.conftest import WriteDirectory
from tests.router.test_hooks import ANYTIME, DOOR, kept
from trunkline.crypto import token_hash
from trunkline.directory.reader import Directory
from trunkline.directory.values import PbxBrief
from trunkline.settings import Settings
from trunkline.spool import SpoolWriter

XML: Final = '<?xml version="1.0" encoding="UTF-8"?>\n<Response>'
TELPHIN: Final = "EventType=call_interactive&CallAPIID=7:{caller}&CallFlow=IN&CallerIDNum={caller}&CalledDID={line}"
SENT: Final[dict[str, tuple[dict[str, Any], str, str, str, str, str]]] = {
    "uis": (
        {"codes": {"q-sales": "2"}, "default_code": "1"},
        "?cdr_id={caller}&start_time=1200&input_result=None&numa={caller}&numb={line}",
        '{"returned_code":2}',
        '{"returned_code":1}',
        "/end",
        "{}",
    ),
    "sipuni": (
        {},
        "?fromnum={caller}&tonum={line}&dtmf=&label=q-sales&time=1200",
        '{"success": true}',
        '{"success": false}',
        "?event=2&call_id=7&src_type=1",
        '{"success": true}',
    ),
    "telphin": (
        {"places": {"q-sales": "3/start"}},
        f"?{TELPHIN}",
        f'{XML}<Jump context="3" option="start"/></Response>',
        f"{XML}</Response>",
        "?EventType=hangup&CallAPIID=7-8",
        f"{XML}</Response>",
    ),
}
"""Settings, the question, the answer to a client and to a spammer, an event and its answer."""


@pytest.mark.parametrize("name", SENT)
async def test_a_question_is_decided_and_an_event_is_kept(
    name: str, write_directory: WriteDirectory, settings: Settings, spool: SpoolWriter, spool_dir: Path
) -> None:
    told, question, client, spammer, event, answer = SENT[name]
    pbx = PbxBrief("cloud", name, PATIENT_MS, (token_hash(DOOR),), settings=msgspec.json.encode(told))
    directory = Directory.open(write_directory(head=head_of(ANYTIME, pbxs=(pbx,))))
    path = f"/router/v1/hooks/{name}/{DOOR}"
    async with TestClient(TestServer(build_question_app(settings, directory, spool))) as http:
        asked = [question.format(caller=caller, line=OFFICE[1:]) for caller in ("79160000004", SPAMMER[1:])]
        said = [await (await http.get(path + one)).text() for one in asked]
        heard = await http.post(path + event, data=b'{"call_session_id":"7"}')

        assert said == [client, spammer]
        assert (heard.status, await heard.text()) == (200, answer)
    hooks, decisions = kept(spool_dir)
    assert [one.verdict for one in hooks] == ["fits"] * 3
    assert [one.line for one in decisions] == [OFFICE] * 2
    assert decisions[0].decision.target == "q-sales"


async def test_a_letter_no_table_holds_is_left_out_of_the_decision(
    write_directory: WriteDirectory, settings: Settings, spool: SpoolWriter, spool_dir: Path
) -> None:
    pbx = PbxBrief("cloud", "uis", PATIENT_MS, (token_hash(DOOR),))
    directory = Directory.open(write_directory(head=head_of(ANYTIME, pbxs=(pbx,))))
    async with TestClient(TestServer(build_question_app(settings, directory, spool))) as http:
        query = "cdr_id=1%002&numa=7%009&numb=%00&input_result=%00"
        assert (await http.get(f"/router/v1/hooks/uis/{DOOR}?{query}")).status == 200
    (decision,) = kept(spool_dir)[1]

    assert decision.question.call_id == "1\N{REPLACEMENT CHARACTER}2"
    assert "\0" not in decision.caller + decision.line + decision.question.digits

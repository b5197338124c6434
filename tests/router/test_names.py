"""The name an answer carries is one that the asking PBX's telephones can show."""

from typing import Any

import msgspec
import pytest
from aiohttp.test_utils import TestClient, TestServer

from router.wiring import build_question_app
from tests.router.company import CLIENT, DEBTOR, OFFICE, TRICKY_NAME, head_of
from tests.router.conftest import WriteDirectory
from trunkline.calls.names import NameStyle
from trunkline.directory.reader import Directory
from trunkline.directory.values import Head
from trunkline.settings import Settings
from trunkline.spool import SpoolWriter


def head_with(style: NameStyle) -> Head:
    head = head_of()
    return msgspec.structs.replace(
        head, pbxs={name: msgspec.structs.replace(pbx, names=style) for name, pbx in head.pbxs.items()}
    )


@pytest.mark.parametrize(
    ("style", "client", "debtor"),
    [
        (NameStyle.UTF8, TRICKY_NAME, "Должник (ООО «Долг»)"),
        (NameStyle.LATIN, "Ivanov & Ko, OOO+", 'Dolzhnik (OOO "Dolg")'),
        (NameStyle.OFF, "", ""),
    ],
)
async def test_names_as_the_pbx_is_set(
    write_directory: WriteDirectory, settings: Settings, spool: SpoolWriter, style: NameStyle, client: str, debtor: str
) -> None:
    directory = Directory.open(write_directory(head=head_with(style)))
    async with TestClient(TestServer(build_question_app(settings, directory, spool))) as asked:
        for number, name in ((CLIENT, client), (DEBTOR, debtor)):
            for call in ("1.1", "1.2"):  # the second is remembered
                answer = await asked.post("/router/v1/route", json={"call_id": call, "from": number, "to": OFFICE})
                told: dict[str, Any] = await answer.json()

                assert told["caller_name"] == name

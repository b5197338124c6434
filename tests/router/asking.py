"""The scenario of test_accepted.py: a question application asked by its own client, every answer noted outside."""

import os
from pathlib import Path

from aiohttp.test_utils import TestClient, TestServer

from router.wiring import build_question_app
from trunkline.directory.reader import Directory
from trunkline.settings import load
from trunkline.spool import SpoolWriter

QUESTIONS = 6


async def ask(data_dir: str, answered: str) -> None:
    """Ask; the id of each question is appended to the file `answered` once its answer has come."""
    settings = load(None, {"TRUNKLINE_DATA_DIR": data_dir, "TRUNKLINE_SECRETS_KEY": "ab" * 32})
    directory = Directory.open(Path(data_dir) / "directory")
    with (
        SpoolWriter(Path(data_dir) / "spool" / "question", cap_bytes=1 << 20) as spool,
        Path(answered).open("a", buffering=1) as notes,
    ):
        async with TestClient(TestServer(build_question_app(settings, directory, spool))) as client:
            for number in range(QUESTIONS):
                call = f"1795320084.{os.getpid()}{number}"
                body = {"call_id": call, "from": "+79161234567", "to": "+74951234567"}
                response = await client.post("/router/v1/route", json=body)
                assert response.status == 200
                await response.read()
                notes.write(f"{call}\n")

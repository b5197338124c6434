"""`trunkline pbx check` and the certificate of our own address: what is wrong is said, and what would be right.

Whom this machine trusts is read when Python begins, so each look is a process of its own.
"""

import asyncio
import os
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
from aiohttp import web

from router.wiring import build_question_app
from tests.fakes.certificates import make
from trunkline.directory.reader import Directory
from trunkline.settings import load
from trunkline.spool import SpoolWriter

_KEY: Final = "ab" * 32
_LOOK: Final = """
import asyncio, sys
from datetime import UTC, datetime
from trunkline.crypto import SecretBox
from trunkline.pbx.hooks.reach import reach
found = asyncio.run(reach(sys.argv[1], "onlinepbx", SecretBox(bytes.fromhex(sys.argv[2])), datetime.now(UTC)))
print(found.fault, found.remedy, sep="\\n")
"""


@asynccontextmanager
async def question_at(folder: Path, tls: ssl.SSLContext | None) -> AsyncIterator[int]:
    """The question's listener on loopback, by https where there is a certificate to show."""
    settings = load(None, {"TRUNKLINE_DATA_DIR": str(folder), "TRUNKLINE_SECRETS_KEY": _KEY})
    with SpoolWriter(folder / "spool", cap_bytes=1 << 20) as spool:
        application = build_question_app(settings, Directory.open(folder / "directory"), spool)
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
            yield runner.addresses[0][1]
        finally:
            await runner.cleanup()


async def look(base: str, trusted: Path) -> tuple[str, str]:
    """What the check finds of our address, and its remedy."""
    environment = {**os.environ, "SSL_CERT_FILE": str(trusted), "SSL_CERT_DIR": str(trusted.parent / "none")}
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _LOOK, base, _KEY, env=environment, stdout=asyncio.subprocess.PIPE
    )
    told, _ = await child.communicate()
    assert child.returncode == 0
    fault, remedy, *_ = told.decode().split("\n")
    return fault, remedy


@pytest.mark.parametrize(
    ("host", "names", "days", "signer", "told", "remedy"),
    [
        pytest.param("localhost", ("localhost",), (-1, 9), "ca", "", "", id="good"),
        pytest.param(
            "localhost", ("localhost",), (-9, -1), "ca", "its certificate has expired", "have it renewed", id="over"
        ),
        pytest.param(
            "localhost",
            ("localhost",),
            (1, 9),
            "ca",
            "its certificate is not valid yet",
            "look at the clocks",
            id="early",
        ),
        pytest.param(
            "localhost", ("localhost",), (-1, 9), "", "made by yourself", "public authority for localhost", id="own"
        ),
        pytest.param(
            "localhost", ("localhost",), (-1, 9), "other", "is not trusted, or", "the whole chain", id="of nobody known"
        ),
        pytest.param(
            "localhost",
            ("calls.example",),
            (-1, 9),
            "ca",
            "not for the name localhost",
            "for localhost, or set",
            id="host",
        ),
        pytest.param(
            "127.0.0.1", ("localhost",), (-1, 9), "ca", "not for the name 127.0.0.1", "server.public_url", id="address"
        ),
    ],
)
async def test_what_is_wrong_with_a_certificate_is_said(
    tmp_path: Path, host: str, names: tuple[str, ...], days: tuple[int, int], signer: str, told: str, remedy: str
) -> None:
    signers = {name: make(tmp_path / f"{name}.pem", name, ca=True) for name in ("ca", "other")}
    shown = make(tmp_path / "shown.pem", *names, signed_by=signers.get(signer), days=days)
    async with question_at(tmp_path / "data", shown.server_side()) as port:
        fault, right = await look(f"https://{host}:{port}", signers["ca"].file)

    assert (told in fault, remedy in right) == (True, True), (fault, right)
    assert bool(fault) == bool(told)


async def test_a_listener_without_tls_is_said_to_be_one(tmp_path: Path) -> None:
    ca = make(tmp_path / "ca.pem", "ca", ca=True)
    async with question_at(tmp_path / "data", None) as port:
        fault, right = await look(f"https://localhost:{port}", ca.file)

    assert "speaks no TLS" in fault
    assert "config/proxy/" in right

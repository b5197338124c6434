"""A provider's recordings by https: the certificate is looked at, whatever address it stands at.

Whom this machine trusts is read when Python begins, so each fetch is a process of its own.
"""

import asyncio
import os
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.fakes.certificates import make
from tests.fakes.provider_server import provider_at, says

HOST: Final = "127.0.0.2"
_FETCH: Final = """
import asyncio, sys
from pathlib import Path
from recordings.fetching import Links
from recordings.reference import Unfetched
try:
    print(asyncio.run(Links(["127.0.0.2/32"], 1).download(sys.argv[1], Path(sys.argv[2]))))
except Unfetched as error:
    print(error)
"""


async def fetched(url: str, path: Path, trusted: Path) -> str:
    environment = {**os.environ, "SSL_CERT_FILE": str(trusted)}
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _FETCH, url, str(path), env=environment, stdout=asyncio.subprocess.PIPE
    )
    told, _ = await child.communicate()
    assert child.returncode == 0
    return told.decode().strip()


@pytest.mark.parametrize(
    ("names", "days", "trusts", "told"),
    [
        pytest.param((HOST,), (-1, 365), True, "7", id="good"),
        pytest.param(
            (HOST,), (-1, 365), False, "unable to get local issuer certificate", id="of a CA that nobody trusts"
        ),
        pytest.param(("provider.example",), (-1, 365), True, "IP address mismatch", id="of another host"),
        pytest.param((HOST,), (-9, -1), True, "certificate has expired", id="over"),
    ],
)
async def test_the_certificate_counts(
    tmp_path: Path, names: tuple[str, ...], days: tuple[int, int], trusts: bool, told: str
) -> None:
    ca, other = (make(tmp_path / f"{name}.pem", name, ca=True) for name in ("ca", "other"))
    shown = make(tmp_path / "shown.pem", *names, signed_by=ca, days=days)
    async with provider_at(HOST, shown.server_side()) as provider:
        url = provider.says("/1.wav", says(b"RIFFxyz"))
        said = await fetched(url, tmp_path / "1.wav", (ca if trusts else other).file)

    assert told in said
    if told == "7":
        assert (tmp_path / "1.wav").read_bytes() == b"RIFFxyz"
    else:
        assert provider.asked == []

"""An S3-compatible store: moto's server in a process of its own. It checks signatures as Amazon's does."""

import asyncio
import json
import re
import socket
import subprocess
import sys
from dataclasses import dataclass
from typing import Final, Self

import aiohttp

from tests.fakes.waiting import eventually

_IAM: Final = {"Authorization": "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/iam/aws4_request, Signature=x"}
_ALL_OF_S3: Final = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
_CONTENT: Final = re.compile(r"<Key>(.+?)</Key>.*?<Size>(\d+)</Size>", re.DOTALL)


@dataclass
class S3Server:
    """One server on loopback with one user, who may do all; what it has it forgets when it ends."""

    port: int = 0
    key_id: str = ""
    secret: str = ""
    _process: subprocess.Popen[bytes] | None = None

    async def __aenter__(self) -> Self:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = (sys.executable, "-m", "moto.server", "--host", "127.0.0.1", "--port", str(self.port))
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        await eventually(self._answers)
        await self._add_user()
        return self

    async def __aexit__(self, *_error: object) -> None:
        self.kill()

    def kill(self) -> None:
        """End it at once, with all it has."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    async def make_bucket(self, name: str) -> None:
        """A new, empty one."""
        await self._ask("PUT", name)

    async def keys(self, bucket: str) -> dict[str, int]:
        """What is in it, with the size of each."""
        return {key: int(size) for key, size in _CONTENT.findall(await self._ask("GET", f"{bucket}?list-type=2"))}

    async def uploads(self, bucket: str) -> int:
        """How many uploads in parts were begun and not ended."""
        return (await self._ask("GET", f"{bucket}?uploads")).count("<UploadId>")

    async def guard(self) -> None:
        """From now on only who signs with the user's key is answered, as is usual."""
        await self._ask("POST", "moto-api/reset-auth", data="0")

    async def _add_user(self) -> None:
        await self._iam(Action="CreateUser", UserName="trunkline")
        policy = {"PolicyName": "s3", "PolicyDocument": json.dumps(_ALL_OF_S3)}
        await self._iam(Action="PutUserPolicy", UserName="trunkline", **policy)
        made = await self._iam(Action="CreateAccessKey", UserName="trunkline")
        found = re.search(r"<AccessKeyId>(.+?)<.*<SecretAccessKey>(.+?)<", made, re.DOTALL)
        assert found is not None
        self.key_id, self.secret = found.groups()

    async def _iam(self, **fields: str) -> str:
        return await self._ask("POST", "", data=fields | {"Version": "2010-05-08"}, headers=_IAM)

    async def _ask(self, method: str, path: str, **more: object) -> str:
        async with (
            aiohttp.ClientSession(raise_for_status=True) as session,
            session.request(method, f"http://127.0.0.1:{self.port}/{path}", **more) as answer,  # type: ignore[arg-type]
        ):
            return await answer.text()

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        return True

"""Recordings and transcripts of finished calls (crm.md §2.4; attach-record.md, attach-transcription.md).

I/O: a recording that is given by its address is fetched by the portal itself, once; what it gets is "Server returns
HTTP error code {N}" of the page, or the file.
"""

import base64
import binascii
import secrets
from pathlib import PurePosixPath
from typing import Final

import aiohttp
from yarl import URL

from tests.fakes.bitrix24.answers import Refused, core
from tests.fakes.bitrix24.listing import Row
from tests.fakes.bitrix24.wire import listed, number
from tests.fakes.bitrix24.world import Ask, Method, Record, World

_SUFFIXES: Final = {".wav", ".mp3"}
_FETCH_SECONDS: Final = 60
"""The time a request has in the cloud (crm.md §2.7)."""


def _row(world: World, call_id: str) -> Row | None:
    return next((row for row in world.statistic if row["CALL_ID"] == call_id), None)


def keep(world: World, call_id: str, name: str, content: bytes) -> int:
    """A repeat replaces the former record."""
    row = _row(world, call_id)
    assert row is not None
    file_id = world.take()
    world.records.setdefault(call_id, []).append(Record(file_id, name, content))
    row |= {"RECORD_FILE_ID": str(file_id), "CALL_RECORD_URL": f"{world.access.url}disk/{file_id}/{name}"}
    activity = world.activities.get(number(row["CRM_ACTIVITY_ID"]) or 0)
    if activity is not None:
        activity["FILES"] = [{"id": file_id, "url": row["CALL_RECORD_URL"]}]
    return file_id


def _checked(name: str) -> str:
    if not name:
        raise core("File name is empty")
    if PurePosixPath(name).suffix.lower() not in _SUFFIXES:
        raise core("Wrong file extension. Only wav and mp3 are allowed")
    return name


async def attach_url(world: World, call_id: str, url: str, name: str) -> int:
    """Fetch it. Raises Refused."""
    name = _checked(name or URL(url).name)
    assert world.session is not None
    timeout = aiohttp.ClientTimeout(total=_FETCH_SECONDS)
    try:
        async with world.session.get(url, timeout=timeout) as answer:
            if answer.status != 200:
                raise core(f"Server returns HTTP error code {answer.status}")
            content = await answer.read()
    except (aiohttp.ClientError, TimeoutError) as error:
        raise core("Server returns HTTP error code 0") from error
    if not content:
        raise core("File content is empty.")
    return keep(world, call_id, name, content)


async def attach_record(world: World, ask: Ask) -> object:
    """By address, with the content, or by a name alone: then an address to upload to."""
    said, call_id = ask.params, str(ask.params.get("CALL_ID"))
    if not said.get("RECORD_URL") and "FILENAME" not in said:
        raise core("Required parameters are not set. Request should contain or URL or FILENAME parameter")
    if _row(world, call_id) is None:
        raise core("Call is not found in the statistic table. Looks like it is not finished yet.")
    if said.get("RECORD_URL"):
        return {"FILE_ID": await attach_url(world, call_id, str(said["RECORD_URL"]), str(said.get("FILENAME") or ""))}
    name = _checked(str(said["FILENAME"]))
    if "FILE_CONTENT" not in said:
        token = f"telephony|{secrets.token_hex(24)}"
        world.uploads[token] = (call_id, name)
        return {"uploadUrl": str(URL(f"{world.access.url}rest/upload.json") % {"token": token}), "fieldName": "file"}
    try:
        content = base64.b64decode(str(said["FILE_CONTENT"]), validate=True)
    except binascii.Error as error:
        raise core("File content is not properly encoded. Base64 encoding is expected.") from error
    if not content:
        raise core("File content is empty.")
    return {"FILE_ID": keep(world, call_id, name, content)}


def upload(world: World, token: str, content: bytes) -> object:
    """What is posted to `uploadUrl`; the address is good once. Raises Refused."""
    if not content:
        raise core("File content is empty.")
    call_id, name = world.uploads.pop(token, ("", ""))
    if not call_id:
        raise Refused("NO_AUTH_FOUND")
    return {"FILE_ID": keep(world, call_id, name, content)}


async def attach_transcript(world: World, ask: Ask) -> object:
    """Lines of what was said. No idempotency key: a repeat is a second transcript."""
    call_id, said = ask.params.get("CALL_ID"), ask.params.get("MESSAGES")
    if not call_id:
        raise core("CALL_ID should be set")
    if not isinstance(said, list | dict):
        raise core("MESSAGES should be an array")
    lines = listed(said)
    for at, line in enumerate(lines):
        if line.get("SIDE") not in {"User", "Client"}:
            raise core(f"MESSAGES[{at}][SIDE] should be either Client or User")
        if (number(line.get("START_TIME")) or 0) < 0:
            raise core(f"MESSAGES[{at}][START_TIME] should be greater or equal to zero")
        if (number(line.get("STOP_TIME")) or 0) < 1:
            raise core(f"MESSAGES[{at}][STOP_TIME] should be greater than zero")
        if not line.get("MESSAGE"):
            raise core(f"MESSAGES[{at}][MESSAGE] is empty")
    row = _row(world, str(call_id))
    if row is None:
        raise core(f"Call {call_id} is not found. Is it finished?")
    world.transcripts.setdefault(str(call_id), []).append(lines)
    row["TRANSCRIPT_ID"] = str(world.take())
    return {"TRANSCRIPT_ID": int(row["TRANSCRIPT_ID"])}


METHODS: Final[dict[str, Method]] = {
    "telephony.externalCall.attachRecord": attach_record,
    "telephony.call.attachTranscription": attach_transcript,
}

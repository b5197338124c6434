"""A request's body as a value, or the mistake with its path; and a value as an answer's body."""

import re
from typing import TypeVar

import msgspec
from aiohttp import web

from trunkline.errors import InvalidInput, Mistake
from trunkline.notjson import NOT_JSON

T = TypeVar("T")

# JSON can spell NUL only so; PostgreSQL keeps it in no text.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


async def read_json(request: web.Request, kind: type[T]) -> T:
    """The body as `kind`; raises InvalidInput naming the field. Size is limited by the application."""
    return decode_json(await request.read(), kind)


def json_answer(value: object, status: int = 200) -> web.Response:
    """`value`, of any type msgspec writes, as the whole answer."""
    return web.Response(body=msgspec.json.encode(value), content_type="application/json", status=status)


def decode_json(body: bytes, kind: type[T]) -> T:
    """`body` as `kind`; raises InvalidInput naming the field (`$.phones[0].number`)."""
    if _NUL.search(body):
        raise InvalidInput(Mistake("$", "has a character that no text can hold (NUL)"))
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `")
        raise InvalidInput(Mistake(path.rstrip("`") or "$", message)) from error
    except NOT_JSON as error:
        raise InvalidInput(Mistake("$", f"is not JSON: {error}")) from error

"""`/api/v1/questions`: questions, their threads and topics for programs."""

from datetime import datetime
from uuid import UUID

import msgspec
from aiohttp import web

from trunkline.errors import InvalidInput, Mistake
from trunkline.experts.pages import question_id, writer_of
from trunkline.experts.question import AskBody, MessageBody, Question, Shelf, Topic
from trunkline.experts.store import ask, close, find_question, list_questions, write
from trunkline.experts.topics import topics
from trunkline.keys import pool_key, redis_key
from trunkline.notices.store import spread
from trunkline.web.body import json_answer, read_json
from trunkline.web.paging import decode_cursor, page_size

_KNOWN = ("shelf", "limit", "cursor")


class QuestionPage(msgspec.Struct, frozen=True):
    """A page of questions; `next` is the cursor of the page behind it, null on the last."""

    items: list[Question]
    next: str | None


class TopicList(msgspec.Struct, frozen=True):
    """What may be asked about."""

    items: list[Topic]


def routes() -> list[web.RouteDef]:
    """The routes of this module."""
    return [
        web.get("/api/v1/questions", show_list),
        web.post("/api/v1/questions", add),
        web.get("/api/v1/questions/topics", show_topics),
        web.get("/api/v1/questions/{id}", show_one),
        web.post("/api/v1/questions/{id}/messages", add_message),
        web.post("/api/v1/questions/{id}/close", close_one),
    ]


async def show_list(request: web.Request) -> web.Response:
    """`GET ?shelf=&limit=&cursor=`: the newest first."""
    query = {name: text for name, text in request.query.items() if text}
    mistakes = [Mistake(name, f"is not known; there are {', '.join(_KNOWN)}") for name in query if name not in _KNOWN]
    shelf = query.get("shelf", Shelf.WAITING.value)
    if shelf not in set(Shelf):
        mistakes.append(Mistake("shelf", f"must be one of {', '.join(Shelf)}"))
    if mistakes:
        raise InvalidInput(*mistakes)
    size, after = page_size(query.get("limit")), decode_cursor(query.get("cursor"), tuple[datetime, UUID])
    if after is not None and after[0].tzinfo is None:
        raise InvalidInput(Mistake("cursor", "is not a cursor of ours"))
    async with request.app[pool_key].acquire() as connection:
        found = await list_questions(connection, writer_of(request), Shelf(shelf), after=after, size=size)
    return json_answer(QuestionPage(list(found.rows), found.next_cursor))


async def add(request: web.Request) -> web.Response:
    """`POST {"number", "text", "person" or "topic", …}`: ask."""
    body = await read_json(request, AskBody)
    async with request.app[pool_key].acquire() as connection, connection.transaction():
        question, told = await ask(connection, writer_of(request), body)
    await spread(request.app[redis_key], told)
    return json_answer(question, 201)


async def show_topics(request: web.Request) -> web.Response:
    """`GET`: what may be asked about, and who answers."""
    async with request.app[pool_key].acquire() as connection:
        return json_answer(TopicList(list(await topics(connection))))


async def show_one(request: web.Request) -> web.Response:
    """`GET`: one with its thread."""
    async with request.app[pool_key].acquire() as connection:
        return json_answer(await find_question(connection, writer_of(request), question_id(request)))


async def add_message(request: web.Request) -> web.Response:
    """`POST {"text"}`: an answer, or of the asker a further question."""
    body = await read_json(request, MessageBody)
    async with request.app[pool_key].acquire() as connection, connection.transaction():
        question, told = await write(connection, writer_of(request), question_id(request), body.text)
    await spread(request.app[redis_key], told)
    return json_answer(question, 201)


async def close_one(request: web.Request) -> web.Response:
    """`POST`: the asker needs no more."""
    async with request.app[pool_key].acquire() as connection, connection.transaction():
        return json_answer(await close(connection, writer_of(request), question_id(request)))

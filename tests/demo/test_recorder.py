"""The demo's recordings before an API that only writes down what it is sent; its talks before ours."""

from typing import Any
from uuid import UUID

import aiohttp
import msgspec
from aiohttp import web
from aiohttp.test_utils import TestServer

from recordings.sent_text import TranscriptSent, mistakes_of
from trunkline.demo.recorder import Recorder, load_talks

CALL, KEPT = UUID(int=7), UUID(int=8)


class Api:
    """Takes sound at once, and words only when they come for the third time: a conversion takes its time."""

    def __init__(self, status: int = 201) -> None:
        self.status, self.sent, self.words, self.asked = status, b"", b"", 0

    async def take_sound(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer t"
        form = await request.post()
        file: Any = form["file"]
        assert (form["call"], file.filename.endswith(".opus")) == (str(CALL), True)
        self.sent = file.file.read()
        return web.json_response({"id": str(KEPT), "stage": "found"}, status=self.status)

    async def take_words(self, request: web.Request) -> web.Response:
        self.asked += 1
        self.words = await request.read()
        return web.json_response({"words": 1}, status=200 if self.asked == 3 else 409)


async def send(api: Api) -> bool:
    app = web.Application()
    app.add_routes(
        [
            web.post("/api/v1/recordings", api.take_sound),
            web.put(f"/api/v1/recordings/{KEPT}/transcript", api.take_words),
        ]
    )
    async with TestServer(app) as server, aiohttp.ClientSession(headers={"Authorization": "Bearer t"}) as session:
        return await Recorder(str(server.make_url("")).rstrip("/"), "t").send(session, CALL, load_talks()[0])


async def test_a_talk_is_sent_in_and_its_words_once_it_is_kept() -> None:
    api = Api()
    assert await send(api)
    assert (api.sent, api.words, api.asked) == (load_talks()[0].sound, load_talks()[0].words, 3)


async def test_of_what_is_refused_no_words_are_sent() -> None:
    api = Api(400)
    assert not await send(api)
    assert api.asked == 0


def test_every_talk_has_words_that_our_api_takes() -> None:
    assert len(load_talks()) >= 4
    for talk in load_talks():
        assert talk.sound.startswith(b"OggS")
        sent = msgspec.json.decode(talk.words, type=TranscriptSent)
        assert list(mistakes_of(sent, 2, 40.0)) == []
        assert {piece.side for piece in sent.pieces} == {0, 1}

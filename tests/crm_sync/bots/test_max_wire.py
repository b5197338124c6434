"""What MAX answers means one thing each: a chat is given up only where MAX says that it is the chat."""

import msgspec
import pytest

from crm_sync.answer import Refused
from crm_sync.asking import Answered
from crm_sync.bots.max.wire import EDIT, read
from crm_sync.bots.port import GoneMessage, Unreachable
from trunkline.outbox.classify import ErrorClass, classify

SEND = "POST /messages"


@pytest.mark.parametrize(
    ("method", "status", "code", "kind", "found"),
    [
        (SEND, 403, "chat.denied", Unreachable, ErrorClass.BLOCKED),
        (SEND, 404, "chat.not.found", Unreachable, ErrorClass.PERMANENT),
        (SEND, 403, "access.denied", Refused, ErrorClass.BLOCKED),
        (SEND, 403, "verify.token", Refused, ErrorClass.AUTH),
        (SEND, 404, "not.found", Refused, ErrorClass.PERMANENT),
        (SEND, 400, "proto.payload", Refused, ErrorClass.PERMANENT),
        (SEND, 429, "too.many.requests", Refused, ErrorClass.THROTTLED),
        (EDIT, 404, "not.found", GoneMessage, ErrorClass.PERMANENT),
        (EDIT, 403, "chat.denied", Unreachable, ErrorClass.BLOCKED),
    ],
)
def test_each_answer_has_its_class(method: str, status: int, code: str, kind: type[Refused], found: ErrorClass) -> None:
    body = msgspec.json.encode({"code": code, "message": "words"})
    with pytest.raises(Refused) as refused:
        read(method, Answered(status, body, None), 0.0)
    assert (type(refused.value), classify(refused.value.fault)) == (kind, found)

"""Operations about questions to experts. No I/O here."""

from typing import Final

from trunkline.app.operation import PAGED, Operation, query
from trunkline.experts.api import QuestionPage, TopicList
from trunkline.experts.question import AskBody, MessageBody, Question, Shelf
from trunkline.people.roles import Right

QUESTIONS: Final = (
    Operation(
        "get",
        "/api/v1/questions",
        "Questions, the newest first",
        {200: QuestionPage},
        Right.CARD_USE,
        (
            query("shelf", "Those that wait for the token's owner (the default), or others.", enum=list(Shelf)),
            *PAGED,
        ),
    ),
    Operation(
        "post",
        "/api/v1/questions",
        "Ask a person, or those who answer a topic, about a client",
        {201: Question},
        Right.CARD_USE,
        body=AskBody,
    ),
    Operation("get", "/api/v1/questions/topics", "Topics and who answers them", {200: TopicList}, Right.CARD_USE),
    Operation("get", "/api/v1/questions/{id}", "One question with its thread", {200: Question}, Right.CARD_USE),
    Operation(
        "post",
        "/api/v1/questions/{id}/messages",
        "Add to the thread: of the asker a further question, of everybody else an answer",
        {201: Question},
        Right.CARD_USE,
        body=MessageBody,
    ),
    Operation("post", "/api/v1/questions/{id}/close", "The asker needs no more", {200: Question}, Right.CARD_USE),
)

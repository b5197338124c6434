"""Operations about recordings: found, sent in, reviewed, written down. No I/O here."""

from typing import Final

from recordings.api import RecordingDetail, RecordingPage
from recordings.exporting import TranscriptTold
from recordings.quality_api import AnswerBody, CommentBody, QueuePage, ReviewBody, ReviewTold
from recordings.sent_text import TextTaken, TranscriptSent
from recordings.sides import End
from recordings.telling import ReferenceBody
from recordings.uploading import RecordingTaken
from trunkline.app.operation import PAGED, Operation, query
from trunkline.people.roles import Right

RECORDINGS: Final = (
    Operation(
        "get",
        "/api/v1/recordings",
        "Recordings, the newest first: all, or those in which something was said, 50 a page at most",
        {200: RecordingPage},
        Right.RECORDINGS_LISTEN,
        (
            query("q", 'Said in it: words in any form, "a phrase", -unsaid, one or other.', maxLength=200),
            query("by", "Who is to have said it; anybody unless said.", enum=list(End)),
            query("tag", "The tag that a dictionary gave it; any or none unless said.", maxLength=40),
            query("category", "The category that a dictionary gave it; any or none unless said.", maxLength=40),
            *PAGED,
        ),
    ),
    Operation(
        "post",
        "/api/v1/recordings",
        "Send in the sound of a call; 200 where the file of that name is here already",
        {201: RecordingTaken, 200: RecordingTaken},
        Right.RECORDINGS_ADD,
        form={
            "call": {"type": "string", "format": "uuid", "description": "Of which call; before the file."},
            "pbx": {
                "type": "string",
                "description": "In place of `call`, with `linkedid`: which PBX; before the file.",
            },
            "linkedid": {"type": "string", "description": "What that PBX calls the call; before the file."},
            "leg": {
                "type": "string",
                "maxLength": 150,
                "description": "Of which channel, before the file; else of its first.",
            },
            "file": {
                "type": "string",
                "format": "binary",
                "description": "As a PBX writes it, by its own name.",
            },
        },
    ),
    Operation(
        "post",
        "/api/v1/recordings/references",
        "Tell where a provider has the recording of a call; 200 where it was told of before",
        {201: RecordingTaken, 200: RecordingTaken},
        Right.RECORDINGS_ADD,
        body=ReferenceBody,
    ),
    Operation(
        "get",
        "/api/v1/recordings/quality",
        "Recordings that wait for a review, the newest first, and whose turn it is",
        {200: QueuePage},
        Right.RECORDINGS_LISTEN,
        (query("agent", "Whose calls; all unless said.", format="uuid"), *PAGED),
        also=Right.RECORDINGS_REVIEW,
    ),
    Operation(
        "get",
        "/api/v1/recordings/{id}/review",
        "The review of a recording, and what is written on its moments",
        {200: ReviewTold},
        Right.RECORDINGS_LISTEN,
        also=Right.RECORDINGS_REVIEW,
    ),
    Operation(
        "put",
        "/api/v1/recordings/{id}/review",
        "Review it; in the place of the review it has",
        {200: ReviewTold},
        Right.RECORDINGS_LISTEN,
        body=ReviewBody,
        also=Right.RECORDINGS_REVIEW,
    ),
    Operation(
        "post",
        "/api/v1/recordings/{id}/comments",
        "Write on a moment of it",
        {201: ReviewTold},
        Right.RECORDINGS_LISTEN,
        body=CommentBody,
        also=Right.RECORDINGS_REVIEW,
    ),
    Operation(
        "post",
        "/api/v1/recordings/{id}/comments/{comment}/answers",
        "Write under a comment",
        {201: ReviewTold},
        Right.RECORDINGS_LISTEN,
        body=AnswerBody,
        also=Right.RECORDINGS_REVIEW,
    ),
    Operation("get", "/api/v1/recordings/{id}", "One recording", {200: RecordingDetail}, Right.RECORDINGS_LISTEN),
    Operation(
        "get",
        "/api/v1/recordings/{id}/transcript",
        "What was said in it, each word with its time; 404 where it was not written down",
        {200: TranscriptTold},
        Right.RECORDINGS_LISTEN,
    ),
    Operation(
        "put",
        "/api/v1/recordings/{id}/transcript",
        "Send in the words of a recording that an engine of yours wrote down, in place of those there are",
        {200: TextTaken},
        Right.RECORDINGS_ADD,
        body=TranscriptSent,
    ),
)

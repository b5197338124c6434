"""Rights to routes of recordings, their reviews, dictionaries and links. No I/O here."""

from typing import Final

from trunkline.people.roles import Right
from trunkline.web.routes.row import Access, RouteRight

RECORDINGS: Final = (
    # recordings
    RouteRight("GET", "/calls/{id}/recordings", Right.RECORDINGS_LISTEN),
    RouteRight("GET", "/recordings", Right.RECORDINGS_LISTEN),
    RouteRight("GET", "/recordings/quality", Right.RECORDINGS_LISTEN, also=Right.RECORDINGS_REVIEW),
    RouteRight("GET", "/recordings/quality/people", Right.RECORDINGS_LISTEN, also=Right.RECORDINGS_REVIEW),
    RouteRight("GET", "/recordings/mine", Access.SIGNED_IN),  # what is about himself, or what he wrote
    RouteRight("GET", "/recordings/mine/count", Access.SIGNED_IN),
    RouteRight("GET", "/recordings/quality/{id}", Access.SIGNED_IN),  # his own call's; else the rights of the queue
    RouteRight("POST", "/recordings/quality/{id}/review", Right.RECORDINGS_LISTEN, also=Right.RECORDINGS_REVIEW),
    RouteRight("POST", "/recordings/quality/{id}/moments", Right.RECORDINGS_LISTEN, also=Right.RECORDINGS_REVIEW),
    RouteRight("POST", "/recordings/quality/{id}/moments/{moment}/answers", Access.SIGNED_IN),
    RouteRight("GET", "/settings/quality", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/quality", Right.SETTINGS_EDIT),
    RouteRight("POST", "/settings/quality/{criterion}", Right.SETTINGS_EDIT),
    RouteRight("GET", "/recordings/export.zip", Right.RECORDINGS_LISTEN, also=Right.CALLS_EXPORT),
    RouteRight("GET", "/recordings/dictionaries", Right.RECORDINGS_LISTEN, also=Right.SETTINGS_EDIT),
    RouteRight("POST", "/recordings/dictionaries", Right.RECORDINGS_LISTEN, also=Right.SETTINGS_EDIT),
    RouteRight("GET", "/recordings/dictionaries/{dictionary}", Right.RECORDINGS_LISTEN, also=Right.SETTINGS_EDIT),
    RouteRight("POST", "/recordings/dictionaries/{dictionary}", Right.RECORDINGS_LISTEN, also=Right.SETTINGS_EDIT),
    RouteRight("POST", "/recordings/dictionaries/{dictionary}/up", Right.RECORDINGS_LISTEN, also=Right.SETTINGS_EDIT),
    RouteRight(
        "POST", "/recordings/dictionaries/{dictionary}/remove", Right.RECORDINGS_LISTEN, also=Right.SETTINGS_EDIT
    ),
    RouteRight("GET", "/recordings/{id}/audio", Right.RECORDINGS_LISTEN),
    RouteRight("GET", "/recordings/{id}/links", Right.RECORDINGS_LISTEN, also=Right.CALLS_EXPORT),
    RouteRight("POST", "/recordings/{id}/links", Right.RECORDINGS_LISTEN, also=Right.CALLS_EXPORT),
    RouteRight("POST", "/recordings/{id}/links/{link}/revoke", Right.RECORDINGS_LISTEN, also=Right.CALLS_EXPORT),
    RouteRight("POST", "/recordings/{id}/hold", Right.RECORDINGS_LISTEN, also=Right.SETTINGS_EDIT),
    RouteRight("POST", "/recordings/{id}/release", Right.RECORDINGS_LISTEN, also=Right.SETTINGS_EDIT),
    RouteRight("GET", "/recordings/{id}/transcript/{format}", Right.RECORDINGS_LISTEN),
    RouteRight("GET", "/api/v1/recordings", Right.RECORDINGS_LISTEN),
    RouteRight("POST", "/api/v1/recordings", Right.RECORDINGS_ADD),
    RouteRight("POST", "/api/v1/recordings/references", Right.RECORDINGS_ADD),
    RouteRight("GET", "/api/v1/recordings/quality", Right.RECORDINGS_LISTEN, also=Right.RECORDINGS_REVIEW),
    RouteRight("GET", "/api/v1/recordings/{id}/review", Right.RECORDINGS_LISTEN, also=Right.RECORDINGS_REVIEW),
    RouteRight("PUT", "/api/v1/recordings/{id}/review", Right.RECORDINGS_LISTEN, also=Right.RECORDINGS_REVIEW),
    RouteRight("POST", "/api/v1/recordings/{id}/comments", Right.RECORDINGS_LISTEN, also=Right.RECORDINGS_REVIEW),
    RouteRight(
        "POST",
        "/api/v1/recordings/{id}/comments/{comment}/answers",
        Right.RECORDINGS_LISTEN,
        also=Right.RECORDINGS_REVIEW,
    ),
    RouteRight("GET", "/api/v1/recordings/{id}", Right.RECORDINGS_LISTEN),
    RouteRight("GET", "/api/v1/recordings/{id}/transcript", Right.RECORDINGS_LISTEN),
    RouteRight("PUT", "/api/v1/recordings/{id}/transcript", Right.RECORDINGS_ADD),
    # a link to a recording, on the public listener: it proves itself
    RouteRight("GET", "/r/{signed}", Access.OWN_GUARD),
    RouteRight("GET", "/r/{signed}.mp3", Access.OWN_GUARD),
)

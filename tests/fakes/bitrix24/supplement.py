"""What the vendor's specifications in the test data do not say, each with the page that does.

The data has 251 of the vendor's methods (crm.md §0.5); those the connector may ask for beside them are here.
"""

from typing import Final

METHODS: Final[dict[str, tuple[str, dict[str, str]]]] = {
    # method: (scope, {parameter, with * if required: type}) — the vendor's page of the same name
    "batch": ("", {"halt": "integer", "cmd*": "array"}),
    "scope": ("", {"full": "boolean"}),
    "app.info": ("", {}),
    "profile": ("", {}),
    "method.get": ("", {"name": "string"}),
    "methods": ("", {"full": "boolean", "scope": "string"}),
    "feature.get": ("", {"CODE*": "string"}),
    "server.time": ("", {}),
    "event.get": ("", {}),
    "user.current": ("user", {}),
    "department.get": (
        "department",
        {
            "sort": "string",
            "order": "string",
            "ID": "integer",
            "NAME": "string",
            "PARENT": "integer",
            "UF_HEAD": "integer",
            "START": "integer",
        },
    ),
    "placement.bind": (
        "placement",
        {
            "PLACEMENT*": "string",
            "HANDLER*": "string",
            "TITLE": "string",
            "DESCRIPTION": "string",
            "GROUP_NAME": "string",
            "LANG_ALL": "object",
            "OPTIONS": "object",
            "USER_ID": "integer",
        },
    ),
    "placement.unbind": ("placement", {"PLACEMENT*": "string", "HANDLER": "string", "USER_ID": "integer"}),
    "placement.get": ("placement", {}),
    "crm.timeline.comment.add": ("crm", {"fields*": "object"}),
}

EXTRA: Final[dict[str, dict[str, str]]] = {
    # of the second table of event-offline-get.md, «Дополнительные параметры»
    "event.offline.get": {
        "clear": "integer", "process_id": "string", "auth_connector": "string", "error": "integer",
    },
    # of the examples of crm-lead-list.md; its table lacks it
    "crm.lead.list": {"order": "object"},
    "crm.status.list": {"start": "integer"},
    # «Дополнительно можно указывать любые параметры из user.add для фильтрации» (user.get.json): beside FILTER too
    "user.get": dict.fromkeys(("ID", "ACTIVE", "NAME", "LAST_NAME", "EMAIL", "UF_DEPARTMENT", "UF_PHONE_INNER"), "any"),
}  # fmt: skip

RETYPED: Final[dict[tuple[str, str], str]] = {
    ("user.get", "FILTER"): "object",  # user-get.md's examples: FILTER is {field: value}
    ("crm.activity.add", "fields"): "object",
    ("crm.activity.update", "fields"): "object",
}

WITHIN: Final[dict[tuple[str, str], dict[str, str]]] = {
    # crm.activity.fields.json: COMMUNICATIONS isMultiple, COMPLETED a field like others; the table of `add` has neither
    (f"crm.activity.{what}", "fieldsFields"): {"COMMUNICATIONS*": "array", "COMPLETED": "char"}
    for what in ("add", "update")
}
"""Fields of an object within the parameters, in place of those of the same name."""

EITHER: Final[dict[str, tuple[str, ...]]] = {
    # «Необходимо указать хотя бы один из параметров: USER_ID или USER_PHONE_INNER» (both files)
    "telephony.externalCall.register": ("USER_ID", "USER_PHONE_INNER"),
    "telephony.externalCall.finish": ("USER_ID", "USER_PHONE_INNER"),
    # attach-record.md: "Request should contain or URL or FILENAME parameter"
    "telephony.externalCall.attachRecord": ("RECORD_URL", "FILENAME"),
}

APP_ONLY: Final = frozenset(
    {
        # crm.md §2.1: "Not `register`, `finish`, `externalLine.*`, `placement.bind`, `event.bind`" by webhook
        *("telephony.externalcall.register", "telephony.externalcall.finish"),
        *(f"telephony.externalline.{what}" for what in ("add", "get", "update", "delete")),
        *("placement.bind", "placement.unbind", "placement.get", "app.info"),
        *("event.bind", "event.unbind", "event.get"),
        # «Метод работает только в контексте авторизации приложения» of event-offline-*.md
        *(f"event.offline.{what}" for what in ("get", "clear", "error", "list")),
    }
)

"""Operations about files of contacts and spam numbers. No I/O here."""

from collections.abc import Mapping
from typing import Final

from trunkline.app.bodies import Refusal
from trunkline.app.operation import Json, Operation
from trunkline.contacts.import_api import ColumnsBody, CommitBody, ImportList, ImportTold
from trunkline.people.roles import Right

_IMPORTS: Final = "/api/v1/imports/{kind}"
_ONE: Final = f"{_IMPORTS}/{{id}}"
_FILE: Final[Mapping[str, Json]] = {
    "file": {
        "type": "string",
        "format": "binary",
        "description": "CSV or XLSX; of spam numbers also PhoneBlock's JSON.",
    },
    "source": {"type": "string", "maxLength": 60, "description": "Where it comes from; `import` if left out."},
    "replace": {
        "type": "string",
        "description": "Given at all: take out what this source had and the file does not name.",
    },
}

IMPORTS: Final = (
    Operation("get", _IMPORTS, "The newest imports", {200: ImportList}, Right.IMPORTS_RUN),
    Operation(
        "post",
        _IMPORTS,
        "Send a file; what it would change is shown, and nothing goes in yet",
        {202: ImportTold},
        Right.IMPORTS_RUN,
        form=_FILE,
    ),
    Operation("get", _ONE, "How far an import is, what it would do, or did", {200: ImportTold}, Right.IMPORTS_RUN),
    Operation(
        "post",
        f"{_ONE}/columns",
        "Say what the columns of a file of contacts are",
        {202: ImportTold, 409: Refusal},
        Right.IMPORTS_RUN,
        body=ColumnsBody,
    ),
    Operation(
        "post",
        f"{_ONE}/commit",
        "Let in what was shown",
        {202: ImportTold, 409: Refusal},
        Right.IMPORTS_RUN,
        body=CommitBody,
    ),
    Operation("post", f"{_ONE}/cancel", "Let nothing in", {200: ImportTold, 409: Refusal}, Right.IMPORTS_RUN),
    Operation("post", f"{_ONE}/undo", "Take back what went in", {202: ImportTold, 409: Refusal}, Right.IMPORTS_RUN),
)

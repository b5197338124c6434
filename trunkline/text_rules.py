"""How a rule of the setting `recordings.text` is written; recordings/policy.py goes by it. No I/O here."""

import re
from typing import Final

TEXT_RULE: Final = re.compile(
    r"(?!(?:out|internal) line=)"  # of these calls no line of ours is known
    r"(?P<direction>all|in|out|internal)(?: line=(?P<line>\+\d{5,15}))?"
    r"(?: (?P<none>none)|(?: least=(?P<least>\d{1,5}))?(?: sample=(?P<sample>\d{1,2}|100))?)"
)

"""How a rule of the setting `recordings.keep` is written; recordings/keeping.py goes by it. No I/O here."""

import re
from typing import Final

KEEP_RULE: Final = re.compile(
    r"(?!(?:out|internal) line=)"  # of these calls no line of ours is known
    r"(?P<direction>all|in|out|internal)(?: line=(?P<line>\+\d{5,15}))?(?: days=(?P<days>[1-9]\d{0,3})| forever)"
)

"""What decoding JSON that others wrote may raise. No I/O here."""

from typing import Final

import msgspec

NOT_JSON: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""To be caught wherever foreign bytes are decoded: besides errors of its own, msgspec raises UnicodeDecodeError of text
that is no UTF-8, and RecursionError of values within values, of fields nobody asked for too."""

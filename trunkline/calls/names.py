"""A person's or company's name as a telephone can show it. No I/O here."""

import unicodedata

#: What a name has at most on a desk telephone's screen when it rings.
SCREEN = 32


def plain(text: str) -> str:
    """`text` on one line, of letters that XML, SIP and a screen can hold: no control, format or half characters."""
    if text.isprintable() and "  " not in text:
        return text.strip()
    kept = (letter if unicodedata.category(letter)[0] != "C" else " " for letter in text)
    return " ".join("".join(kept).split())


def cut(text: str, longest: int) -> str:
    """The first `longest` letters of `text`, between two words where that leaves at least half of them."""
    if len(text) <= longest:
        return text
    head = text[:longest]
    if text[longest] != " ":
        space = head.rfind(" ")
        head = head[:space] if space >= longest // 2 else head
    return head.rstrip(" ,;:-–—(«\"'")

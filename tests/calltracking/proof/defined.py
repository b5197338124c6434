"""Which figures of a proof's page have no definition beside them, by its HTML."""

import re
from html import unescape

_TABLE = re.compile(r"<table.*?</table>", re.DOTALL)
_HEAD = re.compile(r'<th scope="col"(?: class="([^"]*)")?>(.*?)</th>', re.DOTALL)
_ROW = re.compile(r"<tr.*?</tr>", re.DOTALL)
_MEANT = re.compile(r'<td class="wide">([^<]+)<small class="muted">([^<]+)</small>')
_TERM = re.compile(r"<dt>([^<]+)</dt>\s*<dd>([^<]+)</dd>")
_BY_ROW = ("Figure and what it means", "What failed and what that means")


def undefined_figures(page: str) -> list[str]:
    """Rows without a meaning where the table says that rows have one; elsewhere columns whose name nothing explains."""
    page = unescape(page)
    meant = {name.strip() for pattern in (_MEANT, _TERM) for name, meaning in pattern.findall(page) if meaning.strip()}
    found = []
    for table in _TABLE.findall(page):
        heads = [(name, "num" in classes.split()) for classes, name in _HEAD.findall(table)]
        rows = [row for row in _ROW.findall(table) if "<td" in row]
        if heads[0][0] in _BY_ROW:
            found += [row for row in rows if not _MEANT.search(row)]
        else:
            found += [f"{heads[0][0]}: {name}" for name, is_figure in heads if is_figure and name not in meant]
    return found

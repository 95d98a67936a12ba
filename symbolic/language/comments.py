"""Comments become documentation: the block directly above a statement or field, or the one trailing on its line."""

from __future__ import annotations

import re

import attrs

_PIECES = re.compile(r'"(?:[^"\\\n]++|\\.)*+"|(?P<comment>\#[^\n]*)|(?P<newline>\n)|(?P<code>[^\s"#]+)|"')


@attrs.frozen
class Comments:
    """The comments of a text: by line, alone on their line or after code."""

    alone: dict[int, str]
    trailing: dict[int, str]

    def of(self, line: int) -> str | None:
        """Return the documentation of what starts on a line, or None."""
        block: list[str] = []
        above = line - 1
        while above in self.alone:
            block.append(self.alone[above])
            above -= 1
        block.reverse()
        if line in self.trailing:
            block.append(self.trailing[line])
        return "\n".join(block) or None


def comments(text: str) -> Comments:
    """Collect the comments of a text, without `#` and the blank after it.

    >>> comments("# above\\nx = 1  # beside").of(2)
    'above\\nbeside'
    """
    alone: dict[int, str] = {}
    trailing: dict[int, str] = {}
    line, code = 1, False
    for match in _PIECES.finditer(text):
        if match["newline"]:
            line, code = line + 1, False
        elif match["comment"]:
            found = match["comment"][1:].strip()
            (trailing if code else alone)[line] = found
        else:
            code = True
    return Comments(alone, trailing)

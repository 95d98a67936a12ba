"""Write the list of files in `architecture.md` from the first line of each file's docstring.

python docs/list_files.py          # writes; with --check it only says whether the page is up to date
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "architecture.md"
MARK = "<!-- files -->"
ROOMS = ("symbolic", "algorithms", "backends")


def listing() -> str:
    """Return one line a file, grouped by folder."""
    lines: list[str] = []
    for room in ROOMS:
        folders = sorted({path.parent for path in (ROOT / room).rglob("*.py")})
        for folder in folders:
            files = [path for path in sorted(folder.glob("*.py")) if (summary := first_line(path)) and summary]
            if files:
                lines += [f"\n**{folder.relative_to(ROOT)}/**\n"]
                lines += [f"- `{path.stem}`: {first_line(path)}" for path in files]
    return "\n".join(lines)


def first_line(path: Path) -> str:
    """Return the first line of a file's docstring, empty where it has none."""
    doc = ast.get_docstring(ast.parse(path.read_text()))
    return doc.split("\n\n")[0].replace("\n", " ") if doc else ""


def page() -> str:
    """Return the page with the list as it should be."""
    before, _, _ = PAGE.read_text().partition(MARK)
    return f"{before}{MARK}\n{listing()}\n"


if __name__ == "__main__":
    fresh = page()
    if "--check" in sys.argv:
        sys.exit(0 if PAGE.read_text() == fresh else "docs/architecture.md is out of date: python docs/list_files.py")
    PAGE.write_text(fresh)

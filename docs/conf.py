"""The documents as a site: ``make site``. Sphinx reads the Markdown that the repository shows; nothing comes from elsewhere.

The source folder is the project's root, so that README and documents keep their relative links. ``docs/README.md`` is the first
page, and its lists of links are the menu.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parent.parent
_PROJECT = tomllib.loads((_ROOT / "pyproject.toml").read_text("utf-8"))["project"]

project = "Iibun"
author = copyright = "Iibun maintainers"
version = release = _PROJECT["version"]
language = "ja"  # of the menus, and of the search, which finds Japanese words as well as English ones

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
include_patterns = ["*.md", "docs/*.md", "docs/*/*.md", "data/LICENSES.md", "benchmarks/*/README.md"]
root_doc = "docs/README"

myst_heading_anchors = 4  # as GitHub makes them

html_theme = "furo"
html_title = f"Iibun {release}"
html_copy_source = html_show_sourcelink = False

_LINK = re.compile(r"\]\(([^)#:]+)\.md(?:#[^)]*)?\)")


def menu(text: str) -> str:
    """The first page with a hidden table of contents for each of its headings: the pages to which the heading's text links."""
    seen: set[str] = set()
    for section in re.split(r"^#+ ", text, flags=re.MULTILINE)[1:]:
        pages = [p for p in dict.fromkeys(_LINK.findall(section)) if p not in seen]
        seen.update(pages)
        if pages:
            caption = section.splitlines()[0]
            text += "\n\n" + "\n".join(["```{toctree}", ":hidden:", f":caption: {caption}", "", *pages, "```"])
    return text


def _with_menu(_: Any, page: str, source: list[str]) -> None:
    if page == root_doc:
        source[0] = menu(source[0])


def setup(app: Any) -> None:
    """Sphinx's hook for the configuration."""
    app.connect("source-read", _with_menu)

"""The JavaScript chunks of Streamlit's front end that each page needs, for the browser to preload.

Streamlit loads the code of a widget when the first of its kind is drawn: one after another, while the page waits. File
names contain a hash that changes with Streamlit's version, so files are found by the name before the hash. A file that is
not found is left out.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_EVERY = ("Html", "ButtonGroup")
#: By a page's path: the chunks for what it shows at first (files of Streamlit's ``static/js``, without hash).
WANTED = {
    "/": ("Button", "TextInput", "PageLink"),
    "/articles": ("Button", "DownloadButton", "Multiselect", "PageLink", "Selectbox", "TextInput"),
    "/article": ("BidiComponent", "Button", "PageLink"),
    "/claims": ("Button", "Checkbox", "DateInput", "DownloadButton", "Multiselect", "Selectbox", "TextInput"),
    "/predictions": ("Button", "DownloadButton", "Multiselect", "Selectbox", "TextInput"),
    "/entities": ("Multiselect", "TextInput"),
    "/record": ("Selectbox", "ArrowVegaLiteChart"),
    "/graph": ("BidiComponent", "DataFrame", "DownloadButton", "Selectbox", "Slider"),
    "/query": ("BidiComponent", "DataFrame", "DownloadButton", "LinkButton", "Selectbox"),
}
_IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*["']\./([\w.-]+\.js)["']""")


@cache
def addresses(path: str) -> tuple[str, ...]:
    """URL paths of the chunks to preload for a page: those that Streamlit's ``index.html`` does not name already.

    A chunk comes after those that it imports. Empty for an unknown page, or if Streamlit's files are not found.
    """
    names = WANTED.get(path)
    folder = _folder()
    if names is None or not folder.is_dir():
        return ()
    found: dict[str, None] = {}

    def add(file: str) -> None:
        if file in found or file in _first():
            return
        found[file] = None
        for other in _imports(file):
            add(other)

    for name in (*_EVERY, *names):
        for file in _called(name):
            add(file)
    return tuple(f"/static/js/{file}" for file in reversed(found))


@cache
def _folder() -> Path:
    import streamlit

    return Path(streamlit.__file__).parent / "static" / "static" / "js"


@cache
def _first() -> frozenset[str]:
    """The chunks that Streamlit's ``index.html`` loads for every page."""
    page = (_folder().parents[1] / "index.html").read_text("utf-8")
    return frozenset(re.findall(r"static/js/([\w.-]+\.js)", page))


@cache
def _imports(file: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_IMPORT.findall((_folder() / file).read_text("utf-8"))))


def _called(name: str) -> list[str]:
    """The files of a chunk: one, or none if this version of Streamlit has another name for it."""
    return [f.name for f in _folder().glob(f"{name}.*.js") if f.name.count(".") == 2]

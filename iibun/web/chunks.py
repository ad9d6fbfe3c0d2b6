"""The parts of Streamlit's front end that each page wants, so that the browser fetches them while it starts.

Streamlit loads a widget's code when the first of its kind is to be shown: one after the other, each time with all that
shows it waiting. Their names carry a hash that each version of Streamlit changes; so they are found by what is before it,
and one that is not there is left out.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_EVERY = ("Html", "ButtonGroup")
#: By a page's path: what it shows at the first look (files of Streamlit's ``static/js``, without hash).
WANTED = {
    "/": ("TextInput", "PageLink"),
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
    """The addresses of what a page wants beyond what the front end starts with, each after what it imports."""
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
    """What every page has the browser fetch already."""
    page = (_folder().parents[1] / "index.html").read_text("utf-8")
    return frozenset(re.findall(r"static/js/([\w.-]+\.js)", page))


@cache
def _imports(file: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_IMPORT.findall((_folder() / file).read_text("utf-8"))))


def _called(name: str) -> list[str]:
    """The files of a part: one, or none if this version of Streamlit calls it otherwise."""
    return [f.name for f in _folder().glob(f"{name}.*.js") if f.name.count(".") == 2]

"""What other pages hand over: the bookmarklet, the page ``/hand`` that takes an article, and the manifest for phones.

No other origin gets anything, and nothing is sent to the server: the bookmarklet opens ``/hand`` with the article in the
fragment of the address, ``static/hand.js`` puts it into the fields of the form for articles, and only a click of the reader
there has it read. A phone's share menu opens ``/hand`` with query parameters. The page is shown without login, since it
holds nothing.
"""

from __future__ import annotations

import html
import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from iibun.i18n import translate
from iibun.web import login
from kg.hosts import header

PATH = "/hand"
MANIFEST = "/manifest.webmanifest"
#: Paths that need no login: they hold nothing of the store.
OPEN = (PATH, "/assets/hand.js")
#: Characters of an article that the bookmarklet hands over at most: browsers limit the length of an address.
MOST = 80_000

_STATIC = Path(__file__).parent / "static"


@cache
def bookmarklet(origin: str) -> str:
    """The address of the bookmark that hands the open page to the Iibun at an origin.

    Args:
        origin: scheme, host and port: ``http://localhost:8501``.

    >>> bookmarklet("http://localhost:8501").startswith("javascript:")
    True
    """
    source = (_STATIC / "bookmarklet.js").read_text("utf-8")
    lines = (line.strip() for line in source.splitlines() if not line.lstrip().startswith("//"))
    values = {"ORIGIN": json.dumps(origin), "PATH": json.dumps(PATH), "MOST": str(MOST)}
    return "javascript:" + quote(
        re.sub(r"\b(ORIGIN|PATH|MOST)\b", lambda m: values[m[0]], " ".join(lines)), safe="!*'();:@&=+$,/?~-_."
    )


async def page(request: Any) -> Any:
    """The page that takes an article; opened without one, it offers the bookmarklet."""
    from starlette.responses import HTMLResponse

    lang = login.language_of(request.scope)

    def words(name: str) -> str:
        return html.escape(translate(f"hand.{name}", lang))

    link = html.escape(bookmarklet(f"{request.url.scheme}://{header(request.scope, b'host') or ''}"))
    body = (
        '<section id="offer">'
        f'<p>{words("how")}</p><p class="drag"><a href="{link}">{words("name")}</a></p><p>{words("then")}</p></section>'
        f'<section id="busy" hidden><p role="status">{words("kept")}</p><p><button id="replace">{words("replace")}</button></p></section>'
        f'<section id="cut" hidden><p role="status">{words("cut").replace("{most}", f"{MOST:,}")}</p><p><button id="go">{words("go")}</button></p></section>'
        f'<p><a href="/">{words("home")}</a></p>'
    )
    head = '<script type="module" src="/assets/hand.js"></script>'
    return HTMLResponse(login.document(request.scope, body, head))


async def manifest(request: Any) -> Any:
    """The web app manifest: with it, a phone offers Iibun where it shares a page or a text."""
    from starlette.responses import JSONResponse

    lang = login.language_of(request.scope)
    return JSONResponse(
        {
            "name": "Iibun 言い分", "short_name": "Iibun", "id": "/", "start_url": "/", "scope": "/", "display": "standalone",
            "description": translate("home.what", lang), "lang": lang,
            "background_color": "#fdfdfb", "theme_color": "#1f5f8b",
            "icons": [{"src": "/assets/logo.svg", "sizes": "any", "type": "image/svg+xml"}],
            "share_target": {"action": PATH, "method": "GET", "params": {"title": "title", "text": "text", "url": "url"}},
        },
        media_type="application/manifest+json",
    )  # fmt: skip

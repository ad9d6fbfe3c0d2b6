"""The login page, in HTML of its own, since no page of Streamlit is shown before the login."""

from __future__ import annotations

import html
from collections.abc import MutableMapping
from typing import Any
from urllib.parse import quote

from iibun.i18n import Language, requested_language, translate
from iibun.i18n.errors import explained
from kg.hosts import header

Scope = MutableMapping[str, Any]

_STYLE = """
:root { color-scheme: light dark; font-family: "Hiragino Sans", "Noto Sans JP", "Noto Sans CJK JP", sans-serif; }
body { background: light-dark(#fdfdfb, #15181c); color: light-dark(#23262b, #e4e6e8); margin: 0; }
main { max-width: 22rem; margin: 18vh auto 0; padding: 0 1rem; }
h1 { font-size: 1.5rem; } p, label { line-height: 1.7; } a { color: light-dark(#1a5580, #8fc4e8); }
input, button { box-sizing: border-box; width: 100%; font: inherit; padding: .55rem .7rem; border-radius: 8px; border: 1px solid light-dark(#8d8f88, #7a838d); }
input { margin: .3rem 0 .9rem; background: light-dark(#fff, #1f242a); color: inherit; }
.drag a { display: inline-block; padding: .45rem .9rem; border: 1px solid currentColor; border-radius: 8px; text-decoration: none; }
button { background: light-dark(#1f5f8b, #7db8e0); color: light-dark(#fff, #0f1d28); border: 0; cursor: pointer; }
[role=alert] { color: light-dark(#a32020, #ff9d94); }
"""


def language_of(scope: Scope) -> Language:
    """The language of a request; see :func:`iibun.i18n.requested_language`."""
    return requested_language(scope.get("query_string", b"").decode("latin-1"), header(scope, b"accept-language") or "")


def _there(scope: Scope) -> str:
    """The path and query of a request, with a single slash at the start, since ``//host`` would be another server."""
    query = scope.get("query_string", b"").decode("latin-1")
    return quote("/" + scope["path"].lstrip("/"), safe="/:@!$&'()*+,;=~-._") + (f"?{query}" if query else "")


def address(scope: Scope) -> bytes:
    """The address of the login page, from which one comes back to what was asked for."""
    there = _there(scope)
    return ("/login" + ("" if there == "/" else f"?next={quote(there, safe='/')}")).encode("latin-1")


def document(scope: Scope, body: str, head: str = "") -> str:
    """An HTML page in the language of a request.

    Args:
        scope: of the request.
        body: HTML below the heading.
        head: HTML to be added to the head.
    """
    return (
        f'<!doctype html><html lang="{language_of(scope)}"><head><meta charset="utf-8">{head}<link rel="icon" href="data:,">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Iibun 言い分</title>'
        f"<style>{_STYLE}</style></head><body><main><h1>Iibun 言い分</h1>{body}</main></body></html>"
    )


def page(scope: Scope, then: str, *, said: str = "", inside: bool = False) -> str:
    """The login page; with ``inside``, for a client that is logged in, the page to log out.

    Args:
        scope: of the request, for the language.
        then: the path to go to after login.
        said: an error message to show.
        inside: whether the client is logged in already.
    """
    lang = language_of(scope)

    def words(name: str) -> str:
        return html.escape(translate(f"login.{name}", lang))

    if inside:
        return document(
            scope,
            f'<p>{words("inside")}</p><p><a href="/">{words("to-page")}</a></p>'
            f'<form method="post" action="/logout"><button>{words("log-out")}</button></form>',
        )
    alert = f'<p role="alert">{html.escape(explained(said, lang))}</p>' if said else ""
    return document(
        scope,
        f'{alert}<form method="post" action="/login"><input type="hidden" name="next" value="{html.escape(then)}">'
        f'<label>{words("password")}<input type="password" name="password" autocomplete="current-password" required autofocus></label>'
        f"<button>{words('log-in')}</button></form>",
    )


def again(scope: Scope) -> str:
    """A page that asks for the same address again, now from our own site, so that the browser sends its cookie."""
    address = html.escape(_there(scope))
    head = f'<meta http-equiv="refresh" content="0;url={address}">'
    return document(
        scope, f'<p><a href="{address}">{html.escape(translate("login.go-on", language_of(scope)))}</a></p>', head
    )

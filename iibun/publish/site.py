"""The files of a published site, by path: pages in Japanese and, under ``en/``, in English; feeds, calendar, reviews and graph."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import jinja2

from iibun.i18n import LANGUAGES, Language, date_text, has, speaking, translate
from iibun.i18n.criteria import criterion_text
from iibun.publish import pictures
from iibun.publish.content import QUOTED, Content, Said, by_state
from iibun.publish.turtle import turtle
from iibun.web.account import AUTHORS
from kg import feeds
from kg.predicates import PREDICATES
from kg.rdf import local_name
from kg.store import Store

_HERE = Path(__file__).parent
PAGE = 200  #: predictions, people or articles on a page of a list
FIRST = 12  #: predictions of a state on the home page


def files(store: Store, content: Content, *, title: str = "", address: str = "") -> dict[str, bytes]:
    """All files of the site.

    Args:
        store: the store that ``content`` was taken from, for feed and calendar.
        content: what is published.
        title: of the site; 言い分 if empty.
        address: URL at which the site will be, for the feed's identity; may be empty.
    """
    kept = {c.iri for c in content.claims}
    site = dict(_pages(content, title or "言い分"))
    site |= {f"assets/{p.name}": p.read_bytes() for p in sorted((_HERE / "assets").iterdir())}
    site["data/claims.ttl"] = turtle(content)
    site["data/search.json"] = _json(list(_found(content)))
    site["data/reviews.json"] = _json(content.reviews)
    site["calendar.ics"] = feeds.calendar(store, claims=kept, most=QUOTED)
    feed = f"{address.rstrip('/')}/feed.atom" if address else "urn:iibun:feed"
    site["feed.atom"] = feeds.atom(store, on=content.on, url=feed, claims=kept, most=QUOTED)
    return site


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def _found(content: Content) -> Iterator[list[str]]:
    """What the search finds: kind, words, more words, page."""
    for p in content.people.values():
        yield ["entity", p.name, "、".join(n for n in p.names if n != p.name), f"people/{p.id}.html"]
    for c in content.claims:
        yield ["prediction" if c.prediction else "claim", c.title, c.source, f"articles/{c.article}.html#{c.id}"]
    for a in content.articles.values():
        yield ["article", a.title, a.publisher, f"articles/{a.id}.html"]


def _pages(content: Content, title: str) -> Iterator[tuple[str, bytes]]:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    for lang in LANGUAGES:
        for path, template, values in _parts(content):
            place = PurePosixPath("en" if lang == "en" else ".") / path
            up = "../" * (len(place.parts) - 1)
            other = ("../" * (len(PurePosixPath(path).parts) - 1)) + (f"en/{path}" if lang == "ja" else f"../{path}")
            page = environment.get_template(template).render(
                content=content, site=title, day=_days(lang), criterion=partial(criterion_text, lang=lang), lang=lang, here=path, root=up, home=up + ("en/" if lang == "en" else ""), other=other,
                w=_words(lang), legend=_legend(lang), label=_labels(lang), author=lambda name, lang=lang: _author(name, lang), **values,
            )  # fmt: skip
            yield str(place), page.encode()


def _words(lang: Language) -> Any:
    return lambda key, **values: translate(f"publish.{key}", lang, **values)


def _legend(lang: Language) -> Any:
    """The words of the graph's legend, which are those of the page."""
    return lambda key: translate(f"components.{key}", lang)


def _days(lang: Language) -> Any:
    def day(iso: str) -> str:
        with speaking(lang):
            return date_text(date.fromisoformat(iso)) if iso else ""

    return day


def _author(name: str, lang: Language) -> str:
    return translate(AUTHORS[name], lang) if name in AUTHORS else name


def _labels(lang: Language) -> Any:
    def label(kind: str, code: str) -> str:
        if kind == "predicate":
            row = PREDICATES.get(code)
            return (row.ja if lang == "ja" else row.en) if row else translate("publish.about", lang)
        key = f"codes.{kind}-{code}"
        return translate(key, lang) if has(key) else code

    return label


def _parts(content: Content) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, template and values of each page, the same in both languages."""
    states = by_state(content.predictions())
    yield "index.html", "index.html", {"states": states, "first": FIRST}
    ordered = [c for some in states.values() for c in some]
    yield from _listed("predictions", ordered)
    yield from _listed("people", sorted(content.people.values(), key=lambda p: (-p.said, -p.about, p.name, p.id)))
    newest = sorted(content.articles.values(), key=lambda a: (a.published, a.id), reverse=True)
    yield from _listed("articles", newest)
    yield "record.html", "record.html", {"local_name": local_name}
    yield "timeline.html", "timeline.html", {"picture": pictures.timeline(content)}
    yield "graph.html", "graph.html", {"picture": pictures.graph(content)}
    yield "sparql.html", "sparql.html", {}
    by_person: dict[str, list[Said]] = {}
    by_article: dict[str, list[Said]] = {}
    about: dict[str, list[Said]] = {}
    for c in content.claims:
        by_article.setdefault(c.article, []).append(c)
        for e in c.sources:
            by_person.setdefault(e, []).append(c)
        for e in c.about:
            about.setdefault(e, []).append(c)
    scores = {local_name(s.key): s for s in content.scores}
    linked = _linked(content)
    for p in content.people.values():
        values = {"person": p, "said": by_person.get(p.id, ()), "others": [c for c in about.get(p.id, ()) if p.id not in c.sources][:PAGE]}  # fmt: skip
        yield f"people/{p.id}.html", "person.html", values | {"score": scores.get(p.id), "linked": linked}
    for a in content.articles.values():
        own = sorted(by_article[a.id], key=lambda c: c.id)
        settled = [r for r in content.reviews if r["itemReviewed"]["appearance"]["@id"] == a.iri]
        yield (
            f"articles/{a.id}.html",
            "article.html",
            {"article": a, "claims": own, "reviews": settled, "linked": linked},
        )


def _listed(name: str, rows: Sequence[Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """A list in pages of :data:`PAGE` rows: NAME.html, NAME-2.html …"""
    last = max(1, -(-len(rows) // PAGE))
    for n in range(last):
        path = f"{name}.html" if n == 0 else f"{name}-{n + 1}.html"
        yield path, f"{name}.html", {"rows": rows[n * PAGE : (n + 1) * PAGE], "page": n + 1, "last": last, "name": name, "total": len(rows)}  # fmt: skip


def _linked(content: Content) -> dict[str, list[tuple[str, bool, Said, bool]]]:
    """The links of each claim from either end, confirmed ones first: type, whether the claim is the later one, the other claim, confirmed."""
    claims = {c.id: c for c in content.claims}
    found: dict[str, list[tuple[str, bool, Said, bool]]] = {}
    for link in sorted(content.links, key=lambda link: not link.confirmed):
        found.setdefault(link.later, []).append((link.type, True, claims[link.earlier], link.confirmed))
        found.setdefault(link.earlier, []).append((link.type, False, claims[link.later], link.confirmed))
    return found

"""The results of a search as HTML: by kind, claims by speaker, what matches marked, each count that of the list it leads to."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from iibun.i18n import date_text, label, t
from iibun.web import cards, marking, speakers
from kg.model import ENTITY_TYPES

if TYPE_CHECKING:
    from iibun.web.search import Entry, Results, Word
    from iibun.web.tables import Tables

#: Kinds of results in their order, with the page that lists them all and what narrows it to them.
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "entity": ("entities", {"type": list(ENTITY_TYPES)}), "claim": ("claims", {"kind": "claim"}), "prediction": ("predictions", {}),
    "article": ("articles", {}),
}  # fmt: skip
#: Most results of a kind, most speakers of claims, and most claims of each.
SHOWN, SPEAKERS, EACH = 6, 5, 3
#: Most new results of a saved search.
FRESH = 20


def results(data: Tables, query: str, fresh: Collection[str] = ()) -> str:
    """The results of a search by kind, as HTML.

    Args:
        data: what is searched.
        query: as typed.
        fresh: keys of results that are new to the reader; they come first.
    """
    found = data.search(query)
    if not found.entries:
        add = cards.link("articles", t("home.empty-add"), add="1")
        return (
            f'<section class="ib-found" aria-live="polite">{cards.empty(t("home.nothing", query=query), add)}</section>'
        )
    parts = [_told(found, query)]
    if new := [entry for entry in found.entries if entry.key in fresh]:
        rows = "".join(_row(data, entry, found.words, new=True) for entry in new[:FRESH])
        parts.append(f'{_heading(t("home.fresh-n", n=f"{len(new):,}"))}<ul class="ib-rows">{rows}</ul>')
    for kind, (page, narrow) in KINDS.items():
        if some := found.of(kind):
            every = cards.link(page, t("home.n-found", n=f"{len(some):,}"), q=query, **narrow)
            body = _by_speaker(data, query, some, found.words) if kind == "claim" else _rows(data, some, found.words)
            parts.append(_heading(t(f"home.kind-{kind}"), every) + body)
    return f'<section class="ib-found" aria-live="polite">{"".join(parts)}</section>'


def _heading(words: str, link: str = "") -> str:
    return f"<h2>{cards.esc(words)} {link}</h2>"


def _told(found: Results, query: str) -> str:
    """What was looked for beside the words of the query: words of one other letter, or synonyms that were found."""
    said = []
    if found.guessed:
        near = [form for word in found.words for form in word.near]
        said.append(t("home.guessed", query=query, words=cards.join_words(near[:8])))
    for word in found.words:
        if word.others:
            said.append(t("home.synonyms", word=word.typed, words=cards.join_words(word.others[:8])))
    return "".join(f'<p class="ib-note">{cards.esc(words)}</p>' for words in said)


def _rows(data: Tables, some: Iterable[Entry], asked: tuple[Word, ...]) -> str:
    rows = [_row(data, entry, asked) for entry in list(some)[:SHOWN]]
    return f'<ul class="ib-rows">{"".join(rows)}</ul>'


def _by_speaker(data: Tables, query: str, claims: list[Entry], asked: tuple[Word, ...]) -> str:
    """Claims under their speakers, the speaker of the best claim first."""
    groups: dict[tuple[str, str], list[Entry]] = {}
    known = data.claims.loc[[entry.key for entry in claims], ["sources", "source_text"]]
    for entry, sources, words in zip(claims, known["sources"], known["source_text"], strict=True):
        for speaker in [(source, "") for source in sources] or [("", words or "")]:
            groups.setdefault(speaker, []).append(entry)
    parts = []
    for (source, words), some in list(groups.items())[:SPEAKERS]:
        name = data.label(source) if source else words or t("claims.narrator")
        head = marking.html(name, asked, name=True)
        if source:
            head = cards.anchor("entity", head, class_="ib-who", iri=source) + " "
            head += cards.link("claims", t("home.n-found", n=f"{len(some):,}"), q=query, kind="claim", source=source)
        rows = "".join(_row(data, entry, asked, speaker=False) for entry in some[:EACH])
        parts.append(f'<h3>{head}</h3><ul class="ib-rows">{rows}</ul>')
    if len(groups) > SPEAKERS:
        more = cards.link("claims", t("home.more-speakers"), q=query, kind="claim")
        parts.append(f'<p class="ib-meta">{more}</p>')
    return "".join(parts)


def _row(data: Tables, entry: Entry, asked: tuple[Word, ...], *, speaker: bool = True, new: bool = False) -> str:
    """A result as an item of a list."""
    if entry.kind == "entity":
        main, side = _entity(data, entry.key, asked)
    elif entry.kind == "article":
        row = data.articles.loc[entry.key]
        main = cards.anchor("article", marking.html(entry.label or t("claims.untitled"), asked), iri=entry.key)
        side = " ".join(filter(None, (marking.html(row["publisher"] or "", asked), _day(row))))
    else:
        main, side = _claim(data, entry, asked, speaker)
    chip = f"{cards.chip(t('home.fresh'), 'warn')} " if new else ""
    return f'<li><span class="main">{chip}{main}</span><span class="side">{side}</span></li>'


def _entity(data: Tables, iri: str, asked: tuple[Word, ...]) -> tuple[str, str]:
    row = data.entities.loc[iri]
    others = [n for n in row["names"] if n != row["label"]]
    others.sort(key=lambda n: not marking.spans(n, asked, name=True))  # those that match are seen
    names = cards.join_words(marking.html(n, asked, name=True) for n in others[:3])
    note = cards.esc(label("type", row["type"])) + (f" · {names}" if names else "")
    name = cards.anchor("entity", marking.html(row["label"], asked, name=True), iri=iri)
    return f"{name} <span class='side'>{note}</span>", cards.esc(
        t("home.entity-side", said=row["said"], about=row["about"])
    )


def _claim(data: Tables, entry: Entry, asked: tuple[Word, ...], speaker: bool) -> tuple[str, str]:
    """A claim; with words of the article where its title does not show why it was found."""
    row = data.claims.loc[entry.key]
    title, text = row["title"] or row["text"], row["text"]
    page = "prediction" if row["prediction"] else "claims"
    main = cards.anchor(page, marking.html(title, asked, most=90), iri=entry.key)
    if text != title and marking.spans(text, asked) and not marking.spans(title, asked):
        main += f'<br><span class="ib-note">{marking.html(text, asked, most=90)}</span>'
    sides = [marking.html(speakers.who(data, row), asked, name=True)] if speaker else []
    sides.append(cards.esc(cards.due_text(row)) if row["prediction"] else _day(row))
    if row["article"] in data.articles.index:
        article = data.articles.loc[row["article"]]
        for words in (article["title"], article["publisher"]):
            if words and marking.spans(words, asked):
                sides.append(marking.html(words, asked, most=30))
    if not any("<mark" in part for part in (main, *sides)):  # it is about somebody whose name it does not have
        names = [marking.html(data.label(e), asked, name=True) for e in row["about"]]
        sides += [f"{cards.esc(t('home.about'))} {name}" for name in names if "<mark" in name]
    return main, " · ".join(filter(None, sides))


def _day(row: Any) -> str:
    return cards.esc(date_text(row["published"])) if cards.present(row["published"]) else ""

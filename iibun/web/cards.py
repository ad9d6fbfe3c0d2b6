"""HTML of claims, predictions and entities in lists; everything from the store is escaped here.

Links are ordinary links that can be copied or opened in a new tab. A plain click stays in the Streamlit session, by the
script that :func:`begin` puts on the page.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from iibun.i18n import date_text, label, t
from iibun.i18n import join_words as join_words  # pages take it from here
from iibun.web import look, speakers
from iibun.web.sitemap import href
from kg.characters import visible
from kg.web import is_web_address

if TYPE_CHECKING:
    from iibun.web.tables import Tables


def begin() -> None:
    """Put the styles of the cards and the script for links on the page; call once on each page with cards."""
    import streamlit as st

    colours = ";".join(f"--ib-{name}:{value}" for name, value in look.palette().items())
    st.html(f"<style>:root{{{colours}}}{look.CSS}</style><script>{look.LINKS}</script>", unsafe_allow_javascript=True)


def show(*parts: str, width: Literal["stretch", "content"] = "stretch") -> None:
    """Put HTML made by functions of this module on the page; ``width`` as for ``st.html``."""
    import streamlit as st

    st.html(f'<div class="ib">{"".join(parts)}</div>', width=width)


def esc(text: object) -> str:
    """A text escaped for HTML; direction controls, which can reorder what a reader sees, become visible."""
    return html.escape(visible("" if text is None else str(text)))


def clip(text: str, most: int = 160) -> str:
    """A text cut to at most so many characters, with an ellipsis if it was cut."""
    return text if len(text) <= most else text[: most - 1] + "…"


def link(page: str, text: object, /, *, class_: str = "", **params: Any) -> str:
    """A link to one of our pages.

    ``page`` and ``text`` are positional only, so that ``params`` may hold query parameters of these names.
    """
    return anchor(page, esc(text), class_=class_, **params)


def anchor(page: str, body: str, /, *, class_: str = "", **params: Any) -> str:
    """:func:`link` around HTML made here."""
    return f'<a class="ib-go {esc(class_)}" href="{esc(href(page, **params))}">{body}</a>'


def outside(url: str | None, text: object) -> str:
    """A link to another site in a new tab; plain text unless the address is ``http`` or ``https``."""
    if not is_web_address(url):
        return esc(text)
    return f'<a href="{esc(url)}" target="_blank" rel="noopener noreferrer">{esc(text)}</a>'


def chip(text: object, colour: str = "") -> str:
    """A small label; ``colour`` is a name of the palette."""
    style = f' style="--m:var(--ib-{esc(colour)})"' if colour else ""
    return f'<span class="ib-chip"{style}>{esc(text)}</span>'


def empty(text: str, *links: str) -> str:
    """A box for an empty list: what to do next, with links."""
    return f'<div class="ib-empty">{esc(text)} {" · ".join(links)}</div>'


def count(number: int, text: str, page: str, *, colour: str = "", **params: Any) -> str:
    """A number with its label, as a link to the list of what it counts."""
    style = f' style="--m:var(--ib-{colour})"' if colour and number else ""
    target = esc(href(page, **params))
    return f'<a class="ib-go" href="{target}"{style}><b>{number:,}</b><span>{esc(text)}</span></a>'


def unmarked(text: object, *, name: bool = False) -> str:
    """:func:`esc`, as what marks nothing; see :func:`iibun.web.marking.marker`."""
    return esc(text)


def who(tables: Tables, row: Any, mark: Callable[..., str] = unmarked) -> str:
    """The sources of a claim as links; else the words of the text for an unnamed source, or "the article"."""
    if row["sources"]:
        names = (anchor("entity", mark(tables.label(e), name=True), class_="ib-who", iri=e) for e in row["sources"])
        return f"<span>{join_words(names)}</span>"
    if row["source_text"]:
        return f'<span class="ib-who" title="{esc(t("claims.unnamed-source"))}">{mark(row["source_text"])}</span>'
    return f"<span>{esc(t('claims.narrator'))}</span>"


def doubt(tables: Tables, iri: str, row: Any) -> str:
    """The mark of a doubtful source, which opens to who else it may be; empty if the source is not doubtful."""
    if not row["doubt"]:
        return ""
    found = [speakers.read(tables, row), *speakers.choices(row["doubt"], lambda name: None)]
    items = "".join(f'<li><span>{esc(c.words)}</span><span class="ib-num">{c.share}</span></li>' for c in found)
    return (
        f'<details class="ib-doubt"><summary aria-label="{esc(t("claims.doubt-open"))}">{esc(t("claims.doubt"))}</summary>'
        f"<div><strong>{esc(t('claims.doubt-heading'))}</strong><ul>{items}</ul>"
        f"{link('article', t('claims.correct'), iri=row['article'], claim=iri)}</div></details>"
    )


def due_text(row: Any) -> str:
    """When a prediction is due, in words (by or after a date); empty if it has no due date."""
    start, end = row["due_start"], row["due_end"]
    if not (present(start) or present(end)):
        return t("predictions.undated", words=row["due_text"]) if undated(row) else ""
    if present(end):
        return t("predictions.by", date=date_text(end))
    return t("predictions.after", date=date_text(start))


def undated(row: Any) -> bool:
    """Whether a prediction has no due date only because its article has no date to count from."""
    return bool(row["due_undated"]) and not present(row["due_end"]) and not present(row["due_start"])


def state_words(row: Any) -> str:
    """The state or verdict of a prediction in words; what is open and has no due date says that instead."""
    if present(row["verdict"]):
        return label("verdict", row["verdict"])
    if row["state"] == "open" and not present(row["due_end"]):
        return t("predictions.state-undated" if undated(row) else "predictions.due-none")
    return t(f"predictions.state-{row['state']}")


def state_chip(row: Any) -> str:
    """The state or verdict of a prediction as a chip."""
    if present(row["verdict"]):
        return chip(state_words(row), look.VERDICT_COLOURS.get(row["verdict"], "muted"))
    colour = look.STATE_COLOURS[row["state"]] if row["state"] != "open" or present(row["due_end"]) else "muted"
    return chip(state_words(row), colour)


def present(value: Any) -> bool:
    """Whether a cell holds a value (not None, not NaN)."""
    return value is not None and value == value


def links_note(row: Any) -> str:
    """Chips with the number of claims that agree with and that contradict a claim; empty if none."""
    parts = []
    if row["agreeing"]:
        parts.append(chip(t("claims.agreeing-n", n=row["agreeing"]), "good"))
    if row["opposing"]:
        parts.append(chip(t("claims.opposing-n", n=row["opposing"]), "bad"))
    return "".join(parts)


def claim(
    tables: Tables, iri: str, row: Any, *, article: bool = True, extra: str = "", mark: Callable[..., str] = unmarked
) -> str:  # fmt: skip
    """A claim as a card: content, source, modality, due date, review and article.

    Args:
        tables: for the labels of sources and articles.
        iri: of the claim.
        row: the claim's row of ``tables.claims``.
        article: whether to name the article.
        extra: HTML to add to the line under the content.
        mark: gives content and source as HTML (:func:`iibun.web.marking.marker`).
    """
    page = "prediction" if row["prediction"] else "claims"
    words = row["title"] if present(row["title"]) and row["title"] else clip(row["text"])
    parts = [who(tables, row, mark), doubt(tables, iri, row), chip(label("modality", row["modality"]), row["modality"])]
    if row["polarity"] == "negated":
        parts.append(chip(label("polarity", "negated"), "muted"))
    if row["prediction"]:
        if due := due_text(row):
            parts.append(f'<span class="ib-num">{esc(due)}</span>')
        parts.append(state_chip(row))
    parts.append(links_note(row))
    if present(row["review"]):
        parts.append(chip(label("review", row["review"]), "good" if row["review"] != "rejected" else "bad"))
    where = [article_link(tables, row["article"], claim=iri) if article else "", day(row["published"])]
    parts.append(f"<span>{' '.join(filter(None, where))}</span>" if any(where) else "")
    return (
        f'<article class="ib-card {"doubtful" if row["doubt"] else esc(row["review"] or "")}" style="--m:var(--ib-{esc(row["modality"])})">'
        f'<p class="ib-what">{anchor(page, mark(words), iri=iri)}</p>'
        f'<div class="ib-meta">{"".join(filter(None, parts))}{extra}</div></article>'
    )


def said(tables: Tables, iri: str) -> str:
    """A claim in one line: content, source and date."""
    row = tables.claims.loc[iri]
    page = "prediction" if row["prediction"] else "claims"
    note = " · ".join(filter(None, (speakers.words(tables, row), date_text(row["published"]))))
    return f"{link(page, clip(row['title'] or row['text'], 60), iri=iri)} <span class='side under'>{esc(note)}</span>"


def claim_rows(tables: Tables, frame: Any) -> str:
    """The claims of a frame as a list of lines: what was said, by whom and when; beside it the state and due date, or the modality."""
    rows = []
    for iri, row in zip(frame.index, frame.to_dict("records"), strict=True):
        if row["prediction"]:
            side = f"{esc(due_text(row))} {state_chip(row)}"
        else:
            side = chip(label("modality", row["modality"]), row["modality"])
        rows.append(f'<li><span class="main">{said(tables, iri)}</span><span class="side">{side}</span></li>')
    return f'<ul class="ib-rows">{"".join(rows)}</ul>'


def sample(row: Any) -> str:
    """The chip of an article that is a sample, which says what that is; empty for other articles."""
    if not row["illustration"]:
        return ""
    return f'<span class="ib-chip" title="{esc(t("common.illustration"))}">{esc(t("common.sample"))}</span>'


def claim_list(tables: Tables, frame: Any, **options: Any) -> str:
    """The claims of a frame as a list of cards; ``options`` are those of :func:`claim`."""
    cards = (claim(tables, iri, row, **options) for iri, row in zip(frame.index, frame.to_dict("records"), strict=True))
    return f'<div class="ib-list">{"".join(cards)}</div>'


def article_link(tables: Tables, iri: str, **params: Any) -> str:
    """A link to an article by its title, with its outlet; empty if the article is not in the tables."""
    if iri not in tables.articles.index:
        return ""
    row = tables.articles.loc[iri]
    title = clip(row["title"] or row["url"] or t("claims.untitled"), 30)
    publisher = f" ({esc(row['publisher'])})" if row["publisher"] else ""
    return f"<span>{link('article', title, iri=iri, **params)}{publisher}</span>"


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """A description list of (term, HTML made here) pairs; pairs with an empty description are left out."""
    body = "".join(f"<dt>{esc(term)}</dt><dd>{value}</dd>" for term, value in pairs if value)
    return f'<dl class="ib-facts">{body}</dl>'


def day(value: date | None) -> str:
    """A date as HTML for a table cell; empty for None."""
    return f'<span class="ib-num ib-day">{esc(date_text(value))}</span>' if present(value) else ""


def number(n: int) -> str:
    """A count for a table cell; zeros are paler than others."""
    return f"{n:,}" if n else '<span class="ib-zero">0</span>'


def table(head: Iterable[tuple[str, bool]], rows: Iterable[Iterable[str]]) -> str:
    """A small table.

    Args:
        head: for each column its heading and whether it holds numbers, which are aligned right.
        rows: cells as HTML made here.
    """
    columns = list(head)
    heads = "".join(f'<th scope="col"{_number(n)}>{esc(name)}</th>' for name, n in columns)
    body = "".join(
        "<tr>" + "".join(f"<td{_number(n)}>{cell}</td>" for cell, (_, n) in zip(row, columns, strict=True)) + "</tr>"
        for row in rows
    )
    return f'<div class="ib-scroll" tabindex="0"><table class="ib-table"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>'


def _number(is_number: bool) -> str:
    return ' class="n"' if is_number else ""

"""The record of an entity on one sheet that can be printed: what it said over time and what became of it.

Claims by topic over time; predictions kept, kept in part and broken with quotation and evidence; revisions; contradictions
with others; figures as curves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

from iibun.i18n import date_text, label, language, t
from iibun.i18n.figures import brief_number, figure_text
from iibun.web import cards, look, outcomes, speakers, tables, timeline
from iibun.web.answers import remembered, store
from iibun.web.pages import prediction, record
from iibun.web.pages.timeline import ticks

SHOWN = 5  #: most predictions of each outcome, and most pairs of each kind
TOPICS = 7  #: most topics that have a line of their own
CURVES = 4  #: most curves
#: The verdict of each list of settled predictions.
VERDICTS = {"kept": "came-true", "in-part": "partly", "broken": "did-not"}

_CSS = """
.ib-sheet h3 { font-size: .98rem; margin: .9rem 0 .25rem; padding: 0 0 .15rem; border-bottom: 1px solid var(--ib-line); }
.ib-sheet header { display: none; }
.ib-sheet .columns { columns: 22rem 3; column-gap: 1.8rem; margin-top: .9rem; } .ib-sheet .columns h3 { break-after: avoid; } .ib-sheet .columns > div:first-child > h3 { margin-top: 0; }
.ib-sheet .curves { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(15rem, 100%), 1fr)); gap: .3rem 1.6rem; max-width: 80rem; }
.ib .ib-sheet ul { list-style: none; margin: 0; padding: 0; }
.ib .ib-sheet li { margin: 0; padding: .3rem 0; font-size: .9rem; line-height: 1.55; break-inside: avoid; }
.ib-sheet li .side { display: block; font-size: .8rem; color: var(--ib-muted); }
.ib-sheet li q { quotes: "「" "」"; } .ib-sheet li.pair q { display: block; border-left: 3px solid var(--m); padding-left: .5rem; margin-top: .15rem; }
.ib-sheet li.pair a { color: var(--ib-text); }
.ib-topics { position: relative; padding-top: 1.2rem; }
.ib-topics .topic { display: grid; grid-template-columns: 11rem 1fr; align-items: center; font-size: .84rem; border-bottom: 1px solid var(--ib-line); }
.ib-topics .name { display: flex; gap: .3em; white-space: nowrap; } .ib-topics .name span:first-child { overflow: hidden; text-overflow: ellipsis; }
.ib-topics .dots { position: relative; height: 24px; } .ib-topics .axis { border: 0; height: 0; }
.ib-topics .dots a { position: absolute; top: 6px; width: 12px; height: 12px; margin-left: -6px; border-radius: 50%; background: var(--m); print-color-adjust: exact; }
.ib-topics .dots a.claim { background: transparent; box-shadow: inset 0 0 0 2px var(--m); }
.ib-topics .dots span { position: absolute; bottom: 2px; transform: translateX(-50%); font-size: .74rem; color: var(--ib-muted); white-space: nowrap; }
.ib-curve { margin: .3rem 0; break-inside: avoid; } .ib-curve figcaption { font-size: .84rem; } .ib-curve figcaption span { color: var(--ib-muted); }
.ib-curve .plot { position: relative; height: 74px; margin: 10px 7px 8px; } .ib-curve .line { position: absolute; inset: -1px 0; background: var(--ib-accent); }
.ib-curve i { position: absolute; width: 9px; height: 9px; margin: -4.5px 0 0 -4.5px; border-radius: 50%; background: var(--m); } .ib-curve i.forecast { background: transparent; box-shadow: inset 0 0 0 2px var(--m); }
.ib-curve .ends { display: flex; justify-content: space-between; border-top: 1px solid var(--ib-line); font-size: .76rem; color: var(--ib-muted); }
.ib-print { border: 1px solid var(--ib-line); background: transparent; color: var(--ib-text); border-radius: 8px; padding: .3rem .8rem; font: inherit; font-size: .88rem; cursor: pointer; }
@media screen and (max-width: 1100px) { .ib-topics .axis span:nth-child(even) { display: none; } }
@media screen and (max-width: 640px) { .ib-topics .topic { grid-template-columns: 7rem 1fr; } .ib-topics .axis span:not(:nth-child(4n + 1)) { display: none; } }
@media print {
  @page { size: A4; margin: 11mm; }
  body:has(.ib-sheet) [data-testid="stElementContainer"]:not(:has(.ib-sheet)) { display: none !important; }
  body:has(.ib-sheet) :is(.stApp, .stMain, [data-testid="stAppViewContainer"], [data-testid="stMainBlockContainer"]) { position: static !important; overflow: visible !important; height: auto !important; padding: 0 !important; }
  .ib-sheet { zoom: .6; print-color-adjust: exact; PAPER; color: var(--ib-text); }
  :root { color-scheme: light !important; } :is(html, body, .stApp, .stMain, [data-testid="stAppViewContainer"], [data-testid="stMainBlockContainer"]) { background: #fff !important; }
  .ib-sheet header { display: block; } .ib-sheet header h2 { font-size: 1.7rem; margin: 0; padding: 0; }
  .ib-sheet .columns { columns: 3; } .ib-sheet .curves { grid-template-columns: repeat(4, 1fr); } .ib .ib-sheet li { padding: .15rem 0; }
  .ib-sheet li .side, .ib-sheet li q { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 4; overflow: hidden; }
}
"""


def show(data: tables.Tables, iri: str, row: dict[str, Any]) -> None:
    """Show the record of an entity.

    Args:
        data: the tables.
        iri: of the entity.
        row: of the entity.
    """
    import streamlit as st

    drawn = remembered(("sheet", data, iri, tables.today(), *_reader()), lambda: sheet(data, iri, row))
    paper = ";".join(f"--ib-{name}:{value}" for name, value in look.palette(printed=True).items())
    st.html(f'<div class="ib"><style>{_CSS.replace("PAPER", paper)}</style>{drawn}</div>')


def _reader() -> tuple[Any, ...]:
    """What of the reader decides how a sheet is drawn: the language, and whether links carry it."""
    from iibun.web.sitemap import href

    return language(), href("entity")


def sheet(data: tables.Tables, iri: str, row: dict[str, Any]) -> str:
    """The record of an entity as HTML."""
    said = data.claims[
        [iri in sources and review != "rejected" for sources, review in zip(data.claims["sources"], data.claims["review"], strict=True)]
    ]  # fmt: skip
    facts = [label("type", row["type"]), t("entities.all-said", n=len(said))]
    facts.append(t("entities.printed", date=date_text(tables.today())))
    parts = [
        f'<header><h2>{cards.esc(row["label"])}</h2><p class="ib-note">{cards.esc(" · ".join(facts))}</p></header>'
    ]
    parts.append(f'<p><button type="button" class="ib-print">{cards.esc(t("entities.print"))}</button></p>')
    if scores := [s for s in record.scores("source") if s.key == iri and s.n]:
        parts.append(record.score_table(scores, "source"))
    parts.append(_topics(data, iri, said))
    settled = {name: said[said["verdict"] == code] for name, code in VERDICTS.items()}
    lists = [
        _list(t(f"entities.{name}", n=len(frame)), (_settled(data, str(c), r.to_dict()) for c, r in frame.head(SHOWN).iterrows()), len(frame), "predictions", source=iri, state="settled")
        for name, frame in settled.items()
        if len(frame)
    ]  # fmt: skip
    pairs = opposed(data, said)
    for name in ("revises", "contradicts"):
        some = [link for link in pairs if _kind(link, said) == name]
        if some:
            lists.append(
                _list(
                    t(f"entities.{name}", n=len(some)),
                    (_pair(data, link) for link in some[:SHOWN]),
                    len(some),
                    "claims",
                    source=iri,
                    links="opposing",
                )
            )
    if not lists:
        lists.append(f"<p>{cards.esc(t('entities.nothing-settled'))}</p>")
    parts.append(f'<div class="columns">{"".join(lists)}</div>')
    if curves := [curve(one) for one in series(iri, said)[:CURVES]]:
        parts.append(
            f'<h3>{cards.esc(t("entities.section-figures"))}</h3><div class="curves">{"".join(curves)}</div><p class="ib-note">{cards.esc(t("entities.curves-note"))}</p>'
        )
    return f'<section class="ib-sheet">{"".join(parts)}</section>'


def by_topic(claims: Iterable[tuple[str, tuple[str, ...], tuple[str, ...]]], most: int) -> list[tuple[str, list[str]]]:
    """Claims by topic, the most frequent first; those of rarer topics or none are last, under "".

    Args:
        claims: for each its IRI, what it is about, and its topics; a claim is under the most frequent of these.
        most: most topics beside the last.
    """
    named = [(iri, tuple(dict.fromkeys((*topics, *about)))) for iri, about, topics in claims]
    counts = Counter(name for _, names in named for name in names)
    groups: dict[str, list[str]] = {}
    for iri, names in named:
        groups.setdefault(max(names, key=lambda name: counts[name], default=""), []).append(iri)
    kept = sorted((k for k in groups if k), key=lambda k: -len(groups[k]))[:most]
    rest = [iri for k, some in groups.items() if k not in kept for iri in some]
    return [*((k, groups[k]) for k in kept), *([("", rest)] if rest else [])]


def _topics(data: tables.Tables, iri: str, said: Any) -> str:
    """What an entity said, as a line of dots for each topic: filled for predictions, coloured by what became of them."""
    dated = said[[cards.present(day) for day in said["published"]]]
    if not len(dated):
        return ""
    rows = dict(zip(dated.index, dated.to_dict("records"), strict=True))
    others = ([e for e in about if e != iri] for about in dated["about"])
    names = (tuple(map(data.label, about)) for about in others)
    groups = by_topic(zip(dated.index, names, dated["topics"], strict=True), TOPICS)
    first, last = min(dated["published"]), max(dated["published"])
    scale = timeline.Axis(first, max(last, date.fromordinal(min(first.toordinal() + 1, date.max.toordinal()))))
    marks = "".join(f'<span style="left:{scale.place(day)}%">{cards.esc(words)}</span>' for day, words in ticks(scale.low, scale.high))  # fmt: skip
    lines = [f'<div class="topic axis" aria-hidden="true"><span></span><div class="dots axis">{marks}</div></div>']
    for name, claims in groups:
        dots = []
        for claim in claims:
            row = rows[claim]
            colour = outcomes.COLOURS[outcomes.of(row)] if row["prediction"] else "muted"
            state = cards.state_words(row) if row["prediction"] else label("modality", row["modality"])
            hint = f"{date_text(row['published'], short=True)} {cards.clip(row['title'] or row['text'], 80)} ({state})"
            page = "prediction" if row["prediction"] else "claims"
            dots.append(
                f'<a class="ib-go {"" if row["prediction"] else "claim"}" href="{cards.esc(record.href(page, iri=claim))}" title="{cards.esc(hint)}"'
                f' aria-label="{cards.esc(hint)}" style="left:{scale.place(row["published"])}%;--m:var(--ib-{colour})"></a>'
            )
        words = cards.esc(name or t("entities.other-topics"))
        lines.append(
            f'<div class="topic"><span class="name" title="{words}"><span>{words}</span><span>({len(claims)})</span></span>'
            f'<div class="dots">{"".join(dots)}</div></div>'
        )
    head = f"<h3>{cards.esc(t('entities.by-topic'))}</h3>"
    return f'{head}<div class="ib-topics">{"".join(lines)}</div><p class="ib-note">{cards.esc(t("entities.dots-note"))}</p>'


def _list(heading: str, items: Iterable[str], of: int, page: str, **params: Any) -> str:
    """A heading and a list as HTML, with the number of what is left out, as a link to a page that has it."""
    words = t("entities.more-n", n=of - SHOWN)
    more = f'<p class="ib-note">{cards.link(page, words, **params)}</p>' if of > SHOWN else ""
    return f"<div><h3>{cards.esc(heading)}</h3><ul>{''.join(items)}</ul>{more}</div>"


def _settled(data: tables.Tables, iri: str, row: dict[str, Any]) -> str:
    """A settled prediction as HTML: its quotation, when it was said and due, and the first piece of its evidence."""
    from kg.tracking import evidence

    found = prediction.last_verdict(iri)
    given = remembered(("proof", found.iri), lambda: evidence.shown(store(), found)) if found else []
    times = [
        t("predictions.said-on", date=date_text(row["published"])) if cards.present(row["published"]) else "",
        cards.due_text(row), label("verdict", row["verdict"]),
    ]  # fmt: skip
    proof = f"{cards.esc(t('predictions.evidence-of'))}: {prediction.proof_text(data, given[0])}" if given else ""
    side = " · ".join(filter(None, (*map(cards.esc, times), cards.article_link(data, row["article"], claim=iri))))
    quote = f"<q>{cards.esc(cards.clip(row['text'], 120))}</q>"
    return (
        f"<li>{cards.anchor('prediction', quote, iri=iri)}"
        f'<span class="side">{side}</span><span class="side">{proof}</span></li>'
    )


def opposed(data: tables.Tables, said: Any) -> list[dict[str, Any]]:
    """The links by which claims of an entity revise or contradict others, confirmed ones first, then by score.

    Args:
        data: the tables.
        said: the claims, as a frame.
    """
    links = data.links
    ours = links["later"].isin(said.index) | links["earlier"].isin(said.index)
    found = links[(links["state"] != "rejected") & links["type"].isin(tables.OPPOSING) & ours]
    found = found.assign(_open=found["state"] != "confirmed")
    rows: list[dict[str, Any]] = found.sort_values(["_open", "score"], ascending=[True, False], kind="stable").to_dict(
        "records"
    )
    return rows


def _kind(link: dict[str, Any], said: Any) -> str:
    """Of a link of :func:`opposed`: revises if both claims are the entity's own, else contradicts."""
    own = link["later"] in said.index and link["earlier"] in said.index
    return "revises" if own and link["type"] == "revises" else "contradicts"


def _pair(data: tables.Tables, link: dict[str, Any]) -> str:
    """Two linked claims as an entry of an HTML list, the earlier one first, each quoted with its speaker and date."""
    parts = []
    for end in ("earlier", "later"):
        row = data.claims.loc[link[end]]
        page = "prediction" if row["prediction"] else "claims"
        note = " · ".join(filter(None, (speakers.words(data, row), date_text(row["published"], short=True))))
        words = f"{cards.esc(cards.clip(row['text'], 100))}"
        parts.append(f'<q>{cards.anchor(page, words, iri=link[end])}</q><span class="side">{cards.esc(note)}</span>')
    if link["state"] != "confirmed":
        parts.append(cards.chip(t("claims.link-state-proposed"), "muted"))
    colour = "warn" if link["type"] == "revises" else "bad"
    return f'<li class="pair" style="--m:var(--ib-{colour})">{"".join(parts)}</li>'


def series(iri: str, said: Any) -> list[Any]:
    """The series of figures with several dates that are about an entity, or that it stated about what it speaks of."""
    from dataclasses import replace

    from kg.tracking import observations

    spoken = Counter(e for about in said["about"] for e in about if e != iri)
    own = set(said.index)
    found = []
    for entity in (iri, *(e for e, _ in spoken.most_common(6))):
        for one in remembered(("observations", entity), lambda e=entity: observations.observations(store(), entity=e)):
            points = tuple(p for p in one.points if _day(p) and (entity == iri or p.claim in own))
            if len({_day(p) for p in points}) > 1:
                found.append(replace(one, points=points))
    return sorted(found, key=lambda one: -len(one.points))


def _day(point: Any) -> date | None:
    day: date | None = point.end or point.start or point.published
    return day


def curve(one: Any) -> str:
    """A series as a small chart in HTML (``st.html`` takes no SVG): a line through stated values, hollow forecasts."""
    points = sorted(((day, p.value, p) for p in one.points if (day := _day(p))), key=lambda p: p[0])
    first, last = points[0][0], points[-1][0]
    low, high = min(value for _, value, _ in points), max(value for _, value, _ in points)

    def at(day: date, value: float) -> tuple[float, float]:
        """Place from the left and from the top in percent."""
        x = 100 * (day - first).days / max((last - first).days, 1)
        return round(x, 2), round(100 - 100 * (value - low) / ((high - low) or 1), 2)

    line = [at(day, value) for day, value, p in points if not p.forecast]
    upper = [f"{x}% calc({y}% - .8px)" for x, y in line]
    lower = [f"{x}% calc({y}% + .8px)" for x, y in reversed(line)]
    parts = [f'<div class="line" style="clip-path:polygon({",".join(upper + lower)})"></div>'] if len(line) > 1 else []
    for day, value, p in points:
        x, y = at(day, value)
        words = (date_text(day, short=True), figure_text(value, p.comparator, one.unit), p.source or "", t("entities.forecast") if p.forecast else "", t("entities.differs") if p.differs else "")  # fmt: skip
        hint = cards.esc(" ".join(filter(None, words)))
        colour = "bad" if p.differs else "accent"
        kind = "forecast" if p.forecast else ""
        parts.append(f'<i class="{kind}" title="{hint}" style="left:{x}%;top:{y}%;--m:var(--ib-{colour})"></i>')
    title = f"{one.label} · {one.measure or t('entities.no-measure')}"
    ends = [cards.esc(date_text(day, short=True)) for day in dict.fromkeys((first, last))]
    return (
        f'<figure class="ib-curve"><figcaption>{cards.esc(title)} <span class="ib-num">{cards.esc(brief_number(low))} – '
        f'{cards.esc(figure_text(high, None, one.unit, brief=True))}</span></figcaption><div class="plot">{"".join(parts)}</div>'
        f'<div class="ends">{"".join(f"<span>{end}</span>" for end in ends)}</div></figure>'
    )

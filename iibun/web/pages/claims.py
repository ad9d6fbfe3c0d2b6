"""Claims (主張): a faceted list of all claims; with ``?iri=`` one claim (:mod:`iibun.web.pages.claim_detail`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import partial
from typing import Any

import streamlit as st

from iibun.i18n import date_format, date_text, has, label, labels, t
from iibun.web import address, cards, downloads, forms, marking, speakers, tables
from iibun.web.pages import claim_detail
from kg.characters import fitted
from kg.model import MODALITIES

PER_PAGE = 25
MOST_OPTIONS = 400
#: With more rows, the table is loaded while the reader scrolls, and rows can't be selected.
EAGER_ROWS = 3_000
REVIEWS = ("unreviewed", "accepted", "corrected", "added", "rejected")
LINKS = ("agreeing", "opposing", "proposed")
ORDERS = ("newest", "oldest", "confidence", "linked")
BEST = "best"  #: the order of the results of a search


def show() -> None:
    """Show the page."""
    cards.begin()
    if iri := address.one("iri"):
        claim_detail.show(iri)
        return
    data = tables.current()
    address.follow(data.merged)
    st.title(t("common.page-claims"), anchor=False)
    if not len(data.claims):
        cards.show(cards.empty(t("claims.empty"), cards.link("articles", t("home.empty-add"))))
        return
    _results(data, _filters(data))


def chosen(data: tables.Tables, frame: Any, but: str = "") -> Any:
    """The claims that match the filters in the URL, as an array of booleans.

    Query parameters: q, source, about, others (sources to exclude), modality, polarity, review, links, article, kind,
    from, to, confirmed (only what people have confirmed).

    Args:
        data: the tables.
        frame: the claims to filter.
        but: a filter to ignore.
    """
    import numpy as np

    keep = np.ones(len(frame), dtype=bool)

    def both(name: str, test: Callable[[], Iterable[Any]]) -> None:
        if name != but:
            keep[:] &= np.fromiter(map(bool, test()), dtype=bool, count=len(frame))

    reviews = address.many("review")
    if reviews:
        both("review", lambda: (_review(r) in reviews for r in frame["review"]))
    elif but != "review":
        keep &= (frame["review"] != "rejected").to_numpy()
    if address.one("confirmed"):
        both("confirmed", lambda: speakers.confirmed(frame))
    if wanted := set(address.many("source")):
        both("source", partial(_any_of, speakers.of(frame), wanted))
    if wanted := set(address.many("about")):
        both("about", partial(_any_of, frame["about"], wanted))
    for name in ("modality", "polarity", "article"):
        if wanted := set(address.many(name)):
            both(name, partial(_is_one, frame, name, wanted))
    if address.one("kind") in ("claim", "prediction"):
        both("kind", lambda: frame["prediction"] == (address.one("kind") == "prediction"))
    if wanted := set(address.many("links")) & set(LINKS):
        both("links", lambda: np.logical_or.reduce([linked(data, frame, link) for link in wanted]))
    if wanted := set(address.many("others")):
        both("others", lambda: (wanted.isdisjoint(sources) for sources in speakers.of(frame)))
    first, last = address.day("from"), address.day("to")
    if first or last:
        both("dates", lambda: (_within(d, first, last) for d in frame["published"]))
    if query := address.one("q").strip():
        both("q", lambda: frame.index.isin([e.key for e in data.search(query).of("claim", "prediction")]))
    return keep


def _any_of(column: Iterable[tuple[str, ...]], wanted: set[str]) -> Iterable[bool]:
    return (not wanted.isdisjoint(values) for values in column)


def _is_one(frame: Any, column: str, wanted: set[str]) -> Any:
    return frame[column].isin(wanted)


def linked(data: tables.Tables, frame: Any, kind: str) -> Any:
    """The claims with links of a kind (of :data:`LINKS`), as an array of booleans."""
    return frame.index.isin(data.proposed) if kind == "proposed" else (frame[kind] > 0).to_numpy()


def _within(day: date | None, first: date | None, last: date | None) -> bool:
    return cards.present(day) and (first is None or day >= first) and (last is None or day <= last)  # type: ignore[operator]


def _review(value: Any) -> str:
    return value if cards.present(value) else "unreviewed"


def _filters(data: tables.Tables) -> Any:
    """Show the filters, and return the positions of the claims that match, in order."""
    frame = data.claims
    st.text_input(
        t("common.search"), key="q", type="search", live="300ms", bind="query-params", icon=":material/search:",
        placeholder=t("claims.search-placeholder"), label_visibility="collapsed",
    )  # fmt: skip
    counts = Counter(frame["modality"].to_numpy()[chosen(data, frame, but="modality")])
    st.pills(
        t("claims.modality"), MODALITIES, selection_mode="multi", label_visibility="collapsed", wrap=True,
        key=address.key("modality", valid=MODALITIES), on_change=address.write, args=("modality",),
        format_func=lambda code: f"{label('modality', code)} {counts.get(code, 0):,}",
    )  # fmt: skip
    active = [
        n
        for n in ("source", "about", "others", "polarity", "review", "links", "article", "kind", "from", "to")
        if address.many(n)
    ]
    name = t("claims.filters") + (f" ({len(active)})" if active else "")
    box = st.expander(name, icon=":material/filter_list:", key="claims-filters", on_change="rerun")
    if box.open:  # the counts of a facet are made with all filters but its own
        for row in (("source", "about", "article"), ("kind", "polarity", "review", "links"), ("from", "to", "order")):
            for column, facet in zip(box.columns(len(row)), row, strict=True):
                with column:
                    _facet(data, frame, facet)
    if active:
        cards.show(_active(data, active))
    return ordered(data, frame, chosen(data, frame))


def _active(data: tables.Tables, active: list[str]) -> str:
    """The filters that are set, each as a link that removes it."""
    now = {name: address.many(name) for name in st.query_params}
    now.pop("page", None), now.pop("lang", None)
    links = []
    for name in active:
        for value in now.get(name, []):
            without = now | {name: [v for v in now[name] if v != value]}
            words = f"{t(f'claims.{name}')}: {_value_words(data, name, value)} ×"
            kept: dict[str, Any] = {k: v for k, v in without.items() if v}
            links.append(cards.link("claims", words, class_="ib-chip", **kept))
    rest: dict[str, Any] = {k: v for k, v in now.items() if v and k not in active}
    links.append(cards.link("claims", t("claims.clear"), **rest))
    return f'<div class="ib-meta">{"".join(links)}</div>'


def _value_words(data: tables.Tables, name: str, value: str) -> str:
    if name in ("source", "about", "others"):
        return speakers.label(data, value)
    if name == "article":
        title = data.articles["title"].get(value) if value in data.articles.index else None
        return cards.clip(title or t("claims.untitled"), 24)
    if name in ("polarity", "review"):
        return label(name, value)
    if name in ("kind", "links"):
        key = f"home.kind-{value}" if name == "kind" else f"claims.links-{value}"
        return t(key) if has(key) else value
    return value


def orders() -> tuple[str, ...]:
    """The orders to choose from, the default first: with a search, that of its results."""
    return (BEST, *ORDERS) if address.one("q").strip() else ORDERS


def ordered(data: tables.Tables, frame: Any, keep: Any) -> Any:
    """The positions of the claims to keep, in the order that the URL asks for; the frame has the newest first."""
    import numpy as np

    at = np.flatnonzero(keep)
    order = address.one("order", orders()[0])
    if order == BEST and orders()[0] == BEST:
        place = {e.key: i for i, e in enumerate(data.search(address.one("q")).entries)}
        return at[np.argsort([place.get(iri, len(place)) for iri in frame.index[at]], kind="stable")]
    if order == "oldest":
        return at[::-1]
    if order == "confidence":
        return at[np.argsort(-frame["confidence"].to_numpy()[at], kind="stable")]
    if order == "linked":
        links = frame["agreeing"].to_numpy() + frame["opposing"].to_numpy()
        return at[np.argsort(-links[at], kind="stable")]
    return at


def _facet(data: tables.Tables, frame: Any, name: str) -> None:
    """Show the widget of one filter."""
    if name in ("from", "to"):
        there = address.day(name)
        state = address.key(name, many=False)
        st.session_state[state] = there
        st.date_input(
            t(f"claims.{name}"), value=None, key=state, on_change=address.write, args=(name,), format="YYYY/MM/DD",
            **forms.publication(),
        )  # fmt: skip
        return
    if name == "order":
        st.selectbox(
            t("claims.order"), orders(), key=address.key(name, valid=orders(), many=False, default=orders()[0]),
            format_func=lambda o: t(f"claims.order-{o}"), on_change=address.write, args=(name,),
            kwargs={"default": orders()[0]},
        )  # fmt: skip
        return
    keep = chosen(data, frame, but=name)

    def left(column: str) -> Any:
        return frame[column].to_numpy()[keep]

    if name == "kind":
        options: list[str] = ["claim", "prediction"]
        counts = Counter("prediction" if p else "claim" for p in left("prediction"))
        words = {o: t(f"home.kind-{o}") for o in options}
    elif name == "polarity":
        options = ["affirmed", "negated"]
        counts, words = Counter(left("polarity")), {o: label("polarity", o) for o in options}
    elif name == "review":
        options = list(REVIEWS)
        counts, words = Counter(map(_review, left("review"))), {o: label("review", o) for o in options}
    elif name == "links":
        options = list(LINKS)
        counts = Counter({n: int(linked(data, frame, n)[keep].sum()) for n in options})
        words = {o: t(f"claims.links-{o}") for o in options}
    elif name == "article":
        counts = Counter(left("article"))
        options = _most(counts, address.many(name))
        titles = data.articles["title"].to_dict()
        words = {o: cards.clip(titles.get(o) or t("claims.untitled"), 40) for o in options}
    else:
        shown = frame.loc[keep, ["sources", "source_text", "about"]]
        counts = Counter(e for values in (shown["about"] if name == "about" else speakers.of(shown)) for e in values)
        options = _most(counts, address.many(name))
        words = {o: speakers.label(data, o) for o in options}
    many = name != "kind"
    common: dict[str, Any] = {
        "key": address.key(name, valid=options, many=many), "on_change": address.write, "args": (name,),
        "format_func": lambda o: f"{words[o]} ({counts.get(o, 0):,})", "placeholder": t("claims.any"),
    }  # fmt: skip
    if many:
        st.multiselect(t(f"claims.{name}"), options, **common)
    else:
        st.selectbox(t(f"claims.{name}"), options, index=None, **common)


def _most(counts: Counter[str], chosen_now: list[str]) -> list[str]:
    """The most frequent options, and those that are chosen."""
    top = [value for value, _ in counts.most_common(MOST_OPTIONS)]
    return top + [value for value in chosen_now if value not in top]


def _results(data: tables.Tables, at: Any) -> None:
    """Show the claims at these positions as cards or as a table."""
    n = len(at)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{t('claims.n', n=f'{n:,}')}**")
        confirmed_only(data.claims.iloc[at])
        st.space("stretch")
        view = st.segmented_control(
            t("claims.view"), ["list", "table"], required=True, label_visibility="collapsed",
            key=address.key("view", valid=["list", "table"], many=False, default="list"),
            format_func=lambda v: t(f"claims.view-{v}"), on_change=address.write, args=("view",),
            kwargs={"default": "list"},
        )  # fmt: skip
        downloads.claims(data, n, lambda: data.claims.iloc[at])
    if not n:
        cards.show(cards.empty(t("claims.nothing")))
    elif view == "table":
        table(data, data.claims.iloc[at])
    else:
        pages = (n + PER_PAGE - 1) // PER_PAGE
        page = page_number(pages)
        shown = data.claims.iloc[at[(page - 1) * PER_PAGE : page * PER_PAGE]]
        cards.show(cards.claim_list(data, shown, mark=marking.marker(data)))
        page_picker(pages)


def confirmed_only(frame: Any) -> bool:
    """Show the switch that hides what nobody has confirmed, and return whether it is on.

    Args:
        frame: the claims that are listed now; the switch says how many of them it leaves.
    """
    n = int(speakers.confirmed(frame).sum())
    state = address.key("confirmed", many=False)
    st.session_state[state] = bool(address.one("confirmed"))
    return st.toggle(
        t("claims.confirmed", n=f"{n:,}"), key=state, help=t("claims.confirmed-help"), on_change=address.write,
        args=("confirmed",), kwargs={"default": False, "to_text": lambda _: "1"},
    )  # fmt: skip


def page_number(pages: int, default: int = 1) -> int:
    """The page number in the URL, limited to 1 … ``pages``; ``default`` if there is none."""
    asked = address.number("page")
    return min(max(default if asked is None else asked, 1), max(pages, 1))


def page_picker(pages: int, default: int = 1) -> None:
    """Show a widget to turn the pages of a long list; nothing if there is only one page."""
    if pages < 2:
        return
    at = page_number(pages, default)
    key = f"page-{at}-of-{pages}"  # a new widget for each page, so that only the URL holds the page number
    st.pagination(pages, default=at, key=key, on_change=_turn, args=(key, default))


def _turn(key: str, default: int) -> None:
    """Write the chosen page number to the URL; remove it for the default."""
    chosen = st.session_state[key]
    if chosen == default:
        st.query_params.pop("page", None)
    else:
        st.query_params["page"] = str(chosen)


def table(data: tables.Tables, frame: Any) -> None:
    """Show claims as a sortable table; a click on a row opens the claim, in long tables a click on its link."""
    import pandas as pd

    from iibun.web.sitemap import go, hrefs

    shown = pd.DataFrame(
        {
            "open": hrefs("claims", frame.index),
            "what": [fitted(title or text, 46) for title, text in zip(frame["title"], frame["text"], strict=True)],
            "who": [
                speakers.words(data, row, columns=26)
                for row in frame[["sources", "source_text", "doubt"]].to_dict("records")
            ],
            "modality": labels("modality", frame["modality"]),
            "polarity": labels("polarity", frame["polarity"]),
            "agreeing": frame["agreeing"].astype("Int64").replace(0, pd.NA).array,
            "opposing": frame["opposing"].astype("Int64").replace(0, pd.NA).array,
            "due": pd.to_datetime(pd.Series(list(frame["due_end"]), dtype=object), errors="coerce").to_numpy(),
            "published": pd.to_datetime(pd.Series(list(frame["published"]), dtype=object), errors="coerce").to_numpy(),
            "review": labels("review", map(_review, frame["review"])),
            "confidence": frame["confidence"].to_numpy(),
        }
    )
    config: dict[str, Any] = {
        "what": st.column_config.TextColumn(t("claims.what"), width=360),
        "who": st.column_config.TextColumn(t("claims.source"), width=200),
        "modality": st.column_config.TextColumn(t("claims.modality"), width=84),
        "polarity": st.column_config.TextColumn(t("claims.polarity"), width=84),
        "agreeing": st.column_config.NumberColumn(t("claims.agreeing"), width="small"),
        "opposing": st.column_config.NumberColumn(t("claims.opposing"), width="small"),
        "due": st.column_config.DateColumn(t("claims.due"), format=date_format()),
        "published": st.column_config.DateColumn(t("claims.published"), format=date_format()),
        "review": t("claims.review"),
        "confidence": st.column_config.ProgressColumn(
            t("claims.confidence"), min_value=0, max_value=1, format="percent"
        ),
        "open": st.column_config.LinkColumn(t("claims.open"), display_text=":material/open_in_new:", width="small"),
    }
    if (row := picked(shown, config, "claims")) is not None:
        go("claims", iri=frame.index[row])


def picked(shown: Any, config: Mapping[str, Any], page: str) -> int | None:
    """Show a table of claims or predictions and return the row that the reader selected, if any.

    Args:
        shown: its rows; ``open`` is the link of a row.
        config: its columns, as Streamlit configures them.
        page: the page that shows it.
    """
    options: dict[str, Any] = {
        "column_config": config,
        "hide_index": True,
        "height": 620 if len(shown) > 16 else "content",  # a long table scrolls, a short one has no empty rows
        "placeholder": "",
        "alt": t(f"common.page-{page}"),
    }
    if len(shown) > EAGER_ROWS:
        st.dataframe(shown, lazy=True, **options)
        st.caption(t("claims.table-long"))
        return None
    selected = st.dataframe(shown, on_select="rerun", selection_mode="single-cell", key=f"{page}-table", **options)
    st.caption(t("claims.table-pick"))
    return selected.selection.cells[0][0] if selected.selection.cells else None


def summary(row: Any) -> str:
    """A claim in one line of plain text, for the labels of widgets."""
    words = row["title"] or row["text"]
    return cards.clip(f"{words} ({date_text(row['published'], short=True)})", 90)

"""Article (記事): the text with its highlights beside the claims extracted from it, for reading and review.

A long article is shown in parts. :mod:`iibun.web.article_view` loads the data. :mod:`iibun.web.pages.review` carries decisions
out; ``flow.py`` says where the review goes on, and the forms are in ``claim_form.py`` and ``relation_form.py``.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import date
from difflib import SequenceMatcher
from functools import partial
from typing import Any

import streamlit as st

from iibun.i18n import date_text, label, reasons, t
from iibun.i18n.criteria import criterion_text
from iibun.i18n.figures import figure_text
from iibun.web import account, address, answers, cards, components, forms, markdown, page_errors, sitemap
from iibun.web.article_view import Card, Named, Reading, reading
from iibun.web.pages import decisions, flow, metadata, naming, relation_form, review, second, speaker
from iibun.web.speakers import Choice
from kg import attribution
from kg.characters import visible
from kg.model import Extent
from kg.web import is_web_address


def show() -> None:
    """Show the page of the article that the URL names (``iri``; also ``part`` and ``claim``)."""
    iri = st.query_params.get("iri")
    if not iri:
        sitemap.go("articles")
    asked = address.number("part")
    article = read(str(iri), None if asked is None else asked - 1, st.query_params.get("claim"))
    _head(article)
    metadata.show(article)
    second.show(article)
    if len(article.contents.parts) > 1:
        _pager(article, "above")
        _search(article)
    _body(article)
    if len(article.contents.parts) > 1:
        _pager(article, "below")
    _relations(article)
    _versions(article)


def read(iri: str, part: int | None = None, claim: str | None = None) -> Reading:
    """An article in its present state; of a long one the given part (from 0), else the part with the claim."""
    known = flow.overview(iri)
    at = known.part_with(claim) if part is None else min(max(0, part), len(known.parts) - 1)
    return answers.remembered(
        ("reading", known, at), lambda: reading(answers.ask, iri, decisions.lasts(iri), part=at, known=known)
    )  # fmt: skip


def _pager(article: Reading, where: str) -> None:
    """Show which part of a long article this is, with links to the parts before and after."""
    with st.container(horizontal=True, vertical_alignment="center", key=f"pager-{where}"):
        if article.part:
            _part_link(article, article.part - 1, t("article.part-before"), ":material/arrow_back:")
        words = {
            "part": article.part + 1,
            "parts": len(article.contents.parts),
            "claims": len(article.cards),
            "all": len(article.contents.outline),
        }
        st.caption(
            t("article.part", start=article.extent.start + 1, end=article.extent.end, length=len(article.text), **words)
        )
        if article.part + 1 < len(article.contents.parts):
            _part_link(article, article.part + 1, t("article.part-after"), ":material/arrow_forward:")


def _part_link(article: Reading, part: int, words: str, icon: str) -> None:
    sitemap.page_link("article", words, icon=icon, iri=article.iri, part=part + 1)


@st.fragment
def _search(article: Reading) -> None:
    """Show a search in all parts of a long article, since the browser's search finds only what is on the page."""
    wanted = st.text_input(
        t("article.find"), placeholder=t("article.find"), key=f"find-{article.iri}", label_visibility="collapsed",
        icon=":material/search:",
    ).strip()  # fmt: skip
    if not wanted:
        return
    places = list(places_of(wanted, article.text))
    st.caption(t("article.found", n=len(places)))
    for at in places[:FOUND]:
        around = article.text[max(0, at - 20) : at + len(wanted) + 30].replace("\n", " ")
        part = article.contents.part_of(at)
        words = t("article.found-in", part=part + 1, text=around)
        sitemap.page_link("article", words, icon=":material/arrow_forward:", iri=article.iri, part=part + 1)


FOUND = 20  #: most places that a search shows


def places_of(words: str, text: str) -> Iterator[int]:
    """The offsets at which words occur in a text, ignoring case.

    >>> list(places_of("ai", "AIとai"))
    [0, 3]
    """
    return (m.start() for m in re.finditer(re.escape(words), text, re.IGNORECASE))


def _head(article: Reading) -> None:
    st.title(markdown.plain(article.title), anchor=False)
    facts = [article.publisher, date_text(article.published) or t("article.no-date")]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if article.illustration:
            st.badge(t("common.illustration"), color="orange", icon=":material/science:")
        text = "　".join(f for f in facts if f)
        if text:
            st.caption(markdown.plain(text), width="content")
        if is_web_address(article.url):
            st.link_button(t("article.source"), article.url, icon=":material/open_in_new:", type="tertiary")
        st.space("stretch")
        sitemap.page_link("graph", t("article.graph"), icon=":material/hub:", article=article.iri)
        review.menu(article)


@st.fragment
def _body(article: Reading) -> None:
    """Show text and cards, and carry out what the reader decides, also if the next thing is another page.

    The browser knows which claim is selected; the URL follows it, and says which claim is selected at first.
    """
    with page_errors.shown("article"):
        article = read(article.iri, article.part)  # a run of this part alone gets the article of the last whole run
        name = article.iri if len(article.contents.parts) == 1 else f"{article.iri}-{article.part}"
        key, choice = f"evidence-{name}", f"choice-{name}"
        if key not in st.session_state:  # the page was just opened: the URL decides, not the last visit's selection
            heard = st.session_state.get(choice, {}).get("n", 0)
            st.session_state[choice] = {"id": st.query_params.get("claim"), "n": heard}
            st.session_state["visit"] = st.session_state.get("visit", 0) + 1
            st.session_state[f"others-{name}"] = flow.others(article.iri)
        done = st.session_state.get(f"done-{name}", 0)
        others = st.session_state.get(f"others-{name}")
        form = (st.session_state.get(key) or {}).get("form") or {}
        result = components.evidence(
            article.extent.of(article.text),
            [moved(s, article.extent) for s in spans(article)],
            [card(c, article.iri) for c in second.in_order(article.cards)],
            key=key,
            selected=st.session_state[choice]["id"],
            heard=st.session_state[choice]["n"],
            done=done,
            counts=article.contents.counts,
            beyond=beyond(article),
            article=article.iri,
            visit=st.session_state["visit"],
            elsewhere=None if others is None else others + len(flow.beyond(article)),
            names=[(word, iri) for iri, word in naming.names(article).shown.items()] if form.get("open") else (),
            answer=st.session_state.get(f"answer-{name}"),
        )
        if result.selected and result.selected["n"] > st.session_state[choice]["n"]:
            st.session_state[choice] = result.selected
        forms.keep_param("claim", st.session_state[choice]["id"])
        wanted = [d for d in result.decisions or () if d["n"] > done]
        if wanted:
            st.session_state[f"done-{name}"] = wanted[-1]["n"]
            st.session_state[f"answer-{name}"] = review.decide(article, wanted)
        if place := flow.destination(article, wanted):
            sitemap.go("article", **place)
        elif any(d["kind"] == "onward" for d in wanted):
            st.session_state["said"] = t("article.none-left")
            st.session_state[f"others-{name}"] = 0
        if result.open:
            _open(result.open)
        elif wanted:
            st.rerun()


def moved(span: dict[str, Any], extent: Extent) -> dict[str, Any]:
    """A highlight with offsets relative to the part that is shown, clipped to it."""
    start, end = (min(max(at, extent.start), extent.end) - extent.start for at in (span["start"], span["end"]))
    return span | {"start": start, "end": end}


def beyond(article: Reading) -> dict[str, Any]:
    """Links to the last claim before the part that is shown and the first claim after it, for the keys j and k."""
    before = [p for p in article.contents.outline if p.start < article.extent.start][-1:]
    after = [p for p in article.contents.outline if p.start >= article.extent.end][:1]
    ends = (("previous", before), ("next", after))
    return {
        name: target("article", iri=article.iri, part=article.contents.part_of(p.start) + 1, claim=p.iri)
        for name, found in ends
        for p in found
    }


def _open(request: Any) -> None:
    """Go to the page that the component asks for; unknown pages are ignored."""
    if request.get("page") in {p.name for p in sitemap.PAGES}:
        sitemap.go(request["page"], **{str(k): v for k, v in dict(request.get("params") or {}).items()})


def _relations(article: Reading) -> None:
    """Show the article's relations, with buttons to correct or reject each and to add one."""
    from kg.tracking import additions

    heading = t("article.relations", n=len(article.relations))
    if len(article.contents.parts) > 1:
        heading = t("article.relations-part", n=len(article.relations), all=article.contents.counts.get("relation", 0))
    with st.expander(heading, icon=":material/share:", key="relations"):
        for n, r in enumerate(article.relations):
            name = label("predicate", r["predicate"].rpartition("#")[2])
            said = cards.join_words(filter(None, (r[column] for column in relation_form.DETAILS.values())))
            sentence = markdown.plain(r["exact"])
            subject = f"[{markdown.plain(r['subjectLabel'] or '')}]({sitemap.href('entity', iri=r['subject'])})"
            object_ = f"[{markdown.plain(r['objectLabel'] or '')}]({sitemap.href('entity', iri=r['object'])})"
            last = decisions.lasts(article.iri).get(r["relation"], "")
            with st.container(key=f"relation-{n}"):
                words, buttons = st.columns([4, 1], vertical_alignment="center")
                words.markdown(f"{subject} **{name}** {object_} {markdown.plain(said)}  \n:gray[{sentence}]")
                with buttons.container(horizontal=True, horizontal_alignment="right"):
                    if st.button(
                        t("components.edit"), key=f"edit-{r['relation']}", icon=":material/edit:", type="tertiary",
                        on_click=decisions.saw, args=(r["relation"], last),
                    ):  # fmt: skip
                        relation_form.relation(article, r)
                    decisions.button(
                        t("components.reject"),
                        partial(additions.refuse, answers.store(), r["relation"], author=account.author()),
                        thing=r["relation"], last=last, key=f"refuse-{r['relation']}", icon=":material/close:",
                        type="tertiary",
                    )  # fmt: skip
        if st.button(t("article.relation-add"), icon=":material/add:"):
            relation_form.relation(article, None)


def _versions(article: Reading) -> None:
    """Show how the article's text differs from a former version, if there is one."""
    from iibun.archive.held import Held

    former = answers.remembered(("versions", article.iri), lambda: Held(answers.store()).versions(article.iri))
    if not former:
        return
    with st.expander(t("article.versions", n=len(former)), icon=":material/history:"):
        chosen = st.selectbox(
            t("article.version"), range(len(former)), index=len(former) - 1,
            format_func=lambda i: t("article.version-of", date=date_text(former[i].replaced), i=i + 1),
        )  # fmt: skip
        st.html(f"<p>{difference(former[chosen].text, article.text)}</p>")


def difference(before: str, after: str) -> str:
    """The differences of two texts as HTML with ``del`` and ``ins``, sentence by sentence; the texts are escaped.

    >>> difference("値上げする。3日だ。", "値上げする。4日だ。")
    '値上げする。<del>3日だ。</del><ins>4日だ。</ins>'
    """
    old, new = (re.findall(r"[^。\n]*[。\n]?", x)[:-1] for x in (before, after))
    parts: list[str] = []
    for kind, i, j, k, l in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():  # noqa: E741
        gone, come = (html.escape(visible("".join(x))).replace("\n", "<br>") for x in (old[i:j], new[k:l]))
        if kind == "equal":
            parts.append(come)
        else:
            parts += [f"<del>{gone}</del>" * bool(gone), f"<ins>{come}</ins>" * bool(come)]
    return "".join(parts)


def target(page: str, **params: Any) -> dict[str, Any]:
    """A link for a component: its URL, and page and parameters with which Python goes there within the session."""
    return {"href": sitemap.href(page, **params), "page": page, "params": params}


def card(c: Card, article: str) -> dict[str, Any]:
    """A claim's card as :func:`iibun.web.components.evidence` takes it; ``article`` is where it stands."""
    due = None
    if c.prediction and (c.due_end or c.due_start):
        words = "article.due" if c.due_end else "predictions.after"
        due = t(words, date=date_text(c.due_end or c.due_start, short=True))
    elif c.prediction and c.due_undated:
        due = t("predictions.undated", words=c.due_text)
    return {
        "id": c.iri, "doubt": doubt(c, article), "title": c.title, "content": c.text, "modality": c.modality, "negated": c.negated,
        "confidence": c.confidence, "prediction": c.prediction, "due": due, "criterion": c.criterion and criterion_text(c.criterion),
        "sourceText": c.source_text, "dueStart": _iso(c.due_start), "dueEnd": _iso(c.due_end), "review": c.review, "last": c.last, "figures": list(c.figures), "reasons": reasons.sentences(c.reasons),
        "sources": [_named(s) for s in c.sources], "about": [_named(a) for a in c.about],
        "readers": second.readers(c), "disputes": [*second.disputes(c)],
        "target": target("prediction", iri=c.iri) if c.prediction else target("claims", iri=c.iri),
    }  # fmt: skip


def doubt(c: Card, article: str) -> dict[str, Any] | None:
    """The doubt about a claim's source for its card: the source as read, and who else it may be; None if it is certain."""
    found = attribution.doubt(c.reasons) if c.review == "unreviewed" else None
    if found is None:
        return None
    who = cards.join_words(s.label for s in c.sources) or c.source_text or t("claims.narrator")
    others = speaker.choices(found, article)
    read = Choice(t("claims.doubt-read", who=who), f"{found.share:.0%}", None)
    rows = [{"words": o.words, "share": o.share, "speaker": o.entity} for o in (read, *others)]
    return {"heading": speaker.heading(others), "choices": rows}


def _named(entity: Named) -> dict[str, Any]:
    return {"iri": entity.iri, "label": entity.label, "target": target("entity", iri=entity.iri)}


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def spans(article: Reading) -> list[dict[str, Any]]:
    """All highlights of an article as :func:`iibun.web.components.evidence` takes them."""
    found: list[dict[str, Any]] = [{"kind": "furniture", "start": s, "end": e} for s, e in article.furniture]
    for c in article.cards:
        found.append(
            {
                "kind": "claim", "id": c.iri, "start": c.start, "end": c.end, "code": c.modality, "label": c.title,
                "prediction": c.prediction, "rejected": c.review == "rejected",
            }
        )  # fmt: skip
        found += [{"kind": role, "claim": c.iri, "start": s, "end": e} for role, s, e in c.parts]
    for m in article.mentions:
        kind = m["type"] or ""
        found.append(
            {
                "kind": "mention", "start": m["start"], "end": m["end"], "code": kind, "label": m["label"] or "",
                "type": label("type", kind), "anaphor": bool(m["anaphor"]), "ref": m["entity"],
                "target": target("entity", iri=m["entity"]), "reasons": reasons.sentences(article.reasons.get(m["mention"], ())),
            }
        )  # fmt: skip
    for f in article.figures:
        about = f"{f['measure']}: " if f["measure"] else ""
        found.append(
            {
                "kind": "figure", "start": f["start"], "end": f["end"], "label": f["exact"], "type": label("kind", f["kind"]),
                "detail": about + figure_text(f["value"], f["comparator"], f["unit"]),
                "reasons": reasons.sentences(article.reasons.get(f["figure"], ())),
            }
        )  # fmt: skip
    for d in article.dates:
        first, last = date_text(d["earliest"]), date_text(d["latest"])
        detail = first if first == last else f"{first} – {last}"
        found.append(
            {
                "kind": "date", "start": d["start"], "end": d["end"], "label": d["exact"],
                "type": t("article.deadline") if d["deadline"] else t("article.date"), "detail": detail,
                "reasons": reasons.sentences(article.reasons.get(d["date"], ())),
            }
        )  # fmt: skip
    return found

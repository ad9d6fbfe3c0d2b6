"""SPARQL: an editor with completion and examples; results as table, chart or graph; downloads; saved queries."""

from __future__ import annotations

import re
from functools import cache, partial
from typing import Any

import streamlit as st

from iibun.i18n import language, t
from iibun.i18n.errors import explain
from iibun.web import answers, asking, cards, components, look, saved, sitemap, tables
from iibun.web.pages.article import target
from kg.characters import visible
from kg.web import is_web_address

CHARTED = 200  #: most rows in a chart
TURTLE = 40_000  #: most characters of Turtle that are shown
#: The named queries about the store rather than the articles; they come last among the examples.
HOUSEKEEPING = ("counts", "entity_counts", "dropped", "extractors")


def show() -> None:
    """Show the page; the query is in the URL (``q``)."""
    st.title("SPARQL", anchor=False)
    text = st.query_params.get("q") or _start()
    _examples()
    answer = _answer(text) if "q" in st.query_params else None
    mistake = answer if isinstance(answer, asking.Mistake) else None
    error = {"message": explain(mistake.message), "line": mistake.line, "column": mistake.column} if mistake else None
    result = components.editor(
        text, key="sparql-editor", asked="q" in st.query_params, terms=terms(), entities=_entities(), error=error,
        height=230,
    )  # fmt: skip
    if result.run:
        st.query_params["q"] = result.run["text"]
        st.rerun()
    _keep(text)
    if isinstance(answer, asking.Rows):
        _rows(answer)
    elif isinstance(answer, asking.Triples):
        _triples(answer)
    elif answer is None:
        _questions()


def _start() -> str:
    """The query that the editor begins with, with its question as a comment on top."""
    from kg import prepared, queries

    return f"# {t('sparql.start')}\n{queries.fold(prepared.load('start_of_editor').text, set())}\n"


def _questions() -> None:
    """Show the questions of the named queries, as links that run them."""
    from kg import queries

    cards.begin()
    st.header(t("sparql.questions"), anchor=False)
    rows = []
    for name in examples():
        query = queries.load(name)
        question = query.question_ja if language() == "ja" else query.question_en
        rows.append(f"<li>{cards.link('sparql', question, q=example(name))}</li>")
    cards.show('<ul class="ib-rows">', *rows, "</ul>")


def _answer(text: str) -> asking.Answer:
    return answers.remembered(("sparql", text), lambda: asking.run(answers.store(), text))


def _examples() -> None:
    """Show the box to choose a saved or a named query."""
    from kg import queries

    offered = examples()
    kept = saved.names(answers.store())
    options = [f"saved:{n}" for n in kept] + [f"query:{n}" for n in offered]

    def name(option: str) -> str:
        kind, _, key = option.partition(":")
        if kind == "saved":
            return f"★ {key}"
        query = queries.load(key)
        return query.question_ja if language() == "ja" else query.question_en

    def choose() -> None:
        chosen = st.session_state.get("sparql-example")
        if not chosen:
            return
        kind, _, key = chosen.partition(":")
        st.query_params["q"] = saved.load(answers.store(), key) if kind == "saved" else example(key)

    st.selectbox(
        t("sparql.examples"), options, index=None, key="sparql-example", format_func=name, on_change=choose,
        placeholder=t("sparql.examples-hint"),
    )  # fmt: skip


@cache
def examples() -> tuple[str, ...]:
    """The named queries that need no parameters, except those that only serve pages; those about the store are last."""
    from kg import queries

    found = [
        n for n in queries.names()
        if not n.startswith(("table_", "graph_")) and not n.endswith("_count") and "$" not in re.sub(r"#.*", "", queries.fold(queries.load(n).text, set()))
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda n: n in HOUSEKEEPING))


def example(name: str) -> str:
    """A named query as text for the editor, with its question as a comment on top."""
    from kg import queries

    query = queries.load(name)
    question = query.question_ja if language() == "ja" else query.question_en
    return f"# {question}\n{queries.text(name)[0].strip()}\n"


@cache
def terms() -> list[dict[str, str]]:
    """Our own terms and those of other vocabularies that the graph uses, for completion."""
    from kg import vocab

    own = sorted(vocab.CLASSES | vocab.PROPERTIES)
    found = [{"label": f"iib:{n}", "detail": "class" if n in vocab.CLASSES else "property"} for n in own]
    borrowed = (
        "schema:NewsArticle schema:Claim schema:Person schema:Organization schema:Product schema:Place schema:Event "
        "schema:MonetaryAmount schema:QuantitativeValue schema:name schema:text schema:about schema:appearance "
        "schema:articleBody schema:headline schema:url schema:datePublished schema:value schema:currency schema:unitText "
        "skos:prefLabel skos:altLabel skos:exactMatch oa:SpecificResource oa:hasSource oa:hasSelector oa:start oa:end "
        "oa:exact prov:wasGeneratedBy prov:wasAttributedTo prov:generatedAtTime dc:publisher rdf:type rdf:subject "
        "rdf:predicate rdf:object rdfs:label rdfs:comment"
    )
    return found + [{"label": n, "detail": ""} for n in borrowed.split()]


def _entities() -> list[dict[str, str]]:
    """The most mentioned entities, for completion."""

    def make() -> list[dict[str, str]]:
        first = tables.current().entities.sort_values("mentions", ascending=False, kind="stable").head(1500)
        rows = zip(first.index, first["label"], first["type"], strict=True)
        return [{"label": name, "detail": kind or "", "iri": iri} for iri, name, kind in rows]

    return answers.remembered(("sparql-entities",), make)


def _keep(text: str) -> None:
    """Show the menus to save and remove queries, the link to this query, and the link to YASGUI."""
    with st.container(horizontal=True):
        with st.popover(t("sparql.save"), icon=":material/star:"):
            with st.form("save-query", border=False):
                name = st.text_input(t("sparql.save-name"))
                if st.form_submit_button(t("common.save")) and name.strip():
                    saved.save(answers.store(), name.strip(), text)
                    st.toast(t("sparql.saved"), icon=":material/check:")
            kept = saved.names(answers.store())
            if kept:
                gone = st.selectbox(t("sparql.remove"), kept, index=None, placeholder="", key="remove-query")
                if gone and st.button(t("sparql.remove-go")):
                    saved.remove(answers.store(), gone)
                    st.rerun()
        if "q" in st.query_params:
            with st.popover(t("sparql.link"), icon=":material/link:"):
                st.caption(t("sparql.link-help"))
                origin = (st.context.url or "").partition("?")[0]
                st.code(origin + sitemap.href("sparql", q=text).removeprefix("/query"), language=None, wrap_lines=True)
        st.link_button(t("sparql.expert"), "/yasgui", icon=":material/build:", type="tertiary")


def _rows(answer: asking.Rows) -> None:
    """Show rows as a table and, if there are numbers, as a chart, with downloads."""
    _said(len(answer.rows), answer.seconds, answer.cut)
    if not answer.rows:
        st.info(t("sparql.nothing"), icon=":material/search_off:")
        return
    numbers = [i for i, _ in enumerate(answer.columns) if any(_number(r[i]) is not None for r in answer.rows)]
    if numbers and len(answer.columns) > 1:
        table, chart = st.tabs([t("sparql.table"), t("sparql.chart")], key="sparql-tab", on_change="rerun")
        with table:
            _table(answer)
        with chart:
            if chart.open:  # a chart takes time, for which the table would have to wait
                _chart(answer, numbers)
    else:
        _table(answer)
    with st.container(horizontal=True):
        for kind, data, mime in (
            ("csv", answer.csv, "text/csv"),
            ("json", answer.json, "application/sparql-results+json"),
        ):
            st.download_button(
                kind.upper(), data, file_name=f"iibun.{kind}", mime=mime, icon=":material/download:",
                key=f"save-{kind}", on_click="ignore",
            )  # fmt: skip


def _table(answer: asking.Rows) -> None:
    import pandas as pd

    iris = [c.value for row in answer.rows[:2000] for c in row if c and c.kind == "iri"]
    labels = answers.remembered(("names", tuple(dict.fromkeys(iris))), lambda: asking.names(answers.store(), iris))
    data: dict[str, list[Any]] = {}
    config: dict[str, Any] = {}
    for i, name in enumerate(answer.columns):
        cells = [row[i] for row in answer.rows]
        present = [c for c in cells if c]
        if present and all(c.kind == "iri" for c in present):
            data[name] = [_link(c.value, labels) if c else None for c in cells]
            config[name] = st.column_config.LinkColumn(name, display_text=r"#iibun=(.*)$")
        elif present and all(c.number is not None for c in present):
            data[name] = [c.number if c else None for c in cells]
        else:
            data[name] = [c.value if c else None for c in cells]
    st.dataframe(pd.DataFrame(data), hide_index=True, column_config=config, placeholder="", alt=t("sparql.table"))


def _link(iri: str, labels: Any) -> str:
    """The URL for a cell with an IRI; its fragment holds the name, which the column shows."""
    name = labels.get(iri) or asking.short(iri)
    ours = sitemap.iri_href(iri)
    if not ours and not is_web_address(iri):
        ours = sitemap.href("sparql", q=f"DESCRIBE <{iri}>")
    return sitemap.named(ours or iri, f"iibun={name}")


def _chart(answer: asking.Rows, numbers: list[int]) -> None:
    """Show the fields to choose columns and kind of a chart, and the chart; ``numbers`` are columns with numbers."""
    import pandas as pd

    from iibun.web import charts
    from iibun.web.charts import alt

    names = list(answer.columns)
    a, b, c = st.columns(3)
    others = [i for i in range(len(names)) if i not in numbers] or list(range(len(names)))
    x = a.selectbox(t("sparql.x"), names, index=others[0])
    y = b.selectbox(t("sparql.y"), [names[i] for i in numbers], index=0)
    kind = c.segmented_control(
        t("sparql.kind"), ("bar", "line", "point"), default="bar", required=True,
        format_func=lambda k: t(f"sparql.kind-{k}"),
    )  # fmt: skip
    i, j = names.index(x), names.index(y)
    iris = [row[i].value for row in answer.rows[:CHARTED] if row[i] and row[i].kind == "iri"]  # type: ignore[union-attr]
    labels = asking.names(answers.store(), iris) if iris else {}

    def shown(cell: Any) -> Any:
        if cell is None:
            return None
        if cell.number is not None:
            return cell.number
        return labels.get(cell.value, cell.value)

    frame = pd.DataFrame(
        {"x": [shown(r[i]) for r in answer.rows[:CHARTED]], "y": [_number(r[j]) for r in answer.rows[:CHARTED]]}
    )
    times = moments(frame["x"])
    if days := times is not None:
        frame["x"] = times
    numeric = not days and pd.api.types.is_numeric_dtype(frame["x"])
    sort = f"{x}:T" if days else f"{x}:Q" if numeric else f"{x}:N"
    frame.columns = [x, y] if x != y else [x, f"{y} "]
    field = frame.columns[1]
    chart, accent = alt.Chart(frame), look.palette()["accent"]
    mark = {
        "bar": chart.mark_bar(color=accent),
        "line": chart.mark_line(color=accent, point={"color": accent}),
        "point": chart.mark_point(color=accent, filled=True, size=70),
    }[kind]
    if sort.endswith(":N") and kind == "bar":
        encoded = mark.encode(
            y=alt.Y(sort, sort="-x", title=None, axis=alt.Axis(labelOverlap=False, labelLimit=260)),
            x=alt.X(f"{field}:Q", title=y), tooltip=[sort, f"{field}:Q"],
        ).properties(height=max(200, 24 * frame[x].nunique()))  # fmt: skip
    else:
        encoded = mark.encode(x=alt.X(sort, title=x), y=alt.Y(f"{field}:Q", title=y), tooltip=[sort, f"{field}:Q"])
    if len(answer.rows) > CHARTED:
        st.caption(t("sparql.chart-cut", n=CHARTED, of=f"{len(answer.rows):,}"))
    charts.show(("sparql", answer, x, y, kind), lambda: encoded, alt=t("sparql.chart"))


def moments(values: Any) -> Any:
    """A column as times; None unless all values are valid dates, with a time zone in all or none."""
    import pandas as pd

    if not values.astype(str).str.fullmatch(r"\d{4}-\d\d-\d\d.*").all():
        return None
    try:
        return pd.to_datetime(values, format="ISO8601")
    except ValueError:
        return None


def _triples(answer: asking.Triples) -> None:
    """Show triples as a graph and as Turtle, with downloads."""
    import pyoxigraph as ox

    _said(len(answer.triples), answer.seconds, answer.cut, key="triples")
    if not answer.triples:
        st.info(t("sparql.nothing"), icon=":material/search_off:")
        return
    picture, table = st.tabs([t("sparql.graph"), "Turtle"])
    with picture:
        iris = [x.value for tr in answer.triples[:1000] for x in (tr.subject, tr.object) if isinstance(x, ox.NamedNode)]
        nodes, edges, left = asking.as_graph(answer, asking.names(answers.store(), iris))
        for node in nodes:
            if node["kind"] == "iri":
                node["target"] = _node_target(node["iri"])
        if left:
            st.caption(t("sparql.capped", left=left))
        result = components.graph(nodes, edges, key="sparql-graph", height=520, expandable=False)
        if result.open:
            sitemap.go(result.open["page"], **dict(result.open.get("params") or {}))
    with table:
        turtle = answer.serialized(ox.RdfFormat.TURTLE).decode()
        st.code(visible(turtle[:TURTLE]), language="turtle", wrap_lines=True)
        if len(turtle) > TURTLE:
            st.caption(t("sparql.turtle-cut", n=f"{TURTLE:,}", of=f"{len(turtle):,}"))
    with st.container(horizontal=True):
        for name, format, ending in (
            ("Turtle", ox.RdfFormat.TURTLE, "ttl"),
            ("N-Triples", ox.RdfFormat.N_TRIPLES, "nt"),
            ("JSON-LD", ox.RdfFormat.JSON_LD, "jsonld"),
        ):
            st.download_button(
                name, partial(answer.serialized, format), file_name=f"iibun.{ending}", mime=format.media_type,
                icon=":material/download:", key=f"save-{ending}", on_click="ignore",
            )  # fmt: skip


def _number(cell: asking.Cell | None) -> float | None:
    return cell.number if cell else None


def _node_target(iri: str) -> dict[str, Any] | None:
    """The link of a node: to our page about it, or to a web address; None if there is neither."""
    if page := sitemap.page_of(iri):
        return target(page, iri=iri)
    return {"href": iri} if is_web_address(iri) else None


def _said(n: int, seconds: float, cut: bool, key: str = "rows") -> None:
    """Show how many rows or triples there are, the time taken, and whether some are missing."""
    words = t(f"sparql.{key}", n=n, seconds=f"{seconds:.2f}")
    st.caption(words + ("　" + t("sparql.cut", n=asking.MAX_ROWS) if cut else ""))

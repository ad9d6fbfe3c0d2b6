"""What ``import iibun`` offers on reports: tables, graphs, views, spaCy documents."""

from __future__ import annotations

import io
import itertools
import subprocess
import sys
from datetime import date
from typing import Any

import networkx
import pandas
import pytest
import spacy
from spacy import displacy
from spacy.tokens import DocBin

import iibun
from ingest.ginza import NotGinza
from kg.document import to_document
from kg.errors import IibunError, UsageError
from kg.model import Article, Claim, Entity, Extent, Interval, Mention, Prediction, Relation, Report
from kg.rdf import article_iri, claim_iris, entity_iris
from tests.paths import ROOT

TEXT = "<b>青葉電機の森社長は、来年中に新工場を建てる方針だと述べた。同社は「値上げはしない」と発表した。関係者によると、増産する。"


def at(words: str, text: str = TEXT) -> Extent:
    return Extent(text.index(words), text.index(words) + len(words))


@pytest.fixture
def report() -> Report:
    return Report(
        Article(TEXT, "新工場 <script>", "https://example.com/1", date(2026, 12, 1), "架空新聞"),
        entities=(Entity("e1", "Organization", "青葉電機", ("同社",)), Entity("e2", "Person", "森")),
        mentions=(Mention(at("青葉電機"), "e1"), Mention(at("森"), "e2"), Mention(at("同社"), "e1", True)),
        relations=(Relation("e2", "holdsPosition", "e1", Extent(3, 35), {"title": "社長"}),),
        claims=(
            Claim(
                "c1", at("来年中に新工場を建てる方針だ"), ("e2",), cue=at("述べた"), modality="intended", about=("e1",),
                prediction=Prediction(Interval(date(2027, 1, 1), date(2027, 12, 31)), "来年中に", at("来年中に")),
                title="来年中に新工場を建てる", confidence=0.9,
            ),
            Claim("c2", at("値上げはしない"), ("e1",), cue=at("発表した"), polarity="negated", title="値上げはしない"),
            Claim("c3", at("増産する"), source_text="関係者", source_extent=at("関係者"), title="増産する"),
        ),
    )  # fmt: skip


def test_importing_iibun_is_quick() -> None:
    code = "import sys, iibun; print({'spacy', 'pandas', 'numpy', 'networkx', 'pyoxigraph'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_every_public_name_is_there_and_in_the_how_to() -> None:
    page = (ROOT / "docs" / "python.md").read_text("utf-8")
    for name in iibun.__all__:
        assert getattr(iibun, name).__doc__
        assert name in dir(iibun)
        if name.startswith("to_"):
            assert f"iibun.{name}(" in page
    with pytest.raises(AttributeError, match=r"no attribute 'to_csv'; it has .*to_pandas"):
        iibun.to_csv  # noqa: B018


def test_tables(report: Report) -> None:
    tables = iibun.to_pandas([report])
    assert list(tables.claims["text"]) == ["来年中に新工場を建てる方針だ", "値上げはしない", "増産する"]
    assert list(tables.claims["sources"]) == [["森"], ["青葉電機"], []]
    assert tables.claims["sourceText"][2] == "関係者"
    assert list(tables.claims["claim"]) == list(claim_iris(report).values())
    assert set(tables.claims["article"]) == {article_iri(report.article)}
    (prediction,) = tables.predictions.to_dict("records")
    assert prediction["dueEnd"] == pandas.Timestamp(2027, 12, 31) and prediction["dueText"] == "来年中に"
    (relation,) = tables.relations.to_dict("records")
    assert (relation["subjectLabel"], relation["predicate"], relation["objectLabel"]) == (
        "森",
        "holdsPosition",
        "青葉電機",
    )
    assert relation["positionTitle"] == "社長" and relation["object"] == entity_iris(report)["e1"]
    assert list(tables.mentions["anaphor"]) == [False, False, True]
    assert dict(zip(tables.entities["label"], tables.entities["mentions"], strict=True)) == {"青葉電機": 2, "森": 1}
    for row in tables.claims.to_dict("records"):
        assert TEXT[row["start"] : row["end"]] == row["text"]


def test_the_columns_are_those_of_the_named_queries(report: Report) -> None:
    from kg import queries

    tables = iibun.to_pandas(report)
    judged = {"verdict", "state", "probability", "relation"}
    for name in ("claims", "predictions", "relations", "entities"):
        assert set(queries.load(name).columns) - judged <= set(getattr(tables, name).columns), name


def test_no_reports_are_empty_tables() -> None:
    tables = iibun.to_pandas([])
    assert all(table.empty and len(table.columns) > 5 for table in tables)
    assert str(tables.claims["date"].dtype).startswith("datetime64")
    assert len(iibun.to_networkx(())) == 0


def test_graph(report: Report) -> None:
    other = Report(Article("青葉電機は。"), (Entity("e1", "Organization", "青葉電機"),), (Mention(Extent(0, 4), "e1"),))
    graph = iibun.to_networkx([report, other])
    iris = entity_iris(report)
    assert graph.nodes[iris["e1"]] == {"label": "青葉電機", "kind": "Organization", "mentions": 3}
    ((_, _, edge),) = graph.edges(data=True)
    assert edge["kind"] == "holdsPosition" and edge["evidence"] == TEXT[3:35]
    networkx.write_graphml(graph, io.BytesIO())
    networkx.write_gexf(graph, io.BytesIO())


@pytest.mark.parametrize("style", ["ent", "span"])
def test_views(report: Report, style: Any) -> None:
    html = displacy.render(iibun.to_displacy(report), style=style, manual=True, page=True, jupyter=False)
    for colour in ("#cfe3f7", "#fde3a7", "#cdebd0"):
        assert colour in html
    assert "<b>" not in html.replace("<body", "") and "<script>" not in html  # neither of the text nor of the title
    assert 'lang="ja"' in html


def test_a_view_keeps_the_text(report: Report) -> None:
    view = iibun.to_displacy(report)
    assert "".join(view["tokens"]) == TEXT
    for span in view["spans"]:
        assert "".join(view["tokens"][span["start_token"] : span["end_token"]]) == TEXT[span["start"] : span["end"]]
    ends = [(e["start"], e["end"]) for e in sorted(view["ents"], key=lambda e: e["start"])]
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(ends)), "displaCy would repeat text"
    assert {(s["label"], TEXT[s["start"] : s["end"]]) for s in view["spans"] if s["kb_id"] == "c2"} == {
        ("content", "値上げはしない"), ("cue", "発表した"), ("source", "同社"),
    }  # fmt: skip
    assert {s["kb_id"] for s in iibun.to_displacy(report, claims=["c3"])["spans"]} == {"c3"}
    with pytest.raises(UsageError, match="no claim 'c9'; it has c1, c2, c3"):
        iibun.to_displacy(report, claims=["c9"])


def test_documents_can_be_read_without_iibun(report: Report, tmp_path: Any) -> None:
    path = tmp_path / "claims.spacy"
    iibun.to_spacy([report, report]).to_disk(path)
    code = (
        "import spacy, sys\nfrom spacy.tokens import DocBin\n"
        f"docs = list(DocBin().from_disk({str(path)!r}).get_docs(spacy.blank('ja').vocab))\n"
        "print(len(docs), [(s.kb_id_, s.label_, s.text) for s in docs[0].spans['claims']][:2], docs[0].ents[0].text)\n"
        "print(docs[0].user_data['iibun']['claims'][0]['modality'], 'ingest.spans' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    first, second = done.stdout.splitlines()
    assert first == "2 [('c1', 'content', '来年中に新工場を建てる方針だ'), ('c1', 'cue', '述べた')] 青葉電機"
    assert second == "intended False"


def test_documents_hold_what_the_report_does(report: Report) -> None:
    (doc,) = DocBin().from_bytes(iibun.to_spacy(report).to_bytes()).get_docs(spacy.blank("ja").vocab)
    assert len(doc.text) == len(TEXT)
    assert [s.label_ for s in doc.spans["modality"]] == ["intended", "asserted", "asserted"]
    assert [s.id_ for s in doc.spans["mentions"]] == ["name", "name", "anaphor"]
    assert [(e.text, e.label_) for e in doc.ents] == [("青葉電機", "Organization"), ("森", "Person")]
    assert [s.kb_id_ for s in doc.spans["predictions"]] == ["c1"]
    assert doc.user_data["iibun"] == _plain(to_document(report))
    assert len(list(doc.sents)) == 3


def _plain(value: Any) -> Any:
    """As msgpack gives it back: lists as tuples."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return tuple(map(_plain, value)) if isinstance(value, list) else value


@pytest.mark.parametrize("function", [iibun.to_pandas, iibun.to_networkx, iibun.to_spacy])
@pytest.mark.parametrize("wrong", ["社長は述べた。", None, [None], [["社長"]], 3, spacy.blank("ja")("社長は述べた。")])
def test_what_is_no_report_is_one_sentence(function: Any, wrong: Any) -> None:
    with pytest.raises(UsageError, match=r"^to_\w+ takes reports, not \w+; iibun\.extract\(text\) and .* make them\.$"):
        function(wrong)


def test_wrong_pipelines_and_documents_are_one_sentence(report: Report) -> None:
    with pytest.raises(NotGinza, match="en_pipeline is not Japanese"):
        iibun.to_spacy(report, nlp=spacy.blank("en"))
    with pytest.raises(IibunError, match="None of Iibun's components"):
        iibun.to_report(spacy.blank("ja")("社長は述べた。"))
    with pytest.raises(UsageError, match="an Article or a text, not int"):
        iibun.extract(3)  # type: ignore[arg-type]

"""Deleting an article, as far as one wants."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

import kg.store
from iibun.archive.deletion import delete
from iibun.cli.main import main
from kg import articles
from kg.articles import forget
from kg.queries import ask
from kg.rdf import article_iri, claim_iris, links_graph, quads
from kg.store import Locked, folder
from kg.tracking.additions import name
from kg.tracking.judgements import add, judge, rebuild
from kg.tracking.links import link_new
from kg.vocab import IIB, JUDGEMENTS_GRAPH, LEFTOVERS_GRAPH
from tests.kg_samples import report


@pytest.mark.parametrize("judgements", [False, True])
def test_nothing_is_left(judgements: bool) -> None:
    with kg.store.memory() as s:
        a, b = report(0), report(1)
        for r in (a, b):
            s.replace(article_iri(r.article), quads(r))
        alone = {str(q) for q in s.quads(article_iri(b.article))}
        gone, kept = article_iri(a.article), article_iri(b.article)
        ca, cb = claim_iris(a)["c1"], claim_iris(b)["c1"]
        s.update(
            f"INSERT DATA {{ GRAPH <{links_graph(kept)}> {{ <urn:x:l1> a iib:Link ; iib:from <{cb}> ; iib:to <{ca}> }} "
            f"GRAPH <{links_graph(gone)}> {{ <urn:x:l2> a iib:Link ; iib:from <{ca}> ; iib:to <{cb}> }} "
            f"GRAPH <urn:iibun:graph:current> {{ <{ca}> iib:reviewState 'accepted' }} "
            f"GRAPH <urn:iibun:graph:judgements> {{ <urn:x:j> a iib:Acceptance ; iib:judges <{ca}> ; iib:judgedArticle <{gone}> . "
            f"<urn:x:u> a iib:Undo ; iib:undoes <urn:x:j> . <urn:x:uu> a iib:Undo ; iib:undoes <urn:x:u> . "
            f"<urn:x:d> a iib:LinkDecision ; iib:judges <urn:x:l2> ; iib:from <{ca}> ; iib:to <{cb}> }} }}"
        )
        assert forget(s, gone, judgements=judgements)
        rest = {str(q) for q in s.quads() if q.graph_name != ox.NamedNode(kept)}
        assert {str(q) for q in s.quads(kept)} == alone
        assert len(rest) == (0 if judgements else 11)  # the log: an acceptance, two undos and a decision
        assert not forget(s, gone)
        assert forget(s, gone, judgements=True) != judgements, "what was left is found without the article"
        rest = {str(q) for q in s.quads() if q.graph_name != ox.NamedNode(kept)}
        assert not any("urn:x:j" in q or "urn:x:u" in q for q in rest)


def test_nothing_is_left_of_what_somebody_added() -> None:
    made = report(0)
    iri = article_iri(made.article)
    with kg.store.memory() as s:
        s.replace(iri, quads(made))
        add(s, iri, 0, 9, author="佐藤")
        name(s, "新工場", "Organization", author="佐藤", article=iri)
        assert delete(s, iri, judgements=True)
        assert [str(q) for q in s.quads() if iri.rpartition(":")[2] in str(q) or "新工場" in str(q)] == []
        assert not ask(s, "claims") and not ask(s, "entities")


@pytest.mark.parametrize("flag", [False, True])
def test_the_command_deletes_judgements_only_if_told_to(
    flag: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    r = report(0)
    iri, claim = article_iri(r.article), claim_iris(r)["c1"]
    other = article_iri(report(1).article)
    pages = [tmp_path / "originals" / (letter * 2) / (letter * 64) for letter in "ab"]
    for page in pages:
        page.parent.mkdir(parents=True)
        page.write_text("as read")
    with kg.store.open(tmp_path) as s:
        s.replace(iri, quads(r))
        s.update(
            f"INSERT DATA {{ GRAPH <{iri}> {{ <{iri}> iib:originalHash '{'a' * 64}' , '{'b' * 64}' }} "
            f"GRAPH <{other}> {{ <{other}> iib:originalHash '{'b' * 64}' }} }}"
        )
        s.update(
            f"INSERT DATA {{ GRAPH <urn:iibun:graph:judgements> {{ <urn:x:j> a iib:Acceptance ; iib:judges <{claim}> ; iib:judgedArticle <{iri}> }} }}"
        )
    assert main(["forget", *(["--judgements"] if flag else []), iri, "--store", str(tmp_path)]) == 0
    assert ("judgements" in capsys.readouterr().out) == flag
    with kg.store.open(tmp_path) as s:
        assert not s.contains(iri)
        assert s.contains("urn:iibun:graph:judgements") != flag
    assert [page.exists() for page in pages] == [False, True], "another article is from that page"


def test_a_large_article_is_there_whole_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Written and deleted in many small transactions, it is found whole, or by no question and no one's count."""
    monkeypatch.setattr(articles, "LARGE", 20)
    monkeypatch.setattr(articles, "CHUNK", 50)
    made, other = report(0), report(1)
    iri, whole = article_iri(made.article), list(quads(made))

    class Stop(Exception):
        pass

    def asked() -> list[object]:
        names = ("articles", "claims", "entities", "counts", "relations", "predictions")
        return [ask(s, name) for name in names]

    for moment in range(100):
        left = iter(range(moment, -1, -1))

        def check(left: Iterator[int] = left) -> None:
            if next(left) == 0:
                raise Stop

        with kg.store.memory() as s:
            s.replace(article_iri(other.article), quads(other))
            before = asked()
            try:
                articles.put(s, iri, whole, check)
            except Stop:
                assert asked() == before
                articles.sweep(s)
                assert s.graphs() == [article_iri(other.article)]
                continue
            assert moment > len(whole) // 50 and set(s.quads(iri)) == set(whole)
            assert forget(s, iri, clear=False) and asked() == before
            articles.put(s, iri, whole)
            articles.sweep(s)
            assert set(s.quads(iri)) == set(whole), "what was written again is no leftover"
            forget(s, iri)
            assert asked() == before and s.graphs() == [article_iri(other.article)]
            return
    raise AssertionError("it was never written")


@pytest.mark.parametrize("large", [20, articles.LARGE])
def test_a_deletion_that_is_cut_short_leaves_all_or_nothing(monkeypatch: pytest.MonkeyPatch, large: int) -> None:
    """Before the article goes its links and what was decided are as they were; once it is gone they go at the next start."""
    monkeypatch.setattr(articles, "LARGE", large)
    made, other = report(0), report(1)
    iri, claim = article_iri(made.article), claim_iris(made)["c1"]

    class Killed(Exception):
        pass

    for moment in range(10):
        with kg.store.memory() as s:
            for r in (made, other):
                s.replace(article_iri(r.article), quads(r))
            link_new(s, iri)
            s.insert(
                ox.Quad(ox.NamedNode(f"urn:x:{n}"), IIB.score, ox.Literal(n), ox.NamedNode(links_graph(iri)))
                for n in range(30)
            )
            judge(s, claim, "accept", author="佐藤")
            before = set(s.quads())
            left = iter(range(moment, -1, -1))

            def counted(write: Callable[..., object], left: Iterator[int] = left) -> Callable[..., object]:
                def call(*args: Any, **more: Any) -> object:
                    if next(left, 0) == 0:
                        raise Killed
                    return write(*args, **more)

                return call

            with monkeypatch.context() as patch:
                for name_ in ("edit", "delete", "cut"):
                    patch.setattr(s, name_, counted(getattr(s, name_)))
                try:
                    forget(s, iri, clear=False)
                    ended = True
                except Killed:
                    ended = False
            stood = articles._stands(s, iri)
            articles.sweep(s)
            rebuild(s)
            if stood:
                assert set(s.quads()) == before
            else:
                assert not any(claim in str(q) for q in s.quads() if q.graph_name != ox.NamedNode(JUDGEMENTS_GRAPH))
                assert not s.contains(links_graph(iri)) and not s.contains(iri)
            if ended:
                assert moment > 2
                return
    raise AssertionError("it never ended")


def test_what_is_being_written_is_no_leftover_for_another_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page writes a large article while `iibun delete` clears what is left of another."""
    monkeypatch.setattr(articles, "LARGE", 20)
    monkeypatch.setattr(articles, "CHUNK", 50)
    monkeypatch.setattr(folder, "PATIENCE", 0)
    made = report(0)
    iri, whole = article_iri(made.article), list(quads(made))
    tried = 0

    def check() -> None:
        nonlocal tried
        if s.contains(LEFTOVERS_GRAPH):
            tried += 1
            with monkeypatch.context() as other:
                other.setattr(articles, "_clearing", threading.Lock())  # which each process has for itself
                with pytest.raises(Locked):
                    articles.sweep(s)

    with kg.store.open(tmp_path) as s:
        articles.put(s, iri, whole, check)
        assert tried and set(s.quads(iri)) == set(whole)
        articles.sweep(s)
        assert s.graphs() == [iri]


def test_what_is_written_again_is_not_cleared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its links, written before what was left of the former is cleared; and a small text, written while that goes on."""
    monkeypatch.setattr(articles, "LARGE", 20)
    monkeypatch.setattr(articles, "CHUNK", 10)
    made, others = report(0), [report(n) for n in range(1, 4)]
    iri, graph = article_iri(made.article), links_graph(article_iri(made.article))
    with kg.store.memory() as s:
        for r in (*others, made):
            s.replace(article_iri(r.article), quads(r))
        s.insert(ox.Quad(ox.NamedNode(f"urn:x:{n}"), IIB.score, ox.Literal(n), ox.NamedNode(graph)) for n in range(30))
        assert forget(s, iri, clear=False) and s.contains(graph)
        s.replace(iri, quads(made))
        link_new(s, iri)
        links = set(s.quads(graph))
        articles.sweep(s)
        assert set(s.quads(graph)) == links and not s.contains(LEFTOVERS_GRAPH)

        forget(s, iri, clear=False)
        cut = s.cut

        def meanwhile(*args: Any, **more: Any) -> None:
            s.replace(iri, quads(made))  # of another thread or process, just before the server is asked to cut
            cut(*args, **more)

        monkeypatch.setattr(s, "cut", meanwhile)
        articles.sweep(s)
        assert set(s.quads(iri)) == set(quads(made)) and s.faults() == []

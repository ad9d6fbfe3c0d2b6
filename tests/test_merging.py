"""Loading what another store exported: what was decided here and there is united, and nothing of it is lost."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kg.store
from iibun.cli.main import main
from iibun.web.pages import inout
from kg import articles, rdf
from kg.merging import Source, merge
from kg.store import EmbeddedStore, Store
from kg.tracking import judgements, merges
from kg.tracking.log import KINDS, entries
from kg.vocab import CURRENT_GRAPH, JUDGEMENTS_GRAPH, LEFTOVERS_GRAPH
from tests.merging import REPORTS, exported, filled, rdf_log


def decide(store: Store, what: list[tuple[int, str]], author: str) -> None:
    """Some decisions: (number of a claim or judgement, what)."""
    claims = [r["c"] for r in store.select("SELECT DISTINCT ?c { GRAPH ?g { ?c a schema:Claim } } ORDER BY ?c")]
    people = [r["e"] for r in store.select("SELECT DISTINCT ?e { GRAPH ?g { ?m iib:entity ?e } } ORDER BY ?e")]
    for n, action in what:
        if action == "undo":
            there = [j for j in entries(store, kinds=KINDS) if not j.undone]
            if there:
                judgements.undo(store, there[n % len(there)].iri, author=author)
        elif action == "merge":
            merges.merge(store, [people[n % len(people)], people[(n + 1) % len(people)]], author=author)
        else:
            changes = {"modality": "hoped"} if action == "edit" else None
            judgements.judge(store, claims[n % len(claims)], action, author=author, changes=changes, reason="理由")


def graph(store: Store, name: str) -> set[str]:
    return {str(q) for q in store.quads(name)}


def log(store: Store) -> set[str]:
    return graph(store, JUDGEMENTS_GRAPH)


def state(store: Store) -> set[str]:
    return graph(store, CURRENT_GRAPH)


DECISIONS = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from(["accept", "reject", "edit", "merge", "undo"])), max_size=5
)


@settings(max_examples=12)
@given(here=DECISIONS, there=DECISIONS, format=st.sampled_from(["nquads", "trig", "jsonld"]))
def test_logs_are_united_in_whatever_order(here: Any, there: Any, format: str) -> None:
    ending = {"nquads": ".nq", "trig": ".trig", "jsonld": ".jsonld"}[format]
    a, b, c = filled(kg.store.memory()), filled(kg.store.memory()), kg.store.memory()
    decide(a, here, "佐藤"), decide(b, there, "田中")
    of_a, of_b = (Source.bytes(name + ending, exported(s, format)) for name, s in (("a", a), ("b", b)))
    both = log(a) | log(b)
    for store, sources in ((a, [of_b]), (b, [of_a]), (c, [of_b, of_a, of_b])):
        done = merge(store, sources)
        assert not done.failed and not done.conflicts
        assert log(store) == both, "nothing decided is lost, on either side"
    assert state(a) == state(b) == state(c), "and it amounts to the same everywhere"
    assert merge(a, [of_b]).judgements == 0 and log(a) == both


@pytest.mark.parametrize("way", ["command", "page", "bulk"])
@pytest.mark.parametrize("ending", [".nq", ".trig"])
def test_every_way_in_unites(way: str, ending: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    theirs = filled(kg.store.memory())
    decide(theirs, [(0, "reject"), (1, "edit")], "田中")
    wanted = log(theirs)
    content = exported(theirs, "nquads" if ending == ".nq" else "trig")
    (tmp_path / f"theirs{ending}").write_bytes(content)
    with kg.store.open(tmp_path / "store") as ours:
        filled(ours)
        decide(ours, [(2, "accept"), (3, "reject"), (2, "undo")], "佐藤")
        wanted |= log(ours)
    told: dict[str, Any] = {"articles": len(REPORTS), "judgements": 2, "conflicts": []}
    if way == "page":
        from iibun.web import answers

        with kg.store.open(tmp_path / "store") as ours:
            answers.use_store(ours)
            done = inout.load(f"theirs{ending}", content)
            assert {"articles": len(done.articles), "judgements": done.judgements, "conflicts": done.conflicts} == told
    else:
        more = ["--bulk"] if way == "bulk" else []
        command = ["load", str(tmp_path / f"theirs{ending}"), "--store", str(tmp_path / "store"), "--format", "json"]
        assert main([*command, *more]) == 0
        said = json.loads(capsys.readouterr().out)
        told["articles"] *= way != "bulk"  # they are added as they are, whatever they be
        assert {k: said[k] for k in told} == told and not said["failed"]
    with kg.store.open(tmp_path / "store") as ours:
        assert log(ours) == wanted
        before = state(ours)
        judgements.rebuild(ours)
        assert state(ours) == before, "what it amounts to was derived of both logs"


@pytest.mark.parametrize("ending", [".nq", ".nq.gz", ".trig"])
def test_a_judgement_that_differs_is_told_and_the_one_here_stays(
    ending: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = str(tmp_path / "store")
    with kg.store.open(store) as ours:
        filled(ours)
        decide(ours, [(0, "reject"), (1, "accept")], "佐藤")
        before, (first, _) = log(ours), entries(ours)
        content = exported(ours, "trig" if ending == ".trig" else "nquads")
    changed = content.decode().replace("理由", "別の理由", 1).encode()
    assert changed != content
    path = tmp_path / f"theirs{ending}"
    path.write_bytes(gzip.compress(changed) if ending.endswith("gz") else changed)
    assert main(["load", str(path), "--store", store]) == 1
    said = capsys.readouterr().err
    differs = [j for j in before if "理由" in j]
    assert said.count("is here with another content") == 1 and first.iri[:20] in said
    with kg.store.open(store) as ours:
        assert log(ours) == before and differs
        from iibun.web import answers

        answers.use_store(ours)
        done = inout.load("theirs.trig", changed) if ending == ".trig" else inout.load("theirs.nq", changed)
        assert len(done.conflicts) == 1 and log(ours) == before


def test_an_order_of_lines_is_no_order_of_graphs() -> None:
    theirs = filled(kg.store.memory())
    decide(theirs, [(0, "reject")], "田中")
    lines = exported(theirs, "nquads").splitlines()
    random.Random(1).shuffle(lines)
    ours = kg.store.memory()
    done = merge(ours, [Source.bytes("x.nq", b"\n".join(lines))])
    assert len(done.articles) == len(REPORTS)
    assert {str(q) for q in ours.quads()} == {str(q) for q in theirs.quads()}


@pytest.mark.parametrize("cut", ["plain", "packed", "flipped"])
def test_a_file_that_is_cut_short_changes_nothing(cut: str) -> None:
    ours = filled(kg.store.memory(), REPORTS[:1])
    decide(ours, [(0, "reject")], "佐藤")
    before = {str(q) for q in ours.quads()}
    content = exported(filled(kg.store.memory()), "nquads")
    packed = gzip.compress(content)
    middle = len(packed) // 2
    name, broken = {
        "plain": ("x.nq", content[:-20]),
        "packed": ("x.nq.gz", packed[:middle]),
        "flipped": ("x.nq.gz", packed[:middle] + bytes([packed[middle] ^ 64]) + packed[middle + 1 :]),
    }[cut]
    done = merge(ours, [Source.bytes(name, broken)])
    assert len(done.failed) == 1 and name in done.failed[0] and not done.articles
    assert {str(q) for q in ours.quads()} == before


def test_links_that_come_along_are_taken_only_where_they_are_all(tmp_path: Path) -> None:
    """Links of an export know nothing of the articles that are here already."""
    (tmp_path / "theirs.nq").write_bytes(exported(filled(kg.store.memory(), REPORTS[1:]), "nquads"))
    alone = filled(kg.store.memory())
    with kg.store.open(tmp_path / "store") as ours:
        filled(ours, REPORTS[:1])
    assert main(["load", str(tmp_path / "theirs.nq"), "--store", str(tmp_path / "store")]) == 0
    with kg.store.open(tmp_path / "store") as ours:
        found = {r["l"] for r in ours.select("SELECT ?l { GRAPH ?g { ?l a iib:Link } }")}
        assert found == {r["l"] for r in alone.select("SELECT ?l { GRAPH ?g { ?l a iib:Link } }")}


def test_large_files_are_put_in_order_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    from kg import merging

    theirs, ours = filled(kg.store.memory()), kg.store.memory()
    monkeypatch.setattr(merging, "_SMALL", 50)
    assert len(merge(ours, [Source.bytes("x.nq", exported(theirs, "nquads"))]).articles) == len(REPORTS)
    assert {str(q) for q in ours.quads()} == {str(q) for q in theirs.quads()}


def test_triples_without_a_graph_are_added(tmp_path: Path) -> None:
    store = kg.store.memory()
    dump = tmp_path / "d.ttl"
    dump.write_text("@prefix x: <urn:x:> . x:s x:p [ x:q 1 ], '言' .", "utf-8")
    assert merge(store, [Source.file(dump)], graph="urn:x:loaded").quads == 3
    assert len(list(store.quads("urn:x:loaded"))) == 3
    assert not any(isinstance(t, ox.BlankNode) for q in store.quads() for t in (q.subject, q.object))
    dump.write_text("@prefix x: <urn:x:> . x:s x:p", "utf-8")
    assert "not valid Turtle" in merge(store, [Source.file(dump)]).failed[0]


@pytest.mark.parametrize("format", ["turtle", "ntriples"])
def test_an_export_without_graphs_that_comes_back_adds_nothing(format: str, tmp_path: Path) -> None:
    article = rdf.article_iri(REPORTS[0].article)
    file = tmp_path / f"all.{'ttl' if format == 'turtle' else 'nt'}"
    with kg.store.open(tmp_path / "store") as s:
        decide(filled(s), [(0, "accept"), (1, "edit")], "佐藤")
        before = s.graphs()
        assert main(["export", str(file), "--store", str(tmp_path / "store")]) == 0
        assert main(["load", str(file), "--store", str(tmp_path / "store")]) == 0
        assert s.graphs() == before
        assert main(["delete", article, "--store", str(tmp_path / "store")]) == 0
        assert not s.select("SELECT ?p { $a ?p ?o }", a=kg.store.iri(article)) and not s.faults()


@pytest.mark.parametrize("name", ["ffffffffffffff" + "0" * 16, "efffffffffffff" + "f" * 16, "zz", "1", "0007"])
def test_no_entry_of_a_file_makes_what_is_decided_later_lose(name: str) -> None:
    theirs = filled(EmbeddedStore())
    claim = theirs.select("SELECT ?c { GRAPH ?g { ?c a schema:Claim } } ORDER BY ?c LIMIT 1")[0]["c"]
    entry = judgements.judge(theirs, claim, "edit", author="佐藤", changes={"title": "前"})
    log = rdf_log(theirs).replace(entry.encode(), f"urn:iibun:judgement:{name}".encode())
    ours = filled(EmbeddedStore())
    assert len(merge(ours, [Source.bytes("theirs.nq", log)]).failed) == (name != "0007")
    judgements.judge(ours, claim, "edit", author="鈴木", changes={"title": "後"})
    assert entries(ours, subjects=[claim])[-1].one("correctedTitle") == "後"
    others = filled(EmbeddedStore())
    assert not merge(others, [Source.bytes("ours.nq", rdf_log(ours))]).failed, "what follows it is taken elsewhere"


LEFTOVER = "<{}> <http://www.w3.org/ns/prov#invalidatedAtTime> \"2026-01-01T00:00:00Z\"^^<http://www.w3.org/2001/XMLSchema#dateTime> <urn:iibun:graph:leftovers> .\n"  # fmt: skip


@pytest.mark.parametrize("bulk", [False, True])
def test_no_file_says_what_is_to_be_cleared(bulk: bool) -> None:
    store = filled(kg.store.memory())
    decide(store, [(0, "accept"), (0, "merge")], "佐藤")
    before = log(store), state(store)
    forged = "".join(map(LEFTOVER.format, (JUDGEMENTS_GRAPH, CURRENT_GRAPH))).encode()
    merge(store, [Source.bytes("theirs.nq", forged)], bulk=bulk)
    articles.sweep(store)
    assert (log(store), state(store)) == before
    store.update(f"INSERT DATA {{ GRAPH <{LEFTOVERS_GRAPH}> {{ <{JUDGEMENTS_GRAPH}> prov:invalidatedAtTime 1 }} }}")
    articles.sweep(store)
    assert log(store) == before[0], "whoever wrote the list"


def test_values_are_compared_as_the_store_writes_them() -> None:
    store: EmbeddedStore = kg.store.memory()
    line = (
        "<urn:iibun:judgement:1> <urn:iibun:ns#probability> "
        '"{}"^^<http://www.w3.org/2001/XMLSchema#decimal> <urn:iibun:graph:judgements> .\n'
    )
    for text, conflicts in (("0.90", []), ("0.9", []), ("0.8", ["urn:iibun:judgement:1"])):
        assert merge(store, [Source.bytes("x.nq", line.format(text).encode())]).conflicts == conflicts
    assert len(list(store.quads())) == 1

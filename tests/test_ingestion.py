"""The one writer: nothing twice, copies and versions recognised."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import kg.store
from iibun.ingestion import Writer, changes
from ingest.duplicates import Index, bands, canonical, likeness, new_evidence, signature
from kg.model import Article, Claim, Entity, Extent, Figure, Mention, Report

BODY = (
    "架空電機は2日、量子部門を分社化すると発表した。新会社には約300億円を投じる方針だ。"
    "証券アナリストは需要が立ち上がるかどうかは不透明だと指摘する。新会社の従業員は当初120人で、段階的に増やす計画だという。"
    "港湾市は海水淡水化の実験施設を岸壁に設けると発表した。費用は市が半分を負担する。"
)
CLAIM = "量子部門を分社化する"


def report(text: str = BODY, url: str | None = "https://a.example/1", **article: object) -> Report:
    at = text.index(CLAIM)
    company = text.index("架空電機")
    return Report(
        article=Article(text, title="分社化へ", url=url, published=date(2026, 4, 2), **article),  # type: ignore[arg-type]
        entities=(Entity("e1", "Organization", "架空電機"),),
        mentions=(Mention(Extent(company, company + 4), "e1"),),
        claims=(Claim("c1", Extent(at, at + len(CLAIM)), sources=("e1",), modality="intended"),),
        extractor="iibun test",
    )


@pytest.fixture
def store() -> kg.store.Store:
    return kg.store.memory()


def count(store: kg.store.Store, kind: str) -> int:
    return int(store.select(f"SELECT (COUNT(DISTINCT ?x) AS ?n) WHERE {{ GRAPH ?g {{ ?x a {kind} }} }}")[0]["n"])


def test_twice_is_once(store: kg.store.Store) -> None:
    writer = Writer(store)
    assert writer.write(report()).fate == "new"
    before = sorted(map(str, store.quads()))
    assert writer.is_done(report().article, "iibun test")
    assert not writer.is_done(report().article, "iibun later")
    assert not writer.is_done(replace(report().article, published=date(2026, 4, 3)), "iibun test")
    assert writer.write(report()).fate == "updated"
    assert sorted(map(str, store.quads())) == before


def test_the_same_text_from_another_address_is_a_copy_and_no_new_evidence(store: kg.store.Store) -> None:
    writer = Writer(store)
    first = writer.write(report())
    second = writer.write(report(url="https://b.example/9"))
    assert (second.fate, second.of) == ("copy", first.article)
    assert count(store, "schema:NewsArticle") == 2 and count(store, "schema:Claim") == 1
    assert writer.is_done(report(url="https://b.example/9").article, "iibun test")
    assert writer.write(report()).fate == "updated"  # the first goes on bearing the evidence
    assert count(store, "schema:Claim") == 1
    store.delete(first.article)  # then the copy does
    again = report(url="https://b.example/9")
    assert not writer.is_done(again.article, "iibun test") and writer.write(again).of is None
    assert count(store, "schema:Claim") == 1


def test_a_near_copy_adds_only_what_is_new(store: kg.store.Store) -> None:
    writer = Writer(store)
    first = writer.write(report())
    addition = "東雲社長は上場も検討すると述べた。"
    text = BODY + addition
    new = report(text, url="https://b.example/9")
    at = text.index("上場も検討する")
    new = replace(new, claims=(*new.claims, Claim("c2", Extent(at, at + 7), sources=("e1",))))
    written = writer.write(new)
    assert (written.fate, written.of) == ("near-copy", first.article)
    texts = [
        r["t"] for r in store.select("SELECT ?t WHERE { GRAPH ?g { ?c a schema:Claim ; schema:text ?t } } ORDER BY ?t")
    ]
    assert texts == ["上場も検討する", CLAIM]


def test_an_index_read_from_the_store_finds_near_copies(store: kg.store.Store) -> None:
    Writer(store).write(report())
    assert Writer(store).write(report(BODY + "以上。", url="https://b.example/9")).fate == "near-copy"
    assert Writer(store, near=False).write(report(BODY + "おわり。", url="https://c.example/9")).fate == "new"


def test_a_correction_replaces_the_text_and_keeps_the_former_as_a_version(store: kg.store.Store) -> None:
    writer = Writer(store)
    writer.write(report())
    corrected = BODY.replace("300億円", "250億円")
    written = writer.write(report(corrected))
    assert written.fate == "updated"
    writer.write(report(corrected.replace("120人", "130人")))
    assert [v.text for v in writer.versions(written.article)] == [BODY, corrected]
    held = writer.article(written.article)
    assert held and "130人" in held.text and held.published == date(2026, 4, 2)
    assert count(store, "schema:NewsArticle") == 1
    store.delete(written.article)
    assert not list(store.quads())  # deleting the article leaves nothing of it


def test_changes_of_a_new_reading(store: kg.store.Store) -> None:
    writer = Writer(store)
    first = report()
    writer.write(first)
    assert changes(store, first) == []
    other = replace(first, claims=(Claim("c1", Extent(0, 4), sources=("e1",)),))
    assert [c.change for c in changes(store, other)] == ["appears", "disappears"]
    moved = report("速報。" + BODY)
    assert [(c.change, c.before, c.after) for c in changes(store, moved)] == [
        ("moves", (BODY.index(CLAIM), BODY.index(CLAIM) + 10), (BODY.index(CLAIM) + 3, BODY.index(CLAIM) + 13))
    ]


def test_articles_come_in_pages(store: kg.store.Store) -> None:
    writer = Writer(store, near=False)
    for n in range(7):
        writer.write(report(BODY + "。" * n + str(n), url=f"https://a.example/{n}"))
    assert len(list(writer.articles())) == 7


@pytest.mark.parametrize(
    ("url", "known"),
    [
        ("HTTP://Example.JP:80/A?utm_source=x&b=2#c", "http://example.jp/A?b=2"),
        ("https://example.jp", "https://example.jp/"),
        ("https://日本語.example/記事?題=一", "https://xn--wgv71a119e.example/%E8%A8%98%E4%BA%8B?%E9%A1%8C=%E4%B8%80"),
        ("https://example.jp/%E8%A8%98", "https://example.jp/%E8%A8%98"),
        ("ftp://example.jp/", None), ("not a url", None), ("https://[broken/", None), ("javascript:alert(1)", None),
        ("https://a b/", None), ("https://x.example/\u202e\x1b", "https://x.example/"),
    ],
)  # fmt: skip
def test_canonical_addresses(url: str, known: str | None) -> None:
    assert canonical(url) == known
    if known:
        assert canonical(known) == known


def test_signatures_find_what_is_alike_and_not_what_is_not() -> None:
    other = (
        "気象庁は5日、関東の梅雨入りを発表した。平年より3日早い。専門家は、土砂災害への警戒が必要だと述べている。" * 2
    )
    index = Index()
    index.add("a", signature(BODY))
    assert index.near(signature(BODY + "以上。")) == ["a"] and index.near(signature(other)) == []
    assert likeness(BODY, BODY) == 1 and likeness(BODY, other) < 0.05 and likeness("", "") == 0
    assert set(bands(signature(BODY))) & set(bands(signature(BODY + "以上。")))


def test_new_evidence_renumbers_figures() -> None:
    text = BODY + "売上高は50億円になる見通しだ。"
    at, old = text.index("50億円"), text.index("約300億円")
    figures = (Figure(Extent(old, old + 6), "money", 3e10, "JPY"), Figure(Extent(at, at + 4), "money", 5e9, "JPY"))
    claims = (Claim("c1", Extent(0, 5), figures=(0,)), Claim("c2", Extent(at, at + 4), figures=(0, 1)))
    kept = new_evidence(Report(Article(text), figures=figures, claims=claims), BODY)
    assert [c.id for c in kept.claims] == ["c2"] and kept.claims[0].figures == (0,) and kept.figures == (figures[1],)


def test_a_killed_run_leaves_its_linking_to_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from iibun import linker
    from kg.tracking import current, links

    done: list[str] = []
    monkeypatch.setattr(linker, "_EACH", 2)
    monkeypatch.setattr(links, "link_new", lambda store, article: done.append(article))
    monkeypatch.setattr(links, "link_all", lambda store: done.append("all"))
    monkeypatch.setattr(current, "rebuild", lambda store: None)
    store = kg.store.memory()
    killed = linker.Linker(store, tmp_path)
    for n in range(4):
        killed.expect(f"urn:iibun:article:{n}")
        killed.add(f"urn:iibun:article:{n}")
    assert done == ["urn:iibun:article:0", "urn:iibun:article:1"]  # here it is killed
    linker.Linker(store, tmp_path).finish()
    assert done[-1] == "all"
    linker.Linker(store, tmp_path).finish()
    assert done.count("all") == 1

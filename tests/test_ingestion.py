"""The one writer: nothing twice, copies and versions recognised."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import kg.store
from iibun.archive.inflow import Inflow
from iibun.archive.linker import Linker
from iibun.archive.reread import changes
from iibun.archive.writer import NotWritten, Writer
from iibun.cli.tally import Tally
from ingest.duplicates import Index, bands, canonical, likeness, new_evidence, signature
from kg.model import Article, Claim, Entity, Extent, Figure, Mention, Report
from kg.rdf import article_iri

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


def test_what_has_many_copies_is_still_found(store: kg.store.Store) -> None:
    made = sorted((report(url=f"https://{n}.example/") for n in range(14)), key=lambda r: article_iri(r.article))
    writer = Writer(store, near=False)
    fates = [writer.write(r).fate for r in reversed(made)]  # so that the copies come before it, by name
    assert fates == ["new", *["copy"] * 13]
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


OTHER = "気象庁は5日、関東の梅雨入りを発表した。架空電機は量子部門を分社化する計画を平年より3日早く示した。" * 3
B, C = "https://b.example/9", "https://c.example/9"
GROUPS = {
    "different articles": [(BODY, None, "new"), (OTHER, B, "new")],
    "the same article twice": [(BODY, None, "new"), (BODY, None, "updated")],
    "a copy": [(BODY, None, "new"), (BODY, B, "copy"), (BODY, C, "copy")],
    "a near copy": [(BODY, None, "new"), (BODY + "以上。", B, "near-copy"), (BODY + "以上。", C, "near-copy")],
    "a correction": [(BODY, None, "new"), (BODY.replace("300", "250"), None, "updated"), (BODY, None, "updated")],
    "a copy of what is corrected": [(BODY, None, "new"), (OTHER, None, "updated"), (BODY, B, "new")],
    "a copy that becomes another": [(BODY, None, "new"), (BODY, B, "copy"), (OTHER, B, "updated")],
}  # fmt: skip


@pytest.mark.parametrize("name", GROUPS)
def test_a_group_gives_what_its_articles_give_one_by_one(store: kg.store.Store, name: str) -> None:
    reports = [report(text, url=url or "https://a.example/1") for text, url, _ in GROUPS[name]]
    alone, apart = Writer(store), [fate for _, _, fate in GROUPS[name]]
    first = [alone.write(r) for r in reports]
    assert [w.fate for w in first] == apart
    for size in (2, 100):
        with kg.store.memory() as other:
            writer = Writer(other, group=size)
            done = [w for r in reports for w in writer.queue(r)] + writer.flush()
            assert done == first and writer.flush() == []
            assert _undated(other) == _undated(store)


def _undated(store: kg.store.Store) -> set[str]:
    return {str(q) for q in store.quads() if not q.predicate.value.endswith("invalidatedAtTime")}


class Recorded(kg.store.EmbeddedStore):
    """A store in memory that tells in which order it was written and flushed, and fails where it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.log: list[str] = []
        self.refused = ""

    def replace(self, graph: str, quads: object, *, flush: bool = True) -> bool:
        self.log.append("links" if ":links:" in graph else "article")
        if graph == self.refused:
            raise kg.store.StoreError("The disk is full.")
        done = super().replace(graph, quads, flush=flush)  # type: ignore[arg-type]
        self.log += ["flush"] if flush else []
        return done

    def flush(self) -> None:
        self.log.append("flush")
        if self.refused == "flush":
            raise kg.store.StoreError("The disk is full.")
        super().flush()


def different(count: int) -> list[Report]:
    return [report(f"{n}番目。" * 40 + f"{CLAIM}架空電機", url=f"https://a.example/{n}") for n in range(count)]


def pour(store: kg.store.Store, folder: Path, tally: Tally, reports: Iterable[Report]) -> None:
    with Inflow(Writer(store, near=False), Linker(store, folder), lambda written, _: tally.add(written)) as inflow:
        for one in reports:
            inflow.add(one)


def test_a_group_is_flushed_when_it_is_full_or_has_waited(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Recorded()
    writer = Writer(store, near=False, group=3)
    assert [len(writer.queue(r)) for r in different(7)] == [0, 0, 3, 0, 0, 3, 0]
    assert store.log == ["article"] * 3 + ["flush"] + ["article"] * 3 + ["flush", "article"]
    monkeypatch.setattr("iibun.archive.writer.PATIENCE", 0.0)
    assert len(writer.queue(different(8)[-1])) == 2


def test_counted_and_linked_is_what_is_on_disk_in_order(tmp_path: Path) -> None:
    store, tally = Recorded(), Tally()
    with Inflow(
        Writer(store, near=False, group=2), Linker(store, tmp_path), lambda written, _: tally.add(written)
    ) as inflow:
        for n, one in enumerate(different(3)):
            inflow.add(one)
            assert tally.fates.get("new", 0) == (0, 2, 2)[n]
            assert (tmp_path / "links-pending").exists() == (n != 1)
    assert tally.fates == {"new": 3} and not (tmp_path / "links-pending").exists()
    whole = ["article", "article", "flush", "links", "links", "flush"]
    assert [x for x in store.log if x] == [*whole, "article", "flush", "links", "flush"]


def test_an_article_that_cannot_be_written_is_named_and_those_before_it_stay(tmp_path: Path) -> None:
    store, tally = Recorded(), Tally()
    reports = different(4)
    store.refused = Writer(kg.store.memory()).write(reports[2]).article
    with pytest.raises(NotWritten, match=r"https://a.example/2 could not be written. The disk is full."):
        pour(store, tmp_path, tally, reports)
    assert tally.fates == {"new": 2} and count(store, "schema:NewsArticle") == 2


def test_what_cannot_be_flushed_is_not_acknowledged() -> None:
    store = Recorded()
    writer = Writer(store, near=False, group=2)
    first, second, third = different(3)
    assert writer.queue(first) == []
    store.refused = "flush"
    with pytest.raises(
        NotWritten, match=r"The last 2 articles, urn:iibun:article:\w+ the first, are not safely on disk"
    ):
        writer.queue(second)
    store.refused = ""
    assert len(writer.queue(third)) == 3


def interrupted() -> Iterator[Report]:
    yield from different(2)
    raise KeyboardInterrupt


def test_an_interrupted_group_is_linked_by_the_next_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from kg.tracking import links

    store, tally = Recorded(), Tally()
    with pytest.raises(KeyboardInterrupt):
        pour(store, tmp_path, tally, interrupted())
    assert tally.fates == {} and count(store, "schema:NewsArticle") == 2
    done: list[str] = []
    monkeypatch.setattr(links, "link_claims", lambda store, article, flush: done.append(article))
    Linker(store, tmp_path)
    assert len(done) == 2 and not (tmp_path / "links-pending").exists()


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
    from iibun.archive import linker
    from kg.tracking import current, links

    done: list[str] = []
    monkeypatch.setattr(linker, "_EACH", 2)
    monkeypatch.setattr(links, "link_claims", lambda store, article, flush: done.append(article))
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

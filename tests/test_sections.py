"""A long article in sections: nothing is lost or found twice, offsets are the article's, one name is one thing."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace

import pytest

from ingest import batch
from ingest.batch import Outcome, extract_many
from ingest.clean import clean
from ingest.read import Failure
from ingest.sections import SIZE, Section, joined, sections
from kg.model import Article, Claim, Entity, Extent, Figure, Mention, Relation, Report
from tests.kg_samples import at

SENTENCES = (
    "架空電機の東雲明社長は{n}日、量子部門を分社化すると発表した。「来年は{n}倍になる。\nそうなるはずだ」と述べた。\n"
)
LONG = "".join(SENTENCES.format(n=n) for n in range(700))


@pytest.mark.parametrize(
    "text", [LONG, LONG.replace("\n", ""), "あ" * 40_000, "\n" * 30_000, "「" * 30_000, LONG[:SIZE], ""]
)
def test_sections_cover_a_text_and_are_cut_between_its_sentences(text: str) -> None:
    found = sections(text)
    assert "".join(s.extent.of(text) for s in found) == text
    assert all(s.lead <= s.extent.start and s.extent.end - s.lead <= SIZE for s in found)  # so none is cut again
    ends = {0, *(e.end for e in clean(text).sentences)}
    assert all(s.extent.start in ends and s.lead in ends for s in found)
    assert len(found) == 1 if len(text) <= SIZE else len(found) <= len(text) // 8000 + 1


FIRST, SECOND, THIRD = (
    "水野恵子社長は120億円を投じると述べた。",
    "青葉電機を率いる。",
    "水野氏は「30億円増える」とみる。",
)
TEXT = FIRST + SECOND + THIRD


def _first() -> Report:
    text = FIRST + SECOND
    return Report(
        Article(text),
        entities=(Entity("e1", "Person", "水野恵子"), Entity("e2", "Organization", "青葉電機")),
        mentions=(Mention(at("水野恵子", text), "e1"), Mention(at("青葉電機", text), "e2")),
        figures=(Figure(at("120億円", text), "money", 1.2e10, "JPY"),),
        relations=(Relation("e1", "holdsPosition", "e2", at(SECOND, text)),),
        claims=(Claim("c1", at("120億円を投じる", text), sources=("e1",), figures=(0,)),),
    )


def _second() -> Report:
    """Read with the sentence before, where the company is found again."""
    text = SECOND + THIRD
    return Report(
        Article(text),
        entities=(Entity("e1", "Organization", "青葉電機"), Entity("e2", "Person", "水野")),
        mentions=(Mention(at("青葉電機", text), "e1"), Mention(at("水野", text), "e2")),
        figures=(Figure(at("30億円", text), "money", 3e9, "JPY"),),
        claims=(
            Claim("c1", at("青葉電機を率いる", text)),
            Claim(
                "c2", at("30億円増える", text), sources=("e2",), about=("e1",), figures=(0,),
                quotes=(at("「30億円増える」", text),),
            ),
        ),
        dropped=("not read: 1 passage", "mention at 90–95: outside"),
    )  # fmt: skip


def test_reports_of_sections_are_joined() -> None:
    start = len(FIRST + SECOND)
    parts = [Section(0, Extent(0, start)), Section(len(FIRST), Extent(start, len(TEXT)))]
    whole = joined(Article(TEXT, title="題"), parts, [_first(), _second()])
    assert whole.article.title == "題"
    assert [(e.id, e.label, e.aliases) for e in whole.entities] == [
        ("e1", "水野恵子", ("水野",)),
        ("e2", "青葉電機", ()),
    ]
    assert [(m.extent.of(TEXT), m.entity) for m in whole.mentions] == [
        ("水野恵子", "e1"),
        ("青葉電機", "e2"),
        ("水野", "e1"),
    ]
    assert [(c.id, c.content.of(TEXT), c.sources) for c in whole.claims] == [
        ("c1", "120億円を投じる", ("e1",)), ("c2", "30億円増える", ("e1",)),
    ]  # fmt: skip
    last = whole.claims[-1]
    assert last.about == ("e2",) and last.quotes[0].of(TEXT) == "「30億円増える」"
    assert [whole.figures[i].extent.of(TEXT) for i in last.figures] == ["30億円"]
    assert len(whole.relations) == 1 and whole.dropped == ("in section 2: mention at 90–95: outside",)


def test_one_section_is_the_report_itself() -> None:
    report = _first()
    assert joined(report.article, sections(report.article.text), [report]) is report


def _stand_in(group: list[Article]) -> list[Outcome]:
    """Stands for the pipeline: what a text names, and fails on one word."""
    found = []
    for article in group:
        bad = "壊" in article.text
        mentions = tuple(
            Mention(Extent(i, i + 3), "e1") for i in range(len(article.text)) if article.text.startswith("東雲明", i)
        )
        report = Report(article, entities=(Entity("e1", "Person", "東雲明"),) if mentions else (), mentions=mentions)
        found.append(Outcome(article, None if bad else report, f"{article.source}: broken" if bad else None))
    return found


def test_a_long_article_is_read_in_sections_among_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "extract_chunk", _stand_in)
    articles = [
        Article("東雲明。", source="a"),
        Article(LONG, source="long"),
        Article(LONG + "壊", source="bad"),
        Article("b", source="b"),
    ]
    read: list[int] = []
    failures: list[Failure] = []
    found = list(extract_many(articles, on_read=read.append, on_failure=failures.append))
    assert [r.article for r in found] == [articles[0], articles[1], articles[3]]
    assert [str(f.error) for f in failures] == ["bad: broken"]
    assert sum(read) == sum(len(a.text) for a in articles) and max(read) <= SIZE
    long = found[1]
    assert len(long.mentions) == 700 and len(long.entities) == 1
    assert all(m.extent.of(LONG) == "東雲明" for m in long.mentions)
    assert replace(long, entities=(), mentions=()) == Report(articles[1])


def test_a_very_long_text_is_shared_by_two_processes_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def workers(groups: Iterator[list[Article]], jobs: int) -> Generator[Outcome, None, None]:
        asked.append(jobs)
        yield from (outcome for group in groups for outcome in _stand_in(group))

    monkeypatch.setattr(batch, "extract_chunk", _stand_in)
    monkeypatch.setattr(batch, "_in_workers", workers)
    monkeypatch.setattr(batch.os, "cpu_count", lambda: 2)
    articles = [Article("東雲明。"), Article("長い。" * 40_000), Article("短い。")]
    assert [r.article for r in extract_many(articles)] == articles and asked == [2]
    assert [r.article for r in extract_many(articles, 1)] == articles and asked == [2]

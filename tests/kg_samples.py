"""A hand-made report that has one of everything, and variations of it; our own writing."""

from __future__ import annotations

from datetime import date

from kg.model import (
    Article,
    Claim,
    DateExpression,
    Entity,
    Extent,
    Figure,
    Interval,
    Mention,
    Prediction,
    Relation,
    Report,
)  # fmt: skip

TEXT = (
    "青葉電機は、2027年までに新工場を稼働させると発表した。同社の売上高は約120億円だった。\n"
    '水野恵子社長は「需要は"必ず"戻る」と述べた。青葉電機はベータ社の株式27%を保有する。\n[続きを読む]'
)


def at(words: str, text: str = TEXT, nth: int = 0) -> Extent:
    """The extent of the nth occurrence of some words."""
    start = -1
    for _ in range(nth + 1):
        start = text.index(words, start + 1)
    return Extent(start, start + len(words))


def report(n: int = 0, text: str = TEXT, *, url: str | None = "") -> Report:
    """One of everything; ``n`` tells one article from another."""
    if url == "":
        url = f"https://example.com/news/{n}?a=1&b=<>" if n == 13 else f"https://example.com/news/{n}"
    return Report(
        Article(
            text, title=f"青葉電機、新工場へ {n}", url=url, published=date(2025, 11, 3), publisher="架空経済新聞",
            source="samples", media_type="text/plain", illustration=True,
        ),
        entities=(
            Entity("e1", "Organization", "青葉電機", ("青葉",), ("http://www.wikidata.org/entity/Q99999901",), ("alias table",)),
            Entity("e2", "Person", "水野恵子"),
            Entity("e3", "Organization", "ベータ社"),
        ),
        mentions=(
            Mention(at("青葉電機", text), "e1"), Mention(at("同社", text), "e1", True, ("nearest organization",)),
            Mention(at("水野恵子", text), "e2"), Mention(at("ベータ社", text), "e3"),
        ),
        figures=(
            Figure(at("約120億円", text), "money", 1.2e10, "JPY", "~", ("e1",), "売上高"),
            Figure(at("27%", text), "percent", 27, "%", "=", ("e1",), "株式の保有"),
        ),
        dates=(DateExpression(at("2027年までに", text), Interval(None, date(2027, 12, 31)), "year", True),),
        relations=(
            Relation("e2", "holdsPosition", "e1", at("水野恵子社長は", text), {"title": "社長"}),
            Relation("e1", "ownsStakeIn", "e3", at("青葉電機はベータ社の株式27%を保有する", text), {"share": "27%"}),
        ),
        claims=(
            Claim(
                "c1", at("2027年までに新工場を稼働させる", text), sources=("e1",), source_extent=at("青葉電機", text),
                cue=at("発表した", text), modality="intended", about=("e1",), topics=("設備投資",), confidence=0.87,
                prediction=Prediction(
                    Interval(None, date(2027, 12, 31)), "2027年までに", at("2027年までに", text),
                    criterion="2027年末までに新工場が稼働している",
                ),
                title="青葉電機は2027年までに新工場を稼働させる", reasons=("cue 発表した",),
            ),
            Claim(
                "c2", at('需要は"必ず"戻る', text), sources=("e2",), cue=at("述べた", text), speech="direct",
                quotes=(at('需要は"必ず"戻る', text),), title="需要は必ず戻る", confidence=1.0, figures=(0,),
            ),
        ),
        furniture=(at("[続きを読む]", text),),
        extractor="iibun test",
    )  # fmt: skip

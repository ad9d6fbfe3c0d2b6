"""Made-up articles as a filled store: ``python benchmarks/make_articles.py FOLDER --articles 5000``.

What the page is looked at and timed with: names of organizations and products from ``data/gazetteer.jsonl`` with their
other spellings, invented people, every modality, denials, predictions that are settled, overdue and far off,
relations, figures, links between claims, verdicts, corrections, probabilities. About 720 quads an article. The
sentences are templates: nothing here was said by anyone.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import kg.store
from kg import data, queries
from kg.model import (
    Article,
    Claim,
    DateExpression,
    Entity,
    Extent,
    Figure,
    Interval,
    Mention,
    Modality,
    Predicate,
    Prediction,
    Relation,
    Report,
)
from kg.rdf import quads
from kg.tracking import judgements, links, verdicts

SURNAMES = [
    "三条",
    "朝比奈",
    "真鍋",
    "久世",
    "白鳥",
    "氷室",
    "汐見",
    "鳴海",
    "柏木",
    "瀬尾",
    "朝倉",
    "佐伯",
    "高梨",
    "檜山",
    "鷲尾",
    "水城",
    "綾瀬",
    "城戸",
    "諏訪",
    "日下部",
]
GIVEN = [
    "望",
    "玲奈",
    "亮",
    "香織",
    "俊介",
    "ジュリア",
    "美和",
    "直樹",
    "千尋",
    "大地",
    "遥",
    "健吾",
    "紗英",
    "誠",
    "理恵",
    "光",
    "梓",
    "隼人",
    "琴音",
    "徹",
]
PAPERS = [
    "架空新報",
    "虚構タイムズ",
    "東都経済",
    "検証ジャーナル",
    "みなと産業新報",
    "北辰通信",
    "山並日報",
    "明星ビジネス",
]
MEASURES = [
    "売上高",
    "営業利益",
    "純利益",
    "投資額",
    "従業員数",
    "利用者数",
    "販売台数",
    "出荷量",
    "研究開発費",
    "契約件数",
    "店舗数",
]
THINGS = [
    "新工場",
    "物流拠点",
    "研究所",
    "配信サービス",
    "電気自動車",
    "人工衛星",
    "決済アプリ",
    "新薬",
    "半導体",
    "発電所",
    "データ拠点",
]
PLANS = [
    "稼働させる",
    "開業する",
    "発売する",
    "完成させる",
    "公開する",
    "移転する",
    "着工する",
    "閉鎖する",
    "増設する",
    "売却する",
]
PLACES = [
    "札幌市",
    "仙台市",
    "新潟市",
    "金沢市",
    "浜松市",
    "岡山市",
    "高松市",
    "熊本市",
    "那覇市",
    "長野市",
    "水戸市",
    "大分市",
]
STATES = (
    "需要は底を打った", "供給の遅れは解消した", "顧客への影響は小さい", "人材の確保が最大の課題だ", "価格競争が激しくなっている",
    "市場の見方は割れている", "計画は予定どおり進んでいる", "海外での引き合いが増えている",
)  # fmt: skip
ENDINGS: tuple[tuple[Modality, str, str], ...] = (
    ("asserted", "", "と述べた"), ("asserted", "", "と説明した"), ("probable", "見通しだ", "との見方を示した"),
    ("possible", "可能性がある", "と指摘した"), ("hoped", "ことを期待する", "と語った"), ("intended", "方針だ", "と発表した"),
    ("required", "必要がある", "と強調した"), ("questioned", "かは疑わしい", "と疑問を呈した"),
)  # fmt: skip
PREDICATES: tuple[tuple[Predicate, str], ...] = (
    ("partnersWith", "{0}と{1}は提携している。"), ("investsIn", "{0}は{1}に出資した。"), ("competesWith", "{0}は{1}と競合する。"),
    ("suppliesTo", "{0}は{1}に部品を供給している。"), ("acquires", "{0}は{1}を買収する。"), ("subsidiaryOf", "{0}は{1}の子会社だ。"),
)  # fmt: skip
TODAY = date(2026, 11, 1)


@dataclass
class _Text:
    """A text as it is written, with what stands in it."""

    text: str = ""
    entities: dict[str, Entity] = field(default_factory=dict)
    mentions: list[Mention] = field(default_factory=list)

    def say(self, words: str) -> Extent:
        start = len(self.text)
        self.text += words
        return Extent(start, len(self.text))

    def name(self, entity: Entity, written: str | None = None) -> Extent:
        place = self.say(written or entity.label)
        known = self.entities.setdefault(entity.label, entity)
        self.mentions.append(Mention(place, known.id))
        return place


def names() -> tuple[list[Entity], list[Entity]]:
    """Organizations and products of our own gazetteer, with their other spellings."""
    rows = data.rows("gazetteer.jsonl")

    def of(kind: str) -> list[Entity]:
        return [
            Entity(
                f"{kind[0].lower()}{i}", kind, r["label"], tuple(r.get("aliases") or ()),  # type: ignore[arg-type]
                (f"http://www.wikidata.org/entity/{r['wikidata']}",) if r.get("wikidata") else (), ("gazetteer",),
            )
            for i, r in enumerate(sorted((r for r in rows if r["type"] == kind), key=lambda r: r["label"]))
        ]  # fmt: skip

    return of("Organization"), of("Product")


def story(n: int, organizations: list[Entity], products: list[Entity]) -> Report:
    """One made-up article of seven claims; some companies are in the news far more often than others."""
    rng = random.Random(n)
    published = TODAY - timedelta(days=int(2400 * rng.random() ** 1.5))

    def one(some: list[Entity]) -> Entity:
        return some[int(len(some) * rng.random() ** 2.5)]

    t = _Text()
    main, other = one(organizations), one(organizations)
    seed = random.Random(main.label)
    boss = Entity("p1", "Person", seed.choice(SURNAMES) + seed.choice(GIVEN))
    critic = Entity("p2", "Person", rng.choice(SURNAMES) + rng.choice(GIVEN), (), (), ("name",))
    product = one(products)
    relations: list[Relation] = []
    start = t.name(main).start
    t.say("の")
    t.name(boss)
    end = t.say("社長が会見した。").end
    relations.append(Relation("p1", "holdsPosition", main.id, Extent(start, end), {"title": "社長"}))
    if other.label != main.label:
        predicate, words = rng.choice(PREDICATES)
        first, second = words.split("{0}")[1].split("{1}")
        start = t.name(main).start
        t.say(first)
        t.name(other)
        relations.append(Relation(main.id, predicate, other.id, Extent(start, t.say(second).end)))
    start = t.name(main, main.aliases[0] if main.aliases and rng.random() < 0.3 else None).start
    t.say("は")
    t.name(product)
    relations.append(Relation(main.id, "develops", product.id, Extent(start, t.say("を開発している。\n").end)))
    figures: list[Figure] = []
    dates: list[DateExpression] = []
    claims = [_claim(rng, t, k, main, (boss, critic, main, other)[k % 4], published, figures, dates) for k in range(7)]
    entities = {e.id: e for e in t.entities.values()}
    return Report(
        Article(
            t.text, title=_headline(rng, main.label, claims), url=f"https://news.example/{n}", published=published,
            publisher=rng.choice(PAPERS), illustration=True,
        ),
        tuple(entities.values()), tuple(t.mentions), tuple(figures), tuple(dates), tuple(relations), tuple(claims),
        extractor="made-up articles",
    )  # fmt: skip


def _claim(
    rng: random.Random, t: _Text, k: int, main: Entity, speaker: Entity, published: date, figures: list[Figure],
    dates: list[DateExpression],
) -> Claim:  # fmt: skip
    modality, ending, cue_words = rng.choice(ENDINGS)
    year = published.year + rng.choice((0, 0, 1, 1, 1, 2, 3, 5))
    nameless = rng.random() < 0.1
    source_extent = t.say("関係者") if nameless else t.name(speaker)
    t.say("は、")
    begin, due = len(t.text), None
    numbers: tuple[int, ...] = ()
    kind = rng.random()
    if kind < 0.35:
        due = t.say(f"{year}年末までに")
        t.say(f"{rng.choice(PLACES)}の{rng.choice(THINGS)}を{rng.choice(PLANS)}{ending}")
    elif kind < 0.7:
        t.name(main)
        t.say("の")
        due = t.say(f"{year}年") if modality in ("probable", "possible", "hoped", "intended") else None
        t.say(("の" if due else "昨年の") + (measure := rng.choice(MEASURES)) + "は")
        value = rng.randrange(11, 9900)
        place = t.say(f"{value}億円")
        numbers = (len(figures),)
        figures.append(
            Figure(place, "money", value * 1e8, "JPY", rng.choice(("=", "=", "~", ">=")), (main.id,), measure)
        )
        t.say(("になる" if due else "だった") + ending)
    else:
        t.say(rng.choice(STATES) + ending)
    content = Extent(begin, len(t.text))
    cue = t.say(cue_words)
    t.say("。" if rng.random() < 0.7 else "。\n")
    words = content.of(t.text)
    interval = Interval(None, date(year, 12, 31))
    if due:
        dates.append(DateExpression(due, interval, "year", deadline="まで" in due.of(t.text)))
    return Claim(
        f"c{k}", content, () if nameless else (speaker.id,), "関係者" if nameless else None, source_extent, (), cue,
        modality=modality, polarity="negated" if rng.random() < 0.08 else "affirmed", about=(main.id,), topics=(rng.choice(THINGS),),
        figures=numbers, title=words if kind < 0.35 else f"{words}", confidence=round(0.3 + 0.69 * rng.random() ** 0.5, 2),
        prediction=Prediction(interval, due.of(t.text), due, criterion=f"{year}年末の時点で「{words}」が確かめられる") if due else None,
        reasons=(f"cue {cue_words}", f"ending {ending}" if ending else "plain ending"),
    )  # fmt: skip


def _headline(rng: random.Random, main: str, claims: list[Claim]) -> str:
    return f"{main}、{rng.choice([c.title for c in claims])[:28]}　{rng.choice(('会見で', '関係者が明かす', '市場に波紋', '詳報'))}"


def reports(articles: int) -> Iterator[Report]:
    """So many articles, the same every time."""
    organizations, products = names()
    order = random.Random(3)
    order.shuffle(organizations)
    order.shuffle(products)
    for n in range(articles):
        yield story(n, organizations, products)


def fill(store: kg.store.Store, articles: int, *, linked: bool = True, decided: int = 400) -> int:
    """Write the articles, link their claims, let people decide on some; the number of quads of the articles."""
    some: list[object] = []
    written = 0
    for report in reports(articles):
        some += quads(report)
        if len(some) > 300_000:
            store.insert(some)  # type: ignore[arg-type]
            written += len(some)
            some.clear()
    store.insert(some)  # type: ignore[arg-type]
    written += len(some)
    if linked:
        links.link_all(store)  # type: ignore[arg-type]
    _decide(store, decided)
    return written


def _decide(store: kg.store.Store, count: int) -> None:
    rng = random.Random(11)
    tracked: object = store
    rows = queries.ask(store, "predictions", limit=10_000)
    due = [r["claim"] for r in rows if r.get("dueEnd") and r["dueEnd"] < TODAY]
    codes = ("came-true",) * 5 + ("partly", "did-not", "did-not", "did-not", "ambiguous", "unresolvable")
    for claim in rng.sample(due, min(count, len(due))):
        if rng.random() < 0.6:
            verdicts.estimate(tracked, claim, rng.choice((0.1, 0.3, 0.5, 0.7, 0.8, 0.9)), author="佐伯")  # type: ignore[arg-type]
        verdicts.verdict(tracked, claim, rng.choice(codes), author="佐伯", note="made up", without="made up", on=TODAY)  # type: ignore[arg-type]
    for row in queries.ask(store, "claims", limit=count // 4):
        kind = rng.choice(("accept", "accept", "reject", "edit"))
        changes = {"title": "手で直した見出し"} if kind == "edit" else None
        judgements.judge(tracked, row["claim"], kind, author="青木", changes=changes)  # type: ignore[arg-type]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="of the store to fill; must not exist yet")
    parser.add_argument("--articles", type=int, default=1000, help="about 720 quads each (default: 1000)")
    parser.add_argument("--without-links", action="store_true", help="do not link claims (saves minutes at 5,000)")
    parser.add_argument("--decided", type=int, default=400, help="so many verdicts (default: 400)")
    args = parser.parse_args()
    if args.folder.exists():
        parser.error(f"{args.folder} exists already; name a new folder")
    with kg.store.open(args.folder) as store:
        store.hold()  # type: ignore[attr-defined]  # as a server does
        print(f"{fill(store, args.articles, linked=not args.without_links, decided=args.decided):,} quads")


if __name__ == "__main__":
    main()

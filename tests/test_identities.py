"""Which entities of different articles are one: tables of names that are and look-alikes that are not, and the store."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

import kg.store
from kg.articles import forget
from kg.model import Article, Entity, Extent, Mention, Relation, Report
from kg.rdf import article_iri, entity_iri, entity_iris, quads
from kg.store import Store
from kg.tracking import identities, identity, merge, same_name, separate, undo
from kg.tracking.identity import identities as decide
from kg.tracking.links import link_all, link_new
from kg.tracking.log import JudgementError
from kg.tracking.profiles import from_report

AOBA, MINATO = ("Organization", "青葉電機"), ("Organization", "みなとデータ")
#: What an article names: (type, name, other names), and (person, body, title) for offices; "" for a title behind the name alone.
Named = tuple[Any, ...]


def report(number: int, *named: Named, offices: tuple[tuple[str, str, str], ...] = ()) -> Report:
    """An article that names some things."""
    ids = {n[1]: f"e{i}" for i, n in enumerate(named, 1)}
    titles = {person: title for person, _, title in offices}
    text = "、".join(n[1] for n in named) + f"。{number}"
    entities = tuple(
        Entity(ids[n[1]], n[0], n[1], tuple(n[2:]), (), (f"before {titles[n[1]]}",) if n[1] in titles else ())
        for n in named
    )
    held = tuple(
        Relation(ids[p], "holdsPosition", ids[o], Extent(0, len(text)), {"title": t}) for p, o, t in offices if o in ids
    )
    mentions = tuple(Mention(Extent(text.index(n[1]), text.index(n[1]) + len(n[1])), ids[n[1]]) for n in named)
    return Report(Article(text, url=f"https://a.example/{number}"), entities, mentions, relations=held)


def person(name: str, *more: str) -> Named:
    return ("Person", name, *more)


def one(first: Report, *others: Report) -> bool:
    """Whether the first thing that each article names is the same in the end."""
    every = [first, *others]
    same = decide(p for r in every for p in from_report(r)).same
    iris = [entity_iri(r.entities[0], r.article) for r in every]
    return len({same[i][0] if i in same else i for i in iris}) == 1


PRESIDENT = report(1, person("瀬名健吾"), AOBA, offices=(("瀬名健吾", "青葉電機", "社長"),))

PEOPLE = [
    ("surname, company and office", [PRESIDENT, report(2, person("瀬名"), AOBA, offices=(("瀬名", "青葉電機", "社長"),))], True),
    ("longer title", [PRESIDENT, report(2, person("瀬名"), AOBA, offices=(("瀬名", "青葉電機", "代表取締役社長"),))], True),
    ("former", [PRESIDENT, report(2, person("瀬名"), AOBA, offices=(("瀬名", "青葉電機", "前社長"),))], True),
    ("office, company named", [PRESIDENT, report(2, person("瀬名"), AOBA, offices=(("瀬名", "", "社長"),))], True),
    ("company named, nothing else", [PRESIDENT, report(2, person("瀬名"), AOBA)], True),
    ("surname alone", [PRESIDENT, report(2, person("瀬名"), MINATO)], False),
    ("another company", [PRESIDENT, report(2, person("瀬名"), MINATO, AOBA, offices=(("瀬名", "みなとデータ", "社長"),))], False),
    ("another office", [PRESIDENT, report(2, person("瀬名"), AOBA, offices=(("瀬名", "青葉電機", "広報部長"),))], False),
    ("vice president", [PRESIDENT, report(2, person("瀬名"), AOBA, offices=(("瀬名", "", "副社長"),))], False),
    ("another given name", [PRESIDENT, report(2, person("瀬名徹"), AOBA, offices=(("瀬名徹", "青葉電機", "社長"),))], False),
    ("another surname that it begins with", [
        report(1, person("林田徹"), AOBA, offices=(("林田徹", "青葉電機", "社長"),)),
        report(2, person("林"), AOBA, offices=(("林", "青葉電機", "社長"),)),
    ], False),
    ("surname of three characters", [
        report(1, person("佐々木徹"), AOBA, offices=(("佐々木徹", "青葉電機", "社長"),)),
        report(2, person("佐々木"), AOBA, offices=(("佐々木", "青葉電機", "社長"),)),
    ], True),
    ("two surnames of three characters", [report(1, person("佐々木"), AOBA), report(2, person("佐々木"), MINATO)], False),
    ("surnames at one company", [
        report(1, person("瀬名"), AOBA, offices=(("瀬名", "青葉電機", "社長"),)),
        report(2, person("瀬名"), AOBA, offices=(("瀬名", "青葉電機", "社長"),)),
    ], True),
    ("surnames at one company, other offices", [
        report(1, person("瀬名"), AOBA, offices=(("瀬名", "青葉電機", "社長"),)),
        report(2, person("瀬名"), AOBA, offices=(("瀬名", "青葉電機", "広報部長"),)),
    ], False),
    ("a foreigner's last name", [
        report(1, person("Diane Holbeck"), AOBA, offices=(("Diane Holbeck", "青葉電機", "CEO"),)),
        report(2, person("ホルベック"), AOBA, offices=(("ホルベック", "青葉電機", "最高経営責任者"),)),
    ], True),
    ("full names in two scripts", [report(1, person("マルコ・フェリーニ"), AOBA), report(2, person("Marco Ferrini"), AOBA)], True),
    ("full names in two scripts, other offices", [
        report(1, person("マルコ・フェリーニ"), AOBA, offices=(("マルコ・フェリーニ", "青葉電機", "社長"),)),
        report(2, person("Marco Ferrini"), AOBA, offices=(("Marco Ferrini", "青葉電機", "広報部長"),)),
    ], False),
    ("full names in two scripts, nothing in common", [report(1, person("マルコ・フェリーニ"), AOBA), report(2, person("Marco Ferrini"), MINATO)], False),
]  # fmt: skip


@pytest.mark.parametrize(("reports", "same"), [row[1:] for row in PEOPLE], ids=[row[0] for row in PEOPLE])
def test_people(reports: list[Report], same: bool) -> None:
    assert one(*reports) is same


def org(name: str, *more: str) -> Named:
    return ("Organization", name, *more)


X1, NEXT = ("Product", "X1"), person("水野恵子")
THINGS = [
    ("legal form", [report(1, org("医療法人みどり会")), report(2, org("みどり会"))], True),
    ("two legal forms", [report(1, org("医療法人みどり会")), report(2, org("社会福祉法人みどり会"))], False),
    ("Inc.", [report(1, org("Waldauer AG")), report(2, org("Ｗａｌｄａｕｅｒ社"))], True),
    ("short end", [report(1, org("北東医科大学")), report(2, org("北東医科大"))], True),
    ("board of education", [report(1, org("蓑瀬市教育委員会")), report(2, org("蓑瀬市教委"))], True),
    ("police", [report(1, org("常盤府警察本部")), report(2, org("常盤府警"))], True),
    ("co-operative", [report(1, org("みどり生活協同組合")), report(2, org("みどり生協"))], True),
    ("police of another prefecture", [report(1, org("常盤府警察本部")), report(2, org("常盤県警"))], False),
    ("holding company", [report(1, org("橘フーズホールディングス")), report(2, org("橘フーズHD"))], True),
    ("holding company and its firm", [report(1, org("橘フーズホールディングス"), NEXT), report(2, org("橘フーズ"), NEXT)], False),
    ("a ministry", [report(1, org("厚生労働省")), report(2, org("厚労省"))], True),
    ("kana and Latin letters", [report(1, org("アサギリクラウド"), X1), report(2, org("Asagiri Cloud"), X1)], True),
    ("nothing in common but its sound", [report(1, org("オルバンタ"), AOBA), report(2, org("Orvanta"), MINATO)], False),
    ("letters in brackets", [report(1, org("日本電子計算機構", "JECC")), report(2, org("JECC"))], True),
    ("abbreviated elsewhere", [report(1, org("全国穀物流通連合会", "全穀連"), AOBA), report(2, org("全穀連"), AOBA)], True),
    ("abbreviated elsewhere, nothing in common", [report(1, org("全国穀物流通連合会", "全穀連"), AOBA), report(2, org("全穀連"), MINATO)], False),
    ("brand, two things in common", [report(1, org("ヒビキセル"), X1, NEXT), report(2, org("ヒビキ"), X1, NEXT)], True),
    ("brand and its bank", [report(1, org("ヒビキ銀行"), X1, NEXT), report(2, org("ヒビキ"), X1, NEXT)], False),
    ("beginning of a firm's name", [report(1, org("東陸電力ネットワーク"), X1, NEXT), report(2, org("東陸電力"), X1, NEXT)], False),
    ("the same president", [
        report(1, org("芹沢セミコンダクタ"), person("沢渡浩"), offices=(("沢渡浩", "芹沢セミコンダクタ", "社長"),)),
        report(2, org("芹沢セミコン"), person("沢渡"), offices=(("沢渡", "芹沢セミコン", "社長"),)),
    ], True),
    ("in one article", [report(1, org("青葉"), org("青葉電機", "青葉"), X1), report(2, org("青葉電機"), X1)], False),
    ("prefecture", [report(1, ("Place", "静岡県蓑瀬市")), report(2, ("Place", "蓑瀬市"))], True),
    ("two prefectures", [report(1, ("Place", "静岡県蓑瀬市")), report(2, ("Place", "愛知県蓑瀬市"))], False),
    ("maker", [report(1, ("Product", "青葉電機のX1"), AOBA), report(2, X1, AOBA)], True),
    ("maker not named", [report(1, ("Product", "青葉電機のX1"), AOBA), report(2, X1, MINATO)], False),
    ("another model", [report(1, ("Product", "ソラリ2"), AOBA, NEXT), report(2, ("Product", "ソラリ"), AOBA, NEXT)], False),
    ("another type", [report(1, ("Product", "ミズハ"), AOBA), report(2, org("ミズハ"), AOBA)], False),
]  # fmt: skip


@pytest.mark.parametrize(("reports", "same"), [row[1:] for row in THINGS], ids=[row[0] for row in THINGS])
def test_bodies_products_and_places(reports: list[Report], same: bool) -> None:
    assert one(*reports) is same


def test_two_people_of_one_surname_stay_two_and_are_proposed() -> None:
    other = report(2, person("瀬名徹"), AOBA, offices=(("瀬名徹", "青葉電機", "社長"),))
    short = report(3, person("瀬名"), AOBA, offices=(("瀬名", "青葉電機", "社長"),))
    found = decide(p for r in (PRESIDENT, other, short) for p in from_report(r))
    assert not found.same
    assert {b.full.label for b in found.proposals} == {"瀬名健吾", "瀬名徹"}
    assert all("several fit" in b.reasons for b in found.proposals)


@pytest.mark.parametrize(
    ("reports", "reason"),
    [
        ([report(1, person("マルコ・フェリーニ"), AOBA), report(2, person("Marco Ferrini"), MINATO)], "in another script: マルコ・フェリーニ"),
        ([
            report(1, person("マルコ・フェリーニ"), AOBA, offices=(("マルコ・フェリーニ", "青葉電機", "社長"),)),
            report(2, person("Marco Ferrini"), AOBA, offices=(("Marco Ferrini", "青葉電機", "広報部長"),)),
        ], "other office: 広報部長 / 社長"),
    ],
)  # fmt: skip
def test_a_name_in_two_scripts_is_proposed_with_the_reason(reports: list[Report], reason: str) -> None:
    found = decide(p for r in reports for p in from_report(r))
    (bond,) = found.proposals
    assert not found.same and reason in bond.reasons


def test_a_place_with_two_prefectures_is_left_to_people() -> None:
    towns = [report(n, ("Place", name)) for n, name in enumerate(("東京都府中町", "広島県府中町", "府中町"))]
    found = decide(p for r in towns for p in from_report(r))
    assert not found.same and len(found.proposals) == 2


MANY = [
    PRESIDENT,
    report(2, person("瀬名"), AOBA, offices=(("瀬名", "青葉電機", "社長"),)),
    report(3, person("瀬名"), AOBA),
    report(4, person("瀬名"), MINATO, offices=(("瀬名", "みなとデータ", "社長"),)),
    report(5, person("瀬名"), MINATO, offices=(("瀬名", "みなとデータ", "社長"),)),
    report(6, person("瀬名徹"), MINATO, offices=(("瀬名徹", "みなとデータ", "広報部長"),)),
    report(7, org("医療法人みどり会"), AOBA, X1), report(8, org("みどり会"), AOBA), report(9, org("社会福祉法人みどり会"), MINATO),
    report(10, org("アサギリクラウド", "アサギリ"), AOBA), report(11, org("Asagiri Cloud"), AOBA), report(12, org("アサギリ"), AOBA),
    report(13, ("Product", "青葉電機のX1"), AOBA), report(14, ("Place", "静岡県蓑瀬市"), AOBA), report(15, ("Place", "蓑瀬市"), X1),
]  # fmt: skip


def filled(store: Store, reports: list[Report]) -> Store:
    for r in reports:
        iri = article_iri(r.article)
        store.replace(iri, quads(r))
        link_new(store, iri)
    return store


def partition(store: Store) -> list[tuple[str, str]]:
    return [(i.entity, i.same_as) for i in identities.in_store(store)]


@pytest.fixture
def store() -> Iterator[Store]:
    with kg.store.memory() as s:
        yield s


def test_any_order_of_articles_gives_the_same_identities() -> None:
    wanted = None
    for seed in range(12):
        some = MANY[:]
        random.Random(seed).shuffle(some)
        with kg.store.memory() as s:
            found = partition(filled(s, some))
            wanted = wanted or found
            assert found == wanted and found
            link_all(s)
            assert partition(s) == wanted, "all at once"
    assert len(wanted or ()) >= 6


def some_report(random: random.Random, number: int) -> Report:
    """An article that names a person with an office, and a few of many names that may be one."""
    full, body = (
        random.choice(["瀬名健吾", "瀬名徹", "瀬名", "林田徹", "林田"]),
        random.choice([AOBA, MINATO, org("青葉")]),
    )
    more = random.sample(
        [person("水野恵子"), person("水野"), org("みどり会"), org("医療法人みどり会"), X1, org("アサギリ")], 2
    )
    office = (full, body[1], random.choice(["社長", "広報部長", ""]))
    return report(number, person(full), body, *more, offices=(office,) if random.random() < 0.7 else ())


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("most", [2, 4, 50])
def test_what_is_decided_bit_by_bit_is_what_is_decided_at_once(
    store: Store, monkeypatch: pytest.MonkeyPatch, seed: int, most: int
) -> None:
    """Articles are written, changed and deleted, and people merge and separate; also with names that many share."""
    monkeypatch.setattr(identity, "MOST", most)
    chance = random.Random(seed)
    held: dict[int, Report] = {}
    for _ in range(20):
        what = chance.random()
        if what < 0.75 or len(held) < 3:
            some = {n: some_report(chance, n) for n in chance.sample(range(9), chance.choice([1, 1, 3]))}
            for r in some.values():
                store.replace(article_iri(r.article), quads(r))
            identities.refresh_articles(store, [article_iri(r.article) for r in some.values()])
            held |= some
        elif what < 0.85:
            forget(store, article_iri(held.pop(chance.choice(sorted(held))).article))
        else:
            people = sorted({i for r in held.values() for i in entity_iris(r).values()})
            one, other = chance.sample(people, 2)
            with suppress(JudgementError):
                (
                    merge(store, [one, other], author="佐藤")
                    if what < 0.93
                    else separate(store, one, other, author="佐藤")
                )
    bit_by_bit = partition(store)
    assert identities.refresh_all(store) == len(bit_by_bit)
    assert partition(store) == bit_by_bit


def test_two_of_one_name_in_an_article_stay_two(store: Store) -> None:
    text = "瀬名。瀬名。青葉電機。"
    entities = (Entity("e1", *person("瀬名")[:2]), Entity("e2", *person("瀬名")[:2]), Entity("e3", *AOBA))
    mentions = tuple(Mention(Extent(i, j), e) for i, j, e in ((0, 2, "e1"), (3, 5, "e2"), (6, 10, "e3")))
    held = (Relation("e1", "holdsPosition", "e3", Extent(0, len(text)), {"title": "社長"}),)
    two = Report(Article(text, url="https://a.example/two"), entities, mentions, relations=held)
    found = decide(p for r in (PRESIDENT, two) for p in from_report(r))
    assert {p.entity for p in from_report(two)} == set(entity_iris(two).values())
    assert not found.same and all("two of one article" in b.reasons for b in found.proposals)
    assert partition(filled(store, [PRESIDENT, two])) == [], "as in a store"


def test_an_article_that_is_deleted_leaves_nothing(store: Store) -> None:
    filled(store, MANY)
    with kg.store.memory() as without:
        for gone in (MANY[0], MANY[9]):
            forget(store, article_iri(gone.article))
        assert partition(store) == partition(filled(without, [r for r in MANY if r not in (MANY[0], MANY[9])]))


def test_a_person_keeps_two_apart_and_undoes_it(store: Store) -> None:
    filled(store, MANY[:3])
    before = partition(store)
    short, full = before[0]
    decided = separate(store, short, full, author="佐藤", reason="別人")
    assert (short, full) not in partition(store)
    assert not any({short, full} <= set(p.entities) for p in same_name(store))
    undo(store, decided, author="佐藤")
    assert partition(store) == before


def test_what_a_person_has_merged_comes_first(store: Store) -> None:
    filled(store, MANY)
    before = partition(store)
    short, full = next(pair for pair in before if pair[1] == entity_iri(MANY[0].entities[0], MANY[0].article))
    other = entity_iri(MANY[5].entities[0], MANY[5].article)
    decided = merge(store, [full], into=other, author="佐藤")
    rows = {(r["x"], r["y"]) for r in store.select("SELECT ?x ?y { ?x iib:mergedInto ?y }")}
    assert (full, other) in rows and (short, other) in rows
    assert not {y for _, y in rows} & {x for x, _ in rows}, "always one step"
    undo(store, decided, author="佐藤")
    assert partition(store) == before


def test_a_common_surname_is_left_to_people(store: Store) -> None:
    crowd = [report(n, person("田中"), org(f"会社{n}")) for n in range(60)]
    filled(store, crowd)
    assert partition(store) == []


def test_proposals_say_why(store: Store) -> None:
    filled(store, [MANY[6], MANY[8]])
    (proposal,) = same_name(store)
    assert sorted(proposal.labels) == ["医療法人みどり会", "社会福祉法人みどり会"]
    assert any(r.startswith("other legal form") for r in proposal.reasons)

"""Second judgements: a candidate beside its rivals, a source beside those of the claims around it; and who can speak."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import lexicon
from ingest.claims import neighbours, pools, rivals
from ingest.claims.names import Names
from ingest.claims.speaking import noun_class
from kg.model import Entity, Extent, Mention


def draft(start: int, end: int, keep: float = 0.5, kind: str = "to-verb") -> Any:
    """A judged candidate without the rest of its article."""
    candidate = SimpleNamespace(kind=kind, verb="say", predicate=None, sentence=SimpleNamespace(heading=False))
    return SimpleNamespace(
        candidate=candidate, content=SimpleNamespace(start=start, end=end), source=None, keep=keep, alone=0.0,
        margin=1.0, source_margin=1.0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("other", "how"),
    [((0, 30), "inside"), ((12, 16), "around"), ((5, 16), "across"), ((10, 21), "same")],
)
def test_how_a_rival_stands(other: tuple[int, int], how: str) -> None:
    d = draft(10, 20)
    assert rivals.features(d, [d, draft(*other)])[how] == 1.0


def test_a_candidate_without_rivals_stays_as_it_was_judged() -> None:
    drafts = [draft(0, 10, 0.7), draft(10, 20, 0.2)]
    rivals.judge_again(drafts, {"bias": 9.0})
    assert [d.keep for d in drafts] == [0.7, 0.2]


@given(st.lists(st.floats(0.02, 0.98), min_size=2, max_size=5))
def test_the_first_judgement_alone_changes_nothing(keeps: list[float]) -> None:
    drafts = [draft(i, 20, keep) for i, keep in enumerate(keeps)]
    rivals.judge_again(drafts, {"keep": 1.0})
    assert [d.keep for d in drafts] == pytest.approx(keeps)


def test_candidates_are_judged_beside_what_the_first_judgement_said_of_the_others() -> None:
    weights = {"keep": 1.0, "rival|same": -1.0}
    one, two = draft(0, 20, 0.8), draft(0, 20, 0.6)
    rivals.judge_again([one, two], weights)
    odds = math.log(4) - math.log(1.5)
    assert [one.keep, two.keep] == pytest.approx([1 / (1 + math.exp(-odds)), 1 / (1 + math.exp(odds))])


NAMES = Names(
    [Entity("e0", "Person", "白沢"), Entity("e1", "Organization", "峰山日報")],
    [Mention(Extent(0, 2), "e0"), Mention(Extent(5, 9), "e1")],
)


TALK = "白沢記者は峰山日報で書く。記者は「私は行く」と述べた。"


def claim(sentence: int, chances: dict[tuple[str, ...], float], words: str = "書く", nobody: Any = None) -> Any:
    where = SimpleNamespace(index=sentence, paragraph=0, source=TALK)
    start = TALK.index(words)
    return SimpleNamespace(
        candidate=SimpleNamespace(kind="to-verb", sentence=where), keep=0.9, chances=chances, places={(): nobody},
        content=SimpleNamespace(start=start, end=start + len(words), quote=words == "私は行く"),
    )  # fmt: skip


@given(st.floats(0.01, 0.99))
def test_the_first_choice_alone_stays(chance: float) -> None:
    claims = [claim(0, {("e0",): chance, (): 1 - chance}), claim(1, {("e0",): 0.5, (): 0.5})]
    assert neighbours.Company(claims, NAMES).choose(0, {"chance": 1.0}) == pytest.approx(claims[0].chances)


def test_who_speaks_before_and_after_counts() -> None:
    one, both = ("e0",), {("e0",): 0.4, ("e1",): 0.35, (): 0.25}
    claims = [claim(0, {("e1",): 0.9, one: 0.1}), claim(1, both), claim(2, {("e1",): 0.8, one: 0.2})]
    weights = {"chance": 1.0, "before|next": 1.0, "after|next": 1.0}
    found = neighbours.Company(claims, NAMES).choose(1, weights)
    assert max(found, key=lambda k: found[k]) == ("e1",)
    assert math.isclose(sum(found.values()), 1.0)


def test_claims_whose_construct_names_the_source_are_passed_over() -> None:
    claims = [claim(0, {("e0",): 0.9, (): 0.1}), claim(1, {}), claim(2, {("e0",): 0.5, (): 0.5})]
    company = neighbours.Company(claims, NAMES)
    assert company.claims == [claims[0], claims[2]]
    assert company.features(1, ("e0",))["before|near"] == 0.9


def test_the_words_of_a_claim_tell_of_its_source() -> None:
    nobody = SimpleNamespace(start=13, end=15, entities=(), sentence=SimpleNamespace(index=1))
    claims = [claim(0, {("e0",): 0.9, (): 0.1}), claim(1, {("e0",): 0.4, (): 0.6}, "私は行く", nobody)]
    company = neighbours.Company(claims, NAMES)
    him, another = company.features(1, ("e0",)), company.features(1, ())
    assert him["me|Person"] == him["me|quoted|Person"] == 1.0 and him["office=True|Person"] == 1.0  # 白沢記者 … 記者は
    assert another["nobody=person|False"] == 1.0 and him["talk=one|Person"] == 1.0
    assert "me|Person" not in company.features(0, ("e0",))
    assert him["paragraph"] == 0.9


SPEAKERS = lexicon.rows("speakers")


def test_each_ending_of_a_speaker_has_one_row() -> None:
    endings = [row["ends"] for row in SPEAKERS]
    assert len(endings) == len(set(endings)) > 1000
    assert {row["class"] for row in SPEAKERS} == {"title", "person", "group", "doc", "body"}


@pytest.mark.parametrize("row", [r for r in SPEAKERS if r["ends"] not in r.get("except", ())], ids=lambda r: r["ends"])
def test_a_noun_speaks_by_its_longest_ending(row: dict[str, Any]) -> None:
    assert noun_class(row["ends"]) == row["class"]


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("気温", "thing"), ("株価", "thing"), ("成長", "thing"), ("都市", "thing"), ("両側", "thing"), ("情報", "thing"), ("国家", "thing"),
        ("地元の店主", "person"), ("観光課", "body"), ("消防本部", "body"), ("検察官", "title"), ("元社長ら", "group"), ("世論調査", "doc"),
    ],
)  # fmt: skip
def test_what_speaks_and_what_does_not(words: str, kind: str) -> None:
    assert noun_class(words) == kind


@pytest.mark.parametrize(
    ("kind", "quoted", "particles", "silent"),
    [
        ("hearsay", False, ["によると", "は"], [1]),  # 甲紙によると、乙氏は帰国したという。
        ("hearsay", False, ["によれば", "は", "が"], [1, 2]),
        ("hearsay", False, ["によると", "の話"], []),  # 甲紙によると乙氏の話では…という
        ("hearsay", False, ["は", "によると"], []),  # who stands before may speak
        ("hearsay", False, ["は"], []),
        ("hearsay", True, ["によると", "は"], []),  # 甲紙によると、乙医師は「…」という。
        ("to-verb", False, ["によると", "は"], []),  # 甲紙によると、乙氏は…と述べた。
    ],
)
def test_of_whom_hearsay_tells_says_nothing(kind: str, quoted: bool, particles: list[str], silent: list[int]) -> None:
    here: list[Any] = [SimpleNamespace(start=10 * i, end=10 * i + 4, particle=p) for i, p in enumerate(particles)]
    claim: Any = SimpleNamespace(kind=kind, right=60)
    content: Any = SimpleNamespace(quote=quoted)
    assert pools._retold(claim, content, here) == [here[i] for i in silent]

"""Search over names, sentences and titles in any script: what is found first, what must not be found, and how fast."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iibun.web.marking import excerpt, spans
from iibun.web.search import Entry, Index, fits, search, words
from iibun.web.spelling import alike, fold, katakana, places, sound, sound_places
from iibun.web.substrings import Texts
from iibun.web.synonyms import synonyms
from kg.lexicon import rows

INDEX = Index(
    [
        Entry("entity", "ms", "マイクロソフト", ("Microsoft", "米マイクロソフト"), weight=9),
        Entry("entity", "nadella", "サティア・ナデラ", ("Satya Nadella",)),
        Entry("entity", "oai", "OpenAI", ("オープンAI",)),
        Entry("entity", "google", "グーグル", ("Google",)),
        Entry("entity", "tepco", "東京電力", (), readings=("トウキョウ・デンリョク",)),
        Entry("entity", "asakura", "朝倉慎一", (), readings=("アサクラ・シンイチ",)),
        Entry("entity", "kono", "河野", (), readings=("コウノ",)),
        Entry("article", "a1", "電力の行方", ("東都経済",)),
        Entry("article", "a2", "この国の農業", ("山並日報",)),
        Entry("claim", "c1", "マイクロソフトは株式の27%を保有する", weight=0.9, within="a2"),
        Entry("claim", "c2", "電力が足りない", by=("nadella",), weight=0.5, within="a2"),
        Entry("claim", "c3", "電力は足りている、とナデラ氏に反論した", by=("tepco",), weight=0.9, within="a2"),
        Entry("claim", "c4", "株価は上がる", by=("nadella",), about=("ms",), within="a1"),
        Entry("claim", "c5", "投資額は1200億円だ", within="a2"),
        Entry("claim", "c6", "この工場ではダイワの機械を使う", ("daiwa",), within="a2"),
        Entry("claim", "c7", "生成AIの規制は米国に任せる", within="a2"),
        Entry("claim", "c8", "データセンターの建設を急ぐ", within="a2"),
        Entry("claim", "c9", "バイオリンの生産を始める", within="a2"),
        Entry("claim", "c10", "値上げは避けられない", by=("tepco",), within="a2"),
        Entry("prediction", "p1", "半導体は来年も足りない", by=("asakura",), within="a1"),
    ]
)

#: A query, what comes first among results of its kind, and what must not be found.
FIRST: list[tuple[str, str, str]] = [
    # one word in its writings
    ("まいくろそふと", "ms", "oai"), ("ＭＩＣＲＯＳＯＦＴ", "ms", "oai"), ("サティアナデラ", "nadella", "ms"), ("satya", "nadella", "ms"),
    ("おーぷんai", "oai", "ms"), ("電力", "a1", "c1"), ("27％", "c1", "c5"),
    # romaji: Hepburn with and without long vowels, and what else is typed
    ("nadera", "nadella", "ms"), ("guuguru", "google", "ms"), ("guguru", "google", "ms"), ("gūguru", "google", "ms"),
    ("toukyou", "tepco", "kono"), ("tokyo", "tepco", "kono"), ("tōkyō", "tepco", "kono"), ("あさくら", "asakura", "tepco"),
    ("asakura shinichi", "asakura", "tepco"), ("asakura sinniti", "asakura", "tepco"), ("Shin'ichi", "asakura", "tepco"),
    ("maikurosohuto", "ms", "oai"), ("ヴァイオリン", "c9", "c8"), ("kouno", "kono", "c6"), ("kono", "kono", "c6"),
    # several words in any order, full-width spaces too
    ("27% マイクロソフト", "c1", "ms"), ("マイクロソフト　株式", "c1", "c4"), ("足りない　電力", "c2", "c3"),
    # a speaker and words: the speaker's own claims before those that name the speaker; a part of a name is no speaker
    ("ナデラ 電力", "c2", "c1"), ("電力 nadera", "c2", "c1"), ("ナデラ", "nadella", "c1"), ("東京電力 足りている", "c3", "c2"),
    ("電力 足り", "c3", "c10"), ("避け", "c10", "c3"), ("朝倉 半導体", "p1", "c8"),
    # the article's outlet and title, beside words of the claim
    ("東都経済 株価", "c4", "c2"), ("東都経済", "a1", "c4"), ("電力 株価", "c4", "c2"),
    # synonyms
    ("ジェネレーティブAI", "c7", "oai"), ("アメリカ", "c7", "c1"), ("人工知能 規制", "c7", "oai"), ("チップ", "p1", "c8"),
    ("データ拠点", "c8", "c7"),
    # one wrong letter, only where nothing has the word
    ("microsft", "ms", "oai"), ("goggle", "google", "oai"), ("マイクロソウト", "ms", "oai"), ("マイクソフト", "ms", "oai"),
    ("データセンダー", "c8", "c7"), ("nadora", "nadella", "kono"), ("sataya 電力", "c2", "c1"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "first", "never"), FIRST, ids=[query for query, _, _ in FIRST])
def test_the_best_comes_first_and_what_looks_alike_not_at_all(query: str, first: str, never: str) -> None:
    found = INDEX.find(query)
    kinds = {e.key: e.kind for e in INDEX.entries}
    assert [e.key for e in found if e.kind == kinds[first]][:1] == [first]
    assert never not in [e.key for e in found]


@pytest.mark.parametrize(
    "query",
    [
        "", "  ", "　", "存在しない", "\x00", "・", "マイクロソフト 存在しない", "200億円", "電灯", "水力", "26%", "aiw", "mrcosoft", "ms", "ナデ羅",
        "マイコソフ", "電力 避け", "マイクロソフト 電力",
    ],
)  # fmt: skip
def test_nothing_is_found(query: str) -> None:
    """Numbers within longer ones, kanji with one other, two wrong letters."""
    assert [e.key for e in INDEX.find(query)] == []


def test_exact_comes_before_guesses_and_guesses_are_told() -> None:
    exact, guess = search("google", [(INDEX, frozenset())]), search("googl3 goggle", [(INDEX, frozenset())])
    assert not exact.guessed and exact.entries and not any(w.near for w in exact.words)
    assert not guess.entries and not guess.guessed
    found = search("goggle", [(INDEX, frozenset())])
    assert found.guessed and found.words[0].near == ("google",)


def test_whole_name_comes_before_part_and_kinds_narrow() -> None:
    assert [e.key for e in INDEX.find("マイクロソフト", kinds=["entity", "claim"])] == ["ms", "c1", "c4"]
    assert [e.key for e in INDEX.find("マイクロソフト", kinds=["claim"])] == ["c1", "c4"]
    assert len(INDEX.find("マイクロソフト", limit=1)) == 1


def test_what_is_not_to_be_found_is_not() -> None:
    """Not by its own words, and other entries are still found by its name."""
    found = search("ナデラ", [(INDEX, frozenset({"nadella", "c3"}))])
    assert [e.key for e in found.entries] == ["c2", "c4"]


@pytest.mark.parametrize(
    ("latin", "kana"),
    [
        ("nadera", "ナデラ"), ("kekka", "ケッカ"), ("shinbun", "シンブン"), ("shimbun", "シンブン"), ("jidousha", "ジドウシャ"),
        ("zidousya", "ジドウシャ"), ("gumma", "グンマ"), ("konnyaku", "コンニャク"), ("matcha", "マッチャ"), ("ohtani", "オタニ"),
        ("tsunami", "ツナミ"), ("tunami", "ツナミ"), ("kan'i", "カンイ"), ("chiba", "チバ"), ("tiba", "チバ"), ("xyz", None), ("ab", None),
        ("microsoft", None),
    ],
)  # fmt: skip
def test_katakana(latin: str, kana: str | None) -> None:
    assert kana in katakana(latin) if kana else not katakana(latin)


@pytest.mark.parametrize(
    ("one", "other"),
    [("グーグル", "ググル"), ("トウキョウ", "トーキョー"), ("ヂュース", "ジュース"), ("ヴェネツィア", "ベネツィア")],
)
def test_one_sound(one: str, other: str) -> None:
    assert sound(one) == sound(other)


def test_fold_keeps_meaning() -> None:
    assert fold("ＡＢＣ・ｱｲｳ") == "abcアイウ"


LETTERS = st.text("abかきガー電力・ 1２", max_size=12)


@given(st.lists(LETTERS.map(fold), max_size=8), LETTERS.map(fold))
def test_the_index_finds_every_place_that_a_scan_finds(texts: list[str], word: str) -> None:
    found = Texts(texts).find(word)
    scanned = [
        (n, ord(text[at - 1]) if at else 0, ord(text[at + len(word)]) if at + len(word) < len(text) else 0)
        for n, text in enumerate(texts)
        for at in range(len(text))
        if word and text.startswith(word, at)
    ]
    assert list(zip(found.text.tolist(), found.before.tolist(), found.after.tolist(), strict=True)) == scanned


@given(
    st.lists(st.tuples(LETTERS, LETTERS), max_size=6),
    st.lists(st.text("かき電力", min_size=1, max_size=2), min_size=1, max_size=3),
)
def test_a_search_finds_what_a_scan_of_the_entries_finds(texts: list[tuple[str, str]], asked: list[str]) -> None:
    """Words without sounds, synonyms or letters that may be wrong: every word stands in one of the texts."""
    index = Index(Entry("claim", str(i), one, (other,)) for i, (one, other) in enumerate(texts))
    found = {e.key for e in index.find(" ".join(asked), limit=100)}
    forms = [[fold(text) for text in pair] for pair in texts]
    assert found == {
        str(i) for i, pair in enumerate(forms) if all(any(fold(w) in text for text in pair) for w in asked)
    }


@given(st.text("microsftデータセン", max_size=6), st.text("microsftデータセン", max_size=6))
def test_alike_is_an_edit_distance_of_at_most_one(one: str, other: str) -> None:
    letters = "microsftデータセン"
    edits = {one}
    for i in range(len(one) + 1):
        edits |= {one[:i] + one[i + 1 :]} | {one[:i] + c + one[i:] for c in letters}
        edits |= {one[:i] + c + one[i + 1 :] for c in letters if i < len(one)}
    assert alike(one, other) == (other in edits)


@given(st.text("Ａbかｶﾞがガー電力・ 1２①㈱", max_size=12))
def test_places_of_a_form_are_those_of_its_characters(text: str) -> None:
    form = places(text)
    assert "".join(c for c, _, _ in form) == fold(text)
    assert all(c in fold(text[start:end]) for c, start, end in form)
    heard = sound_places(form)
    assert "".join(c for c, _, _ in heard) == sound(fold(text))
    assert [start for _, start, _ in heard] == sorted(start for _, start, _ in heard)


@pytest.mark.parametrize(
    ("query", "text", "marked"),
    [
        ("電力 ナデラ", "ナデラ氏は電力が足りないと述べた", ["ナデラ", "電力"]), ("なでら", "サティア・ナデラ", ["ナデラ"]), ("ぐぐる", "グーグルの株", ["グーグル"]),
        ("openai", "Ｏｐｅｎ・ＡＩの株", ["Ｏｐｅｎ・ＡＩ"]), ("アメリカ", "米国の規制", ["米国"]), ("200億円", "1200億円と200億円", ["200億円"]), ("水", "電力", []),
        ("kono", "この国", []), ("電力", "電力・電力", ["電力", "電力"]), ("電力 力", "電力", ["電力"]),
    ],
)  # fmt: skip
def test_what_matches_is_marked(query: str, text: str, marked: list[str]) -> None:
    assert [text[a:b] for a, b in spans(text, words(query))] == marked


def test_a_name_is_marked_by_its_reading() -> None:
    pytest.importorskip("sudachipy")
    assert spans("朝倉ジュリア", words("asakura"), name=True) == [(0, 2)]
    assert spans("朝倉ジュリア", words("asakura")) == []


@given(st.text("あいう", max_size=30), st.integers(4, 12), st.integers(0, 29))
def test_an_excerpt_is_short_and_has_the_first_match(text: str, most: int, at: int) -> None:
    marked = [(at, at + 1)] if at < len(text) else []
    cut, left = excerpt(text, marked, most)
    assert len(cut) <= most
    assert [cut[a:b] for a, b in left] == [text[a:b] for a, b in marked]


def test_words_that_may_not_stand_within_others() -> None:
    assert fits("200億円", 0, 0) and not fits("200億円", ord("1"), 0)
    assert fits("eu", ord("n"), ord("の")) and not fits("eu", ord("n"), ord("r"))


@pytest.mark.parametrize("row", rows("search_synonyms"), ids=lambda row: str(row["words"][0]))  # type: ignore[index]
def test_each_row_of_synonyms_finds_its_examples_and_not_its_counterexample(row: dict[str, object]) -> None:
    given_words = [str(w) for w in row["words"]]  # type: ignore[attr-defined]
    examples = str(row["example"]).split("／")
    index = Index(Entry("claim", str(i), text) for i, text in enumerate([*examples, str(row["counterexample"])]))
    assert len(examples) == 2
    for word in given_words:
        assert {e.key for e in index.find(word.replace(" ", ""))} == {"0", "1"}, word
        assert set(synonyms(fold(word))) >= {fold(w) for w in given_words} - {fold(word)}


def test_fast_over_a_hundred_thousand() -> None:
    index = Index(
        Entry("claim", str(i), f"第{i}工場は来年度に生産能力を{i}%高めるとの見通しを示した") for i in range(100_000)
    )
    start = time.perf_counter()
    assert index.find("第99999工場")[0].key == "99999"
    index.find("工場")
    assert time.perf_counter() - start < 1.0

"""Claims on sentences of our own: each construct, its look-alike, and texts that are no prose."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any

import pytest

from iibun.i18n.reasons import sentences
from ingest import extract, pipeline
from ingest.claims import title
from ingest.frames import Document, document
from kg import lexicon
from kg.attribution import Attribution, attribution
from kg.model import Article, Claim, Extent


@cache
def _nlp() -> Any:
    return pipeline.load()


def claims(text: str) -> list[tuple[str, Claim]]:
    """The claims of a text with the words of their content."""
    doc = pipeline.parse(_nlp(), Article(text, published=date(2025, 6, 10)))
    return [(c.content.of(text), c) for c in doc._.claims]


@pytest.mark.parametrize("name", ["reporting_verbs", "reporting_nouns", "particle_frames"])
def test_every_row_has_an_example(name: str) -> None:
    rows = lexicon.rows(name)
    assert rows
    assert all(row["example"] for row in rows)


def reports(text: str, stem: str) -> bool:
    """Whether a claim of a text has a cue with these words."""
    return any(c.cue and stem in c.cue.of(text) for _, c in claims(text))


#: What the reader gets wrong of these verbs.
MISTAKEN = {
    "説明する": "an object is taken for a content", "指摘する": "an object is taken for a content",
    "考える": "an object is taken for a content", "不明だ": "it is part of the content",
}  # fmt: skip


def verbs() -> Iterator[Any]:
    """The rows of verbs that have a look-alike, each with what all forms of the verb share."""
    for row in lexicon.rows("reporting_verbs"):
        if "counterexample" in row:
            verb = row["verb"]
            wrong = pytest.mark.xfail(strict=True, reason=MISTAKEN[verb]) if verb in MISTAKEN else ()
            yield pytest.param(row, verb[: -2 if verb.endswith("する") else -1], id=f"{row.get('before', '')}{verb}", marks=wrong)  # fmt: skip


def nouns() -> Iterator[Any]:
    """The rows of nouns that have a look-alike, each with the noun."""
    for row in lexicon.rows("reporting_nouns"):
        if "counterexample" in row:
            yield pytest.param(row, row["noun"], id=row["noun"])


@pytest.mark.parametrize(("row", "stem"), [*verbs(), *nouns()])
def test_a_reporting_word_is_a_cue_in_its_example_and_not_in_its_look_alike(row: dict[str, Any], stem: str) -> None:
    assert stem in row["counterexample"]
    assert reports(row["example"], stem)
    assert not reports(row["counterexample"], stem)


@pytest.mark.parametrize(
    "row", [r for r in lexicon.rows("particle_frames") if "counterexample" in r], ids=lambda r: r["phrase"]
)
def test_a_phrase_makes_a_reporter_in_its_example_and_not_in_its_look_alike(row: dict[str, Any]) -> None:
    assert row["phrase"] in row["example"]
    assert any(c.reporters for _, c in claims(row["example"]))
    assert not any(c.reporters for _, c in claims(row["counterexample"]))


@pytest.mark.parametrize("row", lexicon.rows("documents"), ids=lambda r: r["text"])
def test_a_document_without_an_owner_begins_the_sentence(row: dict[str, Any]) -> None:
    def found(text: str) -> Document | None:
        return document(Extent(text.index("、") + 1, len(text)), text)

    there = found(row["example"])
    assert there and (there.extent.of(row["example"]), there.own) == (row["text"], row.get("own", False))
    assert found(row["counterexample"]) is None


@pytest.mark.parametrize(
    "row", [r for r in lexicon.rows("particle_frames") if r.get("bare")], ids=lambda r: r["phrase"]
)
def test_phrases_after_a_document_without_an_owner(row: dict[str, Any]) -> None:
    text = f"公式発表{row['phrase']}、利用者は500万人を超える"
    there = document(Extent(text.index("、") + 1, len(text)), text)
    assert there and there.extent.of(text) == "公式発表"


def test_reporting_verbs_are_many_and_unique() -> None:
    rows = lexicon.rows("reporting_verbs")
    keys = [(r["verb"], r.get("before", ""), r["class"]) for r in rows]
    assert len(keys) == len(set(keys)) > 500


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("山野化学の大槻社長は「需要は戻る」と述べた。", "需要は戻る"),
        ("山野化学は10日、工場を閉鎖すると発表した。", "工場を閉鎖する"),
        ("山野化学は、九州の工場を閉鎖することを明らかにした。", "九州の工場を閉鎖する"),
        ("県によると、被害は3市に広がった。", "被害は3市に広がった"),
        ("関係者は、交渉は決裂したとの見方を示した。", "交渉は決裂した"),
        ("政府は企業に賃金を上げるよう求めた。", "賃金を上げる"),
        ("景気は来年には回復するだろう。", "景気は来年には回復する"),
        ("同社は2027年までに工場を建てる計画だ。", "2027年までに工場を建てる"),
        ("「値上げは避けたい」（店主）", "値上げは避けたい"),
        ("「市場はまだ伸びる」。こう語るのは山野化学の大槻誠社長だ。", "市場はまだ伸びる"),
        ("「市場はまだ伸びる」――。山野化学の大槻社長はこう警鐘を鳴らす。", "市場はまだ伸びる"),
        ("男性から「足を骨折した」と県警に連絡があった。", "足を骨折した"),
        ("住民から、明かりが消えたと市に苦情が寄せられた。", "明かりが消えた"),
        pytest.param(
            "山野化学の大槻誠社長の究極のビジョンは「空のための機械」だ。",
            "空のための機械",
            marks=pytest.mark.xfail(strict=True, reason="a quotation without a word of saying"),
        ),
        # who says that they expect it says it: the proposition, not the attitude
        ("専門家は値上げが年内に行われると予想していると同紙に語った。", "値上げが年内に行われる"),
        ("大槻社長は、来年は新店が黒字になると期待していると述べた。", "来年は新店が黒字になる"),
        ("大槻社長は「来年は勝てると思っている」と述べた。", "来年は勝てると思っている"),
    ],
)
def test_a_construct_gives_its_content(text: str, content: str) -> None:
    assert any(content in words for words, _ in claims(text)), [w for w, _ in claims(text)]


@pytest.mark.parametrize(
    "text",
    [
        "工場は3年前に閉鎖された。",
        "春になると、川の水は増えた。",
        "会社は価格を据え置いた。",
        "父と母は駅で会った。",
        "参加者は資料を受け取った。",
        pytest.param(
            "大沼騎手によるとっさの変更も見事だった。",
            marks=pytest.mark.xfail(strict=True, reason="による and と are taken for によると"),
        ),
        "工場の従業員は620人で、2年で3割減ったことになる。",
    ],
)
def test_plain_narration_holds_no_claim(text: str) -> None:
    assert claims(text) == []


@pytest.mark.parametrize(
    ("text", "contents"),
    [
        # clauses that differ in modality, or in being a prediction, are claims of their own
        pytest.param(
            "伊佐野氏の見方では、客は秋まで減る可能性があるが、宿泊税の導入は今すぐ必要だという。",
            [("客は秋まで減る可能性がある", "possible", True), ("宿泊税の導入は今すぐ必要だ", "required", False)],
            marks=pytest.mark.xfail(strict=True, reason="必要だ is taken for a fact"),
        ),
        (
            "真砂工業によると、第1工場の点検はすでに終わっており、操業は来週にも再開できる見通しだ。",
            [("第1工場の点検はすでに終わって", "asserted", False), ("操業は来週にも再開できる", "probable", True)],
        ),
        # one predicate's modality goes for the clauses that lean on it; a quotation stays whole
        (
            "羽鳥氏は、漁獲量が減り、加工場が閉まる可能性があると述べた。",
            [("漁獲量が減り、加工場が閉まる可能性がある", "possible", True)],
        ),
        (
            "羽鳥氏は「漁獲量は減る可能性があるが、値段は下げるべきだ」と述べた。",
            [("漁獲量は減る可能性があるが、値段は下げるべきだ", "required", False)],
        ),
        # what stands in brackets is reported apart
        (
            "取引の柱は株式(有馬氏によると、将来は数百億円の価値になる可能性がある)ではなく、工場を使う権利だ。",
            [("将来は数百億円の価値になる可能性がある", "possible", True)],
        ),
    ],
)
def test_clauses_are_told_apart_by_modality(text: str, contents: list[tuple[str, str, bool]]) -> None:
    assert [(words, c.modality, c.prediction is not None) for words, c in claims(text)] == contents


def test_a_claim_says_who_and_why() -> None:
    text = "調査会社の幹部は「市場は拡大する」と述べた。"
    found = claims(text)
    assert [c.source_text for _, c in found] == ["調査会社の幹部"]
    claim = found[0][1]
    assert claim.speech == "direct"
    assert claim.cue is not None and claim.cue.of(text).startswith("述べ")
    assert claim.reasons and "述べる" in claim.reasons[0]
    assert 0 <= claim.confidence <= 1


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        # hearsay without a reporter is not laid at the last speaker's door
        pytest.param(
            "山野化学は3日、工場は安全だと発表した。猫は3日後に戻ったという。",
            [["山野化学"], []],
            marks=pytest.mark.xfail(strict=True, reason="nothing tells the source model that 猫 is another matter"),
        ),
        # people around somebody are not that person
        pytest.param(
            "三輪健氏擁護派は、増税が必要だったと主張した。",
            [[]],
            marks=pytest.mark.xfail(strict=True, reason="the networks outvote the log-linear model, which knows"),
        ),
        # bare quotations go on with who spoke
        ("「値上げは避けたい」と山野化学の大槻健氏は述べた。「客が離れる。」", [["大槻健"], ["大槻健"]]),
        (
            "大槻健氏は次のように述べた。「需要は戻る。」さらに次のように付け加えた。「人も増やす。」",
            [["大槻健"], ["大槻健"]],
        ),
        # the person speaks, not where they teach
        ("佐藤健一・中央大学教授は「金利は上がる」と述べた。", [["佐藤健一"]]),
        ("佐藤健一・元中央大教授は「金利は上がる」と述べた。", [["佐藤健一"]]),
        ("新井誠・元幹事長が「反対だ」と述べた。", [["新井誠"]]),
    ],
)
def test_a_claim_goes_to_who_said_it(text: str, sources: list[list[str]]) -> None:
    doc = pipeline.parse(_nlp(), Article(text, published=date(2025, 6, 10)))
    labels = {e.id: e.label for e in doc._.entities}
    assert [[labels[e] for e in c.sources] for c in doc._.claims] == sources


def test_a_plan_is_a_prediction_with_its_due_date() -> None:
    found = claims("県は2027年度までに橋を架け替える方針だ。")
    assert [c.modality for _, c in found] == ["intended"]
    prediction = found[0][1].prediction
    assert prediction is not None and prediction.due is not None
    assert prediction.due.end == date(2028, 3, 31)
    assert prediction.criterion


@pytest.mark.parametrize("text", ["", "「" * 400, "A1 B2 " * 300, "「終わらない。" * 200, "。。。\n\n", "と述べた。"])
def test_texts_that_are_no_prose_do_no_harm(text: str) -> None:
    for words, claim in claims(text):
        assert claim.content.of(text) == words


def test_an_interview_whose_speaker_is_named_in_another_paragraph() -> None:
    text = (
        "――精密機器大手の大洋精機が来春にも参入するとの報道がありました。\n調整後の粗利益率は91─63％とのガイダンスを示した。\n"
        "第三の候補も浮上している。オランダの塗料会社ファンデルメールのヤスパー・デ・ブロール会長は先月、投資家に対し、"
        "レーマンの買収に「最大60億ユーロを用意できる」と説明した。\n――大洋精機が来春にも参入するとの報道がありました。"
    )
    assert any("最大60億ユーロを用意できる" in words for words, _ in claims(text))


def test_reading_is_deterministic() -> None:
    text = "市長は記者団に、橋は年内に開通すると語り、費用は「想定内だ」とした。"
    assert claims(text) == claims(text)


def test_a_title_fits_a_list() -> None:
    assert len(title("あ" * 100)) <= 40
    assert title("しかし、工場を閉鎖する。") == "工場を閉鎖する"


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("「市場はまだ伸びる」。こう語るのは山野化学の大槻誠社長だ。", ["大槻誠"]),
        (
            "ドイツのシュタインバッハ首相とフランスのルグラン大統領は、部隊を派遣すると表明した。",
            ["シュタインバッハ", "ルグラン"],
        ),
        ("佐伯外相と鈴木防衛相は、来月訪米すると述べた。", ["佐伯", "鈴木"]),
    ],
)
def test_who_speaks(text: str, sources: list[str]) -> None:
    doc = pipeline.parse(_nlp(), Article(text))
    labels = {e.id: e.label for e in doc._.entities}
    assert [[labels[e] for e in c.sources] for c in doc._.claims] == [sources]


def spoken_by(text: str) -> dict[str, list[str]]:
    """The sources of each content, by name or else in words."""
    doc = pipeline.parse(_nlp(), Article(text, published=date(2025, 6, 10)))
    labels = {e.id: e.label for e in doc._.entities}
    return {
        c.content.of(text): [labels[e] for e in c.sources] or ([c.source_text] if c.source_text else [])
        for c in doc._.claims
    }


def test_a_document_that_begins_a_sentence_is_its_source() -> None:
    text = "山野化学の大槻健社長は「需要は戻る」と述べた。\n公表値では、利用者は500万人を超える。\n報道では、評価額は20億円を超える見込みです。"
    found = spoken_by(text)
    assert found["需要は戻る"] == ["大槻健"]
    assert found["利用者は500万人を超える"] == ["公表値"]
    assert found["評価額は20億円を超える"] == ["報道"]


def test_who_speaks_in_its_sentence_goes_before_a_document() -> None:
    assert spoken_by("報道では、山野化学の大槻健社長は「需要は戻る」と述べた。")["需要は戻る"] == ["大槻健"]


@pytest.mark.parametrize(
    ("heading", "source"),
    [("山野化学の年内の計画は次のとおりです。", ["山野化学"]), ("山野化学の工場は次のとおりです。", [])],
)
def test_a_list_of_plans_is_its_company_s(heading: str, source: list[str]) -> None:
    text = f"{heading}\n1. 2025年9月：新しい電池の量産を始める\n2. 2026年：海外で販売を始める\n"
    found = spoken_by(text)
    assert list(found.values()) == [source, source]


def test_a_source_that_a_rule_names_has_no_probability(nlp: Any) -> None:
    """The reader's probabilities are of the source that the rule replaced."""
    report = extract(Article("元記事では、取引は成立したという。"), nlp)
    [claim] = [c for c in report.claims if c.source_text == "元記事"]
    assert attribution(claim.reasons) == Attribution()
    assert "元記事" in "".join(sentences(claim.reasons, "ja"))

"""Verdicts, states, scores, observations and timelines, at their edges."""

from datetime import date

import pytest

from kg import store
from kg.document import from_document
from kg.feeds import claim_reviews
from kg.tracking import observations, scores, timeline, verdicts
from kg.tracking.judgements import gold, judge, rebuild, undo
from kg.tracking.log import JudgementError
from tests import stories
from tests.test_tracking_store import fill

ON = date(2027, 5, 1)


@pytest.fixture
def battery():
    with store.memory() as s:
        yield s, fill(s, stories.load("battery"))


def test_wilson_at_its_edges():
    assert scores.wilson(0, 0) is None
    low, high = scores.wilson(0, 10)
    assert low == 0 and high == pytest.approx(0.2775, abs=1e-4)
    low, high = scores.wilson(10, 10)
    assert high == pytest.approx(1) and low == pytest.approx(0.7225, abs=1e-4)
    assert scores.wilson(1, 1)[0] == pytest.approx(0.2065, abs=1e-4)


@pytest.mark.parametrize(
    ("due", "verdict", "state"),
    [
        (date(2027, 4, 30), None, "overdue"), (date(2027, 5, 1), None, "due-soon"), (date(2027, 5, 31), None, "due-soon"),
        (date(2027, 6, 1), None, "open"), (None, None, "open"), (date(2020, 1, 1), "annulled", "settled"),
    ],
)  # fmt: skip
def test_states_at_their_edges(due, verdict, state):
    assert verdicts.state_of(due, verdict, ON) == state


def test_nothing_is_scored_before_it_is_due(battery):
    s, ids = battery
    verdicts.verdict(s, ids["5b"], "did-not", author="佐藤", on=date(2027, 4, 1), without="試験")  # due in October
    (all_,) = scores.scores(s, "all", on=ON)
    assert (all_.n, all_.rate, all_.early) == (0, None, 1)
    (all_,) = scores.scores(s, "all", on=date(2027, 11, 1))
    assert (all_.n, all_.hits, all_.rate, all_.early) == (1, 0, 0.0, 0)


def test_ambiguous_and_annulled_are_apart(battery):
    s, ids = battery
    for claim, code in (
        ("1c", "did-not"),
        ("2a", "ambiguous"),
        ("3b", "annulled"),
        ("4b", "came-true"),
        ("5a", "unresolvable"),
    ):
        verdicts.verdict(s, ids[claim], code, author="佐藤", on=date(2026, 3, 31), without="試験")
    (all_,) = scores.scores(s, "all", on=ON)
    assert (all_.n, all_.hits, all_.ambiguous, all_.annulled, all_.unresolvable) == (2, 1, 1, 1, 1)
    assert all_.punctual == 1 and all_.late == 0 and all_.rate == 0.5
    by = {x.label: x for x in scores.scores(s, "source", on=ON)}
    assert (by["ミナト電池"].n, by["三浦聡"].n, by["三浦聡"].ambiguous) == (2, 0, 1)
    assert {x.key for x in scores.scores(s, "horizon", on=ON)} <= {
        "month",
        "quarter",
        "year",
        "three-years",
        "longer",
        "none",
        "unknown",
    }
    with pytest.raises(JudgementError, match="no score by 'colour'; there are: source"):
        scores.scores(s, "colour")


def test_a_due_date_without_a_day_of_publication_is_no_lack_of_a_due_date():
    assert scores.horizon(None, date(2028, 12, 31)) == "unknown"
    assert scores.horizon(date(2026, 1, 1), None) == scores.horizon(None, None) == "none"


def test_a_readers_estimates_are_the_readers_record_and_never_the_speakers(battery):
    s, ids = battery
    verdicts.estimate(s, ids["4b"], 0.6, author="佐藤")
    early = verdicts.estimate(s, ids["4b"], 0.8, author="佐藤")  # the last one before the verdict counts
    verdicts.estimate(s, ids["4b"], 0.3, author="鈴木")
    verdicts.verdict(s, ids["4b"], "came-true", author="佐藤", on=date(2026, 3, 31), without="試験")
    assert scores.scores(s, "all", on=ON)[0].brier is None and scores.calibration(s, on=ON) == []
    assert all(x.brier is None for by in ("source", "organization", "topic") for x in scores.scores(s, by, on=ON))
    readers = {x.label: x for x in scores.scores(s, "reader", on=ON)}
    assert {name: (x.n, x.rated, round(x.brier, 4), x.rate) for name, x in readers.items()} == {
        "佐藤": (1, 1, 0.04, None), "鈴木": (1, 1, 0.49, None),
    }  # fmt: skip
    assert [(b.low, b.high, b.n, b.rate) for b in scores.calibration(s, on=ON, reader="佐藤")] == [(0.8, 0.9, 1, 1.0)]
    undo(s, early, author="佐藤")
    assert [b.low for b in scores.calibration(s, on=ON, reader="佐藤")] == [0.6]
    with pytest.raises(JudgementError, match="between 0 and 1, not"):
        verdicts.estimate(s, ids["4b"], 1.5, author="佐藤")


def test_an_estimate_after_the_verdict_counts_nowhere(battery):
    s, ids = battery

    def shown():
        (row,) = timeline.effective_claims(s, claims=[ids["4b"]])
        return row.probability, [(x.label, x.rated) for x in scores.scores(s, "reader", on=ON)]

    given = verdicts.verdict(s, ids["4b"], "came-true", author="佐藤", on=date(2026, 3, 31), without="試験")
    verdicts.estimate(s, ids["4b"], 1, author="佐藤")
    verdicts.verdict(s, ids["4b"], "partly", author="鈴木", on=date(2026, 3, 31), without="試験")
    verdicts.estimate(s, ids["4b"], 0.5, author="鈴木")
    assert shown() == (None, []) and scores.calibration(s, on=ON, reader="佐藤") == []
    rebuild(s)
    assert shown() == (None, [])
    undo(s, given, author="佐藤")  # the first was a mistake: what was said before the second counts
    assert shown() == (1, [("佐藤", 1)])


def test_a_verdict_is_revisable_and_keeps_its_history(battery):
    s, ids = battery
    first = verdicts.verdict(s, ids["4b"], "did-not", author="佐藤", evidence=["https://e.example/a"])
    second = verdicts.verdict(s, ids["4b"], "partly", author="鈴木", evidence=["https://e.example/b"])
    (row,) = verdicts.predictions(s, state="settled")
    assert (row.verdict, row.author, row.evidence) == ("partly", "鈴木", ("https://e.example/b",))
    assert verdicts.entries(s, judgements=[second])[0].details["wasRevisionOf"] == [first]
    undo(s, second, author="鈴木")
    assert [p.verdict for p in verdicts.predictions(s, state="settled")] == ["did-not"]
    with pytest.raises(JudgementError, match="no verdict 'maybe'; there are: came-true"):
        verdicts.verdict(s, ids["4b"], "maybe", author="佐藤", without="試験")
    with pytest.raises(JudgementError, match="Evidence is an http"):
        verdicts.verdict(s, ids["4b"], "partly", author="佐藤", evidence=["どこか"])
    with pytest.raises(JudgementError, match="needs an author"):
        verdicts.verdict(s, ids["4b"], "partly", author=" ", without="試験")


def test_the_words_that_are_evidence_are_in_the_store(battery):
    s, ids = battery
    row = "SELECT ?x WHERE { GRAPH ?g { ?c <https://schema.org/text> ?t ; ?p ?x . ?x <http://www.w3.org/ns/oa#hasSelector> ?y } } LIMIT 1"
    extent = s.select(row)[0]["x"]
    verdicts.verdict(s, ids["4b"], "partly", author="佐藤", extents=[extent])
    (found,) = verdicts.predictions(s, state="settled")
    assert found.evidence == (extent,)
    with pytest.raises(JudgementError, match=r"^There is no extent urn:iibun:extent:none-1-2 in the store\.$"):
        verdicts.verdict(s, ids["4b"], "did-not", author="佐藤", extents=[extent, "urn:iibun:extent:none-1-2"])
    assert [p.verdict for p in verdicts.predictions(s, state="settled")] == ["partly"]


@pytest.mark.parametrize(
    ("on", "decided"),
    [
        (None, date(2026, 5, 13)), (date(2026, 5, 13), date(2026, 5, 13)), (date(2026, 5, 12), date(2026, 5, 12)),
        (date(2026, 5, 14), None), (date(2027, 5, 13), None), (date.max, None),
    ],
)  # fmt: skip
def test_a_verdict_has_no_date_to_come(battery, monkeypatch, on, decided):
    s, ids = battery
    monkeypatch.setattr(verdicts, "today", lambda: date(2026, 5, 13))
    if decided:
        verdicts.verdict(s, ids["4b"], "partly", author="佐藤", on=on, without="試験")
    else:
        with pytest.raises(JudgementError, match=f"^A verdict cannot be dated {on}: today is 2026-05-13.$"):
            verdicts.verdict(s, ids["4b"], "partly", author="佐藤", on=on, without="試験")
    assert [p.decided for p in verdicts.predictions(s, state="settled")] == ([decided] if decided else [])


def test_a_later_fact_is_proposed_as_evidence(battery):
    s, ids = battery
    assert ids["6a"] in {x.later.claim for x in verdicts.evidence_for(s, ids["4b"])}


def test_observations_mark_what_differs(battery):
    s, _ids = battery
    series = {(x.label, x.measure): x for x in observations.observations(s)}
    sales = series["ミナト電池", "売上高"]
    assert [(p.text, p.differs) for p in sales.points if p.end == date(2026, 3, 31)] == [
        ("3200億円", True),
        ("2900億円", True),
        ("2950億円", True),
    ]
    assert [p.differs for p in sales.points if p.end == date(2027, 3, 31)] == [False]
    assert observations.observations(s, entity=timeline.find_entity(s, "三浦聡"), measure="売上高") == []


def test_a_timeline_is_in_order(battery):
    s, ids = battery
    verdicts.verdict(s, ids["4b"], "did-not", author="佐藤", on=date(2026, 5, 13), without="試験")
    events = timeline.timeline(s, timeline.find_entity(s, "ミナト電池"))
    assert [e.date for e in events] == sorted(e.date for e in events)
    assert {e.kind for e in events} == {"claim", "due", "verdict"}
    with pytest.raises(JudgementError, match="no entity 'だれか'"):
        timeline.find_entity(s, "だれか")


def test_corrections_become_gold(battery):
    s, ids = battery
    judge(s, ids["3a"], "reject", author="佐藤")
    judge(s, ids["3b"], "edit", author="佐藤", changes={"modality": "hoped", "due_end": date(2027, 6, 30)})
    (row,) = timeline.effective_claims(s, claims=[ids["3b"]])
    report = from_document(gold(s, row.article))
    (claim,) = report.claims
    assert claim.modality == "hoped" and claim.prediction.due.end == date(2027, 6, 30)
    assert claim.content.of(report.article.text) == "新工場は計画通り2027年4月に稼働する"
    assert [e.label for e in report.entities if e.id in claim.sources] == ["ミナト電池"]


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        ("all", {"all": 3}), ("period", {"2027": 3}), ("modality", {"asserted": 2, "intended": 1}),
        ("horizon", {"three-years": 3}), ("source", {"ミナト電池": 2, "高瀬亮": 1}),
        ("organization", {"ミナト電池": 3}),  # what its president says counts for the company
    ],
)  # fmt: skip
def test_predictions_are_counted_in_groups(battery, by, groups):
    s, ids = battery
    for claim in ("1c", "5b", "3b"):
        verdicts.verdict(s, ids[claim], "did-not", author="佐藤", on=date(2027, 4, 1), without="試験")
    found = scores.scores(s, by, on=date(2027, 11, 1))
    assert {x.label: x.n for x in found if x.n} == groups
    if by == "period":
        assert {x.label for x in found} >= {"none"}
    if by == "all":
        assert found[0].key == "all"


def test_unnamed_sources_are_one_group_and_nobody(battery):
    s, ids = battery
    for claim, words in (("1c", "関係者"), ("5b", "業界関係者")):
        judge(s, ids[claim], "edit", author="佐藤", changes={"sources": [], "source_text": words})
        verdicts.verdict(s, ids[claim], "did-not", author="佐藤", on=date(2027, 4, 1), without="試験")
    found = scores.scores(s, "source", on=date(2027, 11, 1))
    assert [(x.key, x.label, x.n) for x in found[-1:]] == [("unnamed", "", 2)]
    assert not {x.label for x in found} & {"関係者", "業界関係者"}
    claims = [r["itemReviewed"] for r in claim_reviews(s)]
    assert [c.get("creditText") for c in claims if "author" not in c] == ["関係者", "業界関係者"]

"""Ingest, correct, give verdicts, ingest an edited article, undo: nothing is lost, and undo restores every answer."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from kg import queries, rdf, store
from kg.errors import IibunError
from kg.model import Extent
from kg.tracking import judgements, links, merges, verdicts
from kg.tracking.log import KINDS, LOG, entries
from kg.vocab import CURRENT_GRAPH, MODALITIES, VERDICTS
from tests import stories

STORY = stories.load("tram")
REPORTS = stories.reports(STORY)[:4]


def shifted(report, title):
    """The report of an article that was edited: a line put before it, everything after it moved."""
    by = len(title) + 1

    def move(x):
        return None if x is None else Extent(x.start + by, x.end + by)

    return replace(
        report,
        article=replace(report.article, text=f"{title}\n{report.article.text}"),
        mentions=tuple(replace(m, extent=move(m.extent)) for m in report.mentions),
        figures=tuple(replace(f, extent=move(f.extent)) for f in report.figures),
        relations=(),
        claims=tuple(
            replace(
                c, content=move(c.content),
                prediction=c.prediction and replace(c.prediction, due_extent=move(c.prediction.due_extent)),
            )
            for c in report.claims
        ),
    )  # fmt: skip


def ingest(s, report):
    article = rdf.article_iri(report.article)
    s.replace(article, rdf.quads(report))
    judgements.refresh(s, article)
    links.link_new(s, article)


def fresh():
    s = store.memory()
    for report in REPORTS:
        ingest(s, report)
    return s


def claims(s):
    return [r["c"] for r in s.select("SELECT DISTINCT ?c { GRAPH ?g { ?c a schema:Claim } } ORDER BY ?c")]


def entities(s):
    return [r["e"] for r in s.select("SELECT DISTINCT ?e { GRAPH ?g { ?m iib:entity ?e } } ORDER BY ?e")]


def answers(s):
    """What every named query says; those that need something to ask about are asked about one claim, article, entity."""
    claim, entity = claims(s)[0], entities(s)[0]
    article = rdf.article_iri(REPORTS[0].article)
    sample = {"claim": claim, "article": article, "entity": entity}
    found = {}
    for name in queries.names():
        try:
            rows = queries.ask(s, name)
        except IibunError:
            given_ = {}
            for b in queries.load(name).bindings:
                if b.kind == "iri":
                    given_[b.name] = sample.get(b.name, entity)
                elif b.kind == "iris":
                    given_[b.name] = claims(s)[:2]
                elif b.kind == "string":
                    given_[b.name] = "延伸"
            rows = queries.ask(s, name, **given_)
        # the log itself keeps what was undone, and one query tells it: everything else must be as it was
        found[name] = sorted(x for x in map(repr, rows) if ":judgement:" not in x and ":agent:" not in x)
    return found


#: Few and not shrunk: each example fills a store and asks every named query.
QUICK = settings(
    max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate)
)

OPERATIONS = ("accept", "reject", "edit", "verdict", "estimate", "decide", "merge", "split", "add")


def act(s, operation, a, b):
    """One judgement by numbers ``a`` and ``b``; the log's entry."""
    before = {j.iri for j in entries(s, kinds=KINDS)}
    claim = claims(s)[a % len(claims(s))]
    if operation in ("accept", "reject"):
        judgements.judge(s, claim, operation, author="佐藤")
    elif operation == "edit":
        changes = [
            {"modality": MODALITIES[b % 7]},
            {"sources": entities(s)[:1]},
            {"due_end": None},
            {"prediction": bool(b % 2)},
        ]
        judgements.judge(s, claim, "edit", author="佐藤", changes=changes[b % 4])
    elif operation == "verdict":
        verdicts.verdict(
            s, claim, VERDICTS[b % 6], author="鈴木", on=date(2026, 1, 1 + b % 28), evidence=["https://e.example/1"]
        )
    elif operation == "estimate":
        verdicts.estimate(s, claim, (b % 11) / 10, author="鈴木")
    elif operation == "decide":
        every = [r["l"] for r in s.select("SELECT DISTINCT ?l { GRAPH ?g { ?l a iib:Link } } ORDER BY ?l")]
        if not every:  # none is proposed
            judgements.judge(s, claim, "accept", author="佐藤")
        else:
            links.decide(s, every[a % len(every)], ("confirmed", "rejected")[b % 2], author="田中")
    elif operation == "merge":
        every = entities(s)
        one, other = every[a % len(every)], every[(a + 1 + b % (len(every) - 1)) % len(every)]
        merges.merge(s, [one, other], author="田中")
    elif operation == "split":
        merges.split(
            s, entities(s)[a % len(entities(s))], author="田中", label="別人", aliases=["大野真紀", "北浜クラブ"]
        )
    elif operation == "add":
        judgements.add(s, rdf.article_iri(REPORTS[a % 4].article), b % 10, b % 10 + 8, author="佐藤", changes={})
    (entry,) = {j.iri for j in entries(s, kinds=KINDS)} - before
    return entry


steps = st.tuples(st.sampled_from(OPERATIONS), st.integers(0, 99), st.integers(0, 99))


def test_every_named_query_can_be_asked():
    assert len(answers(fresh())) == len(queries.names())


@QUICK
@given(before=st.lists(steps, max_size=3), step=steps)
@example(before=[("edit", 1, 12)], step=("edit", 72, 9))  # the log names a source too
def test_undo_restores_the_answers_of_every_named_query(before, step):
    s = fresh()
    for b in before:
        act(s, *b)
    former = answers(s)
    entry = act(s, *step)
    undo = judgements.undo(s, entry, author="山田")
    assert answers(s) == former
    judgements.undo(s, undo, author="山田")
    current = sorted(map(str, s.quads(CURRENT_GRAPH)))
    judgements.rebuild(s)
    assert sorted(map(str, s.quads(CURRENT_GRAPH))) == current


@QUICK
@given(plan=st.lists(steps | st.integers(0, 3) | st.just("undo"), min_size=3, max_size=8), data=st.data())
def test_no_judgement_is_lost(plan, data):
    s = fresh()
    log: set[str] = set()
    for step in plan:
        if isinstance(step, int):  # the article is ingested anew, edited
            ingest(
                s, shifted(REPORTS[step], data.draw(st.sampled_from(["訂正しました。", "【続報】北浜市の路面電車。"])))
            )
        elif step == "undo":
            live = [j.iri for j in entries(s, kinds=KINDS) if not j.undone]
            if live:
                judgements.undo(s, data.draw(st.sampled_from(live)), author="山田")
        else:
            act(s, *step)
        now = {str(q) for q in s.quads(LOG.value)}
        assert log <= now
        log = now
        current = sorted(map(str, s.quads(CURRENT_GRAPH)))
        judgements.rebuild(s)
        assert sorted(map(str, s.quads(CURRENT_GRAPH))) == current


@pytest.mark.parametrize("report", REPORTS, ids=lambda r: r.article.url)
def test_corrections_follow_a_text_that_moved(report):
    s = fresh()
    claim = rdf.claim_iris(report)[report.claims[0].id]
    judgements.judge(s, claim, "edit", author="佐藤", changes={"modality": "possible", "start": 10, "end": 20})
    text = report.article.text[10:20]
    ingest(s, shifted(report, "訂正しました。"))
    from kg.tracking.claims import effective_claims

    (row,) = effective_claims(s, claims=[claim])
    assert row.modality == "possible" and row.text == text and row.start == 18
    assert not judgements.orphans(s)


def test_a_look_alike_does_not_inherit_a_judgement():
    s = fresh()
    report = REPORTS[0]
    claim = rdf.claim_iris(report)["1b"]
    judgements.judge(s, claim, "reject", author="佐藤")
    text = report.article.text.replace("大野市長は「延伸の総事業費は240億円になる」と説明した。", "")
    text += "西川会長は「延伸の総事業費は240億円になる」と説明した。\n"
    start = text.index("延伸の総事業費は240億円になる")
    only = replace(report.claims[1], content=Extent(start, start + 16), figures=())
    ingest(
        s,
        replace(
            report, article=replace(report.article, text=text), claims=(only,), figures=(), mentions=(), relations=()
        ),
    )
    from kg.tracking.claims import effective_claims

    assert [c.state for c in effective_claims(s, claims=[claim])] == [None]  # the same words by another speaker
    assert [j.subject for j in judgements.orphans(s)] == [claim]

"""Links, judgements and merges in a store, on our own stories."""

import threading
from dataclasses import replace
from datetime import date

import pytest

from iibun.archive import deletion
from kg import rdf, store
from kg.check import check
from kg.model import Extent, Relation
from kg.tracking import current, identities, links, metadata, views
from kg.tracking.claims import effective_claims
from kg.tracking.judgements import add, history, judge, orphans, refresh, undo
from kg.tracking.loading import load
from kg.tracking.log import JudgementError
from kg.tracking.merges import merge, same_name, split
from kg.tracking.timeline import find_entity
from kg.tracking.verdicts import predictions
from kg.vocab import IDENTITIES_GRAPH, IIB, LINKS_GRAPH
from tests import stories


def fill(s, story, order=None):
    """Ingest a story's articles; claim id of the story → IRI."""
    iris = {}
    for report in stories.reports(story) if order is None else order(stories.reports(story)):
        article = rdf.article_iri(report.article)
        s.replace(article, rdf.quads(report))
        links.link_new(s, article)
        iris |= rdf.claim_iris(report)
    return iris


@pytest.fixture
def battery():
    with store.memory() as s:
        yield s, fill(s, stories.load("battery"))


@pytest.mark.parametrize("name", ["battery", "tram"])
def test_a_view_from_the_graph_is_the_view_from_the_report(name):
    with store.memory() as s:
        fill(s, stories.load(name))
        for report in stories.reports(stories.load(name)):
            iris = rdf.claim_iris(report)
            for v in views.from_report(report, lambda c, iris=iris: iris[c.id], rdf.article_iri(report.article)):
                (w,) = load(s, [v.iri])
                for field in (
                    "text",
                    "sources",
                    "source",
                    "side",
                    "about",
                    "agents",
                    "context",
                    "places",
                    "inferred",
                    "figures",
                    "dates",
                    "due",
                    "words",
                    "setting",
                    "prediction",
                    "start",
                ):
                    assert getattr(v, field) == getattr(w, field), field


@pytest.mark.parametrize("order", [None, lambda r: list(reversed(r))], ids=["in time", "backwards"])
@pytest.mark.parametrize("name", ["battery", "tram"])
def test_linking_article_by_article_finds_the_story(name, order):
    story = stories.load(name)
    with store.memory() as s:
        ids = {iri: c for c, iri in fill(s, story, order).items()}
        found = {(x.type, ids[x.later.claim], ids[x.earlier.claim]) for x in links.proposals(s, limit=None)}
        got = stories.score(found, story)
        assert got["recall"] >= 0.85 and got["precision"] >= 0.9, got
        links.link_all(s)
        assert found == {(x.type, ids[x.later.claim], ids[x.earlier.claim]) for x in links.proposals(s, limit=None)}


def renamed(report, label):
    """北浜市 under another name, known to Wikidata."""
    same = ("http://www.wikidata.org/entity/Q30",)
    found = [replace(e, label=label, same_as=same) if e.label == "北浜市" else e for e in report.entities]
    return replace(report, entities=tuple(found))


def appointed(report, tells):
    """With or without a position that no words of these articles tell."""
    ids = {e.label: e.id for e in report.entities}
    if not tells or not {"大野真紀", "北浜クラブ"} <= ids.keys():
        return replace(report, relations=())
    held = Relation(ids["大野真紀"], "holdsPosition", ids["北浜クラブ"], Extent(0, 9), {"title": "会長"})
    return replace(report, relations=(held,))


@pytest.mark.parametrize(
    "change",
    [lambda r, n: appointed(r, tells=n >= 2), lambda r, n: renamed(r, ("米国", "アメリカ")[n % 2])],
    ids=["one article tells a position", "an entity of two names"],
)
def test_the_order_of_ingest_does_not_matter(change):
    """Keys and links are the same in time, backwards, and where an article is read again after others."""
    reports = [change(r, n) for n, r in enumerate(stories.reports(stories.load("tram")))]
    assert sum(bool(r.relations) for r in reports) < len(reports)
    found = []
    for order in (reports, reports[::-1], [*reports, *reports[:3]]):
        with store.memory() as s:
            for report in order:
                article = rdf.article_iri(report.article)
                s.replace(article, rdf.quads(report))
                links.link_new(s, article)
            graphs = [q for q in s.quads() if q.graph_name.value.startswith(LINKS_GRAPH)]
            keys = {str(q) for q in graphs if q.predicate == IIB.linkKey}
            found.append((keys, {str(q.triple) for q in graphs if q.predicate != IIB.linkKey}))
    (keys, triples), *others = found
    assert len(keys) > 100 and len(triples) > 50
    for other_keys, other_triples in others:
        assert other_keys == keys
        assert other_triples == triples


def test_a_link_is_printed_as_the_issue_says(battery):
    s, ids = battery
    row = next(x for x in links.proposals(s, claim=ids["2a"]) if x.later.claim == ids["2a"])
    document = row.document()
    assert document["from"]["article"] == "https://kita.example/battery/2" and document["from"]["source"] == "三浦聡"
    assert document["to"]["text"] == "新工場を2027年4月に稼働させる" and document["state"] == "proposed"
    assert "稼働" in document["reason"]


def test_a_rejected_link_is_gone_until_the_decision_is_undone(battery):
    s, _ids = battery
    before = {x.iri for x in links.proposals(s, limit=None)}
    link = min(before)
    decision = links.decide(s, link, "rejected", author="佐藤", reason="別の話")
    assert link not in {x.iri for x in links.proposals(s, limit=None)}
    links.link_all(s)
    assert link in {x.iri for x in links.proposals(s, state="rejected")}
    undo(s, decision, author="佐藤")
    assert {x.iri for x in links.proposals(s, limit=None)} == before


@pytest.mark.parametrize("end", ["later", "earlier"])
def test_a_decision_on_a_link_outlives_its_articles(battery, end):
    s, _ = battery
    link = links.proposals(s)[0]
    links.decide(s, link.iri, "rejected", author="佐藤")
    article = getattr(link, end).article
    kept = list(s.quads(article))
    deletion.delete(s, article)
    assert current.is_derived(s)
    s.replace(article, kept)
    links.link_new(s, article)
    refresh(s, article)
    assert current.is_derived(s)
    assert [x.iri for x in links.proposals(s, state="rejected")] == [link.iri]


def test_an_edit_changes_what_readers_see_and_undo_brings_it_back(battery):
    s, ids = battery
    (before,) = effective_claims(s, claims=[ids["3a"]])
    assert before.sources and before.source
    edit = judge(
        s,
        ids["3a"],
        "edit",
        author="佐藤",
        changes={"modality": "possible", "due_end": date(2029, 3, 31), "sources": []},
    )
    (after,) = effective_claims(s, claims=[ids["3a"]])
    assert (after.modality, after.due_end, after.sources, after.state) == (
        "possible",
        date(2029, 3, 31),
        (),
        "corrected",
    )
    judge(s, ids["3a"], "accept", author="鈴木")
    (after,) = effective_claims(s, claims=[ids["3a"]])
    assert (after.modality, after.state) == ("possible", "accepted")
    undo(s, edit, author="鈴木")
    (after,) = effective_claims(s, claims=[ids["3a"]])
    assert after.modality == before.modality and after.state == "accepted"
    assert [j.kind for j in history(s, claim=ids["3a"])] == ["Undo", "Acceptance", "Correction"]


def test_a_rejected_claim_is_hidden_and_unlinked(battery):
    s, ids = battery
    rejection = judge(s, ids["3a"], "reject", author="佐藤")
    assert ids["3a"] not in {c.iri for c in effective_claims(s, limit=None)}
    assert ids["3a"] in {c.iri for c in effective_claims(s, rejected=True, limit=None)}
    undone = undo(s, rejection, author="佐藤")
    assert ids["3a"] in {c.iri for c in effective_claims(s, limit=None)}
    assert not any(ids["3a"] in (x.later.claim, x.earlier.claim) for x in links.proposals(s, state="rejected"))
    with pytest.raises(JudgementError, match="undone already"):
        undo(s, rejection, author="佐藤")
    undo(s, undone, author="佐藤")
    assert ids["3a"] not in {c.iri for c in effective_claims(s, limit=None)}
    assert not any(ids["3a"] in (x.later.claim, x.earlier.claim) for x in links.proposals(s, limit=None))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"modality": "sure"}, "no modality 'sure'; there are: asserted"),
        ({"colour": "red"}, "no 'colour' to change"),
        ({"start": 5, "end": 3}, "must be offsets"),
        ({"due_end": "2027"}, "must be a date"),
        ({}, "needs something to change"),
    ],
)
def test_a_wrong_edit_is_refused_in_one_sentence(battery, change, message):
    s, ids = battery
    with pytest.raises(JudgementError, match=message):
        judge(s, ids["3a"], "edit", author="佐藤", changes=change)
    assert not history(s)


def test_an_added_claim_is_a_claim(battery):
    s, _ids = battery
    report = stories.reports(stories.load("battery"))[0]
    article, text = rdf.article_iri(report.article), report.article.text
    start = text.index("電池大手の")
    claim = add(s, article, start, start + 9, author="佐藤", changes={"modality": "asserted", "sources": []})
    (row,) = effective_claims(s, claims=[claim])
    assert row.text == "電池大手のミナト電" and row.state == "added" and row.article == article
    assert judge(s, claim, "accept", author="鈴木")
    undo(s, history(s, claim=claim)[-1].iri, author="佐藤")
    assert not effective_claims(s, claims=[claim])


def test_merge_and_split_can_be_undone(battery):
    s, ids = battery
    first, second = sorted(
        r["e"]
        for r in s.select(
            "SELECT DISTINCT ?e { GRAPH ?g { ?e a schema:Place ; skos:prefLabel ?l FILTER(CONTAINS(?l, '苫小牧市')) } }"
        )
    )
    merge(s, [first, second], author="佐藤")
    assert s.select("SELECT ?x { ?x iib:mergedInto ?y }") == [{"x": second}]
    (row,) = s.select(f"SELECT DISTINCT ?l {{ GRAPH ?g {{ <{second}> skos:prefLabel ?l }} }}")
    assert find_entity(s, row["l"]) == find_entity(s, f" {row['l']}") == first
    undo(s, history(s, entity=first)[0].iri, author="佐藤")
    assert not s.select("SELECT ?x { ?x iib:mergedInto ?y }")
    assert find_entity(s, row["l"]) == second
    (takase,) = {x for c in effective_claims(s, claims=[ids["5b"]]) for x in c.sources}
    new = split(s, takase, author="佐藤", label="高瀬亮（別人）", aliases=["高瀬亮"])
    assert effective_claims(s, claims=[ids["5b"]])[0].sources == (new,)
    assert {c.iri for c in effective_claims(s, source=new)} == {ids["1d"], ids["4c"], ids["5b"]}
    undo(s, history(s, entity=takase)[0].iri, author="佐藤")
    assert effective_claims(s, claims=[ids["5b"]])[0].sources == (takase,)
    assert same_name(s) == []


def test_a_split_moves_the_mentions_that_it_lists_whoever_they_were_of(battery):
    """The page lists the mentions of all that was merged into an entity, and of what was split off, too."""
    s, ids = battery

    def source():
        return effective_claims(s, claims=[ids["5b"]])[0].sources

    (takase,) = source()
    rows = s.select(f"SELECT ?m {{ GRAPH ?g {{ <{ids['5b']}> a schema:Claim . ?m iib:entity <{takase}> }} }}")
    mentions = [row["m"] for row in rows]
    other = s.select(f"SELECT DISTINCT ?e {{ GRAPH ?g {{ ?e a schema:Person }} FILTER(?e != <{takase}>) }}")[0]["e"]
    with pytest.raises(JudgementError, match=f"is no mention of {other}"):
        split(s, other, author="佐藤", label="別人", mentions=mentions)
    assert not history(s)
    merge(s, [other, takase], author="佐藤", into=other)
    assert source() == (other,)
    new = split(s, other, author="佐藤", label="別人", mentions=mentions)
    assert source() == (new,)
    again = split(s, new, author="佐藤", label="さらに別人", mentions=mentions)
    assert source() == (again,) and current.is_derived(s)
    undo(s, history(s, entity=new)[0].iri, author="佐藤")
    assert source() == (new,)
    undo(s, history(s, entity=other)[0].iri, author="佐藤")
    assert source() == (other,) and current.is_derived(s)


def test_merged_entities_stay_when_the_one_that_stands_for_them_goes(battery):
    """Its articles deleted, the next one stands for the others, until they are read again."""
    s, _ = battery
    named = {}
    for r in s.select("SELECT DISTINCT ?a ?e { GRAPH ?a { ?m iib:entity ?e . ?c iib:source ?s } } ORDER BY ?a ?e"):
        named.setdefault(r["e"], []).append(r["a"])
    sources = {r["e"] for r in s.select("SELECT DISTINCT ?e { GRAPH ?g { ?c iib:source ?e } }")}
    pairs = ((e, x) for e in sorted(named) if len(named[e]) == 1 for x in sorted(sources))
    gone, kept = next((e, x) for e, x in pairs if named[e][0] not in named[x])
    merge(s, [gone, kept], author="佐藤")
    quads = list(s.quads(named[gone][0]))
    deletion.delete(s, named[gone][0])
    assert current.is_derived(s) and current.merged(s) == {gone: kept}
    assert find_entity(s, kept) == kept and any(kept in c.sources and c.source for c in effective_claims(s))
    found = set(s.quads(IDENTITIES_GRAPH))
    identities.refresh_all(s)
    assert set(s.quads(IDENTITIES_GRAPH)) == found
    s.replace(named[gone][0], quads)
    links.link_new(s, named[gone][0])
    refresh(s, named[gone][0])
    assert current.is_derived(s) and current.merged(s) == {kept: gone}


def test_undos_that_undo_each_other_end(battery):
    s, _ = battery
    one, other = (f"<urn:iibun:judgement:{n:030x}>" for n in (1, 2))
    said = "a iib:Judgement , iib:Undo ; prov:wasAttributedTo <urn:x:a> ; prov:generatedAtTime '2026-12-01T00:00:00Z'^^xsd:dateTime"
    both = f"{one} {said} ; iib:undoes {other} . {other} {said} ; iib:undoes {one}"
    s.update(f"INSERT DATA {{ GRAPH <urn:iibun:graph:judgements> {{ {both} }} }}")
    undo(s, one[1:-1], author="佐藤")
    with pytest.raises(JudgementError, match="undone already"):
        undo(s, other[1:-1], author="佐藤")


@pytest.mark.parametrize("other", ["an entity", "words"])
def test_a_prediction_is_listed_for_whom_the_correction_names(battery, other):
    s, ids = battery
    (was,) = effective_claims(s, claims=[ids["4b"]])[0].sources
    new = find_entity(s, "三浦聡")
    changes = {"sources": [new]} if other == "an entity" else {"sources": [], "source_text": "関係者"}
    judge(s, ids["4b"], "edit", author="佐藤", changes=changes)
    for who, listed in ((was, False), (new, other == "an entity")):
        assert (ids["4b"] in {p.claim.iri for p in predictions(s, source=who, limit=None)}) == listed


def test_corrections_survive_reingestion_and_orphans_are_shown(battery):
    s, ids = battery
    story = stories.load("battery")
    judge(s, ids["4b"], "edit", author="佐藤", changes={"modality": "possible"})
    judge(s, ids["4a"], "accept", author="佐藤")
    entry = story["articles"][3]
    entry["text"] = "見出しを足した。\n" + entry["text"].replace("1500億円", "1600億円")
    for claim in entry["claims"]:
        claim["content"] = claim["content"].replace("1500億円", "1600億円")
        claim["figures"] = [[f[0].replace("1500億円", "1600億円"), *f[1:]] for f in claim.get("figures", ())]
    report = stories.reports(story)[3]
    article = rdf.article_iri(report.article)
    s.replace(article, rdf.quads(report))
    refresh(s, article)
    assert effective_claims(s, claims=[ids["4b"]])[0].modality == "possible"
    assert [(j.subject, j.text) for j in orphans(s)] == [(ids["4a"], "苫小牧市の新工場の投資額を1500億円に引き上げる")]


@pytest.mark.parametrize("what", ["accept", "merge", "headline", "undo"])
def test_what_was_decided_when_a_process_was_killed_is_told_and_put_in_force(what, monkeypatch):
    """The log has it; what the log amounts to is derived in a transaction of its own, which never came."""

    class Killed(BaseException):
        pass

    def killed(*_):
        raise Killed

    with store.memory() as s:
        ids = fill(s, stories.load("battery"))
        entities = [r["e"] for r in s.select("SELECT DISTINCT ?e { GRAPH ?g { ?m iib:entity ?e } } ORDER BY ?e")]
        article = s.select("SELECT ?a { ?a a schema:NewsArticle } ORDER BY ?a")[0]["a"]
        before = judge(s, ids["3a"], "reject", author="佐藤")
        assert not check(s, shapes=False)
        decide = {
            "accept": lambda: judge(s, ids["3a"], "accept", author="佐藤"),
            "merge": lambda: merge(s, entities[:2], author="佐藤"),
            "headline": lambda: metadata.correct(s, article, author="佐藤", changes={"title": "別の見出し"}),
            "undo": lambda: undo(s, before, author="佐藤"),
        }[what]
        with monkeypatch.context() as m:
            m.setattr(current, "settle", killed)
            m.setattr(metadata, "settled", killed)
            with pytest.raises(Killed):
                decide()
        assert [p.node for p in check(s, shapes=False)] == ["the log of judgements"]
        deletion.go_on(s)
        for thread in threading.enumerate():
            if thread.name == "clear":
                thread.join()
        assert not check(s, shapes=False)

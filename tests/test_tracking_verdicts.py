"""A verdict stands on evidence or says why it has none; no clock makes a decision lose."""

import json
from datetime import UTC, datetime

import pytest

from kg import feeds, rdf, store
from kg.articles import forget
from kg.merging import Source, merge
from kg.model import Extent
from kg.tracking import evidence, judgements, log, verdicts
from kg.tracking.claims import effective_claims
from kg.tracking.log import Judgement, JudgementError, in_order
from kg.vocab import JUDGEMENTS_GRAPH
from kg.web import is_web_address
from tests import stories
from tests.test_tracking_store import fill

REFUSED = (
    "javascript:alert(1)", "JavaScript:alert(1)", " javascript:alert(1)", "java\tscript:alert(1)", "data:text/html,x", "file:///etc/passwd",
    "vbscript:x", "ftp://a.example/", "https://", "https:evil", "//a.example/", "どこか", "https://a.example/\nx", 'https://a.example/"onx="', "",
)  # fmt: skip


@pytest.fixture
def battery():
    with store.memory() as s:
        yield s, fill(s, stories.load("battery"))


@pytest.mark.parametrize("address", REFUSED)
def test_what_is_no_web_address_is_never_a_link(address):
    from iibun.web import cards

    assert not is_web_address(address)
    assert "<a" not in cards.outside(address, "x")


def test_web_addresses_are_links():
    for address in ("https://a.example/", "HTTP://a.example:8080/x?y=z", "https://例え.jp/記事"):
        assert is_web_address(address)


@pytest.mark.parametrize(
    "address", [*REFUSED, "urn:iibun:article:00", "urn:iibun:claim:none", "urn:iibun:extent:00-1-2"]
)
def test_evidence_is_a_web_address_or_a_sentence(battery, address):
    s, ids = battery
    before = len(log.entries(s, kinds=log.KINDS))
    with pytest.raises(JudgementError):
        verdicts.verdict(s, ids["4b"], "partly", author="佐藤", evidence=[address])
    assert len(log.entries(s, kinds=log.KINDS)) == before


def test_a_claim_is_no_evidence_of_itself(battery):
    s, ids = battery
    with pytest.raises(log.JudgementError, match="no evidence of what became of it"):
        verdicts.verdict(s, ids["4b"], "came-true", author="佐藤", evidence=["https://ir.example/", ids["4b"]])
    assert not verdicts.last_verdicts(s, [ids["4b"]])


def test_a_verdict_without_evidence_says_why(battery):
    s, ids = battery
    for options in ({}, {"without": "  "}, {"without": "公表がない", "evidence": ["https://a.example/"]}):
        with pytest.raises(JudgementError, match="evidence"):
            verdicts.verdict(s, ids["4b"], "partly", author="佐藤", **options)
    verdicts.verdict(s, ids["4b"], "unresolvable", author="佐藤", without="公表がない")
    (row,) = verdicts.predictions(s, state="settled")
    assert (row.without, row.evidence) == ("公表がない", ())
    (review,) = feeds.claim_reviews(s)
    assert "公表がない" in review["reviewBody"] and "公表がない" in feeds.atom(s).decode()


def test_a_sentence_stays_evidence_when_its_article_changes(battery):
    s, ids = battery
    (fact,) = effective_claims(s, claims=[ids["6a"]])
    iri = verdicts.verdict(s, ids["4b"], "did-not", author="佐藤", evidence=[ids["6a"], "https://ir.example/"])
    s.delete(fact.article)
    (j,) = log.entries(s, judgements=[iri])
    web, sentence = evidence.shown(s, j)
    assert (web.address, web.text) == ("https://ir.example/", None)
    assert (sentence.text, sentence.article) == (fact.text, fact.article)
    citations = feeds.claim_reviews(s)[0]["citation"]
    assert {c.get("text") for c in citations} == {None, fact.text}


def test_an_article_that_is_forgotten_leaves_no_quotation(battery):
    s, ids = battery
    (fact,) = effective_claims(s, claims=[ids["6a"]])
    verdicts.verdict(s, ids["4b"], "did-not", author="佐藤", evidence=[ids["6a"]])
    forget(s, fact.article, judgements=True)
    assert fact.text not in "".join(str(q) for q in s.quads())
    (row,) = verdicts.predictions(s, state="settled")
    assert row.verdict == "did-not"


def _logged(s, iri, **literal):
    """A verdict of an older version, or of a stranger's file, straight into the log."""
    from pyoxigraph import NamedNode, Quad

    from kg.vocab import IIB

    old = [q for q in s.quads(JUDGEMENTS_GRAPH) if q.subject.value == iri and q.predicate not in (IIB.withoutEvidence,)]
    s.update(f"DELETE WHERE {{ GRAPH <{JUDGEMENTS_GRAPH}> {{ <{iri}> ?p ?o }} }}")
    s.insert([*old, *(Quad(NamedNode(iri), IIB[k], NamedNode(v), log.LOG) for k, v in literal.items())])
    judgements.rebuild(s)


def test_refused_evidence_of_a_strange_log_goes_nowhere(battery):
    s, ids = battery
    iri = verdicts.verdict(s, ids["4b"], "did-not", author="佐藤", without="試験")
    _logged(s, iri, evidence="javascript:alert(1)")
    assert "javascript" not in json.dumps(feeds.claim_reviews(s)) + feeds.atom(s).decode() + feeds.nanopublications(s)
    ((name, what),) = evidence.faults(s.quads(JUDGEMENTS_GRAPH))
    assert name == iri and "javascript:alert(1)" in what
    for bulk in (False, True):
        with store.memory() as other:
            source = Source.bytes("log.nq", "".join(f"{q} .\n" for q in s.quads(JUDGEMENTS_GRAPH)).encode())
            (failed,) = merge(other, [source], bulk=bulk).failed
            assert "javascript:alert(1)" in failed and log.entries(other) == []


def test_a_verdict_of_an_older_version_without_evidence_is_kept_and_listed(battery):
    from kg.check import check

    s, ids = battery
    iri = verdicts.verdict(s, ids["4b"], "did-not", author="佐藤", without="試験")
    _logged(s, iri)
    assert evidence.refusal(s.quads(JUDGEMENTS_GRAPH)) is None
    assert [p.verdict for p in verdicts.predictions(s, state="settled")] == ["did-not"]
    assert [p.node for p in check(s, shapes=False) if "no evidence" in p.what] == [iri]


# The order of decisions


@pytest.fixture
def clock(monkeypatch):
    """Sets the machine's clock to a second since 1970."""

    def at(second):
        monkeypatch.setattr(log, "clock", lambda: second * 1_000_000_000)

    return at


def verdict_now(s, claim):
    return next((p.verdict for p in verdicts.predictions(s, state="settled") if p.claim.iri == claim), None)


def test_a_clock_set_back_makes_no_decision_lose(battery, clock):
    s, ids = battery
    clock(2_000_000_000)
    verdicts.verdict(s, ids["4b"], "came-true", author="佐藤", without="試験")
    accepted = judgements.judge(s, ids["4b"], "accept", author="佐藤")
    clock(1_000_000_000)
    verdicts.verdict(s, ids["4b"], "did-not", author="鈴木", without="試験")
    assert verdict_now(s, ids["4b"]) == "did-not"
    judgements.judge(s, ids["4b"], "reject", author="鈴木")
    assert effective_claims(s, claims=[ids["4b"]]) == []
    judgements.undo(s, judgements.undo(s, accepted, author="鈴木"), author="佐藤")
    judgements.rebuild(s)
    assert verdicts.last_verdicts(s, [ids["4b"]])[ids["4b"]].one("verdict") == "did-not"
    history = judgements.history(s, claim=ids["4b"])
    assert [j.kind for j in history] == ["Undo", "Undo", "Rejection", "Verdict", "Acceptance", "Verdict"]
    assert history[0].time == datetime.fromtimestamp(1_000_000_000, UTC)  # the clock as it was


def test_two_machines_agree_in_whatever_order_their_logs_meet(battery, clock):
    s, ids = battery
    clock(2_000_000_000)
    verdicts.verdict(s, ids["4b"], "came-true", author="佐藤", without="試験")
    shared = list(s.quads())

    def machine(quads, second, code):
        with store.memory() as other:
            other.insert(quads)
            clock(second)
            verdicts.verdict(other, ids["4b"], code, author=code, without="試験")
            return list(other.quads(JUDGEMENTS_GRAPH))

    slow, fast = machine(shared, 1_000_000_000, "partly"), machine(shared, 2_000_000_050, "did-not")
    found = []
    for logs in ((slow, fast), (fast, slow), (slow, fast, slow)):
        with store.memory() as union:
            union.insert(shared)
            for quads in logs:
                union.insert(quads)
            judgements.rebuild(union)
            found.append(verdict_now(union, ids["4b"]))
            clock(1)  # who has seen both decides after both
            verdicts.verdict(union, ids["4b"], "annulled", author="田中", without="試験")
            assert verdict_now(union, ids["4b"]) == "annulled"
    assert found == ["did-not"] * 3


def test_a_revision_of_an_older_version_whose_clock_was_set_back_comes_after_what_it_revises(battery):
    s, ids = battery
    first = verdicts.verdict(s, ids["4b"], "came-true", author="佐藤", without="試験")
    second = verdicts.verdict(s, ids["4b"], "did-not", author="佐藤", without="試験")
    swapped = {
        first: "urn:iibun:judgement:0f000000000000" + "0" * 16,
        second: "urn:iibun:judgement:01000000000000" + "0" * 16,
    }
    text = "\n".join(f"{q} ." for q in s.quads(JUDGEMENTS_GRAPH))
    for old, new in swapped.items():
        text = text.replace(old, new)
    s.delete(JUDGEMENTS_GRAPH)
    import pyoxigraph as ox

    s.insert(list(ox.parse(text, format=ox.RdfFormat.N_QUADS)))
    judgements.rebuild(s)
    assert verdict_now(s, ids["4b"]) == "did-not"


def test_offsets_of_evidence_are_of_the_text(battery):
    s, ids = battery
    (fact,) = effective_claims(s, claims=[ids["6a"]])
    extent = rdf.extent_iri(fact.article, Extent(0, 10_000))
    with pytest.raises(JudgementError, match="no extent"):
        verdicts.verdict(s, ids["4b"], "did-not", author="佐藤", extents=[extent])


def test_revisions_of_revisions_have_an_order_however_many_and_however_they_are_named():
    revisions = {
        f"{5000 - n:04}": f"{5000 - n + 1:04}" for n in range(5000)
    }  # each revises the one with the next greater name
    found = [
        Judgement(x, "Verdict", "c", "佐藤", datetime.min, details={"wasRevisionOf": [y]}) for x, y in revisions.items()
    ]
    assert [j.iri for j in in_order(found)] == list(revisions)
    circle = [
        Judgement(x, "Verdict", "c", "佐藤", datetime.min, details={"wasRevisionOf": [y]})
        for x, y in ("ab", "bc", "ca")
    ]
    assert {j.iri for j in in_order(circle)} == {*"abc"}

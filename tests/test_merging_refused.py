"""Files that are refused when they are loaded, and look-alikes that are not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

import kg.store
from iibun.cli.main import main
from kg.merging import Source, merge
from kg.store import EmbeddedStore
from kg.vocab import IIB, JUDGEMENTS_GRAPH, RDF
from tests.merging import filled, rdf_log

IRI = "urn:iibun:judgement:0000000000000100"
#: What a forged entry says besides its author and time, and what is said of it.
FORGED = {
    "a iib:Merge ; iib:into <urn:x:a> ; iib:merges 'b'": "merges cannot be 'b'",
    "a iib:Merge ; iib:merges <urn:x:a>": "it has 0 values of into, not one",
    "a iib:Merge ; iib:into <urn:x:a>": "it has no value of merges",
    "a iib:Split ; iib:judges <urn:x:a> ; iib:into 'b' ; iib:correctedLabel 'c'": "into cannot be 'b'",
    "a iib:Separation ; iib:judges <urn:x:a> ; iib:apartFrom 1": "apartFrom cannot be '1'",
    "a iib:Naming ; iib:judges <urn:x:a> ; iib:correctedLabel 'c' ; iib:correctedType 'Robot'": "correctedType cannot be 'Robot'",
    "a iib:LinkDecision ; iib:judges <urn:x:l> ; iib:decision 'confirmed' ; iib:linkType 'supports' ; iib:from 'a' ; iib:to <urn:x:b>": "from cannot be 'a'",
    "a iib:ArticleCorrection ; iib:judges <urn:x:a> ; iib:correctedPublished 'gestern'": "correctedPublished cannot be 'gestern'",
    "a iib:Verdict ; iib:judges <urn:x:a> ; iib:verdict 'partly' ; iib:decidedOn '2026-99-99'^^xsd:date": "decidedOn cannot be '2026-99-99'",
    "a iib:Estimate ; iib:judges <urn:x:a> ; iib:probability 7.5": "probability cannot be '7.5'",
    "a iib:Correction ; iib:judges <urn:x:a> ; iib:correctedStart -5": "correctedStart cannot be '-5'",
    "a iib:Acceptance ; iib:judges 'x'": "judges cannot be 'x'",
    "a iib:Acceptance , iib:Rejection ; iib:judges <urn:x:a>": "it is of no kind of judgement, or of several",
}  # fmt: skip


@pytest.mark.parametrize("says", FORGED)
def test_an_entry_from_which_nothing_can_be_derived_is_refused(says: str, tmp_path: Path, capsys: Any) -> None:
    made = kg.store.memory()
    made.update(
        f"INSERT DATA {{ GRAPH <{JUDGEMENTS_GRAPH}> {{ <{IRI}> a iib:Judgement ; prov:wasAttributedTo <urn:x:me> ; "
        f"prov:generatedAtTime '2026-12-01T00:00:00Z'^^xsd:dateTime . <{IRI}> {says} }} }}"
    )
    file = tmp_path / "forged.nq"
    file.write_bytes(rdf_log(made))
    where = ["--store", str(tmp_path / "store")]
    with kg.store.open(tmp_path / "store") as store:
        filled(store)
    assert main(["load", str(file), *where]) == 1
    assert f"holds a judgement that cannot be taken: {IRI}: {FORGED[says]}." in capsys.readouterr().err
    assert main(["check", "--no-shapes", *where]) == 0
    with kg.store.open(tmp_path / "store") as store:
        store.insert(made.quads(JUDGEMENTS_GRAPH))  # as older versions did
    assert main(["check", "--no-shapes", *where]) == 1
    assert FORGED[says] in capsys.readouterr().out


#: Property of the claim of a file → a value that no page or command could show, and what is said of it.
ILL_TYPED = {
    "schema:name": ("'2026-01-01'^^xsd:date", "https://schema.org/name is '2026-01-01', not a text"),
    "schema:datePublished": ("'2026-02-30'^^xsd:date", "https://schema.org/datePublished is '2026-02-30', not a date"),
    "iib:dueEnd": ("'10000-01-01'^^xsd:date", "urn:iibun:ns#dueEnd is '10000-01-01', not a date"),
    "iib:confidence": ("'INF'^^xsd:double", "urn:iibun:ns#confidence is 'INF', not a number"),
    "iib:illustration": ("'maybe'^^xsd:boolean", "urn:iibun:ns#illustration is 'maybe', not true or false"),
    "iib:source": ("'青葉電機'", "urn:iibun:ns#source is '青葉電機', not an IRI"),
    "iib:score": ("'=1+1'", "urn:iibun:ns#score is '=1+1', not a number"),
    "oa:start": ("-1", "http://www.w3.org/ns/oa#start is '-1', not a whole number from 0"),
}


@pytest.mark.parametrize("form", ["nq", "ttl"])
@pytest.mark.parametrize("name", ILL_TYPED)
def test_a_file_with_a_value_that_no_page_could_show_is_refused(
    name: str, form: str, tmp_path: Path, capsys: Any
) -> None:
    value, said = ILL_TYPED[name]
    claim = "urn:iibun:claim:1"
    made = kg.store.memory()
    made.update(f"INSERT DATA {{ GRAPH <urn:iibun:article:1> {{ <{claim}> a schema:Claim ; {name} {value} }} }}")
    file = tmp_path / f"theirs.{form}"
    quads = list(made.quads("urn:iibun:article:1"))
    file.write_bytes(
        ox.serialize(quads, format=ox.RdfFormat.N_QUADS) if form == "nq"
        else ox.serialize((q.triple for q in quads), format=ox.RdfFormat.TURTLE)
    )  # fmt: skip
    where = ["--store", str(tmp_path / "store")]
    with kg.store.open(tmp_path / "store") as store:
        filled(store)
    for bulk in ([], ["--bulk"]):
        assert main(["load", *bulk, str(file), *where]) == 1
        assert f"holds a value that cannot be taken: {claim}: {said}." in capsys.readouterr().err
    assert main(["check", "--no-shapes", *where]) == 0
    with kg.store.open(tmp_path / "store") as store:
        store.insert(quads)  # as an update can
    assert main(["check", "--no-shapes", *where]) == 1
    assert said in capsys.readouterr().out


def test_others_use_the_properties_of_others_as_they_like() -> None:
    store = kg.store.memory()
    book = b'<urn:x:book> <https://schema.org/datePublished> "2026" ; <https://schema.org/name> 1984 .'
    assert not merge(store, [Source.bytes("books.ttl", book)]).failed
    claim = b"<urn:x:book> a <https://schema.org/Claim> ; <https://schema.org/name> 1984 ."
    assert not merge(store, [Source.bytes("books.trig", b"<urn:x:g> { " + book + b" }")]).failed
    assert merge(store, [Source.bytes("claims.trig", b"<urn:x:g> { " + claim + b" }")]).failed


def test_a_file_with_a_value_that_is_too_long_is_refused_and_the_others_are_loaded() -> None:
    store = kg.store.memory()
    long = b'<urn:x:a> <urn:x:b> "%b" <urn:x:g> .' % (b"a" * (17 << 20))
    sources = [
        Source.bytes("long.nq", long), Source.bytes("short.nq", b"<urn:x:a> <urn:x:b> <urn:x:c> <urn:x:g> .")
    ]  # fmt: skip
    assert merge(store, sources).failed == ["long.nq holds a value or a comment above 16 MB; it is not read."]
    assert len(list(store.quads("urn:x:g"))) == 1


@pytest.mark.parametrize("bulk", [False, True])
@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.nq", "", "holds no quads."),
        ("a.trig", "# nothing\n", "holds no quads."),
        ("a.ttl", "@prefix a: <urn:a:> .", "holds no quads."),
        ("a.jsonld", '{"@id": "urn:a", "name": "題"}', "holds no quads."),
        ("a.jsonld", '{"@id": "a/b", "urn:p": "題"}', "is not valid JSON-LD: the IRI 'a/b' is relative"),
        ("a.jsonld", '{"@id": "urn:a", "urn:p": ["題", {"@id": "b"}]}', "the IRI 'b' is relative"),
        ("a.jsonld", '{"@id": "urn:a", "@type": "Person", "urn:p": "題"}', "the IRI 'Person' is relative"),
        ("a.jsonld", '{"@id": "g", "@graph": [{"@id": "urn:a", "urn:p": "題"}]}', "the IRI 'g' is relative"),
        ("a.jsonld", '{"@id": "urn:a", "urn:p": {"@value": "1", "@type": "t"}}', "the IRI 't' is relative"),
    ],
)
def test_a_file_of_which_nothing_or_not_all_can_be_loaded_is_refused(
    name: str, content: str, told: str, bulk: bool
) -> None:
    store = EmbeddedStore()
    done = merge(store, [Source.bytes(name, content.encode())], bulk=bulk)
    assert len(done.failed) == 1 and told in done.failed[0] and done.quads == 0 and not store.graphs()


def test_a_log_that_is_refused_takes_back_what_the_same_file_added(tmp_path: Path) -> None:
    late = f"<urn:iibun:judgement:efff> <{RDF.type.value}> <{IIB.Judgement.value}> <{JUDGEMENTS_GRAPH}> .\n"
    source = Source.bytes("a.nq", f"<urn:x:a> <urn:x:b> <urn:x:c> <urn:x:g> .\n{late}".encode())
    with kg.store.open(tmp_path / "store") as store:
        (failed,) = merge(store, [source], bulk=True).failed
        assert "holds a judgement that no later one could follow" in failed and not store.graphs()


def test_json_ld_with_a_base_of_its_own_is_loaded() -> None:
    content = b'{"@context": {"@base": "http://b.example/"}, "@id": "urn:a", "urn:p": {"@id": "x"}}'
    done = merge(EmbeddedStore(), [Source.bytes("a.jsonld", content)])
    assert (done.quads, done.failed) == (1, [])

"""Characters that steer, hide or break: in the store as they came, in no output that they could harm."""

from __future__ import annotations

import contextlib
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest
import rdflib

import kg.store
from iibun.cli.main import main
from iibun.web import asking, downloads, tables
from kg import export, feeds, queries
from kg.characters import XmlOut, cell
from kg.rdf import article_iri, quads
from kg.store import Store
from kg.tracking.verdicts import verdict
from kg.vocab import SCHEMA
from tests.kg_samples import TEXT, report

HARM = "\x1b[2J\x07\x9b31m\x85\x0b\x0c\x7f\u202e\u2066\ufffe\uffff\ud800\u2028"
#: What may stand in no output: C0 but tab and line feeds, DEL, C1, direction controls, halves, no characters.
UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    made = report(0, f"始め{HARM}\r\n{TEXT}")
    made = replace(
        made,
        article=replace(
            made.article, title=f"=題{HARM}\nBEGIN:VEVENT", publisher=f"＝紙{HARM}", url="https://e.example/1"
        ),
        entities=tuple(replace(e, label=f"{e.label}{HARM}", aliases=()) for e in made.entities),
        claims=tuple(replace(c, title=f"＠{c.title}{HARM}\r\nEND:VEVENT") for c in made.claims),
    )
    with kg.store.memory() as s:
        s.replace(article_iri(made.article), quads(made))
        claim = queries.ask(s, "predictions")[0]["claim"]
        verdict(
            s,
            claim,
            "partly",
            author=f"花子{HARM}",
            note=f"注{HARM}",
            on=date(2026, 1, 1),
            evidence=["https://e.example/2"],
        )
        yield s


@pytest.mark.parametrize("name", ["rdfxml", "graphml", "ics", "atom", "claimreview", "csv"])
def test_no_export_carries_them(store: Store, name: str) -> None:
    out = io.BytesIO()
    export.export(store, name, out)
    text = out.getvalue().decode("utf-8")
    kept = "[\u202a-\u202e\u2066-\u2069]" if name == "rdfxml" else "(?!)"  # letters of the text, which RDF keeps
    assert not UNFIT.search(re.sub(kept, "", text))
    if name in ("rdfxml", "graphml", "atom"):
        ElementTree.fromstring(out.getvalue())


def test_the_graph_page_gives_graphml_that_is_xml() -> None:
    from iibun.web.network import Edge, Node, Part, graphml

    nodes = (Node("urn:a", f"甲{HARM}", "Person", 1), Node("urn:b", "乙", "Person", 1))
    made = graphml(Part(nodes, (Edge("urn:a", "about", "urn:b", 1, {}),), {}))
    ElementTree.fromstring(made)
    assert not UNFIT.search(made.decode())


def test_offsets_into_rdf_xml_hold_after_parsing(store: Store) -> None:
    out = io.BytesIO()
    export.export(store, "rdfxml", out)
    graph = rdflib.Graph().parse(data=out.getvalue(), format="xml")
    (body,) = graph.objects(None, rdflib.URIRef(SCHEMA.articleBody.value))
    (row,) = store.select("SELECT ?text { GRAPH ?g { ?a schema:articleBody ?text } }")
    assert len(str(body)) == len(row["text"]) and "\r\n" in str(body) and "\x1b" in row["text"]


def test_a_title_cannot_add_lines_to_a_calendar(store: Store) -> None:
    from icalendar import Calendar

    made = feeds.calendar(store)
    (event,) = Calendar.from_ical(made).walk("VEVENT")
    assert "END:VEVENT" in event["SUMMARY"] and made.count(b"\r\nEND:VEVENT") == 1
    assert all(len(line) <= 75 for line in made.split(b"\r\n"))


@pytest.mark.parametrize(
    "first",
    ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠", "﹦", " =", "\u3000＝", "\u200b=", "\ufeff＝", "\u2028", '"=', "'+", "“@"],
)  # fmt: skip
def test_no_cell_is_a_formula(first: str) -> None:
    assert cell(f"{first}HYPERLINK(1)").startswith("'")
    assert cell([]) == "" and cell("") == ""  # what a claim without an entity is about
    assert cell("青葉=電機") == "青葉=電機" and cell(-1.5) == "-1.5"


def test_every_csv_for_spreadsheets_is_guarded(
    store: Store, capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    made: list[bytes] = []
    out = io.BytesIO()
    export.export(store, "csv", out)
    made.append(out.getvalue())
    data = tables.tables(lambda name, **bindings: queries.ask(store, name, **bindings))
    made.append(downloads.claims_csv(data, data.claims))
    made.append(downloads.table_csv(["a", "b"], [["＠SUM(1)", "=1+1"], ["\t+1", -2]]))
    answer = asking.run(
        store, 'SELECT ?title ("＝1+1" AS ?x) (-2 AS ?n) { GRAPH ?g { ?c a schema:Claim ; schema:name ?title } }'
    )
    assert isinstance(answer, asking.Rows)
    made.append(answer.csv())
    with kg.store.open(tmp_path / "store") as folder:
        folder.insert(list(store.quads()))
    main(["query", "claims", "--format", "csv", "--store", str(tmp_path / "store")])
    made.append(capsysbinary.readouterr().out)
    for content in made:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
        cells = [c for row in rows[1:] for c in row]
        assert any("＠" in c for c in cells) and "'" not in cells
        assert not [c for c in cells if re.match(r"\s*[=+@＝＋－＠]", c) or UNFIT.search(c)]
    assert "-2" in made[3].decode("utf-8-sig").split("\r\n")[1].split(",")


def test_nothing_steers_the_terminal(store: Store, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with kg.store.open(tmp_path / "store") as folder:
        folder.insert(list(store.quads()))
    place = ["--store", str(tmp_path / "store")]
    for command in (["query", "claims"], ["due"], ["due", "--on", "2025-11-04"], ["merge"], ["ingest", "x\x1b[2J\x9b.txt"],
                    ["query", "claims", "--bind", "source=\x1b[2J"], ["score", "--by", "source"], ["status"]):  # fmt: skip
        main([*command, *place])
    said = capsys.readouterr()
    assert "\\u001b[2J" in said.out and "\\u001b[2J" in said.err and "必ず" in said.out
    assert not UNFIT.search(said.out + said.err)


def test_nothing_steers_a_terminal_that_is_one(store: Store, tmp_path: Path) -> None:
    import os
    import pty
    import subprocess
    import sys

    with kg.store.open(tmp_path / "store") as folder:
        folder.insert(list(store.quads()))
    for command in (
        ["export", "--format", "turtle"],
        ["query", "claims", "--format", "csv"],
        ["query", "articles", "--format", "tsv"],
    ):
        ours, theirs = pty.openpty()
        whole = [sys.executable, "-m", "iibun", *command, "--store", str(tmp_path / "store")]
        with subprocess.Popen(whole, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs) as process:
            os.close(theirs)
            said = b""
            with contextlib.suppress(OSError):  # what a terminal says at its end
                while data := os.read(ours, 65536):
                    said += data
            process.wait(60)
        os.close(ours)
        text = said.decode("utf-8").replace("\r\n", "\n")
        assert "紙" in text and "\\u000d\n" not in text, command
        assert not UNFIT.search(text), command


def test_a_character_that_comes_in_pieces_is_whole_again() -> None:
    text = "言\x1b\x9b\ufffeい\r\n分".encode()
    for at in range(len(text)):
        out = io.BytesIO()
        target = XmlOut(out)
        target.write(text[:at])
        target.write(text[at:])
        assert out.getvalue().decode() == "言\ufffd\ufffd\ufffdい&#13;\n分"

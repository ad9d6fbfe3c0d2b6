"""RDF from outside that would end the process is refused in a sentence, and ordinary data never is."""

from __future__ import annotations

import gzip
import io
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iibun.i18n.errors import explained
from iibun.web.pages import inout
from kg.endpoint import graphs
from kg.endpoint.requests import BadRequest
from kg.errors import IibunError
from kg.store import EmbeddedStore, parsing, restore
from kg.store.transfer import format_of
from tests.merging import exported, filled

LINE = "<urn:a> <urn:b> "
LAUGHS = "".join(f'<!ENTITY a{n} "&a{n - 1};&a{n - 1};">' for n in range(1, 40))
RDF = "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description rdf:about='urn:a'><rdf:value>&a39;</rdf:value></rdf:Description></rdf:RDF>"
ENDINGS = [".nt", ".nq", ".ttl", ".trig", ".jsonld", ".rdf"]


def nested(ending: str, levels: int) -> bytes:
    """Data of a format, nested so deep; RDF/XML with entities that grow, whatever the levels."""
    term = f"<<( {LINE}" * levels + "<urn:c>" + " )>>" * levels
    text = {
        ".nt": f"{LINE}{term} .\n", ".nq": f"{LINE}{term} <urn:g> .\n", ".ttl": f"{LINE}{term} .\n",
        ".trig": f"<urn:g> {{ {LINE}{term} }}\n", ".jsonld": '{"urn:a":' * levels + "1" + "}" * levels,
        ".rdf": f'<!DOCTYPE r [<!ENTITY a0 "ha">{LAUGHS}]>{RDF}',
    }[ending]  # fmt: skip
    return text.encode()


def _command(*args: str) -> Callable[[Path], None]:
    def run(file: Path) -> None:
        ran = subprocess.run(
            [sys.executable, "-m", "iibun", *(a.format(file=file) for a in args), "--store", str(file.parent / "store")],
            capture_output=True, text=True,
        )  # fmt: skip
        assert ran.returncode == 1, ran
        raise IibunError(ran.stderr.strip().splitlines()[-1].removeprefix("iibun: ").removeprefix("error: "))

    return run


def _page(file: Path) -> None:
    inout.load(file.name, file.read_bytes())


def _endpoint(file: Path) -> None:
    list(graphs._parse(file.read_bytes(), format_of(file), None))


def _restore(file: Path) -> None:
    with EmbeddedStore() as store:
        try:
            restore(store, file)
        finally:
            assert not store.graphs(), "nothing half-written"


@pytest.mark.parametrize(
    ("way", "ending"),
    [(way, ending) for way in (_page, _endpoint, _restore) for ending in ENDINGS]
    + [(_command("load", "{file}"), ".nq"), (_command("restore", "{file}"), ".nq.gz"), (_page, ".nq.gz"), (_restore, ".nq.gz")],
)  # fmt: skip
def test_what_would_end_the_process_is_refused_in_a_sentence(
    way: Callable[[Path], None], ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / f"deep{ending}"
    data = nested(ending.removesuffix(".gz"), 50_000)
    file.write_bytes(gzip.compress(data) if ending.endswith(".gz") else data)
    with EmbeddedStore() as store:
        monkeypatch.setattr(inout, "store", lambda: store)
        with pytest.raises((IibunError, BadRequest)) as told:
            way(file)
    said = str(getattr(told.value, "message", "") or told.value)
    assert re.search("nested more than 100 levels deep|entities are long", said) and said.endswith(".")
    if ending != ".rdf" or way is not _endpoint:
        assert re.search("入れ子|実体", explained(said, "ja"))


@pytest.mark.parametrize("ending", ENDINGS[:-1])
def test_a_hundred_levels_are_read_and_one_more_is_not(ending: str) -> None:
    assert list(parsing.parse(nested(ending, 100), format_of(Path(f"x{ending}")), "It"))
    with pytest.raises(parsing.Unparsed):
        list(parsing.parse(nested(ending, 101), format_of(Path(f"x{ending}")), "It"))


MANY = "<<" * 150
ORDINARY = [
    (".ttl", f'{LINE}"""a"" {MANY} \\""" # b""", "{MANY}", \'{MANY}"\', \'\'\'{MANY}\n\'\'\', "" , "\\\\" .'),
    (".ttl", f"# it's \" {MANY}\n{LINE}<urn:it's#x> . # {MANY}"),
    (".ttl", f"prefix e: <urn:e> {LINE}e:it\\'s . " + f"{LINE}<<( {LINE}1 )>> .\n" * 300),
    (".nq", f'{LINE}"{MANY}" <urn:g> .\n' + f"{LINE}<<( {LINE}<urn:c> )>> <urn:g> .\n" * 300),
    (".jsonld", '{"urn:a":"' + "[{" * 150 + '\\"", "urn:b":[' + ",".join(['{"urn:c":[1]}'] * 300) + "]}"),
    (".rdf", f'<!DOCTYPE r [<!ENTITY a39 "urn:x:"><!ENTITY b "x">]>{RDF}'),
]
HIDDEN = [
    (".ttl", f"# \r{LINE}{{deep}} ."), (".ttl", f'{LINE}"a\\\\", {{deep}} .'), (".ttl", f"{LINE}<urn:'a>, {{deep}} ."), (".ttl", f'{LINE}"", {{deep}} .'),
    (".ttl", f"prefix e: <urn:e> {LINE}e:\\', {{deep}} ."), (".ttl", f'{LINE}"""a\\"""", {{deep}} .'), (".nt", f'{LINE}"#" .\n{LINE}{{deep}} .'),
]  # fmt: skip


@pytest.mark.parametrize("chunk", [1, 2, 3, 5, 1 << 16])
@pytest.mark.parametrize(("ending", "text"), ORDINARY)
def test_brackets_in_texts_and_next_to_each_other_are_no_nesting(
    ending: str, text: str, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parsing, "_CHUNK", chunk)
    format = format_of(Path(f"x{ending}"))
    assert sum(1 for _ in parsing.parse(text.encode(), format, "It")) == sum(1 for _ in ox.parse(text.encode(), format))


@pytest.mark.parametrize("chunk", [1, 2, 3, 5, 1 << 16])
@pytest.mark.parametrize(("ending", "text"), HIDDEN)
def test_nesting_hides_behind_no_text(ending: str, text: str, chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "_CHUNK", chunk)
    deep = text.format(deep=f"<<( {LINE}" * 101)
    with pytest.raises(parsing.Unparsed):
        list(parsing.parse(deep.encode(), format_of(Path(f"x{ending}")), "It"))


@pytest.mark.parametrize("pad", [0, 1000, 65_530, 65_536, 200_000])
@pytest.mark.parametrize("entity", ["a '&b;&b;'", f"a '{'x' * 200}'", f"a {' ' * 5000}'&b;'", 'a\n"&b;"'])
def test_entities_that_grow_are_seen_wherever_they_stand(pad: int, entity: str) -> None:
    text = f"<!--{'x' * pad}--><!DOCTYPE r [<!ENTITY {entity}>]>{RDF}"
    with pytest.raises(parsing.Unparsed):
        list(parsing.parse(text.encode(), ox.RdfFormat.RDF_XML, "It"))


_TEXT = st.lists(st.sampled_from(["<<(" * 60, "{[" * 60, ")>>", '"', '""', "'", "'''", "\\", "#", "\n", "\r", "<", ">", "<urn:a>", "言", " "])).map("".join)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(_TEXT, min_size=1, max_size=4), st.sampled_from(ENDINGS), st.sampled_from([1, 7, 1 << 16]))
def test_whatever_is_written_is_read_again(texts: list[str], ending: str, chunk: int) -> None:
    format = format_of(Path(f"x{ending}"))
    quads: list[Any] = [ox.Quad(ox.NamedNode("urn:a"), ox.NamedNode("urn:b#c"), ox.Literal(t)) for t in texts]
    written = ox.serialize((q.triple for q in quads), format=format)
    assert written is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parsing, "_CHUNK", chunk)
        found = list(parsing.parse(io.BytesIO(written), format, "It"))
    assert len(found) == sum(1 for _ in ox.parse(written, format))


@pytest.mark.parametrize(("format", "ending"), [("nquads", ".nq"), ("trig", ".trig"), ("jsonld", ".jsonld")])
def test_what_we_export_is_read_again(format: str, ending: str) -> None:
    with EmbeddedStore() as store:
        data = exported(filled(store), format)
        assert list(parsing.parse(data, format_of(Path(f"x{ending}")), "It"))

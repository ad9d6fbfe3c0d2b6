"""What a published site holds and what stays out, for a reader who looks at its files."""

from __future__ import annotations

import errno
import json
import posixpath
import re
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyoxigraph as ox
import pytest

import kg.store
from iibun import publish
from iibun.cli.main import main
from iibun.publish import pictures
from iibun.publish.content import QUOTED, Link
from kg import merging
from kg.errors import IibunError, UsageError
from kg.model import Article, Claim, Entity, Extent, Interval, Mention, Prediction, Report
from kg.rdf import article_iri, quads
from kg.store import Store
from kg.tracking import judgements, verdicts
from tests.kg_samples import report

ON = date(2026, 6, 1)
HIDDEN = "この段落はどの主張にも含まれないので、公開されてはならない。"
LONG = "「" + "値上げは避けられない情勢であり、" * 20 + "年内に決める」"
TEXT = f"<script>alert(1)</script>社の森社長は、2027年までに黒字になると述べた。\n{HIDDEN}\n森社長は{LONG}と話した。\n森社長は新工場は建てないと明かした。"
TITLE = '</script><script>alert("題")</script>'


def _claim(name: str, words: str, **more: object) -> Claim:
    at = TEXT.index(words)
    return Claim(name, Extent(at, at + len(words)), ("e1",), title=words[:40], confidence=0.9, **more)  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An article with two predictions, one of many words, and a claim that was rejected; its names and headline are hostile."""
    at = TEXT.index("森社長")
    report = Report(
        Article(TEXT, TITLE, "https://news.example/a", date(2026, 1, 5), "架空新報"),
        entities=(Entity("e1", "Person", "森<b>", (), (), ("test",)),),
        mentions=(Mention(Extent(at, at + 1), "e1"),),
        claims=(
            _claim(
                "c1",
                "2027年までに黒字になる",
                prediction=Prediction(due=Interval(date(2027, 1, 1), date(2027, 12, 31))),
            ),
            _claim("c2", LONG, prediction=Prediction(due=Interval(None, date(2026, 6, 20)), criterion=LONG)),
            _claim("c3", "新工場は建てない"),
        ),
    )
    with kg.store.open(tmp_path / "store") as opened:
        opened.replace(article_iri(report.article), quads(report))
        rejected = next(r for r in publish.content(opened, on=ON).claims if "新工場" in r.quote)
        judgements.judge(opened, rejected.iri, "reject", author="秘密の査読者")
        yield opened


def _site(store: Store, **options: object) -> dict[str, bytes]:
    return publish.files(store, publish.content(store, on=ON, **options))  # type: ignore[arg-type]


def _predicted(store: Store, words: str) -> str:
    """The IRI of the prediction with these words."""
    return next(c.iri for c in publish.content(store, on=ON).claims if c.prediction and words in c.quote)


def test_texts_and_what_was_rejected_stay_out(store: Store) -> None:
    first, long = _predicted(store, "黒字"), _predicted(store, "避けられない")
    verdicts.verdict(store, first, "came-true", evidence=[long], author="青木", on=date(2026, 5, 1))
    site = _site(store)
    for name in ("calendar.ics", "feed.atom", "data/reviews.json"):
        assert LONG[:20] in _unfolded(site[name]), f"{name} quotes nothing, so it can't quote too much"
    for name, data in site.items():
        if name.startswith("assets/"):
            continue
        text = _unfolded(data)
        assert HIDDEN[:20] not in text, f"{name} holds a text that no claim quotes"
        assert "新工場" not in text, f"{name} holds a rejected claim"
        assert "秘密の査読者" not in text, f"{name} tells who rejected"
        assert LONG[: QUOTED + 1] not in text, f"{name} quotes too much"


def _unfolded(data: bytes) -> str:
    """A file as text; iCalendar breaks its long lines."""
    return data.replace(b"\r\n ", b"").decode()


def test_nothing_of_an_article_becomes_markup(store: Store) -> None:
    for name, data in _site(store).items():
        if name.endswith(".html"):
            text = data.decode()
            assert "<script>alert" not in text and "森<b>" not in text, name


@pytest.mark.parametrize("name", ["../../../outside", "/etc/x", "a/b", "..", ".", "x" * 300, "名", "a%2f..", "a?b#c"])
def test_no_name_of_a_loaded_graph_leads_out_of_the_site(name: str, tmp_path: Path) -> None:
    """IRIs that a file brings in may have any characters; each still has a page of its own, which its links find."""
    whole = "\n".join(f"{q} ." for q in quads(report(1)))
    for kind in ("article", "entity", "claim"):
        for n, iri in enumerate(sorted(set(re.findall(rf"<(urn:iibun:{kind}:\w+)>", whole)))):
            whole = whole.replace(f"<{iri}>", f"<urn:iibun:{kind}:{name}{n or ''}>")
    with kg.store.memory() as store:
        assert not merging.merge(store, [merging.Source.bytes("theirs.nq", whole.encode())]).failed
        site = _site(store)
    published = {path for path in site if path.startswith(("people/", "articles/"))}
    assert len(published) == 3 and all(re.fullmatch(r"(people|articles)/\w+\.html", path) for path in published)
    for path, data in site.items():
        for link in re.findall(r'href="([^"#]+\.html)["#]', data.decode() if path.endswith(".html") else ""):
            assert posixpath.normpath(posixpath.join(posixpath.dirname(path), link)) in site, (path, link)


def test_the_same_store_and_day_give_the_same_bytes(store: Store) -> None:
    assert _site(store) == _site(store)


def test_the_graph_answers_who_predicted_what(store: Store) -> None:
    graph = ox.Store()
    graph.load(_site(store)["data/claims.ttl"], format=ox.RdfFormat.TURTLE)
    found = graph.query(
        "PREFIX iib: <urn:iibun:ns#> PREFIX schema: <https://schema.org/> PREFIX skos: <http://www.w3.org/2004/02/skos/core#> "
        "SELECT ?who ?due { ?c a schema:Claim, iib:Prediction ; iib:source/skos:prefLabel ?who ; iib:dueEnd ?due }"
    )
    assert {(r["who"].value, r["due"].value) for r in found} == {("森<b>", "2026-06-20"), ("森<b>", "2027-12-31")}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("said", "due"),
    [("2026-01-05", "9999-12-31"), ("", "0794-01-01"), ("9999-12-31", "9999-12-31"), ("0001-01-01", "2027-06-01")],
)
def test_one_date_that_is_far_off_does_not_squeeze_the_timeline(store: Store, said: str, due: str) -> None:
    content = publish.content(store, on=ON)
    claim = next(c for c in content.claims if c.prediction)
    dues = [f"{year}-06-01" for year in range(2023, 2033)]
    usual = [replace(claim, iri=f"urn:{n}", published="2023-01-01", due_end=day) for n, day in enumerate(dues)]
    odd = replace(claim, iri="urn:odd", published=said, due_end=due)
    drawn = pictures.timeline(replace(content, claims=(*usual, odd)))
    dots = [dot for lane in drawn.lanes for dot in lane.dots]
    places = [x for dot in dots for x in (dot.x, dot.said) if x is not None]
    assert min(places) >= pictures.NAMES and max(places) <= pictures.WIDTH
    ends = [dot.x for dot in dots if dot.claim.iri != "urn:odd"]
    assert max(ends) - min(ends) > (pictures.WIDTH - pictures.NAMES) / 2, "the usual dates take most of the width"
    assert len(ends) == len(dues) and drawn.beyond == (due not in dues) == len(dues) + 1 - len(dots)


def test_names_of_the_graph_are_apart_and_whole() -> None:
    nodes = tuple(
        (f"n{n}", "架空重工業" * (1 + n % 4), "Organization", 40.0 * (n % 8), 30.0 * (n // 8), 6.0 + n % 5)
        for n in range(40)
    )
    drawn = pictures.Graph((*nodes, ("far", "離れた名前", "Person", 1000.0, 300.0, 6.0)), (), (-100, -50, 1800, 600))
    boxes = [(x, y, drawn.letter * len(words), drawn.letter) for words, x, y in drawn.names.values()]
    for n, (x, y, wide, high) in enumerate(boxes):
        assert x - wide / 2 >= -100 and x + wide / 2 <= 1700
        assert all(abs(x - a) >= (wide + w) / 2 or abs(y - b) >= high for a, b, w, _ in boxes[:n])
    assert "far" in drawn.names and 5 < len(boxes) < len(drawn.nodes), "what does not fit is left out"


@pytest.mark.parametrize(
    ("folder", "words"),
    [("", {"人物", "その他", "大きいほど関係が多い"}), ("en/", {"Person", "other", "larger: more relations"})],
)
def test_the_graph_has_a_legend_of_what_it_shows(
    store: Store, monkeypatch: pytest.MonkeyPatch, folder: str, words: set[str]
) -> None:
    spoken = {"発言・言及（誰が何について語ったか）", "who speaks about whom or what"}
    nodes = (("a", "森", "Person", 0.0, 0.0, 6.0), ("b", "<b>", "", 50.0, 0.0, 6.0))
    for dashed in (False, True):
        drawn = pictures.Graph(nodes, ((0, 0, 50, 0, ("leads",), dashed),), (0, 0, 90, 60))
        monkeypatch.setattr(pictures, "graph", lambda content, drawn=drawn: drawn)
        page = _site(store)[f"{folder}graph.html"].decode()
        entries = re.findall(r"<li><svg.*?</svg>([^<]*)</li>", page, re.DOTALL)
        assert words <= set(entries) and len(entries) == 4
        assert bool(spoken & set(entries)) == dashed


def test_a_link_that_nobody_confirmed_says_so_on_every_page(store: Store) -> None:
    content = publish.content(store, on=ON)
    later, earlier = (c.id for c in content.predictions())
    for confirmed in (False, True):
        link = Link(later, earlier, "contradicts", "urn:link", confirmed)
        site = publish.files(store, replace(content, links=(link,)))
        for folder, words in (("", "候補（未確認）"), ("en/", "proposed, not confirmed")):
            pages = [d.decode() for n, d in site.items() if n.startswith(f"{folder}articles/")]
            assert [words in page for page in pages] == [not confirmed], (folder, confirmed)


def test_a_verdict_is_published_with_its_evidence(store: Store) -> None:
    claim = next(c for c in publish.content(store, on=ON).claims if c.prediction)
    verdicts.verdict(
        store, claim.iri, "came-true", evidence=["https://proof.example/x"], author="青木", on=date(2026, 5, 1)
    )
    site = _site(store, confirmed=True)
    [review] = json.loads(site["data/reviews.json"])
    assert review["author"]["name"] == "青木"
    page = site[f"articles/{claim.article}.html"].decode()
    assert "青木" in page and 'href="https://proof.example/x"' in page and "当たった" in page
    assert page.count('<article class="claim"') == 1, "of unconfirmed claims there are none"


def test_only_what_differs_is_written_and_what_is_gone_removed(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    first = publish.write(_site(store), folder)
    assert publish.write(_site(store), folder) == (first.files, 0, first.files, 0)
    claim = next(c for c in publish.content(store, on=ON).claims if c.prediction)
    judgements.judge(store, claim.iri, "accept", author="青木")
    again = publish.write(_site(store), folder)
    assert 0 < again.changed < first.files / 2
    less = {name: data for name, data in _site(store).items() if not name.startswith("people/")}
    assert publish.write(less, folder).removed == 1
    assert not (folder / "people").exists()


def test_a_run_that_is_stopped_leaves_whole_files_and_the_next_one_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    folder = tmp_path / "site"
    publish.write({"index.html": b"old", "people/a.html": b"old"}, folder)
    write, full = Path.write_bytes, OSError(errno.ENOSPC, "No space left on device")

    def stopped(path: Path, data: bytes) -> int:
        if path.name.startswith("a.html"):
            write(path, data[:1])
            raise full
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", stopped)
    with pytest.raises(IibunError, match="No space left") as raised:
        publish.write({"index.html": b"new", "people/a.html": b"new"}, folder)
    assert not isinstance(raised.value, UsageError)
    monkeypatch.undo()
    assert (folder / "index.html").read_bytes() == b"new" and (folder / "people" / "a.html").read_bytes() == b"old"
    assert [p.name for p in (folder / "people").iterdir()] == ["a.html"]
    write(folder / "people" / "a.html.new", b"n")  # of a run that was killed
    assert publish.write({"index.html": b"new"}, folder).removed == 1
    assert not (folder / "people").exists()


@pytest.mark.parametrize("put", ["notes.txt", "index.html"])
def test_a_folder_of_somebody_else_is_left_alone(store: Store, tmp_path: Path, put: str) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / put).write_text("mine")
    with pytest.raises(UsageError, match="did not write"):
        publish.write(_site(store), folder)
    assert [p.name for p in folder.iterdir()] == [put] and (folder / put).read_text() == "mine"


def test_a_list_that_was_tampered_with_removes_nothing_elsewhere(tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("stays")
    folder = tmp_path / "site"
    publish.write({"index.html": b"a"}, folder)
    (folder / ".iibun-site.json").write_text(json.dumps({"files": ["../other.txt", str(other), 7]}))
    publish.write({"index.html": b"b"}, folder)
    assert other.read_text() == "stays"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["publish", "FILE"], "is a file"),
        (["publish", "SITE", "--url", "javascript:alert(1)"], "no web address"),
        (["publish", "SITE", "--on", "soon"], "soon"),
        (["publish", "SITE", "--store", "MISSING"], "MISSING"),
    ],
)
def test_bad_input_is_one_sentence(arguments: list[str], said: str, store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    store.close()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IIBUN_LANG", "en")
    monkeypatch.setenv("IIBUN_STORE", str(tmp_path / "store"))
    Path("FILE").write_text("x")
    with pytest.raises(SystemExit) if "--on" in arguments or "--url" in arguments else nullcontext():
        assert main(arguments) in (1, 2)
    shown = capsys.readouterr().err
    assert said in shown and "Traceback" not in shown
    assert not Path("SITE").exists()

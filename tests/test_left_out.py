"""Nothing vanishes silently: what a source holds and is not read is counted and told, and the exit code is 1."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import sys
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from iibun.cli.main import main
from iibun.cli.tally import Tally
from ingest.harvest import harvest
from ingest.read import Failure, read
from ingest.sources.document import Malformed, PassedOver, Truncated
from ingest.watch import State, Watcher
from kg.model import Article, Claim, Entity, Extent, Figure, Mention, Report
from tests.sources import FILES, TEXT, found


def feed(n: int) -> bytes:
    entries = "".join(
        f"<item><title>題{i}</title><link>https://f.example/{i}</link><description>{TEXT}{i}</description></item>"
        for i in range(n)
    )
    return f"<?xml version='1.0'?><rss version='2.0'><channel><title>紙</title>{entries}</channel></rss>".encode()


def test_a_feed_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "feed.rss"
    path.write_bytes(feed(10_000))
    articles, failures, passed = found(path)
    assert len(articles) == 10_000 and not failures and not passed


def rows(n: int = 200) -> bytes:
    lines = (json.dumps({"text": f"{TEXT}{i} {os.urandom(60).hex()}"}, ensure_ascii=False) for i in range(n))
    return ("\n".join(lines) + "\n").encode()


@pytest.mark.parametrize(
    ("ending", "pack"), [("gz", gzip.compress), ("xz", lzma.compress), ("bz2", lambda d: bz2.compress(d, 1))]
)
def test_a_cut_archive_is_read_up_to_the_cut(tmp_path: Path, ending: str, pack: Callable[[bytes], bytes]) -> None:
    path = tmp_path / f"rows.jsonl.{ending}"
    whole = pack(rows(3000))
    path.write_bytes(whole[: len(whole) * 2 // 3])
    articles, failures, _ = found(path)
    assert len(articles) > 1000
    assert any(isinstance(f.error, Truncated) and "unpacked to its end" in str(f) for f in failures)


def test_a_cut_text_is_read_up_to_the_cut(tmp_path: Path) -> None:
    path = tmp_path / "a.txt.gz"
    whole = gzip.compress((TEXT * 20 + "".join(map(chr, range(0x4E00, 0x9000)))).encode())
    path.write_bytes(whole[: len(whole) // 2])
    articles, failures, _ = found(path)
    assert TEXT in articles[0].text and isinstance(failures[0].error, Truncated)  # whatever the cut left of a character


def warc(packed: bool) -> bytes:
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    out = io.BytesIO()
    writer = WARCWriter(out, gzip=packed)
    for number, (kind, status) in enumerate(
        [("text/html", "200 OK"), ("image/png", "200 OK"), ("text/html", "404 Not Found")]
        + [("text/html", "200 OK")] * 3
    ):
        body = f"<html><body><article><p>{TEXT * 20}{number}</p></article></body></html>".encode()
        head = StatusAndHeaders(
            status, [("Content-Type", kind), ("Content-Length", str(len(body)))], protocol="HTTP/1.1"
        )
        writer.write_record(
            writer.create_warc_record(
                f"http://w.example/{number}", "response", payload=io.BytesIO(body), http_headers=head
            )
        )
    return out.getvalue()


@pytest.mark.parametrize("packed", [False, True])
def test_a_web_archive_tells_its_cut_and_what_is_no_page(tmp_path: Path, packed: bool) -> None:
    path = tmp_path / ("a.warc.gz" if packed else "a.warc")
    data = warc(packed)
    path.write_bytes(data)
    articles, failures, passed = found(path)
    assert len(articles) == 4 and not failures and [f.count for f in passed] == [2]
    path.write_bytes(data[:-40])
    articles, failures, _ = found(path)
    assert 3 <= len(articles) <= 4 and len(failures) == 1 and isinstance(failures[0].error, Truncated)


def test_a_wrong_length_in_a_web_archive_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.warc"
    data = warc(False)
    start = data.index(b"Content-Length: ") + 16
    length = data[start : data.index(b"\r\n", start)]
    path.write_bytes(data[:start] + str(int(length) - 30).encode() + data[start + len(length) :])
    articles, failures, _ = found(path)
    assert len(articles) >= 3 and any("length is wrong" in str(f) for f in failures)
    assert capsys.readouterr().err == ""


def test_a_cut_mail_a_cut_feed_and_a_cut_pdf_are_told(tmp_path: Path) -> None:
    mail = EmailMessage()
    mail["Subject"] = "件名"
    mail.set_content(TEXT)
    mail.add_attachment(TEXT.encode() * 100, maintype="text", subtype="plain", filename="a.txt")
    whole = bytes(mail)
    (tmp_path / "m.eml").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "f.rss").write_bytes(feed(50)[:-300])
    (tmp_path / "p.pdf").write_bytes((FILES / "writer.pdf").read_bytes().replace(b"%%EOF", b""))
    for name, least in (("m.eml", 1), ("f.rss", 40), ("p.pdf", 1)):
        articles, failures, _ = found(tmp_path / name)
        assert len(articles) >= least, name
        assert any(isinstance(f.error, Truncated) for f in failures), name


def test_entries_with_too_much_markup_are_told_and_the_others_read(tmp_path: Path) -> None:
    deep = feed(4).replace(f"{TEXT}1".encode(), b"&lt;b>" * 500 + f"{TEXT}1".encode())
    (tmp_path / "feed.rss").write_bytes(deep.replace("題2".encode(), b"&lt;b>" * 402))
    articles, failures, _ = found(tmp_path / "feed.rss")
    assert [a.text[-1] for a in articles] == ["0", "3"]
    assert [str(f).split(" › ")[1] for f in failures] == [
        f"https://f.example/{entry} nests its elements more than 400 deep; it is not read." for entry in (1, 2)
    ]


def test_a_mailbox_of_any_size_is_read_message_by_message(tmp_path: Path) -> None:
    path = tmp_path / "box.mbox"
    with path.open("wb") as out:
        for number in range(30):
            mail = EmailMessage()
            mail["Subject"] = f"件名{number}"
            mail.set_content(TEXT)
            mail.add_attachment(bytes(600_000), maintype="image", subtype="png", filename="p.png")
            out.write(b"From x@example.jp Sat Jan  3 01:05:34 1996\n" + bytes(mail) + b"\n")
    assert path.stat().st_size > 20_000_000
    articles, failures, passed = found(path)
    assert len(articles) == 30 and not failures and sum(f.count for f in passed) == 30


def test_a_message_that_is_too_large_leaves_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.sources.mail._MAX_MESSAGE", 1000)
    begin = b"From x@example.jp Sat Jan  3 01:05:34 1996\n"
    messages = (f"Subject: {n}\n\n{TEXT * n}\n".encode() for n in (1, 100, 2))
    (tmp_path / "box.mbox").write_bytes(b"".join(begin + m for m in messages))
    articles, failures, _ = found(tmp_path / "box.mbox")
    assert [a.title for a in articles] == ["1", "2"] and len(failures) == 1
    assert "box.mbox #2 is larger than" in str(failures[0])


def test_every_part_of_a_mail_is_read_or_told(tmp_path: Path) -> None:
    inner = EmailMessage()
    inner["Subject"] = "転送"
    inner.set_content("東雲社は2027年に撤退すると発表した。")
    mail = EmailMessage()
    mail["Subject"] = "件名"
    mail.set_content(TEXT)
    mail.add_attachment("二つ目の本文。西野社は値上げを発表した。", disposition="inline")
    mail.add_attachment(inner)
    mail.add_attachment(b"x", maintype="application", subtype="vnd.ms-excel", filename="表.xls")
    (tmp_path / "m.eml").write_bytes(bytes(mail))
    articles, failures, passed = found(tmp_path / "m.eml")
    assert [a.title for a in articles] == ["件名", "転送"] and not failures
    assert "二つ目の本文" in articles[0].text and "表.xls" in str(passed[0])


def test_rows_that_cannot_be_whole_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f'text,title\n"{TEXT}",題\n{TEXT},続き,題\n"{TEXT}",題,\n', "utf-8")
    articles, failures, _ = found(tmp_path / "a.csv")
    assert len(articles) == 2 and "row 2, has more cells" in str(failures[0])
    (tmp_path / "b.json").write_text(
        json.dumps({"a": [{"id": 1}], "b": [{"text": TEXT}], "c": [{"text": TEXT + "二"}]}), "utf-8"
    )
    assert len(found(tmp_path / "b.json")[0]) == 2
    row = f'"{TEXT}"\n'.encode()
    (tmp_path / "c.csv").write_bytes(b"text\n" + row * 4000 + f'"{TEXT}'.encode() + b'\xff"\n' + row)
    articles, failures, _ = found(tmp_path / "c.csv")
    assert len(articles) == 4002 and len(failures) == 1 and "row 4001" in str(failures[0])


def test_standard_input_is_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    line = json.dumps({"text": TEXT + "詳" * 20_000}, ensure_ascii=False).encode() + b"\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(line * 400)))
    assert len(line) * 400 > 20_000_000
    assert len(list(read("-"))) == 400


def test_a_folder_tells_what_is_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.txt").write_text(TEXT, "utf-8")
    for name in ("photo.png", "table.xlsx", "none"):
        (folder / name).write_bytes(b"x")
    (folder / "elsewhere").symlink_to(FILES)
    articles, failures, passed = found(folder)
    assert len(articles) == 1 and not failures and sum(f.count for f in passed) == 4
    assert any("photo.png" in str(f) for f in passed) and any("elsewhere" in str(f) for f in passed)
    assert all(isinstance(f.error, PassedOver) for f in passed)


def test_a_folder_that_is_closed_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "closed").mkdir()
    (tmp_path / "a.txt").write_text(TEXT, "utf-8")
    scan = os.scandir

    def refuse(path: Any) -> Any:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    articles, failures, _ = found(tmp_path)
    assert len(articles) == 1 and "closed cannot be opened: Permission denied" in str(failures[0])


def test_pages_of_a_pdf_that_are_pictures_are_told(tmp_path: Path) -> None:
    import pypdfium2
    from PIL import Image

    pdf = pypdfium2.PdfDocument(FILES / "writer.pdf")
    page = pdf.new_page(200, 200)
    image = pypdfium2.PdfImage.new(pdf)
    image.set_bitmap(pypdfium2.PdfBitmap.from_pil(Image.new("RGB", (10, 10))))
    image.set_matrix(pypdfium2.PdfMatrix().scale(100, 100))
    page.insert_obj(image)
    page.gen_content()
    pdf.save(tmp_path / "p.pdf")
    articles, failures, passed = found(tmp_path / "p.pdf")
    assert len(articles) == 1 and not failures and f"without letters: {len(pdf)} of {len(pdf)}" in str(passed[0])


def test_what_fails_a_check_is_listed_and_figures_keep_their_claims() -> None:
    text = "青葉電機は利益が3億円だと述べた。"
    marks = SimpleNamespace(
        entities=[Entity("e1", "Organization", "青葉電機")], mentions=[Mention(Extent(0, 4), "e1")], dates=[], relations=[],
        figures=[Figure(Extent(90, 99), "money", 1, "JPY"), Figure(Extent(8, 11), "money", 3e8, "JPY", about=("e1", "e9"))],
        claims=[
            Claim("c1", Extent(5, 12), sources=("e1",), about=("e8",), figures=(0, 1), quotes=(Extent(40, 50),)),
            Claim("c2", Extent(5, 99), sources=("e1",)),
        ],
        clean=SimpleNamespace(furniture=()),
    )  # fmt: skip
    report = harvest(Article(text), SimpleNamespace(text=text, _=marks))  # type: ignore[arg-type]
    assert [c.id for c in report.claims] == ["c1"] and report.claims[0].figures == (0,)
    assert report.figures[0].extent == Extent(8, 11)
    assert len(report.dropped) == 6  # figure, its about, quote, claim's about, claim's figure, claim


def test_what_was_left_out_is_told_and_ends_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import ingest.batch

    def extract_many(articles: Iterator[Article], *_: Any, **__: Any) -> Iterator[Report]:
        for article in articles:
            yield Report(article, claims=(Claim("c1", Extent(0, 999)),) if "傷" in article.text else ())

    monkeypatch.setattr(ingest.batch, "extract_many", extract_many)
    folder, store = tmp_path / "folder", ["--store", str(tmp_path / "store")]
    folder.mkdir()
    (folder / "good.txt").write_text(TEXT, "utf-8")
    (folder / "harmed.txt").write_text("傷んだ報告では、東雲証券が来年の見通しを語った。", "utf-8")
    (folder / "photo.png").write_bytes(b"x")
    assert main(["ingest", str(folder / "good.txt"), *store]) == 0
    assert main(["ingest", str(folder), *store]) == 1
    said = capsys.readouterr()
    assert "1 passed over" in said.out and "photo.png" in said.err
    assert "left out: claim c1: extent 0–999 is not within the text" in said.err
    assert main(["ingest", str(folder), "--force", "--format", "json", *store]) == 1
    document = json.loads(capsys.readouterr().out)
    assert (
        document["skipped"] == 1
        and len(document["left_out"]) == 1
        and "photo.png" in document["passed_over"][0]["error"]
    )


def test_a_run_counts_what_it_cannot_list() -> None:
    tally = Tally()
    for _ in range(2000):
        tally.fail(Failure("a", PassedOver("no article."), skipped=True, count=3))
    assert tally.skipped == 6000 and len(tally.passed_over) == 1000 and tally.code() == 0
    tally.fail(Failure("a", Malformed("broken.")))
    assert tally.code() == 1


def test_a_long_feed_is_remembered_whole() -> None:
    items = "".join(f"<item><guid isPermaLink='false'>{n}</guid><title>in English</title></item>" for n in range(6000))
    feed = f"<rss version='2.0'><channel>{items}</channel></rss>".encode()
    page = SimpleNamespace(status=200, content=feed, url="http://x/feed", etag=None, modified=None)
    fetcher: Any = SimpleNamespace(get=lambda url, **_: page)
    state, told = State(None), list[Failure]()
    for left in (6000, 6000, 6000, 0):  # what cannot be read is tried three times
        told.clear()
        assert list(Watcher(["http://x/feed"], state, fetcher).articles(once=True, on_failure=told.append)) == []
        assert len(told) == left


def test_an_upload_tells_what_was_passed_over_and_what_failed(tmp_path: Path) -> None:
    import zipfile

    from iibun.batch import jobs

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("記事/a.txt", TEXT)
        archive.writestr("記事/photo.png", b"x")
        archive.writestr("../b.txt", TEXT)
    job = jobs.Job(1, "青木", "記事.zip", 0.0)
    articles = list(jobs._articles(job, [jobs.Uploaded("記事.zip", out.getvalue())], tmp_path))
    assert [a.source for a in articles] == ["記事.zip!/記事/a.txt"]
    assert job.skipped == 1 and job.passed_over == [
        "記事.zip holds files of kinds that are not read (1): 記事/photo.png."
    ]
    assert job.failures == ["記事.zip!/../b.txt has a path that leads out of the archive; it is not read."]


def test_a_watched_article_that_cannot_be_extracted_ends_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import ingest.batch
    import ingest.watch

    article = Article(TEXT, source="https://f.example/1")
    monkeypatch.setattr(
        ingest.watch.Watcher, "articles", lambda *_, **__: iter([ingest.watch.Arrival(article, lambda: None)])
    )
    monkeypatch.setattr(
        ingest.batch, "extract_chunk", lambda some: [ingest.batch.Outcome(some[0], None, "f.example broke.")]
    )
    assert main(["watch", "https://f.example/rss", "--once", "--store", str(tmp_path / "store")]) == 1
    said = capsys.readouterr()
    assert "1 failed" in said.out and "failed: f.example broke." in said.err

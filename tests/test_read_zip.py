"""ZIP archives: each member a source of its own; bombs, locks, links and paths that lead out refused in a sentence each."""

from __future__ import annotations

import io
import json
import random
import shutil
import stat
import zipfile
from datetime import date
from pathlib import Path

import pytest

from ingest.read import read
from ingest.sources import document as documents
from ingest.sources import zipped
from ingest.sources.document import Truncated
from kg.errors import IibunError
from tests.sources import FILES, TEXT, found


def packed(path: Path, members: dict[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_each_member_is_a_source(tmp_path: Path) -> None:
    names = (
        "page.html",
        "article.docx",
        "writer.pdf",
        "mail.eml",
        "feed.rss",
        "rows.jsonl",
        "sjis.txt",
        "site.warc.gz",
        "wikinews.xml.bz2",
    )
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.write(FILES / name, f"記事/{name}")
        archive.writestr("記事/photo.png", b"\x89PNG")
        archive.writestr("__MACOSX/._page.html", b"x")
        archive.writestr(".DS_Store", b"x")
    articles, failures, passed = found(tmp_path / "a.zip")
    assert not failures
    by_file = {name: [a for a in articles if f"a.zip!/記事/{name}" in (a.source or "")] for name in names}
    direct = {
        name: len(list(read(FILES / name, on_failure=lambda _: None))) for name in names if name != "site.warc.gz"
    }
    assert {name: len(by_file[name]) for name in direct} == direct
    assert sum(a.title == "架空電機、量子部門を分社化へ" for a in articles) >= 6
    assert any("photo.png" in str(f) for f in passed) and "MACOSX" not in "".join(map(str, passed))
    (page,) = by_file["page.html"]
    assert page.text == next(iter(read(FILES / "page.html"))).text
    assert page.source == f"{tmp_path / 'a.zip'}!/記事/page.html"


def test_side_files_and_names_of_windows(tmp_path: Path) -> None:
    side = json.dumps({"title": "題", "published": "2025-11-03"})
    path = packed(tmp_path / "a.zip", {"x/a.txt": TEXT, "x/a.meta.json": side, "x/NAME.txt": TEXT + "二"})
    path.write_bytes(path.read_bytes().replace(b"NAME", "記事".encode("cp932")))
    articles, failures, _ = found(path)
    assert not failures
    assert [(a.title, a.published) for a in articles] == [("題", date(2025, 11, 3)), (None, None)]
    assert (articles[1].source or "").endswith("!/x/記事.txt")


def test_side_files_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    side = json.dumps({"title": "題"})
    members = {"a.txt": TEXT, "a.meta.json": "{", "b.txt": TEXT + "二", "b.meta.json": side + " " * 1_000_000}
    path = packed(tmp_path / "a.zip", members | {"__MACOSX/._a.meta.json": b"\x00\x05"}, zipfile.ZIP_STORED)
    articles, failures, _ = found(path)
    assert len(articles) == 2 and len(failures) == 2
    assert "a.meta.json is not a JSON object" in str(failures[0]) and "larger than 1 MB" in str(failures[1])


@pytest.mark.parametrize("name", ["../evil.txt", "a/../../evil.txt", "/etc/evil.txt", "C:\\evil.txt", "..\\evil.txt"])
def test_paths_that_lead_out(tmp_path: Path, name: str) -> None:
    path = packed(tmp_path / "a.zip", {name: TEXT, "good.txt": TEXT + "良"})
    articles, failures, _ = found(path)
    assert [a.text for a in articles] == [TEXT + "良"]
    assert len(failures) == 1 and "leads out of the archive" in str(failures[0]) and "a.zip!/" in str(failures[0])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.zip"]


def test_links_and_locks(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        info = zipfile.ZipInfo("link.txt")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
        archive.writestr("good.txt", TEXT)
        archive.writestr("locked.txt", TEXT + "二")
    data = bytearray((tmp_path / "a.zip").read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = data.rindex(mark)
        data[start + at] |= 1  # encrypted
    (tmp_path / "a.zip").write_bytes(data)
    articles, failures, _ = found(tmp_path / "a.zip")
    assert len(articles) == 1
    assert sorted("is a link" in str(f) for f in failures) == [False, True]
    assert any("locked.txt is protected by a password" in str(f) for f in failures)


def test_bombs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rich = packed(tmp_path / "rich.zip", {"bomb.txt": bytes(30_000_000), "good.txt": TEXT})
    articles, failures, _ = found(rich)
    assert len(articles) == 1 and "250 times its size" in str(failures[0])
    large = packed(tmp_path / "large.zip", {"large.txt": bytes(50_000_000)}, zipfile.ZIP_STORED)
    with pytest.raises(IibunError, match="more than 40 MB"):
        list(read(large))
    monkeypatch.setattr(zipped, "_MAX_MEMBERS", 10)
    many = packed(tmp_path / "many.zip", {f"{n}.txt": TEXT for n in range(11)})
    with pytest.raises(IibunError, match="has 11 members, more than 10"):
        list(read(many))


def test_archives_in_archives_share_one_allowance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = random.Random(1)
    inner = {}
    for n in range(6):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.txt", f"{TEXT}{n}" * 1000 + str(noise.random()))
        inner[f"{n}.zip"] = out.getvalue()
    whole = packed(tmp_path / "whole.zip", inner)
    assert len(found(whole)[0]) == 6
    monkeypatch.setattr(documents.Allowance.__init__, "__defaults__", (200_000,))
    articles, failures, _ = found(whole)
    assert 1 <= len(articles) < 6 and failures and all("members are not read" in str(f) for f in failures)


def test_side_files_are_charged_to_the_allowance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    side = json.dumps({"title": "題", "rest": " " * 90_000})
    path = packed(tmp_path / "a.zip", {"a.txt": TEXT} | {f"{n}.meta.json": side for n in range(5)})
    monkeypatch.setattr(documents.Allowance.__init__, "__defaults__", (200_000,))
    articles, failures, _ = found(path)
    assert (
        len(articles) == 1 and len(failures) == 3 and all("that one source may unpack to" in str(f) for f in failures)
    )


def test_too_deep(tmp_path: Path) -> None:
    content = TEXT.encode()
    name = "a.txt"
    for level in range(6):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr(name, content)
        content, name = out.getvalue(), f"{level}.zip"
    (tmp_path / "deep.zip").write_bytes(content)
    with pytest.raises(IibunError, match="more than 3 levels deep"):
        list(read(tmp_path / "deep.zip"))


def test_a_cut_archive_is_read_from_the_front(tmp_path: Path) -> None:
    noise = random.Random(2)
    members = {
        f"{n}.txt": f"{TEXT}{n}" + "".join(chr(noise.randrange(0x4E00, 0x9000)) for _ in range(3000)) for n in range(8)
    }
    for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
        data = packed(tmp_path / "a.zip", members, method).read_bytes()
        for share in (0.5, 0.9, 0.97):
            (tmp_path / "a.zip").write_bytes(data[: int(len(data) * share)])
            articles, failures, _ = found(tmp_path / "a.zip")
            assert len(articles) >= 8 * share - 1
            assert isinstance(failures[-1].error, Truncated)
            assert all(a.text == text for a, text in zip(articles[:-1], members.values(), strict=False))


def test_a_cut_archive_that_was_streamed(tmp_path: Path) -> None:
    class Pipe(io.RawIOBase):  # no seeking: sizes stand behind the members
        def __init__(self) -> None:
            self.data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.data += data
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(4):
            archive.writestr(f"{n}.txt", f"{TEXT}{n}")
    cut = bytes(pipe.data).index(b"PK\x01\x02")
    (tmp_path / "a.zip").write_bytes(bytes(pipe.data[:cut]))
    articles, failures, _ = found(tmp_path / "a.zip")
    assert [a.text for a in articles] == [f"{TEXT}{n}" for n in range(4)] and isinstance(failures[0].error, Truncated)


def test_a_broken_member_leaves_the_others(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"a.txt": TEXT, "b.txt": TEXT + "二" * 50}, zipfile.ZIP_STORED)
    data = path.read_bytes().replace("二".encode() * 50, "三".encode() * 50, 1)
    path.write_bytes(data)
    articles, failures, _ = found(path)
    assert len(articles) == 1 and "b.txt cannot be unpacked" in str(failures[0])


def test_office_files_and_books_are_no_archives(tmp_path: Path) -> None:
    with pytest.raises(IibunError, match=r"save it as \.docx"):
        list(read(packed(tmp_path / "sheet.zip", {"[Content_Types].xml": "<x/>", "xl/workbook.xml": "<x/>"})))
    with pytest.raises(IibunError, match=r"save it as \.docx"):
        list(read(packed(tmp_path / "book.epub", {"mimetype": "application/epub+zip", "a.xhtml": TEXT})))
    shutil.copy(FILES / "article.docx", tmp_path / "word.zip")
    assert next(iter(read(tmp_path / "word.zip"))).text == next(iter(read(FILES / "article.docx"))).text
    with pytest.raises(IibunError, match="no article in Japanese"):
        list(read(packed(tmp_path / "empty.zip", {})))
    with pytest.raises(IibunError, match="no article in Japanese"):
        list(read(packed(tmp_path / "pictures.zip", {"a.png": b"x"})))


def test_an_archive_that_is_attached(tmp_path: Path) -> None:
    from email.message import EmailMessage

    mail = EmailMessage()
    mail["Subject"] = "件名"
    mail.set_content(TEXT)
    inner = packed(tmp_path / "inner.zip", {"a.txt": TEXT + "添付"}).read_bytes()
    mail.add_attachment(inner, maintype="application", subtype="zip", filename="記事.zip")
    (tmp_path / "m.eml").write_bytes(bytes(mail))
    articles, failures, _ = found(tmp_path / "m.eml")
    assert [a.text for a in articles] == [TEXT, TEXT + "添付"] and not failures

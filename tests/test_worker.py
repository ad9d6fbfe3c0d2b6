"""What readers hand to the page: an address is an address, whatever lies on the server under that name."""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path

import pytest

from iibun.batch import jobs
from iibun.i18n.errors import explained

PAGE = "<!doctype html><html lang='ja'><body><article><p>青葉電機の三条望社長は、新工場を稼働させると述べた。</p></article></body></html>"


@pytest.mark.parametrize(
    "form",
    ["{file}", "{folder}", "file://{file}", "FILE:{file}", "here.html", "./here.html", "-", "~/here.html", "\n{file}"],
)
def test_the_address_field_reads_no_file(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "here.html"
    file.write_text(PAGE, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(PAGE.encode())))
    job = jobs.Job(1, "aoki", "", 0.0)
    address = jobs.Address(form.format(file=file, folder=tmp_path))
    assert list(jobs._articles(job, [address], tmp_path / "uploads")) == []
    assert len(job.failures) == 1 and "only http and https addresses are" in job.failures[0]
    assert "http と https" in explained(job.failures[0], "ja")


def test_a_file_that_is_named_like_an_address_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "http:" / "127.0.0.1"
    place.mkdir(parents=True)
    (place / "here.html").write_text(PAGE, "utf-8")
    monkeypatch.chdir(tmp_path)
    job = jobs.Job(1, "aoki", "", 0.0)
    assert list(jobs._articles(job, [jobs.Address("http://127.0.0.1/here.html")], tmp_path / "uploads")) == []
    assert len(job.failures) == 1 and "is not fetched" in job.failures[0]


SECRET = "秘密の計画は来年動き出すと社長は述べた。"
ENTITY = '<!DOCTYPE x [<!ENTITY x SYSTEM "{secret}">]>'
SAID = "青葉電機の三条望社長は、新工場を稼働させると述べた。&x;"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def _docx(document: str) -> bytes:
    """The smallest Word file around a document."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("[Content_Types].xml", f'''<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels"
            ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml"
            ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>''')  # fmt: skip
        archive.writestr("_rels/.rels", f'''<Relationships xmlns="{PACKAGE}/relationships">
            <Relationship Id="r1" Type="{OFFICE}" Target="word/document.xml"/></Relationships>''')  # fmt: skip
        archive.writestr("word/document.xml", document)
    return held.getvalue()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.rss", f'<?xml version="1.0"?>{ENTITY}<rss version="2.0"><channel><item><title>題</title><description>{SAID}</description></item></channel></rss>'),
        ("a.xml", f'<?xml version="1.0"?>{ENTITY}<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.10/"><page><title>題</title><ns>0</ns><revision><text>{SAID}</text></revision></page></mediawiki>'),
        ("a.html", f'{ENTITY}<html lang="ja"><body><p>{SAID}</p><iframe src="{{secret}}"></iframe></body></html>'),
        ("a.docx", f'<?xml version="1.0"?>{ENTITY}<w:document xmlns:w="{WORD}"><w:body><w:p><w:r><w:t>{SAID}</w:t></w:r></w:p></w:body></w:document>'),
    ],
)  # fmt: skip
def test_an_uploaded_file_brings_in_no_other(name: str, text: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET, "utf-8")
    text = text.replace("{secret}", secret.as_uri())
    upload = jobs.Uploaded(name, _docx(text) if name.endswith(".docx") else text.encode())
    job = jobs.Job(1, "aoki", "", 0.0)
    (tmp_path / "uploads").mkdir()
    articles = list(jobs._articles(job, [upload], tmp_path / "uploads"))
    assert SECRET not in repr(articles) + repr(job.failures) and (articles or job.failures)

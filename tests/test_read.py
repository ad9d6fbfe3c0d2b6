"""Reading each kind of source: real files made by real programs (benchmarks/make_source_files.py)."""

from __future__ import annotations

import gzip
import io
import json
import sys
from datetime import date
from pathlib import Path

import pytest

from iibun.i18n.errors import explained
from ingest.read import Failure, read, read_text
from ingest.sources.document import EmptySource, Malformed, MissingSource, NoJapanese, NotText, ReadError, TooLarge
from ingest.sources.encoding import WrongEncoding
from ingest.sources.metadata import WrongDate, WrongMetadata
from kg.errors import IibunError
from tests.sources import FILES, TEXT

FIRST = "架空電機の東雲明社長は2日、東京都内で記者会見し、量子コンピューター部門を2026年度中に分社化すると発表した。新会社には約300億円を投じる方針だ。"
SECOND = "東雲社長は「量子の計算は2030年までに創薬の現場で使われるようになる」と述べた。一方、証券アナリストの北見玲子氏は「需要が立ち上がるかどうかは不透明だ」と指摘する。"
THIRD = "同社によると、新会社の従業員は当初120人で、2028年までに500人に増やす計画だという。"
TITLE = "架空電機、量子部門を分社化へ"
DAY = date(2026, 4, 2)


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize("name", ["sjis.txt", "eucjp.txt", "jis.txt", "utf16.txt"])
def test_japanese_encodings_are_read(name: str) -> None:
    (article,) = read(FILES / name)
    assert lines(article.text) == [FIRST, SECOND, THIRD]


@pytest.mark.parametrize(
    "name",
    ["page.html", "page-sjis.html", "article.docx", "writer.pdf", "mail.eml", "mail-html.eml", "feed.rss", "feed.atom",
     "rows.jsonl", "rows-sjis.csv", "wikinews.xml.bz2", "site.warc.gz", "article.md"],
)  # fmt: skip
def test_each_kind_gives_the_whole_sentences(name: str) -> None:
    article = next(iter(read(FILES / name)))
    text = article.text.replace("（しののめ）", "")
    for paragraph in (FIRST, SECOND, THIRD):
        assert paragraph in text
    assert "ホーム" not in text and "無断転載" not in text and "関連記事" not in text and "編集部" not in text


@pytest.mark.parametrize(
    ("name", "title", "day", "publisher"),
    [
        ("sjis.txt", TITLE, DAY, "港湾日報"),
        ("page.html", TITLE, DAY, "港湾日報"),
        ("article.md", TITLE, DAY, None),
        ("mail.eml", TITLE, DAY, "港湾日報メール"),
        ("feed.rss", TITLE, DAY, "港湾日報"),
        ("feed.atom", TITLE, DAY, "港湾日報"),
        ("rows.jsonl", TITLE, DAY, "港湾日報"),
        ("rows-sjis.csv", TITLE, DAY, None),
        ("wikinews.xml.bz2", TITLE, DAY, "架空ニュース"),
        ("site.warc.gz", TITLE, DAY, "港湾日報"),
    ],
)
def test_metadata_are_found(name: str, title: str, day: date, publisher: str | None) -> None:
    article = next(iter(read(FILES / name)))
    assert (article.title, article.published, article.publisher) == (title, day, publisher)


def test_a_moment_in_utc_is_the_day_in_japan() -> None:
    assert next(iter(read(FILES / "page.html"))).published == DAY  # 2026-04-01T20:30Z


def test_plain_text_is_kept_character_by_character() -> None:
    data = (FILES / "crlf.txt").read_bytes()
    (article,) = read(FILES / "crlf.txt")
    assert article.text == data.decode("utf-8")
    assert "\r\n" in article.text and article.text.startswith("\ufeff")


def test_a_two_column_pdf_is_read_column_by_column() -> None:
    (article,) = read(FILES / "columns.pdf")
    starts = [int(line[1 : line.index("節")]) for line in lines(article.text) if line.startswith("第")]
    assert starts == list(range(1, 31))
    assert "港湾白書" not in article.text  # the running head
    for paragraph in (FIRST, SECOND, THIRD):
        assert article.text.count(paragraph) == 6


def test_ruby_readings_of_a_printed_page_are_left_out() -> None:
    (article,) = read(FILES / "page.pdf")
    assert FIRST in article.text and "しののめ" not in article.text


def test_collections_give_each_entry() -> None:
    assert len(list(read(FILES / "rows.jsonl"))) == 2
    assert len(list(read(FILES / "rows-sjis.csv"))) == 2
    assert len(list(read(FILES / "feed.rss"))) == 2
    assert len(list(read(FILES / "mail.eml"))) == 2  # the message and its attachment
    assert len(list(read(FILES / "wikinews.xml.bz2"))) == 1  # no redirect, no talk page
    skipped: list[Failure] = []
    assert len(list(read(FILES / "site.warc.gz", on_failure=skipped.append))) == 2
    assert skipped and all(f.skipped for f in skipped)  # the English page


def test_what_is_given_goes_before_what_the_source_says() -> None:
    (article,) = read(FILES / "page.html", published="2020-01-31", title="別の題", url="https://x.example/a")
    assert (article.published, article.title, article.url) == (date(2020, 1, 31), "別の題", "https://x.example/a")


def test_in_a_collection_each_entry_keeps_its_own() -> None:
    found = list(read(FILES / "rows.jsonl", title="一つの題", url="https://x.example/a", publisher="配信社"))
    assert [a.title for a in found] == [TITLE, "淡水化施設"]
    assert [a.publisher for a in found] == ["港湾日報", "配信社"]
    assert len({a.key for a in found}) == 2


def test_a_folder_is_read_in_order_and_goes_on_after_a_failure(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text(TEXT, "utf-8")
    (tmp_path / "a.txt").write_bytes(b"")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "c.txt").write_text(TEXT + "以上。", "utf-8")
    (tmp_path / ".hidden.txt").write_text(TEXT, "utf-8")
    (tmp_path / "photo.png").write_bytes(b"\x89PNG")
    failures: list[Failure] = []
    found = list(read(tmp_path, on_failure=failures.append))
    assert [Path(a.source or "").name for a in found] == ["b.txt", "c.txt"]
    empty, others = failures
    assert "a.txt is empty" in str(empty) and not empty.skipped
    assert "photo.png" in str(others) and others.skipped and others.count == 1


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode("euc_jp"))))
    (article,) = read("-", published="2025-11-03")
    assert article.text == TEXT and article.published == date(2025, 11, 3)


def test_originals_are_kept_by_their_hash(tmp_path: Path) -> None:
    import hashlib

    (article,) = read(FILES / "page.html", originals=tmp_path)
    data = (FILES / "page.html").read_bytes()
    assert article.original == hashlib.sha256(data).hexdigest()
    assert (tmp_path / article.original[:2] / article.original).read_bytes() == data


def test_mixed_text_is_read_and_what_is_unread_is_told() -> None:
    from ingest.language import note

    english = "The company declined to comment on the report on Thursday."
    article = read_text(f"{TEXT}\n{english}\n{TEXT}")
    assert english in article.text
    assert (
        note(article.text)
        == f"not read: 1 passage without Japanese (58 of {len(article.text)} characters, at {len(TEXT) + 1}–{len(TEXT) + 59})"
    )


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("Only English words.", NoJapanese, "本文に日本語がありません。読めるのは日本語だけです。"), ("", EmptySource, "本文が空です。"),
        ("青" * 1_000_001, TooLarge, "本文 は 1,000,001 文字あります。1記事は 1,000,000 文字までです。分けてください。"),
    ],
)  # fmt: skip
def test_a_pasted_text_is_called_what_it_is(text: str, kind: type[IibunError], said: str) -> None:
    with pytest.raises(kind, match=r"^The text has ") as raised:
        read_text(text)
    assert explained(str(raised.value), "ja") == said


LADEN = " ".join(f"a{n}='1'" for n in range(1001))
QUAD = f"<?xml version='1.0'?>\n<!DOCTYPE x [<!-- ]> {'後' * 90_000} --><!ENTITY a '{'あ' * 50_000}'>]>\n"
BAD: list[tuple[str, bytes, type[IibunError], str]] = [
    ("empty.txt", b"", EmptySource, "is empty"),
    ("blank.txt", "\u3000\n \n".encode(), EmptySource, "no text"),
    ("photo.txt", b"\x89PNG\r\n\x1a\n" + bytes(64), NotText, "PNG image"),
    ("program.txt", bytes(range(256)) * 8, NotText, "binary file"),
    ("broken.txt", TEXT.encode()[:30] + b"\xff\xfe\xfd" + TEXT.encode(), WrongEncoding, "byte 28 breaks it"),
    ("english.txt", b"The company declined to comment on Thursday.", NoJapanese, "no Japanese"),
    ("chinese.txt", ("公司周四拒绝就该报告发表评论。" * 10).encode(), NoJapanese, "no Japanese"),
    ("korean.txt", ("회사는 목요일 보고서에 대한 논평을 거부했다. " * 4).encode(), NoJapanese, "no Japanese"),
    ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), NotText, "old Word"),
    ("sheet.xlsx", b"PK\x03\x04" + bytes(100), NotText, "archive or office file"),
    ("broken.docx", b"PK\x03\x04" + bytes(100), Malformed, "broken or protected"),
    ("broken.pdf", b"%PDF-1.7\n" + bytes(100), Malformed, "broken PDF"),
    ("broken.gz", b"\x1f\x8b" + bytes(100), Malformed, "unpacked"),
    ("number.jsonl", b'{"text": 1e999}\n', Malformed, "'text' is empty or no text."),
    ("other.jsonl", b'{"a": "b"}\n', Malformed, "expected a column 'text' (found: 'a')."),
    ("broken.jsonl", b"{oops\n", Malformed, "JSON"),
    ("rows.csv", "題,日\na,b\n".encode(), Malformed, "no column 'text'"),
    ("feed.rss", b"<?xml version='1.0'?><rss", Malformed, "no RSS"),
    ("mail.eml", "これは手紙ではない".encode(), Malformed, "no header"),
    ("site.warc", b"WARC/1.0\r\nbroken", Malformed, "ends in its first page"),
    ("wiki.xml", b"<mediawiki><page><title>x", Malformed, "MediaWiki"),
    ("laden.html", f"<body><p {LADEN}>{TEXT}".encode(), TooLarge, "a tag with more than 1,000 attributes"),
    ("laden.atom", f"<feed><title>t</title><entry {LADEN}><summary>{TEXT}</summary></entry></feed>".encode(),
     TooLarge, "a tag with more than 1,000 attributes"),
    ("quad.xml", (QUAD + "<rss><channel><item><title>x</title></item></channel></rss>").encode(),
     Malformed, "declares XML entities"),
    ("quad16.xml", (QUAD + "<rss><channel></channel></rss>").encode("utf-16"), Malformed, "declares XML entities"),
    ("quad.txt", (QUAD + "<x>&a;</x>").encode(), Malformed, "declares XML entities"),
    ("cut.xml", QUAD.replace("]>", "").encode(), Malformed, "declares XML entities"),
    ("deep.html", ("<body>" + "<div>" * 2500 + TEXT).encode(), TooLarge, "nests its elements more than 400 deep"),
    ("deep.eml", b"Subject: x\nContent-Type: text/html; charset=utf-8\n\n" + b"<b>" * 401 + TEXT.encode(),
     TooLarge, "nests its elements more than 400 deep"),
    ("subject.eml", b"Subject: " + b"=?utf-8?Q?a?= " * 1000 + b"\n\n" + TEXT.encode(), TooLarge, "too long (Subject)"),
    ("type.eml", b"Content-Type: text/plain" + b"; a=1" * 5000 + b"\n\n" + TEXT.encode(), TooLarge, "(Content-Type)"),
    ("parts.eml", b"Content-Type: multipart/mixed; boundary=b\n\n" + 200 * (
        b"--b\nContent-Type: text/plain" + b"; a=1" * 200 + b"\n\n" + TEXT.encode() + b"\n"), TooLarge, "(Content-Type)"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data", "kind", "words"), BAD, ids=[b[0] for b in BAD])
def test_bad_input_is_one_clear_sentence(
    tmp_path: Path, name: str, data: bytes, kind: type[IibunError], words: str
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(kind) as raised:
        list(read(path))
    message = str(raised.value)
    assert words in message and name in message and "\n" not in message and message.endswith(".")


def test_ordinary_attributes_and_headers_are_read(tmp_path: Path) -> None:
    many = " ".join(f"a{n}='1'" for n in range(900))
    script = "<script>x=a<b " + "c='d' " * 2000 + "</script>"
    (tmp_path / "a.html").write_text(f"<body><!-- <p {LADEN}> -->{script}<p {many}>{TEXT}</p></body>", "utf-8")
    tags = "&lt;i a='1' b='2'>&lt;/i>" * 1000
    (tmp_path / "b.atom").write_text(
        f"<feed><title>t</title><entry><summary>&lt;p>{TEXT}{tags}</summary></entry></feed>", "utf-8"
    )
    recipients = ", ".join(f"reader{n}@example.jp" for n in range(2000))
    (tmp_path / "c.eml").write_text(
        f"Subject: x\nTo: {recipients}\nContent-Type: text/plain; charset=utf-8\n\n{TEXT}", "utf-8"
    )
    for name in ("a.html", "b.atom", "c.eml"):
        assert [a.text.strip() for a in read(tmp_path / name)] == [TEXT], name


def test_what_is_nested_up_to_400_deep_is_read_whole(tmp_path: Path) -> None:
    for depth in (100, 300, 396):
        markup = "<div>" * depth + f"<p>{TEXT * 5}</p>" + "</div>" * depth + f"<p>終わり。{TEXT * 5}</p>"
        (tmp_path / "a.html").write_text(f"<body><article>{markup}</article></body>", "utf-8")
        (article,) = read(tmp_path / "a.html")
        assert article.text.count(TEXT) == 10, depth


def test_what_precedes_the_first_tag_may_be_long(tmp_path: Path) -> None:
    note = f"<!-- {'後' * 5000} -->"
    item = f"<item><title>題 &lt;!ENTITY</title><description><![CDATA[<!ENTITY {TEXT}]]></description></item>"
    for name, data in (
        ("a.xml", f"<?xml version='1.0'?><!DOCTYPE x [{note}]><rss version='2.0'><channel>{item}</channel></rss>"),
        ("b", f"{note}<html><body><article><p>{TEXT}</p></article></body></html>"),
    ):
        (tmp_path / name).write_text(data, "utf-8")
        assert [TEXT in a.text and "後" not in a.text for a in read(tmp_path / name)] == [True], name


def test_missing_paths_and_strange_addresses() -> None:
    for source in ("no/such/file.txt", "a\0b", "ftp://example.jp/a", "file:///etc/passwd", "x" * 5000):
        with pytest.raises(MissingSource):
            list(read(source))


def test_wrong_dates() -> None:
    for wrong in ("2025-13-01", "昨日", "2025/11/03", "20251103", "2025-02-30", "２０２５-11-03"):
        with pytest.raises(WrongDate, match="YYYY-MM-DD"):
            list(read(FILES / "sjis.txt", published=wrong))


def test_wrong_side_files(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT, "utf-8")
    for content, kind in (("{", WrongMetadata), ("[]", WrongMetadata), ('{"published": "soon"}', WrongDate)):
        (tmp_path / "a.meta.json").write_text(content, "utf-8")
        with pytest.raises(kind, match=r"a\.meta\.json"):
            list(read(tmp_path / "a.txt"))


def test_names_with_control_and_direction_characters_are_shown_escaped(tmp_path: Path) -> None:
    path = tmp_path / "evil\u202egpj\x1b[2J\n.txt"
    path.write_text(TEXT, "utf-8")
    (article,) = read(path)
    assert article.source and "\u202e" not in article.source and "\x1b" not in article.source
    path.write_bytes(b"")
    with pytest.raises(EmptySource) as raised:
        list(read(path))
    assert "\x1b" not in str(raised.value) and "\\u202e" in str(raised.value)


def test_an_attachment_name_is_no_path(tmp_path: Path) -> None:
    from email.message import EmailMessage

    mail = EmailMessage()
    mail["Subject"], mail["From"] = "件名\u202e", "x@example.jp"
    mail.set_content(TEXT)
    mail.add_attachment(TEXT.encode(), maintype="text", subtype="plain", filename="../../etc/evil.txt")
    path = tmp_path / "m.eml"
    path.write_bytes(bytes(mail))
    assert len(list(read(path, originals=tmp_path / "kept"))) == 2
    assert sorted(p.name for p in tmp_path.iterdir()) == ["kept", "m.eml"]


def test_bombs(tmp_path: Path) -> None:
    import zipfile

    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(bytes(60_000_000)))
    with zipfile.ZipFile(tmp_path / "b.docx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"<w>" + b" " * 80_000_000)
    nested = TEXT.encode()
    for _ in range(6):
        nested = gzip.compress(nested)
    (tmp_path / "c.gz").write_bytes(nested)
    for name in ("a.txt.gz", "b.docx", "c.gz"):
        with pytest.raises((TooLarge, Malformed)):
            list(read(tmp_path / name))


def test_xml_entities_are_not_expanded(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "はは"><!ENTITY f SYSTEM "file:///etc/passwd">{entities}]>'
    (tmp_path / "a.rss").write_text(
        f"{bomb}<rss version='2.0'><channel><item><title>&a9;&f;</title></item></channel></rss>", "utf-8"
    )
    (tmp_path / "b.xml").write_text(f"{bomb}<mediawiki><page><title>&f;</title><ns>0</ns><revision><text>&a9;は&f;</text></revision></page></mediawiki>", "utf-8")  # fmt: skip
    import zipfile

    with zipfile.ZipFile(tmp_path / "c.docx", "w") as archive:
        archive.writestr("word/document.xml", f"{bomb}<w>&a9;</w>")
    for name in ("a.rss", "b.xml", "c.docx"):
        try:
            found = list(read(tmp_path / name))
        except ReadError:
            continue
        assert all("root:" not in a.text and len(a.text) < 1000 for a in found)


def test_a_hundred_megabytes_of_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_bytes(("同社は発表した。" * 100_000).encode() * 42)
    assert path.stat().st_size > 100_000_000
    with pytest.raises(TooLarge, match="larger than 20 MB"):
        list(read(path))
    path.write_text("同社は発表した。" * 200_000, "utf-8")
    with pytest.raises(TooLarge, match="1,600,000 characters"):
        list(read(path))


def test_a_pdf_without_text(tmp_path: Path) -> None:
    import pypdfium2

    pdf = pypdfium2.PdfDocument.new()
    pdf.new_page(200, 200)
    pdf.save(tmp_path / "scan.pdf")
    with pytest.raises(EmptySource, match="character recognition"):
        list(read(tmp_path / "scan.pdf"))


def test_rows_with_faults_leave_the_others(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    good = json.dumps({"text": TEXT, "published": "2025-11-03", "title": 5}, ensure_ascii=False)
    path.write_text(f'{good}\n{{"x": 1}}\nnot json\n{json.dumps({"text": "a" + chr(0xD800) + TEXT})}\n\n', "utf-8")
    failures: list[Failure] = []
    found = list(read(path, on_failure=failures.append))
    assert len(found) == 2 and len(failures) == 2
    assert "\ufffd" in found[1].text

"""Make tests/data/sources: one small article of our own in each kind of file, by the programs that people use.

Needs LibreOffice (`soffice`), Chromium and wget on the PATH for its kinds; what is missing is left as it is.
Run: python benchmarks/make_source_files.py
"""

from __future__ import annotations

import bz2
import csv
import http.server
import json
import shutil
import subprocess
import tempfile
import threading
from datetime import datetime, timedelta, timezone
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

OUT = Path(__file__).resolve().parent.parent / "tests" / "data" / "sources"
TITLE = "架空電機、量子部門を分社化へ"
URL = "https://kowan-nippo.example/biz/20260402"
PARAGRAPHS = (
    "架空電機の東雲明社長は2日、東京都内で記者会見し、量子コンピューター部門を2026年度中に分社化すると発表した。新会社には約300億円を投じる方針だ。",
    "東雲社長は「量子の計算は2030年までに創薬の現場で使われるようになる」と述べた。一方、証券アナリストの北見玲子氏は「需要が立ち上がるかどうかは不透明だ」と指摘する。",
    "同社によると、新会社の従業員は当初120人で、2028年までに500人に増やす計画だという。",
)
SECOND = (
    "港湾市は3日、市内の岸壁に海水淡水化の実験施設を設けると発表した。市の担当者は「2029年度の稼働を目指す」と説明した。",
    "施設の費用は約45億円で、市が半分を負担する。市民団体は、費用の見積もりが甘いと批判している。",
)
JST = timezone(timedelta(hours=9))
RUBY = PARAGRAPHS[0].replace("東雲", "<ruby>東雲<rp>（</rp><rt>しののめ</rt><rp>）</rp></ruby>", 1)


def page(
    encoding: str = "utf-8", title: str = TITLE, url: str = URL, paragraphs: tuple[str, ...] = (RUBY, *PARAGRAPHS[1:])
) -> str:
    """The article as a news page with navigation, ruby, a related link and a footer."""
    body = "\n".join(f"<p>{p}</p>" for p in paragraphs)
    return f"""<!doctype html>
<html lang="ja"><head><meta charset="{encoding}"><title>{title} | 港湾日報</title>
<meta property="og:title" content="{title}"><meta property="og:site_name" content="港湾日報">
<link rel="canonical" href="{url}?utm_source=top"><meta property="article:published_time" content="2026-04-01T20:30:00Z">
<style>body {{ font-family: 'Noto Serif CJK JP', serif; width: 30em; margin: auto }}</style></head><body>
<nav><ul><li><a href="/">ホーム</a></li><li><a href="/biz">経済</a></li><li><a href="/sports">スポーツ</a></li></ul></nav>
<article><h1>{title}</h1>
{body}
</article><aside><p>関連記事：<a href="/1">架空電機の決算</a></p></aside>
<footer>© 港湾日報 無断転載を禁じます</footer></body></html>
"""


def report() -> str:
    """A page to print: running head, two columns over two pages."""
    paragraphs = [*PARAGRAPHS, *SECOND] * 6
    body = "\n".join(f"<p>第{n}節　{p}</p>" for n, p in enumerate(paragraphs, 1))
    return f"""<!doctype html><html lang="ja"><head><meta charset="utf-8"><title>港湾白書</title><style>
@page {{ size: A4; margin: 25mm 20mm; @top-center {{ content: "港湾白書 2026" }} @bottom-center {{ content: counter(page) }} }}
body {{ font-family: 'Noto Serif CJK JP', serif; font-size: 10.5pt; columns: 2; column-gap: 10mm; text-align: justify }}
</style></head><body>{body}</body></html>"""


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    text = "\n\n".join(PARAGRAPHS) + "\n"
    for name, encoding in (("sjis", "cp932"), ("eucjp", "euc_jp"), ("jis", "iso2022_jp"), ("utf16", "utf-16")):
        (OUT / f"{name}.txt").write_bytes(text.encode(encoding))
    (OUT / "crlf.txt").write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))
    meta = {"title": TITLE, "url": URL, "published": "2026-04-02", "publisher": "港湾日報"}
    (OUT / "sjis.meta.json").write_text(json.dumps(meta, ensure_ascii=False), "utf-8")
    front = f'---\ntitle: "{TITLE}"\ndate: 2026-04-02\nurl: {URL}\n---\n\n'
    marked = text.replace("東雲明社長", "**東雲明**社長").replace("北見玲子氏", "[北見玲子](https://example.jp/)氏")
    (OUT / "article.md").write_text(f"{front}## 会見の内容\n\n{marked}", "utf-8")
    (OUT / "page.html").write_text(page(), "utf-8")
    (OUT / "page-sjis.html").write_bytes(page("Shift_JIS").encode("cp932", "xmlcharrefreplace"))
    rows = [
        meta | {"text": "\n".join(PARAGRAPHS)},
        {"headline": "淡水化施設", "date": "2026年4月3日", "本文": "\n".join(SECOND)},
    ]
    (OUT / "rows.jsonl").write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), "utf-8")
    with (OUT / "rows-sjis.csv").open("w", encoding="cp932", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["タイトル", "日付", "本文"])
        writer.writerow([TITLE, "2026/4/2", "\n".join(PARAGRAPHS)])
        writer.writerow(["淡水化施設", "2026/4/3", "\n".join(SECOND)])
    mails()
    feeds()
    wiki()
    office()
    printed()
    archive()


def mails() -> None:
    """A message as clients write it: ISO-2022-JP, wrapped at 35 characters, with a signature; and one in HTML."""
    plain = EmailMessage()
    plain["Subject"], plain["From"] = TITLE, "港湾日報メール <news@kowan-nippo.example>"
    plain["Date"] = format_datetime(datetime(2026, 4, 2, 8, 0, tzinfo=JST))
    wrapped = "\n\n".join("\n".join(p[i : i + 35] for i in range(0, len(p), 35)) for p in PARAGRAPHS)
    plain.set_content(f"{wrapped}\n\n-- \n港湾日報 編集部\n", charset="iso-2022-jp", cte="7bit")
    plain.add_attachment("\n".join(SECOND).encode("cp932"), maintype="text", subtype="plain", filename="淡水化.txt")
    (OUT / "mail.eml").write_bytes(bytes(plain))
    html = EmailMessage()
    html["Subject"], html["From"], html["Date"] = TITLE, "news@kowan-nippo.example", plain["Date"]
    html.set_content("".join(f"<p>{p}</p>" for p in PARAGRAPHS), subtype="html")
    (OUT / "mail-html.eml").write_bytes(bytes(html))


def feeds() -> None:
    items = "".join(
        f"<item><title>{t}</title><link>{u}</link><guid>{u}</guid><pubDate>{d}</pubDate><description><![CDATA[{b}]]></description></item>"
        for t, u, d, b in (
            (TITLE, URL, "Wed, 01 Apr 2026 20:30:00 GMT", "".join(f"<p>{p}</p>" for p in PARAGRAPHS)),
            (
                "淡水化施設",
                "https://kowan-nippo.example/city/20260403",
                "Fri, 03 Apr 2026 09:00:00 +0900",
                "<br>".join(SECOND),
            ),
        )
    )
    (OUT / "feed.rss").write_text(
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>港湾日報</title>{items}</channel></rss>',
        "utf-8",
    )
    entries = f"<entry><id>tag:1</id><title>{TITLE}</title><link href='{URL}'/><published>2026-04-01T20:30:00Z</published><content type='html'>{''.join(f'&lt;p&gt;{p}&lt;/p&gt;' for p in PARAGRAPHS)}</content></entry>"
    (OUT / "feed.atom").write_text(
        f'<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>港湾日報</title>{entries}</feed>',
        "utf-8",
    )


def wiki() -> None:
    body = "\n\n".join(p.replace("東京都", "[[東京都|東京都]]") for p in PARAGRAPHS)
    dump = f"""<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" xml:lang="ja"><siteinfo><sitename>架空ニュース</sitename><base>https://news.example/wiki/メインページ</base></siteinfo>
<page><title>{TITLE}</title><ns>0</ns><id>1</id><revision><id>2</id><text xml:space="preserve">{{{{日付|2026年4月2日}}}}
'''{body}'''

== 情報源 ==
* {{{{出典|題名=会見|媒体=港湾日報}}}}
[[Category:経済]]</text></revision></page>
<page><title>転送</title><ns>0</ns><id>3</id><redirect title="x" /><revision><id>4</id><text>#REDIRECT [[{TITLE}]]</text></revision></page>
<page><title>ノート:話</title><ns>1</ns><id>5</id><revision><id>6</id><text>議論の場です。</text></revision></page>
</mediawiki>"""
    (OUT / "wikinews.xml.bz2").write_bytes(bz2.compress(dump.encode()))


def office() -> None:
    """Word by LibreOffice, from a page, so that headings and ruby are there; PDF by LibreOffice too."""
    soffice = shutil.which("soffice")
    if not soffice:
        print("soffice is missing: article.docx and writer.pdf stay as they are")
        return
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "article.html")
        source.write_text(
            page().replace("<nav>", "<!--").replace("</nav>", "-->").split("<aside>")[0] + "</body></html>", "utf-8"
        )
        profile = f"-env:UserInstallation=file://{folder}/profile"
        for target in ("docx:MS Word 2007 XML", "pdf:writer_web_pdf_Export"):
            subprocess.run([soffice, profile, "--headless", "--convert-to", target, "--outdir", folder, source],
                           check=True, capture_output=True, timeout=180)  # fmt: skip
        for made, name in (("article.docx", "article.docx"), ("article.pdf", "writer.pdf")):
            shutil.copy(Path(folder, made), OUT / name)


def printed() -> None:
    chromium = shutil.which("chromium")
    if not chromium:
        print("chromium is missing: page.pdf and columns.pdf stay as they are")
        return
    with tempfile.TemporaryDirectory() as folder:
        for name, content in (("page", page()), ("columns", report())):
            source = Path(folder, f"{name}.html")
            source.write_text(content, "utf-8")
            subprocess.run([chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
                            f"--print-to-pdf={OUT / f'{name}.pdf'}", source], check=True, capture_output=True, timeout=120)  # fmt: skip


def archive() -> None:
    """A WARC by wget from a server on this machine that serves two pages and one in English."""
    wget = shutil.which("wget")
    if not wget:
        print("wget is missing: site.warc.gz stays as it is")
        return
    pages = {
        "/": "<html><body><a href='/a.html'>1</a> <a href='/b.html'>2</a> <a href='/c.html'>3</a></body></html>",
        "/a.html": page(),
        "/b.html": page(
            title="淡水化施設、港湾市に", url="https://kowan-nippo.example/city/20260403", paragraphs=SECOND
        ),
        "/c.html": "<html><body><article><p>The company declined to comment on the plan on Thursday.</p></article></body></html>",
    }

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = pages.get(self.path)
            self.send_response(200 if content else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write((content or "").encode())

        def log_message(self, *_: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([wget, "-q", "-r", "-l1", "--no-proxy", "--delete-after", "--warc-file=site", f"http://127.0.0.1:{server.server_port}/"],
                       cwd=folder, timeout=60, check=False)  # fmt: skip
        shutil.copy(Path(folder, "site.warc.gz"), OUT / "site.warc.gz")
    server.shutdown()


if __name__ == "__main__":
    main()

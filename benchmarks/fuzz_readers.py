"""Feed broken input to every reader, and some of it to the whole pipeline; nothing may crash, hang or pass half.

Seeds are the files of tests/data/sources; each input is a seed that was cut, flipped, doubled, spliced, or filled with
awkward characters. An input counts as survived if it gives articles whose every offset holds, or one sentence.

Run: python benchmarks/fuzz_readers.py [--inputs 100000] [--pipeline 200] [--jobs 2] [--seed 1]
"""

from __future__ import annotations

import argparse
import faulthandler
import io
import multiprocessing
import random
import sys
import time
import traceback
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

SOURCES = Path(__file__).resolve().parent.parent / "tests" / "data" / "sources"
LIMIT = 5.0  #: seconds that one input may take
AWKWARD = (
    b"\x00", b"\xff\xfe", b"\x1b$B", b"\r", "\u202e".encode(), "\ufeff".encode(), b"&#0;", b"&#x110000;", b"<!--", b"]]>", b"<![CDATA[",
    "「".encode() * 300, b"<div>" * 300, b"{{" * 300, b"[[" * 300, b"\\ud800", b"99999999999999999999", "年".encode(), b"%PDF-1.4",
    b"Content-Length: -1\r\n", b"=?utf-8?b?////?=", b"=?iso-2022-jp?q?=1B=24?=", b"9999-99-99", b"0000-00-00T25:61:61+99:99",
    "髙﨑𠮷野家👨‍👩‍👧".encode(), b"\xe3\x81", "ゔ゛゜".encode(), b"\x85", "\u2028".encode(),
)  # fmt: skip


def mutated(data: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    """One broken version of some bytes."""
    out = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        at = chance.randrange(len(out) + 1) if out else 0
        to = min(len(out), at + chance.choice((1, 4, 40, 400)))
        match chance.randrange(8):
            case 0:
                del out[at:to]
            case 1:
                out[at:at] = chance.choice(AWKWARD)
            case 2 if out:
                out[at % len(out)] ^= 1 << chance.randrange(8)
            case 3:
                out[at:to] = chance.randbytes(to - at)
            case 4:
                out[at:at] = out[at:to] * chance.choice((1, 3, 20))
            case 5:
                out = out[:at]
            case 6:
                other = chance.choice(others)
                start = chance.randrange(len(other) + 1)
                out[at:to] = other[start : start + chance.choice((10, 200, 2000))]
            case _:
                out[at:to] = chance.choice(AWKWARD)
    return bytes(out[:400_000])


def attempt(name: str, data: bytes) -> list[Any]:
    """The articles of one input; the PDF library runs in this process here, since a child for each would be slow."""
    from ingest.read import _articles
    from ingest.sources.document import Document
    from kg.errors import IibunError

    found: list[Any] = []
    failures: list[Any] = []
    for article in _articles(Document(name, content=data), NO_METADATA, None, failures.append):
        assert article.text.strip() and "\x00" not in article.text
        article.text.encode("utf-8")
        assert article.title is None or "\n" not in article.title
        found.append(article)
    for failure in failures:
        assert isinstance(failure.error, IibunError) and "\n" not in str(failure.error), repr(failure.error)
    assert found or failures, "neither an article nor a reason"
    return found


def archive(seeds: dict[str, bytes], method: int) -> bytes:
    """Some of the seeds in one ZIP archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        for name in ("page.html", "sjis.txt", "article.docx", "feed.rss", "rows.jsonl", "site.warc.gz"):
            made.writestr(f"folder/{name}", seeds[name])
    return out.getvalue()


def shard(arguments: tuple[int, int, int]) -> tuple[Counter[str], list[str], float]:
    """Run one share of the inputs."""
    seed, count, pipeline = arguments
    global NO_METADATA
    from ingest.sources import pdf
    from ingest.sources.document import Malformed, NotText
    from ingest.sources.metadata import NO_METADATA

    def in_process(data: bytes, document: Any) -> dict[str, Any]:
        answer = pdf.lines_of(data)
        if "error" in answer:
            raise (NotText if answer["error"] == "password" else Malformed)(f"{document.shown} is a broken PDF.")
        return answer

    pdf._in_child = in_process  # type: ignore[assignment]
    faulthandler.enable()
    chance = random.Random(seed)
    seeds = {p.name: p.read_bytes() for p in sorted(SOURCES.iterdir()) if not p.name.endswith(".meta.json")}
    seeds |= {"deflated.zip": archive(seeds, zipfile.ZIP_DEFLATED), "stored.zip": archive(seeds, zipfile.ZIP_STORED)}
    small = {n: d for n, d in seeds.items() if len(d) < 60_000}
    names, others = list(seeds), list(small.values())
    weights = [1 if len(seeds[n]) > 60_000 else 8 for n in names]
    counts: Counter[str] = Counter()
    faults: list[str] = []
    slowest = 0.0
    nlp = None
    for number in range(count):
        name = chance.choices(names, weights)[0]
        data = mutated(seeds[name], chance, others)
        kind = name.split(".", 1)[1]
        start = time.perf_counter()
        faulthandler.dump_traceback_later(30, exit=True)
        try:
            found = attempt(name, data)
            counts[f"{kind}: read" if found else f"{kind}: refused"] += 1
            if found and number % max(1, count // max(1, pipeline)) == 0:
                from ingest import extract, load
                from kg.rdf import quads

                nlp = nlp or load()
                start = time.perf_counter()
                report = extract(found[0], nlp)
                list(quads(report))
                size = len(found[0].text)
                assert all(0 <= c.content.start < c.content.end <= size for c in report.claims)
                counts["pipeline"] += 1
        except BaseException:  # whatever escapes is a fault to be told, with what it takes to make it again
            saved = Path(f"fuzz-{seed}-{number}-{name}")
            saved.write_bytes(data)
            faults.append(f"{saved}: {traceback.format_exc(limit=-4)}")
        faulthandler.cancel_dump_traceback_later()
        took = time.perf_counter() - start
        slowest = max(slowest, took)
        if took > LIMIT:
            faults.append(f"{name}, input {number} of seed {seed}: {took:.1f} s")
    return counts, faults, slowest


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--pipeline", type=int, default=200, help="how many of them go on through the whole pipeline")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    shares = max(options.jobs, options.inputs // 5000)
    work = [(options.seed * 1000 + n, options.inputs // shares, options.pipeline // shares) for n in range(shares)]
    start = time.monotonic()
    total: Counter[str] = Counter()
    faults: list[str] = []
    slowest = 0.0
    with multiprocessing.get_context("spawn").Pool(options.jobs) as pool:
        for counts, found, took in pool.imap_unordered(shard, work):
            total += counts
            faults += found
            slowest = max(slowest, took)
            print(
                f"\r{sum(v for k, v in total.items() if k != 'pipeline'):,} inputs, {len(faults)} faults",
                end="",
                file=sys.stderr,
            )
    print(file=sys.stderr)
    for kind, count in sorted(total.items()):
        print(f"{kind:<28}{count:>9,}")
    read = sum(v for k, v in total.items() if k != "pipeline")
    print(f"{read:,} inputs in {time.monotonic() - start:.0f} s; slowest {slowest:.2f} s; {len(faults)} faults")
    print(*faults[:20], sep="\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

"""PDF files: the text of the pages in reading order, without running headers and footers, lines joined to paragraphs.

The PDF library is a C++ program that parses untrusted files. So it runs in a process of its own, with a limit on
memory and time. If that process is killed, the user gets one sentence.
"""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from typing import Any

from ingest.sources.document import (
    MAX_BYTES,
    MAX_CHARACTERS,
    Document,
    EmptySource,
    Found,
    Malformed,
    NotText,
    PassedOver,
    ReadError,
    Refused,
    TooLarge,
    Yield,
    cut_short,
    one_line,
)
from ingest.sources.lines import joined
from ingest.sources.metadata import Metadata

_SECONDS = 60  #: seconds that the child process may take
_MEMORY = 2_000_000_000  #: bytes of memory that it may use
_NUMBER = re.compile(
    r"[-–—\s]{0,5}(?:p\.?\s?|page\s)?[0-9０-９]{1,4}(?:\s?[/／]\s?[0-9０-９]{1,4})?(?:\s?ページ)?[-–—\s]{0,5}",
    re.IGNORECASE,
)
# Ruby; what browsers print at the edge of a page; spaces that PDFs have between Japanese and Latin letters.
_READING = re.compile(r"[\u3041-\u309f\u30a0-\u30ff\s]{1,60}")
_PRINTED = re.compile(
    r"(?:file|https?)://\S{1,250}(?:\s[0-9]{1,4}/[0-9]{1,4})?|[0-9]{1,4}/[0-9]{1,2}/[0-9]{1,4},? [0-9]{1,2}:[0-9]{2}.{0,200}"
)
_SPACED = re.compile(
    r"(?<=[\u3041-\u30ff\u4e00-\u9fff]) (?=[0-9A-Za-z])|(?<=[0-9A-Za-z]) (?=[\u3041-\u30ff\u4e00-\u9fff])"
)
_STARTS = re.compile(r"[\u3000]|[・●■◆◇○▼▽※*•]|[(（]?\d{1,2}[.)）．、]\s|[【《〈]")
_ENDS = "。！？!?」』）)"

#: Text, left, bottom, right and top, in points from the bottom left.
Line = tuple[str, float, float, float, float]


def read(document: Document) -> Yield:
    """Read a PDF as one article; broken pages, and pages that are only pictures, are counted.

    Raises:
        EmptySource: if it has no text, as a scan.
        NotText: if it is protected by a password.
        Malformed: if it is broken.
        TooLarge: if it needs too much time or memory.
    """
    data = document.data(MAX_BYTES * 2)
    answer = _in_child(data, document)
    text = "\n".join(
        _SPACED.sub("", words) for words in paragraphs([[tuple(line) for line in p] for p in answer["pages"]])
    )
    if not text.strip():
        raise EmptySource(f"{document.shown} has no text in it (a scan?); run character recognition on it first.")
    yield Found(text, document.name, Metadata(title=one_line(answer.get("title"))), "application/pdf", data)
    if broken := answer["broken"]:
        error: ReadError = Malformed(
            f"{document.shown} has pages that are broken and not read: {_numbers(broken)} of {answer['size']:,}."
        )
        yield Refused(document.name, error, len(broken))
    if scans := answer["scans"]:
        error = PassedOver(
            f"{document.shown} has pages that are pictures without letters: {_numbers(scans)} of {answer['size']:,}."
        )
        yield Refused(document.name, error, len(scans))
    if b"%%EOF" not in data[-4096:]:
        yield cut_short(document.name)


def _numbers(pages: list[int]) -> str:
    """The first 20 page numbers for a message."""
    return ", ".join(map(str, pages[:20])) + (", …" if len(pages) > 20 else "")


def _in_child(data: bytes, document: Document) -> dict[str, Any]:
    """What :func:`lines_of` finds in the child process.

    Raises:
        ReadError: as :func:`read`.
    """
    command = [sys.executable, "-c", "from ingest.sources.pdf import serve; serve()"]
    import os
    from pathlib import Path

    root = str(Path(__file__).resolve().parent.parent.parent)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))}
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=_SECONDS, check=False, env=environment)
    except subprocess.TimeoutExpired:
        raise TooLarge(f"{document.shown} takes more than {_SECONDS} seconds to unpack; it is not read.") from None
    if done.returncode:
        raise TooLarge(f"{document.shown} needs too much memory or breaks the PDF library; it is not read.")
    answer: dict[str, Any] = json.loads(done.stdout)
    if "error" in answer:
        kind = NotText if answer["error"] == "password" else Malformed
        reason = "is protected by a password" if kind is NotText else f"is a broken PDF: {answer['error'].rstrip('.')}"
        raise kind(f"{document.shown} {reason}.")
    return answer


def serve() -> None:
    """Main function of the child process: a PDF on standard input, :func:`lines_of` as JSON on standard output."""
    with suppress(ImportError, ValueError, OSError):  # as far as the system has such limits
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    json.dump(lines_of(sys.stdin.buffer.read()), sys.stdout)


def lines_of(data: bytes) -> dict[str, Any]:
    """The text lines of a PDF with their boxes.

    Args:
        data: the PDF.

    Returns:
        ``pages`` (a list of :data:`Line` each), ``title``, the numbers of ``broken`` pages and of ``scans``, and the
        count of pages as ``size``; or ``{"error": …}`` if the PDF cannot be opened.
    """
    import pypdfium2

    try:
        pdf = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        return {"error": "password" if "assword" in str(error) else str(error)[:100]}
    pages: list[list[Line]] = []
    size = 0
    broken: list[int] = []
    scans: list[int] = []
    for number in range(len(pdf)):
        try:
            page = pdf[number]
            found = _page_lines(page.get_textpage())
            if not found and next(page.get_objects([pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]), None) is not None:
                scans.append(number + 1)
            page.close()
        except pypdfium2.PdfiumError:
            broken.append(number + 1)
            continue
        pages.append(found)
        size += sum(len(line[0]) for line in found)
        if size > MAX_CHARACTERS:
            break
    try:
        title = pdf.get_metadata_dict().get("Title")
    except pypdfium2.PdfiumError:
        title = None
    return {"pages": pages, "title": title, "broken": broken, "scans": scans, "size": len(pdf)}


def _page_lines(page: Any) -> list[Line]:
    """The lines of a page in the order of the PDF library, each with its box."""
    found: list[Line] = []
    text = page.get_text_range()
    if page.count_chars() != len(text):  # characters beyond the BMP: indexes do not agree, so no boxes
        return [(line, 0.0, -float(n), 0.0, -float(n)) for n, line in enumerate(text.splitlines()) if line.strip()]
    start = 0
    for line in text.splitlines(keepends=True):
        words = line.rstrip("\r\n")
        boxes = []
        for index in range(start, start + len(words)):
            if not text[index].isspace():
                box = page.get_charbox(index, loose=True)
                if box[2] > box[0] and box[3] > box[1]:
                    boxes.append(box)
        start += len(line)
        if words.strip() and boxes:
            found.append(
                (
                    words.rstrip(),
                    min(b[0] for b in boxes),
                    min(b[1] for b in boxes),
                    max(b[2] for b in boxes),
                    max(b[3] for b in boxes),
                )
            )
    return found


def paragraphs(pages: list[list[Line]]) -> list[str]:
    """The paragraphs of a document: without running heads and ruby, column by column, lines joined.

    Args:
        pages: the lines of each page.
    """
    running = _running(pages)
    found: list[str] = []
    open_end = False
    for page in pages:
        kept = [line for line in _without_readings(page) if not _is_running(line, page, running)]
        for column in _columns(kept):
            for number, (text, continues) in enumerate(_joined(column)):
                if number == 0 and found and open_end and not _STARTS.match(text):
                    found[-1] = joined(found[-1], text)
                else:
                    found.append(text)
                open_end = continues
    return found


def _without_numbers(text: str) -> str:
    """A line with its numbers replaced, so that page numbers do not make running heads differ."""
    return re.sub(r"[0-9０-９]+", "#", text.strip())


def _margins(page: list[Line]) -> tuple[float, float]:
    """Below and above which heights the bottom and top 8 % of a page's text lie."""
    low, high = min(line[2] for line in page), max(line[4] for line in page)
    room = (high - low) * 0.08
    return low + room, high - room


def _is_set_off(line: Line, page: list[Line]) -> bool:
    """Whether a line is further from its neighbours in the same column than lines of the page usually are."""
    gaps = sorted(b[2] - a[4] for b, a in itertools.pairwise(page) if -1 < b[2] - a[4] < 60)
    usual = max(gaps[len(gaps) // 2] if gaps else 0.0, (line[4] - line[2]) * 0.3)
    over = [x for x in page if x is not line and x[1] < line[3] and x[3] > line[1]]
    near = [max(x[2] - line[4], line[2] - x[4]) for x in over]
    return not near or min(near) > usual * 1.3


def _running(pages: list[list[Line]]) -> set[str]:
    """The running heads and feet: what stands at the top or bottom of at least half of the pages (and at least two).

    Lines are compared by :func:`_without_numbers`.
    """
    counts: Counter[str] = Counter()
    for page in pages:
        if page:
            low, high = _margins(page)
            ends = [line for line in page if (line[2] < low or line[4] > high) and len(line[0]) < 80]
            counts.update({_without_numbers(line[0]) for line in ends if _is_set_off(line, page)})
    return {shape for shape, count in counts.items() if count >= max(2, len(pages) / 2)} if len(pages) > 1 else set()


def _is_running(line: Line, page: list[Line], running: set[str]) -> bool:
    """Whether a line is a running head or foot, a page number, or what a browser prints at the edge of a page."""
    low, high = _margins(page)
    outside = line[2] < low or line[4] > high
    text = line[0].strip()[:300]
    return outside and (
        (_without_numbers(line[0]) in running and _is_set_off(line, page))
        or any(p.fullmatch(text) for p in (_NUMBER, _PRINTED))
    )


def _without_readings(page: list[Line]) -> list[Line]:
    """The lines without ruby, which are small kana right above a line of usual size."""
    if not page:
        return page
    heights = sorted(line[4] - line[2] for line in page)
    usual = heights[len(heights) // 2]
    return [
        line
        for line in page
        if not (
            line[4] - line[2] < usual * 0.65
            and _READING.fullmatch(line[0].strip()[:60])
            and any(
                x is not line and x[1] <= line[1] + 2 and x[3] >= line[3] - 2 and -usual < line[2] - x[4] < usual * 0.6
                for x in page
            )
        )
    ]


def _columns(lines: list[Line]) -> list[list[Line]]:
    """The lines in reading order: column by column if the page has two columns, else as they are.

    Lines across both columns come first if they are above them, else last.
    """
    if len(lines) < 8:
        return [lines]
    left, right = min(line[1] for line in lines), max(line[3] for line in lines)
    middle = (left + right) / 2
    crossing = [line for line in lines if line[1] < middle - 5 and line[3] > middle + 5]
    first = [line for line in lines if line[3] <= middle + 5]
    second = [line for line in lines if line[1] >= middle - 5 and line not in first]
    if len(crossing) > len(lines) * 0.25 or min(len(first), len(second)) < 3:
        return [lines]
    top = [line for line in crossing if line[2] >= max(x[4] for x in first + second) - 5]
    rest = [line for line in crossing if line not in top]
    by_height = [sorted(part, key=lambda line: -line[4]) for part in (top, first, second, rest)]
    return [part for part in by_height if part]


def _joined(lines: list[Line]) -> list[tuple[str, bool]]:
    """The paragraphs of one column, each with whether it may continue in the next column or page."""
    if not lines:
        return []
    right = sorted(line[3] for line in lines)[int(len(lines) * 0.9)]
    left = sorted(line[1] for line in lines)[int(len(lines) * 0.1)]
    found: list[tuple[str, bool]] = []
    before: Line | None = None
    for line in lines:
        text = line[0].strip(" \t")
        height = max(1.0, line[4] - line[2])
        goes_on = bool(
            before
            and found[-1][1]
            and not _STARTS.match(text)
            and line[1] <= left + height * 0.7
            and abs(before[2] - line[4]) < height * 1.6
            and 0.75 < (before[4] - before[2]) / height < 1.33
        )
        full = line[3] >= right - height * 1.5 and (text[-1:] not in _ENDS or line[3] >= right - height * 0.2)
        open_end = full and text[-1:] not in "。！？"
        if goes_on:
            found[-1] = (joined(found[-1][0], text), open_end)
        else:
            found.append((text, open_end))
        before = line
    return found

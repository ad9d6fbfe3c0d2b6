"""E-mail: the body of a message (.eml) or of each in a mailbox (.mbox), and the documents attached to it."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from email.message import EmailMessage

from ingest.sources.document import Document, Found, Malformed, Yield
from ingest.sources.encoding import decode
from ingest.sources.html import fragment_text
from ingest.sources.lines import unwrapped
from ingest.sources.metadata import Metadata, found_date

_ATTACHED = (".pdf", ".docx", ".txt", ".md", ".html", ".htm", ".eml")
_MAX_PARTS = 200
_FROM = re.compile(rb"(?:\A|\r?\n)From [^\r\n]{3,200}\r?\n")


def read(document: Document) -> Yield:
    """The message's text as an article (subject its title, day sent its date), then its attachments."""
    data = document.data()
    if data.startswith(b"From "):
        for number, one in enumerate(_messages(data), 1):
            yield Document(f"{document.name} #{number}", content=one, kind="mail")
        return
    message = email.message_from_bytes(data, policy=email.policy.default)
    if not isinstance(message, EmailMessage) or not message.keys():
        raise Malformed(f"{document.shown} is not an e-mail: it has no header.")
    metadata = Metadata(
        title=_header(message, "subject"),
        published=found_date(_header(message, "date")),
        publisher=_sender(_header(message, "from")),
    )
    parts = [part for _, part in zip(range(_MAX_PARTS), message.walk(), strict=False)]
    yield Found(_body(parts, document.shown), document.name, metadata, "message/rfc822", data)
    for part in parts:
        name = _filename(part)
        if name and name.lower().endswith(_ATTACHED) and (content := _payload(part)):
            inner = Metadata(published=metadata.published, publisher=metadata.publisher)
            yield Document(f"{document.name} › {name}", content=content, metadata=inner)


def _messages(data: bytes) -> Iterator[bytes]:
    starts = [m.end() for m in _FROM.finditer(data)]
    ends = [*[m.start() for m in _FROM.finditer(data)][1:], len(data)]
    for start, end in zip(starts, ends, strict=True):
        yield data[start:end]


def _header(message: EmailMessage, name: str) -> str | None:
    try:
        value = message[name]
    except Exception:
        return None
    text = str(value).strip() if value is not None else ""
    raw = next((v for k, v in message.raw_items() if k.lower() == name), "")
    if isinstance(raw, str) and any("\udc80" <= c <= "\udcff" for c in raw):  # 8-bit bytes without MIME encoding
        try:
            text = decode(raw.encode("ascii", "surrogateescape"), name).strip()
        except Exception:
            return None
    return text[:2000] or None


def _sender(value: str | None) -> str | None:
    if not value:
        return None
    from email.utils import parseaddr

    name, address = parseaddr(value)
    return name or address.partition("@")[2] or None


def _filename(part: EmailMessage) -> str | None:
    try:
        return part.get_filename() if part.get_content_disposition() == "attachment" else None
    except Exception:
        return None


def _payload(part: EmailMessage) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _body(parts: list[EmailMessage], name: str) -> str:
    """The plain part with its wrapped lines joined, else the HTML part."""
    for wanted in ("text/plain", "text/html"):
        for part in parts:
            if part.is_multipart() or part.get_content_type() != wanted or _filename(part):
                continue
            payload = _payload(part)
            if not payload.strip():
                continue
            text = decode(payload, name, declared=part.get_content_charset(), lenient=True)
            if wanted == "text/html":
                return fragment_text(text)
            lines = text.splitlines()
            if part.get_param("format") == "flowed":
                lines = _unflowed(lines, part.get_param("delsp") == "yes")
            return unwrapped(_without_signature(lines))
    return ""


def _unflowed(lines: list[str], delete_space: bool) -> list[str]:
    kept: list[str] = []
    open_line = False
    for line in lines:
        line = line[1:] if line.startswith(" ") else line
        if open_line:
            kept[-1] = (kept[-1][:-1] if delete_space else kept[-1]) + line
        else:
            kept.append(line)
        open_line = line.endswith(" ") and line != "-- "
    return kept


def _without_signature(lines: list[str]) -> list[str]:
    for number, line in enumerate(lines):
        if line.rstrip("\r\n") in ("-- ", "--") and number:
            return lines[:number]
    return lines

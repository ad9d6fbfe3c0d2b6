"""E-mail: the text of a message (.eml) or of each message of a mailbox (.mbox), and the attached documents."""

from __future__ import annotations

import email
import email.errors
import email.policy
import re
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage

from ingest.sources import has_known_suffix
from ingest.sources.document import (
    MAX_BYTES,
    Document,
    Found,
    Malformed,
    TooLarge,
    Yield,
    cut_short,
    passed_over,
)  # fmt: skip
from ingest.sources.encoding import decode
from ingest.sources.html import fragment_text
from ingest.sources.lines import unwrapped
from ingest.sources.metadata import Metadata, found_date

_FROM = re.compile(rb"From [^\r\n]{3,200}\r?\n")
_MAX_MESSAGE = 2 * MAX_BYTES  #: bytes of a message with its attachments
#: What the headers of a message may take to parse, which grows with the square of the length of each: as long as one of
#: 10,000 characters, or a hundred of 1,000.
_MAX_HEADERS = 10_000**2
#: The headers that are parsed, of the message and of its parts.
_PARSED = frozenset({"subject", "date", "from", "content-type", "content-disposition", "content-transfer-encoding"})
#: Defects that show that the end of a message is missing.
_CUT = (email.errors.CloseBoundaryNotFoundDefect, email.errors.StartBoundaryNotFoundDefect)


class _Policy(email.policy.EmailPolicy):
    """Stops at headers that take too long to parse; the other headers are kept as they are written."""

    left: list[int]  #: of ``_MAX_HEADERS``

    def __init__(self) -> None:
        super().__init__(refold_source="none")  # type: ignore[call-arg]  # typeshed has message_factory as needed
        object.__setattr__(self, "left", [_MAX_HEADERS])  # a policy lets nothing else be set

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """The name of a header and its value as it is written."""
        name, value = super().header_source_parse(sourcelines)
        if name.lower() in _PARSED:
            self.left[0] -= len(value) ** 2
            if self.left[0] < 0:
                raise _LongHeaders(name)
        return name, value


class _LongHeaders(Exception):
    """Headers are too long, the one named in the message among them."""


def read(document: Document) -> Yield:
    """Yield a message's text as an article, then its attachments and forwarded messages as documents.

    The subject is the title, the day of sending the date, the sender the publisher. A mailbox yields its messages.

    Raises:
        Malformed: if there is no header.
        TooLarge: if it is larger than 40 MB, or its headers are too long.
    """
    if document.head(5) == b"From ":
        yield from _mailbox(document)
        return
    data = document.data(_MAX_MESSAGE)
    try:
        message = email.message_from_bytes(data, policy=_Policy())
    except _LongHeaders as error:
        raise TooLarge(f"{document.shown} has headers that are too long ({error}); it is not read.") from None
    if not isinstance(message, EmailMessage) or not message.keys():
        raise Malformed(f"{document.shown} is not an e-mail: it has no header.")
    metadata = Metadata(
        title=_header(message, "subject"),
        published=found_date(_header(message, "date")),
        publisher=_sender(_header(message, "from")),
    )
    text = "\n\n".join(t for t in _texts(message, document.shown) if t.strip())
    attached = [part for part in _leaves(message) if _is_attached(part)]
    if text or not attached:
        yield Found(text, document.name, metadata, "message/rfc822", data)
    others: list[str] = []
    for number, part in enumerate(attached, 1):
        name = _filename(part) or f"{part.get_content_type()} {number}"
        inner = Document(
            f"{document.name} › {name}", metadata=Metadata(published=metadata.published, publisher=metadata.publisher)
        )
        if part.get_content_type() == "message/rfc822":
            yield replace(inner, content=part.get_payload(0).as_bytes(), kind="mail", metadata=Metadata())  # type: ignore[union-attr]
        elif not has_known_suffix(name):
            others.append(name)
        else:
            yield replace(inner, content=_payload(part))
    if others:
        yield passed_over(document.name, others)
    if any(isinstance(defect, _CUT) for part in message.walk() for defect in part.defects):
        yield cut_short(document.name)


def _mailbox(document: Document) -> Yield:
    """The messages of a mailbox, one at a time.

    Of a message above the limit only a little more than the limit is kept, enough for its reader to refuse it.
    """
    lines: list[bytes] = []
    number = size = 0

    def message() -> Document:
        """The message whose lines were collected."""
        return Document(f"{document.name} #{number}", content=b"".join(lines), kind="mail")

    with document.open() as stream:
        begins = True
        while line := stream.readline(1_000_000):
            if not number or (begins and _FROM.fullmatch(line)):
                if number:
                    yield message()
                number, size, lines = number + 1, 0, []
            elif size <= _MAX_MESSAGE:
                lines.append(line)
                size += len(line)
            begins = line.endswith(b"\n")
    yield message()


def _leaves(part: EmailMessage) -> Iterator[EmailMessage]:
    """The parts of a message that are not containers; a forwarded message is one part."""
    if part.get_content_type() == "message/rfc822" or not part.is_multipart():
        yield part
    else:
        for inner in part.iter_parts():
            yield from _leaves(inner)  # type: ignore[arg-type]


def _is_attached(part: EmailMessage) -> bool:
    """Whether a part is a document of its own and not text of the message."""
    return _filename(part) is not None or part.get_content_type() not in ("text/plain", "text/html")


def _texts(part: EmailMessage, name: str) -> Iterator[str]:
    """The texts of a part in order; of alternatives, plain text first, and the first that has words."""
    if part.get_content_type() == "multipart/alternative":
        choices = sorted(part.iter_parts(), key=lambda p: p.get_content_type() == "text/html")
        yield next((t for t in ("\n\n".join(_texts(c, name)) for c in choices) if t.strip()), "")  # type: ignore[arg-type]
    elif part.is_multipart() and part.get_content_type() != "message/rfc822":
        for inner in part.iter_parts():
            yield from _texts(inner, name)  # type: ignore[arg-type]
    elif not _is_attached(part) and (payload := _payload(part)).strip():
        text = decode(payload, name, declared=part.get_content_charset(), lenient=True)
        if part.get_content_type() == "text/html":
            yield fragment_text(text, name)
            return
        lines = text.splitlines()
        if part.get_param("format") == "flowed":
            lines = _unflowed(lines, part.get_param("delsp") == "yes")
        yield unwrapped(_without_signature(lines))


def _header(message: EmailMessage, name: str) -> str | None:
    """A header as text of at most 2,000 characters; None if it is missing or cannot be decoded."""
    try:
        value = message[name]
    except Exception:
        return None
    text = str(value).strip() if value is not None else ""
    raw = next((v for k, v in message.raw_items() if k.lower() == name), "")
    if isinstance(raw, str) and any("\udc80" <= c <= "\udcff" for c in raw):  # bytes without MIME encoding
        try:
            text = decode(raw.encode("ascii", "surrogateescape"), name).strip()
        except Exception:
            return None
    return text[:2000] or None


def _sender(value: str | None) -> str | None:
    """The sender's name, or the domain of the address."""
    if not value:
        return None
    from email.utils import parseaddr

    name, address = parseaddr(value)
    return name or address.partition("@")[2] or None


def _filename(part: EmailMessage) -> str | None:
    """The file name of an attachment; None for other parts."""
    try:
        return part.get_filename() if part.get_content_disposition() == "attachment" else None
    except Exception:
        return None


def _payload(part: EmailMessage) -> bytes:
    """The decoded bytes of a part."""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _unflowed(lines: list[str], delete_space: bool) -> list[str]:
    """Join the lines of ``format=flowed`` text (RFC 3676); a line that ends with a space continues.

    Args:
        lines: the lines of a message.
        delete_space: whether that space is removed (``delsp=yes``, usual in Japanese).
    """
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
    """The lines before the signature mark ``-- ``."""
    for number, line in enumerate(lines):
        if line.rstrip("\r\n") in ("-- ", "--") and number:
            return lines[:number]
    return lines

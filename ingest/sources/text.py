"""Plain text, kept character by character, and Markdown, reduced to its words."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

from ingest.sources.document import Document, Found, Yield
from ingest.sources.encoding import decode
from ingest.sources.metadata import Metadata, from_mapping

_FENCE = re.compile(r"\s{0,3}(```|~~~)")
_HEADING = re.compile(r"#{1,6}\s+")
_QUOTE = re.compile(r"(?:\s{0,3}>\s?)+")
_BULLET = re.compile(r"(\s{0,20})[-*+]\s+")
_RULE = re.compile(r"\s{0,3}(?:(?:-\s{0,2}){3,80}|(?:\*\s{0,2}){3,80}|(?:_\s{0,2}){3,80}|={3,200})")
_IMAGE = re.compile(r"!\[[^\[\]\n]{0,300}\]\([^()\n]{0,2000}\)")
_LINK = re.compile(r"\[([^\[\]\n]{1,500})\](?:\([^()\n]{0,2000}\)|\[[^\[\]\n]{0,200}\])")
_AUTOLINK = re.compile(r"<(?:https?|mailto):[^<>\s]{1,2000}>")
_STRONG = re.compile(r"(\*\*|__|~~|`)(?=\S)([^*_~`\n]{1,2000})(?<=\S)\1")
_EMPHASIS = re.compile(r"(?<![*\w])\*(?=[^\s*])([^*\n]{1,1000})(?<=\S)\*(?!\*)")
_TAG = re.compile(r"<(?:/?[a-zA-Z][^<>\n]{0,500}|!--[^<>\n]{0,2000}--)>")
_REFERENCE = re.compile(r"\s{0,3}\[[^\]\n]{1,200}\]:\s")


def read(document: Document) -> Yield:
    """Read a text file as one article: its decoded content, or for Markdown its words without the markup.

    Front matter (``key: value`` between ``---``, TOML between ``+++``) gives title, date and address.
    """
    data = document.data()
    text = decode(data, document.shown, declared=document.charset)
    markdown = document.name.lower().endswith((".md", ".markdown")) or document.media_type == "text/markdown"
    metadata = Metadata()
    if markdown:
        front, body = front_matter(text)
        metadata, text = from_mapping(front), plain(body)
        if not metadata.title:
            first = next((line for line in body.splitlines() if line.strip()), "")
            metadata = Metadata(title=plain(first).strip() or None if first.startswith("# ") else None).over(metadata)
    yield Found(
        text,
        document.name,
        metadata,
        "text/markdown" if markdown else "text/plain",
        data,
    )


def front_matter(text: str) -> tuple[dict[str, Any], str]:
    """The fields of a front matter and the text after it; no fields where there is none.

    >>> front_matter("---\\ntitle: 対談\\n---\\n本文")
    ({'title': '対談'}, '本文')
    """
    lines = text.lstrip("\ufeff").splitlines(keepends=True)
    mark = lines[0].strip() if lines else ""
    if mark not in ("---", "+++"):
        return {}, text
    for number, line in enumerate(lines[1:200], 1):
        if line.strip() == mark or (mark == "---" and line.strip() == "..."):
            block, body = lines[1:number], "".join(lines[number + 1 :])
            return (_toml("".join(block)) if mark == "+++" else _fields(block)), body
    return {}, text


def _toml(block: str) -> dict[str, Any]:
    """The fields of a TOML block; none if it is broken."""
    try:
        return tomllib.loads(block)
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def _fields(block: list[str]) -> dict[str, Any]:
    """The fields of ``key: value`` lines; nested YAML is skipped, since no field that is used is nested."""
    found: dict[str, Any] = {}
    for line in block:
        key, colon, value = line.partition(":")
        if not colon or line[:1].isspace() or line.startswith("#"):
            continue
        value = value.strip()
        if value[:1] == value[-1:] == '"' and len(value) > 1:
            try:
                value = json.loads(value)
            except ValueError:
                value = value[1:-1]
        elif value[:1] == value[-1:] == "'" and len(value) > 1:
            value = value[1:-1].replace("''", "'")
        found[key.strip().strip("\"'")] = {"true": True, "false": False}.get(value, value)
    return found


def plain(text: str) -> str:
    """Markdown as plain text, without heading marks, emphasis, links, code blocks and tags; bullets become ・.

    >>> plain("## 見出し\\n- **太字**と[リンク](https://example.jp)")
    '見出し\\n・太字とリンク'
    """
    kept: list[str] = []
    fence: str | None = None
    for line in text.splitlines():
        marked = _FENCE.match(line)
        if marked:
            fence = None if fence == marked[1] else fence or marked[1]
            continue
        if fence or _RULE.fullmatch(line[:300]) or _REFERENCE.match(line):
            if not fence and kept:
                kept.append("")
            continue
        line = _QUOTE.sub("", line, count=1) if line.lstrip().startswith(">") else line
        line = _HEADING.sub("", line, count=1) if line.startswith("#") else line
        line = _BULLET.sub(r"\1・", line, count=1) if _BULLET.match(line) else line
        if "|" in line and line.strip().startswith("|"):
            cells = [c.strip() for c in line.strip().strip("|").split("|")]
            if all(set(c) <= set("-: ") for c in cells):
                continue
            line = "　".join(cells)
        kept.append(_inline(line).rstrip())
    return "\n".join(kept).strip("\n")


def _inline(line: str) -> str:
    """A line without inline markup."""
    if not any(mark in line for mark in "*_`~[<!"):
        return line
    line = _IMAGE.sub("", line)
    line = _LINK.sub(r"\1", line)
    line = _AUTOLINK.sub("", line)
    line = _TAG.sub("", line)
    line = _STRONG.sub(r"\2", line)
    return _EMPHASIS.sub(r"\1", line)

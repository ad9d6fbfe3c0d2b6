"""The documents are true: links lead somewhere, commands exist, the lists of commands and settings are complete."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from iibun.cli.main import parser
from kg.environment import SETTINGS
from tests import commands
from tests.paths import ROOT

PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*/*.md"), *ROOT.glob("data/*.md")]
)
_LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)")


def headings(page: Path) -> set[str]:
    """The addresses of a page's headings, as GitHub makes them."""
    found = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL), re.MULTILINE)
    plain = (re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading) for heading in found)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_to_what_is_there(page: Path) -> None:
    broken = []
    for name, place in _LINK.findall(page.read_text("utf-8")):
        to = page.parent / name if name else page
        if not to.exists() or (place and to.suffix == ".md" and place not in headings(to)):
            broken.append(f"{name}#{place}" if place else name)
    assert broken == []


def shown(page: Path) -> Iterator[str]:
    """The commands of ours that the blocks of a page show, without what the shell does with their input and output."""
    for line in page.read_text("utf-8").splitlines():
        if found := re.match(r"(?: {4})?(?:\.venv/bin/)?iibun +(\w.*)", line):
            yield re.split(r" [|&<>]+ ", found[1])[0]


def parsed(line: str) -> str:
    """What the parser says against a command; empty if nothing."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said), contextlib.suppress(SystemExit):
        parser().parse_args(shlex.split(line, comments=True))
        return ""
    return said.getvalue()


@pytest.mark.parametrize("page", [p for p in PAGES if any(shown(p))], ids=lambda p: str(p.relative_to(ROOT)))
def test_commands_that_are_shown_exist(page: Path) -> None:
    assert {line: said for line in shown(page) if (said := parsed(line))} == {}


@pytest.mark.parametrize("language", commands.PAGES)
def test_the_list_of_commands_is_of_today(language: str) -> None:
    assert commands.PAGES[language].read_text("utf-8") == commands.page(language), "run python -m tests.commands"


def test_every_setting_is_listed() -> None:
    listed = re.findall(r"^\| (`IIBUN_.*?) \|", (ROOT / "docs" / "settings.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(re.findall(r"IIBUN_\w+", " ".join(listed))) == sorted(SETTINGS)

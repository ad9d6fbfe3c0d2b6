"""The reference of the command line in both languages, from the help of the commands: ``python -m tests.commands`` writes it.

It takes the parsers, not the text of ``--help``, which differs between versions of Python.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from unittest import mock

from iibun.cli.main import parser
from iibun.cli.parser import Parser
from tests.paths import ROOT

#: The page of each language.
PAGES: Final[dict[str, Path]] = {"en": ROOT / "docs" / "commands.md", "ja": ROOT / "docs" / "ja" / "commands.md"}
#: Options that mean the same in every command; they are described once.
COMMON: Final = ("--store", "--format")

_HEAD: Final = {
    "en": """\
# Commands

Written by `python -m tests.commands` from what `iibun COMMAND --help` prints; don't edit it by hand. [日本語](ja/commands.md)

Exit codes: 0 done, 1 failed in part or whole (what failed is listed), 2 wrong usage, 130 stopped by Ctrl-C, 143 by
SIGTERM, 129 by SIGHUP. Messages are in Japanese if the locale is, else in English; `IIBUN_LANG` says which ([settings](settings.md)). These options mean the same in each command
that has them:
""",
    "ja": """\
# コマンド

`iibun COMMAND --help` の内容を、`python -m tests.commands` で書き出したものです。直接編集しないでください。[English](../commands.md)

終了コードは、0 が完了、1 が失敗（一部の失敗も含み、失敗したものを表示）、2 が使い方の誤り、130 が Ctrl-C、143 が SIGTERM、129 が SIGHUP による中断です。
メッセージは、ロケールが日本語なら日本語、それ以外では英語で表示します（`IIBUN_LANG` で切り替え。[設定](../settings.md)、英語）。次のオプションの意味は、どのコマンドでも同じです。
""",
}
_COMMA: Final = {"en": ", ", "ja": "、"}
_COLON: Final = {"en": ": ", "ja": "："}
_COLUMNS: Final = {"en": "| argument | meaning |", "ja": "| 引数 | 意味 |"}
_ALSO: Final = {"en": "Also {}.", "ja": "ほかに {}。"}


def page(language: str) -> str:
    """The page in a language, ``en`` or ``ja``."""
    with mock.patch.dict(os.environ, {"IIBUN_LANG": language}):
        commands = parser().commands
    names: dict[int, list[str]] = {}
    for name, command in commands.items():
        names.setdefault(id(command), []).append(name)
    common = [action for action in commands["status"]._actions if {*COMMON} & {*action.option_strings}]
    lines = [_HEAD[language], *_table(language, common), ""]
    for same in names.values():
        lines += [f"## {_COMMA[language].join(same)}", *_section(commands[same[0]], language, common), ""]
    return "\n".join(lines).rstrip() + "\n"


def _section(command: Parser, language: str, common: list[argparse.Action]) -> Iterator[str]:
    yield ("" if language == "ja" else " ").join((command.description or "").split("\n"))
    described = {(flag, action.help) for action in common for flag in action.option_strings}
    own, shared = [], []
    for action in command._actions[1:]:  # after --help
        (shared if {(flag, action.help) for flag in action.option_strings} & described else own).append(action)
    if own:
        yield from ("", *_table(language, own))
    if shared:
        yield from ("", _ALSO[language].format(_COMMA[language].join(f"`{a.option_strings[0]}`" for a in shared)))
    examples = (command.epilog or "").replace("：", ":", 1).partition(":")[2]
    yield from ("", *(f"    {line.strip()}" for line in examples.splitlines() if line.strip()))


def _table(language: str, actions: list[argparse.Action]) -> list[str]:
    return [_COLUMNS[language], "|---|---|", *(f"| {_written(a)} | {_explained(a, language)} |" for a in actions)]


def _written(action: argparse.Action) -> str:
    """An argument as one writes it: ``--on DATE``."""
    value = action.metavar or (action.dest.upper() if not action.choices else "")
    if not action.option_strings:
        name = f"{value or action.dest}"
        return f"`{_cell(name)}`" + (" …" if action.nargs in ("*", "+") else "")
    takes = "" if action.nargs == 0 or not value else f" {_cell(str(value))}"
    return ", ".join(f"`{flag}{takes}`" for flag in action.option_strings)


def _explained(action: argparse.Action, language: str) -> str:
    choices = _COMMA[language].join(f"`{choice}`" for choice in action.choices or ())
    says = _cell((action.help or "") % vars(action))
    return says + (_COLON[language] + choices if choices else "")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    for written, path in PAGES.items():
        path.write_text(page(written), "utf-8")

"""Completion, asked by a real bash as it asks when somebody presses Tab."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from iibun.cli.commands.completion import SHELLS
from iibun.cli.main import main
from tests.paths import ROOT

#: What is typed before Tab, what bash must offer, what it must not.
TYPED = [
    ("iibun qu", {"query"}, {"export"}),
    ("iibun ", {"ingest", "query", "completion", "verdict"}, {"--version"}),
    ("iibun query pred", {"predictions", "predictions_count"}, {"claims"}),
    ("iibun query m", {"mine.rq", "my.rq"}, {"stray.txt"}),
    ("iibun query claims --bi", {"--bind"}, set()),
    ("iibun query claims --bind mod", {"modality="}, set()),
    ("iibun query claims --bind modality=p", {"probable", "possible"}, {"hoped"}),
    ("iibun query predictions --bind open=", {"true", "false"}, set()),
    ("iibun query claims --format ", {"table", "csv", "turtle"}, {"graphml"}),
    ("iibun export --format g", {"graphml"}, {"turtle"}),
    ("iibun judge urn:x edit --modality h", {"hoped"}, set()),
    ("iibun verdict urn:x came", {"came-true"}, set()),
    ("iibun completion ", set(SHELLS), set()),
    ("iibun status --store st", {"store/"}, {"stray.txt"}),
]  # fmt: skip

#: Calls the function that the script has registered, with the variables that bash sets.
ASK = r"""
set -e
eval "$(iibun completion bash)"
read -ra COMP_WORDS <<<"$LINE"
[ "${LINE: -1}" = " " ] && COMP_WORDS+=("")
COMP_LINE="$LINE" COMP_POINT=${#LINE} COMP_TYPE=9 COMP_KEY=9 COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
function=$(complete -p iibun | sed -E 's/.* -F ([^ ]+).*/\1/')
$function iibun "${COMP_WORDS[COMP_CWORD]}" ""
printf '%s\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tab")
    (folder / "mine.rq").write_text("")
    (folder / "my.rq").write_text("")
    (folder / "stray.txt").write_text("")
    (folder / "store").mkdir()
    command = folder / "bin" / "iibun"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m iibun "$@"\n')
    command.chmod(0o755)
    return folder


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
@pytest.mark.parametrize(("typed", "offered", "kept_back"), TYPED, ids=[t[0] for t in TYPED])
def test_bash_completes(typed: str, offered: set[str], kept_back: set[str], place: Path) -> None:
    environment = os.environ | {"PATH": f"{place / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "LINE": typed}
    done = subprocess.run(["bash", "--norc", "-c", ASK], capture_output=True, text=True, cwd=place, env=environment, timeout=60, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = {line.strip() for line in done.stdout.splitlines()}
    assert offered <= found and not kept_back & found, (found, done.stderr)


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_has_its_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    assert "iibun" in capsys.readouterr().out


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_can_read_its_script(shell: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    assert main(["completion", shell]) == 0
    script = tmp_path / "script"
    script.write_text(capsys.readouterr().out)
    done = subprocess.run([shell, "-n", str(script)], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")

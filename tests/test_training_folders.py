"""A missing or empty folder is no corpus: the scripts of benchmarks/ say so before they write anything."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

SCRIPTS = [
    ("benchmarks.annotations.__main__", "{gold} {articles} --out {out}"),
    ("training.relations", "{gold} {articles} --write"),
    ("training.recogniser", "--ner {ner} --gold {gold} --articles {articles} --out {out}"),
]


@pytest.mark.parametrize(
    ("module", "call", "which"),
    [(*script, which) for script in SCRIPTS for which in ("gold", "articles", "ner") if f"{{{which}}}" in script[1]],
)
@pytest.mark.parametrize("there", [False, True])
def test_a_folder_without_its_files_is_refused(tmp_path: Path, monkeypatch, capsys, module, call, which, there) -> None:
    folders = {name: tmp_path / name for name in ("gold", "articles", "ner")}
    for name in ("gold/a.txt", "gold/a.gold.json", "gold/INDEX.tsv", "articles/a.txt", "ner/wikipedia/ner.json",
                 "ner/gsd/train.bio", "ner/gsd/dev.bio", "ner/gsd/test.bio"):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    folders[which] = tmp_path / "other"
    if there:
        folders[which].mkdir()
    out = tmp_path / "out"
    out.write_text("what was there before")
    script = importlib.import_module(module)
    monkeypatch.setattr(sys, "argv", ["script", *call.format(**folders, out=out).split()])
    with pytest.raises(SystemExit) as ended:
        script.main()
    assert ended.value.code == 2
    told = capsys.readouterr().err.splitlines()[-1]
    assert told.endswith(
        f" in the folder {tmp_path / 'other'}." if there else f"There is no folder {tmp_path / 'other'}."
    )
    assert out.read_text() == "what was there before"

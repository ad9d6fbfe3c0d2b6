"""Whether articles are read as they were when the version of the extractor was last set: ``python -m tests.extractor``.

It reads the sample articles and the gold articles of our own. Where they are read otherwise and ``ingest/version.py`` names the
same version, it says which, and fails; else it notes in ``tests/gold/extractor.json`` the version, a digest of the code and data
that read, and a hash of each result. ``tests/test_extractor.py`` compares the digest alone, which takes no reading.
"""

from __future__ import annotations

import ast
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from ingest import extract
from ingest.pipeline import load
from ingest.read import read
from ingest.version import extractor
from kg import data, document
from tests.paths import ROOT

NOTE = ROOT / "tests/gold/extractor.json"
#: What may differ in the last digits between processors, and what only explains.
_LEFT_OUT = frozenset({"extractor", "reasons", "confidence"})


def sources() -> str:
    """A digest of what reads: our code without comments and docstrings, word lists, models."""
    digest = hashlib.sha256()
    for path in sorted((ROOT / "ingest").rglob("*.py")):
        digest.update(f"{path.relative_to(ROOT)} {code(path)}".encode())
    for name in ("lexicon", "models", "gazetteer.jsonl"):
        there = data.path(name)
        for path in sorted(p for p in ([there] if there.is_file() else there.rglob("*")) if p.is_file()):
            digest.update(f"{path.relative_to(data.root())} ".encode() + path.read_bytes())
    return digest.hexdigest()


def code(path: Path) -> str:
    """A module's syntax tree as text, without docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            if ast.get_docstring(node, clean=False) is not None:
                node.body = node.body[1:]
    return ast.dump(tree)


def results() -> dict[str, str]:
    """A hash of what is read from each article, by its name."""
    nlp = load()
    found = {}
    for folder in ("data/articles", "tests/gold/articles"):
        for path in sorted((ROOT / folder).glob("*.txt")):
            report = document.to_document(extract(next(iter(read(path))), nlp))
            found[path.stem] = hashlib.sha256(json.dumps(plain(report), sort_keys=True).encode()).hexdigest()[:16]
    return found


def plain(value: Any) -> Any:
    """A part of an extract document without what may differ between machines and what only explains."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items() if k not in _LEFT_OUT}
    return [plain(v) for v in value] if isinstance(value, list) else value


def main() -> int:
    """Compare, then note what is so now."""
    noted = json.loads(NOTE.read_text("utf-8")) if NOTE.exists() else {"version": None, "results": {}}
    now: dict[str, Any] = {"version": extractor(), "sources": sources(), "results": results()}
    changed = [name for name, found in now["results"].items() if noted["results"].get(name, found) != found]
    if changed and noted["version"] == now["version"]:
        print(f"Read otherwise than as {noted['version']}: {', '.join(changed)}. Raise a number in ingest/version.py.")
        return 1
    NOTE.write_text(json.dumps(now, indent=1) + "\n", "utf-8")
    print(f"{now['version']}: {len(now['results'])} articles, {len(changed)} read otherwise than before")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Write what is shipped of the sample articles anew: ``python -m tests.samples``.

To be run where the reader reads otherwise, or an article has changed. It also lists the sample verdicts that find no prediction in
what was read. ``tests/test_samples.py`` compares what is shipped with what the reader gives.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from iibun.archive import samples
from iibun.archive.inflow import write_and_link
from iibun.archive.writer import Writer
from ingest import extract, load
from kg import store as stores
from kg.document import to_document
from tests.paths import ROOT

FOLDER = ROOT / "data" / "samples" / "extracts"


def lines(document: dict[str, Any]) -> str:
    """An extract document as JSON with one result in each line, so that a change can be read."""

    def told(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False)

    rows = ",\n".join(
        f"{told(key)}: "
        + ("[\n" + ",\n".join(map(told, value)) + "\n]" if isinstance(value, list) and value else told(value))
        for key, value in document.items()
    )
    return f"{{\n{rows}\n}}\n"


def main() -> int:
    """Read the sample articles, write their extract documents, and try the verdicts."""
    nlp = load()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path in FOLDER.glob("*.json"):
        path.unlink()
    with stores.memory() as store:
        writer = Writer(store)
        for name, article in samples.articles():
            report = extract(article, nlp)
            (FOLDER / f"{name}.json").write_text(lines(to_document(report, explain=True)), "utf-8")
            write_and_link(writer, report)
        judged = samples.judge(store)
    print(f"{judged.given} verdicts found their prediction.")
    for row in (*judged.missing, *judged.early):
        print(f"not found: {row.article}: {row.words}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

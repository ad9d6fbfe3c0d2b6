"""Write ``articles.jsonl``: offsets only, of the annotated articles whose texts are in ARTICLES.

python -m benchmarks.annotations GOLD_DIR ARTICLES
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from benchmarks.annotations import ROWS, text_of, to_row
from benchmarks.folders import holding


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=holding("*.gold.json"), help="a folder with NAME.gold.json")
    parser.add_argument("articles", type=holding("*.txt"), help="a folder with NAME.txt")
    parser.add_argument("--out", type=Path, default=ROWS)
    a = parser.parse_args()
    lines = []
    for path in sorted(a.gold.glob("*.gold.json")):
        name = path.name.removesuffix(".gold.json")
        text = text_of(name, a.articles)
        if text is None:
            raise SystemExit(f"No text {name}.txt in {a.articles} nor among our own articles.")
        row = to_row(name, text, json.loads(path.read_text("utf-8")))
        lines.append(json.dumps(row, ensure_ascii=False, separators=(",", ":")))
    a.out.write_text("\n".join(lines) + "\n", "utf-8")
    print(a.out.name, len(lines), "articles")


if __name__ == "__main__":
    main()

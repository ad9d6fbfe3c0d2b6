"""Write the annotated texts as a data set: JSON Lines of each configuration, and a card.

python -m benchmarks.dataset FOLDER [--index ../shared/articles/INDEX.tsv ../shared/field/INDEX.tsv]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import yaml

from benchmarks.dataset import Part, ids_of, parts
from benchmarks.dataset.features import FEATURES, faults, head

_HERE = Path(__file__).resolve().parent
_LICENSE = _HERE.parents[1] / "LICENSE"


def new(name: str) -> Path:
    """An argparse type: a folder that is not there, or is empty."""
    path = Path(name)
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise argparse.ArgumentTypeError(f"{name} is no empty folder; name one that is not there yet.")
    return path


def index(name: str) -> dict[str, str]:
    """An argparse type: the ids of an ``INDEX.tsv``."""
    try:
        return ids_of(Path(name))
    except (OSError, UnicodeError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise argparse.ArgumentTypeError(f"{name} cannot be read as an index: {reason}.") from None


def write(folder: Path, found: Sequence[Part]) -> None:
    """Write the files of a data set.

    Args:
        folder: where to; made if it is not there.
        found: what :func:`benchmarks.dataset.parts` gives.

    Raises:
        ValueError: if a record is not as :data:`benchmarks.dataset.features.FEATURES` says.
    """
    for part in found:
        for record in part.records:
            for fault in faults(record, FEATURES[part.config], f"{part.config} {record['id']}"):
                raise ValueError(fault)
        path = folder / part.config / f"{part.split}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in part.records), "utf-8")
    (folder / "README.md").write_text(card(found), "utf-8")
    (folder / "LICENSE").write_bytes(_LICENSE.read_bytes())


def card(found: Sequence[Part]) -> str:
    """The card: its head in YAML, and the text of ``card.md`` with the numbers of records."""
    top = yaml.safe_dump(head((p.config, p.split) for p in found), allow_unicode=True, sort_keys=False, width=1000)
    counts = {(p.config, p.split): f"{len(p.records):,}" for p in found}
    rows = "\n".join(
        f"| `{config}` | {counts.get((config, 'train'), '–')} | {counts.get((config, 'test'), '–')} |"
        for config in FEATURES
    )
    return f"---\n{top}---\n\n" + (_HERE / "card.md").read_text("utf-8").replace("{counts}", rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=new, help="where to write it: a new or empty folder")
    parser.add_argument(
        "--index", type=index, nargs="+", default=[], metavar="INDEX.tsv",
        help="tables with the columns name and id: ids of the articles whose texts are not ours, at their sources",
    )  # fmt: skip
    a = parser.parse_args()
    found = list(parts({name: id_ for ids in a.index for name, id_ in ids.items()}))
    write(a.folder, found)
    for part in found:
        print(f"{part.config}/{part.split}.jsonl: {len(part.records):,} records")


if __name__ == "__main__":
    main()

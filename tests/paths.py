"""Where tests find what lies outside the project; None where it is absent."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_shared = ROOT.parent / "shared"
#: Three of the sample articles, for tests that are not about all of them.
SAMPLES = tuple(ROOT / "data" / "articles" / f"{name}.txt" for name in ("denryoku", "kensho", "taidan"))
SHARED: Path | None = _shared if (_shared / "gold").is_dir() else None

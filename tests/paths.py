"""Where tests find what lies outside the project; None where it is absent."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_shared = ROOT.parent / "shared"
SHARED: Path | None = _shared if (_shared / "gold").is_dir() else None

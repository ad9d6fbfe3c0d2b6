"""The version of the extractor is raised where articles are read otherwise."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from ingest import version
from tests import extractor


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="the digest is of Python 3.11's syntax trees")
def test_what_reads_was_compared_with_the_version_that_it_names() -> None:
    noted = json.loads(extractor.NOTE.read_text("utf-8"))
    assert noted["sources"] == extractor.sources(), "Run python -m tests.extractor."
    assert version.extractor().startswith(noted["version"])


def test_comments_and_docstrings_are_no_change(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    found = []
    for text in (
        "def f():\n    '''One.'''\n    return 1\n",
        "def f():\n    return 1  # two\n",
        "def f():\n    return 2\n",
    ):
        path.write_text(text, "utf-8")
        found.append(extractor.code(path))
    assert found[0] == found[1] != found[2]

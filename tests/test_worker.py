"""What readers hand to the page: an address is an address, whatever lies on the server under that name."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from iibun import worker
from iibun.i18n.errors import explained

PAGE = "<!doctype html><html lang='ja'><body><article><p>青葉電機の三条望社長は、新工場を稼働させると述べた。</p></article></body></html>"


@pytest.mark.parametrize(
    "form",
    ["{file}", "{folder}", "file://{file}", "FILE:{file}", "here.html", "./here.html", "-", "~/here.html", "\n{file}"],
)
def test_the_address_field_reads_no_file(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "here.html"
    file.write_text(PAGE, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(PAGE.encode())))
    job = worker.Job(1, "aoki", "", 0.0)
    address = worker.Address(form.format(file=file, folder=tmp_path))
    assert list(worker._articles(job, [address], tmp_path / "uploads")) == []
    assert len(job.failures) == 1 and "only http and https addresses are" in job.failures[0]
    assert "http と https" in explained(job.failures[0], "ja")


def test_a_file_that_is_named_like_an_address_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "http:" / "127.0.0.1"
    place.mkdir(parents=True)
    (place / "here.html").write_text(PAGE, "utf-8")
    monkeypatch.chdir(tmp_path)
    job = worker.Job(1, "aoki", "", 0.0)
    assert list(worker._articles(job, [worker.Address("http://127.0.0.1/here.html")], tmp_path / "uploads")) == []
    assert len(job.failures) == 1 and "is not fetched" in job.failures[0]

"""Many articles: worker processes, one of which may die; a run that is killed goes on where it stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path

import pytest

from ingest import batch
from ingest.batch import Outcome, chunks, extract_many
from ingest.read import Failure
from kg.model import Article, Report

ROOT = Path(__file__).resolve().parent.parent
SENTENCES = (
    "架空電機の東雲明社長は{n}日、量子部門を2026年度中に分社化すると発表した。",
    "東雲社長は「量子の計算は{n}年後に創薬の現場で使われるようになる」と述べた。",
    "証券アナリストは、{n}億円の投資が回収できるかどうかは不透明だと指摘する。",
)


def articles(count: int) -> list[Article]:
    return [
        Article("\n".join(s.format(n=n * 7 + k) for k, s in enumerate(SENTENCES)) + f"第{n}報。", source=f"a{n}")
        for n in range(count)
    ]


def test_chunks_are_coarse_and_keep_order() -> None:
    found = list(chunks([Article("あ" * n, source=str(n)) for n in (10, 20, 30, 100, 5)], 60))
    assert [[a.source for a in group] for group in found] == [["10", "20", "30"], ["100"], ["5"]]
    assert list(chunks([], 60)) == []


class Dies:
    """Stands for the pipeline in workers: some texts end the process, some raise, others are read."""

    def __call__(self, group: list[Article]) -> list[Outcome]:
        found = []
        for article in group:
            if "死" in article.text:
                os.kill(os.getpid(), signal.SIGKILL)
            if "一度" in article.text and not Path(article.url or "").exists():
                Path(article.url or "").touch()
                os.kill(os.getpid(), signal.SIGKILL)
            found.append(Outcome(article, Report(article)))
        return found


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers that start at once and run the stand-in."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    monkeypatch.setattr(batch, "extract_chunk", Dies())
    monkeypatch.setattr(batch, "_pool", lambda jobs: ProcessPoolExecutor(jobs, mp_context=get_context("spawn")))


def test_a_worker_that_dies_loses_nothing(quick: None, tmp_path: Path) -> None:
    many = [Article(f"記事{n}", source=f"a{n}") for n in range(40)]
    many[7] = Article("一度だけ倒れる", url=str(tmp_path / "once"), source="a7")
    found = list(extract_many(many, 2, chunk=12))
    assert [r.article.source for r in found] == [f"a{n}" for n in range(40)]


def test_an_article_that_kills_its_worker_twice_is_left_out_alone(quick: None) -> None:
    many = [Article(f"記事{n}", source=f"a{n}") for n in range(20)]
    many[5] = Article("死", source="a5")
    failures: list[Failure] = []
    found = list(extract_many(many, 2, chunk=12, on_failure=failures.append))
    assert [r.article.source for r in found] == [f"a{n}" for n in range(20) if n != 5]
    assert len(failures) == 1 and "a5 ended its worker process twice" in str(failures[0])


def test_a_pool_that_breaks_while_groups_are_handed_to_it_is_told_by_their_results() -> None:
    class Broken:
        def submit(self, *given: object) -> None:
            raise BrokenProcessPool("a worker died just now")

    future = batch._submitted(Broken(), [Article("記事")])  # type: ignore[arg-type]
    assert isinstance(future.exception(timeout=0), BrokenProcessPool)


def test_articles_are_taken_only_as_fast_as_they_are_read(quick: None) -> None:
    taken = 0

    def stream() -> Iterator[Article]:
        nonlocal taken
        for n in range(10_000):
            taken += 1
            yield Article(f"記事{n}")

    reports = extract_many(stream(), 2, chunk=12)
    for _ in range(3):
        next(reports)
    assert taken < 100
    reports.close()  # type: ignore[attr-defined]


def test_an_article_on_which_the_pipeline_fails_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    import ingest

    def extract(article: Article, nlp: object) -> Report:
        if "二" in article.text:
            raise ValueError("stand-in")
        return Report(article)

    monkeypatch.setattr(ingest, "extract", extract)
    monkeypatch.setattr(ingest, "load", lambda: object())
    monkeypatch.setattr(batch, "_NLP", None)
    failures: list[Failure] = []
    found = list(extract_many([Article("一", source="a"), Article("二", source="b"), Article("三は続く。")], on_failure=failures.append))  # fmt: skip
    assert len(found) == 2 and len(failures) == 1
    assert "b could not be extracted: ValueError: stand-in" in str(failures[0])


def run(*args: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "iibun", *args], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
        **options,  # type: ignore[call-overload]
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "articles"
    made.mkdir()
    for n, article in enumerate(articles(6)):
        (made / f"{n:03}.txt").write_text(article.text, "utf-8")
    return made


def dump(store: Path) -> list[str]:
    import kg.store

    with kg.store.open(store) as opened:
        return sorted(str(q) for q in opened.quads())


def test_two_workers_write_what_one_process_writes_and_a_second_run_nothing(folder: Path, tmp_path: Path) -> None:
    one = run("ingest", str(folder), "--store", str(tmp_path / "one"), "--format", "json", "--no-links")
    two = run("ingest", str(folder), "--store", str(tmp_path / "two"), "--format", "json", "--no-links", "--jobs", "2")
    assert one.returncode == two.returncode == 0, one.stderr + two.stderr
    written = json.loads(one.stdout)["articles"]
    assert sum(written.values()) == 6
    assert dump(tmp_path / "one") == dump(tmp_path / "two")
    again = run("ingest", str(folder), "--store", str(tmp_path / "one"), "--format", "json", "--no-links")
    assert json.loads(again.stdout)["articles"] == {"unchanged": 6}


def test_bad_sources_are_listed_and_the_good_ones_written(folder: Path, tmp_path: Path) -> None:
    (folder / "bad.txt").write_bytes(b"")
    done = run("ingest", str(folder), "no/such/file", "--store", str(tmp_path / "s"), "--no-links")
    assert done.returncode == 1
    assert "bad.txt is empty." in done.stderr and "no file or folder no/such/file" in done.stderr
    assert "2 failed" in done.stdout and "Traceback" not in done.stderr
    for wrong in (["--published", "2025-13-01"], ["--jobs", "0"], ["--parts", "x"]):
        refused = run("ingest", str(folder), "--store", str(tmp_path / "t"), *wrong)
        assert refused.returncode == 2 and wrong[0] in refused.stderr and not (tmp_path / "t").exists()
    assert run("ingest").returncode == 2


def kills(folder: Path, store: Path, times: int) -> int:
    """Start ingest with workers and kill it, again and again, at growing moments; how many runs were killed."""
    killed = 0
    for n in range(times):
        process = subprocess.Popen(
            [sys.executable, "-m", "iibun", "ingest", str(folder), "--store", str(store), "--jobs", "2", "--no-links"],
            cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            process.wait(3.0 + 2.5 * (n % 5))
        except subprocess.TimeoutExpired:
            process.kill()
            killed += 1
        process.wait()
    return killed


def test_a_run_that_is_killed_goes_on_where_it_stopped(folder: Path, tmp_path: Path) -> None:
    """Three kills here; `python benchmarks/kill_ingest.py` does 50."""
    store = tmp_path / "killed"
    kills(folder, store, 3)
    time.sleep(1.5)  # orphaned workers notice within a second
    done = run("ingest", str(folder), "--store", str(store), "--jobs", "2", "--no-links")
    assert done.returncode == 0, done.stderr
    assert run("ingest", str(folder), "--store", str(tmp_path / "whole"), "--no-links").returncode == 0
    assert dump(store) == dump(tmp_path / "whole")


def test_reingest_shows_what_changes_and_keeps_the_rest(folder: Path, tmp_path: Path) -> None:
    import kg.store
    from iibun.archive.writer import Writer
    from ingest.read import read

    store = tmp_path / "s"
    with kg.store.open(store) as opened:
        article = next(iter(read(folder / "000.txt")))
        Writer(opened).write(replace(Report(article), extractor="iibun 0.0.1"))
    dry = run("reingest", "--store", str(store), "--dry-run", "--format", "json")
    changes = json.loads(dry.stdout)["changes"]
    assert dry.returncode == 0 and changes and {c["change"] for c in changes} == {"appears"}
    assert run("reingest", "--store", str(store), "--no-links").returncode == 0
    again = json.loads(run("reingest", "--store", str(store), "--format", "json").stdout)
    assert again["changes"] == [] and again["articles"] == {}


_LATE = """
import multiprocessing, os, threading

def late(told):
    try:
        told.recv()
    except EOFError:  # the parent is gone
        pass
    from ingest.batch import _end_with_parent
    _end_with_parent()
    threading.Event().wait()

if __name__ == "__main__":
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=late, args=(theirs,))
    process.start()
    theirs.close()
    os.kill(os.getpid(), 9)
"""


def test_a_worker_whose_parent_was_killed_before_it_began_ends_too(tmp_path: Path) -> None:
    (tmp_path / "late.py").write_text(_LATE)
    command = [sys.executable, str(tmp_path / "late.py")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as parent:
        try:
            parent.communicate(timeout=60)  # the worker has the pipe, too: its end is that of the worker
        except subprocess.TimeoutExpired:
            assert parent.stdout is not None
            parent.stdout.close()
            pytest.fail("the worker goes on although its parent is gone")

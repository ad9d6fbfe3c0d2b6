"""Ctrl-C, SIGTERM and SIGHUP end a command at once, with one sentence, and leave no process and no half-written file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import kg.store
from kg.rdf import article_iri, quads
from tests.kg_samples import report
from tests.processes import children, cpu, until
from tests.store_servers import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the processes are looked up as Linux tells them")
#: Never ends, whatever the store holds.
ENDLESS = "SELECT (COUNT(*) AS ?n) { " + " ".join(f"VALUES ?v{n} {{ 1 2 }}" for n in range(40)) + " }"


@contextmanager
def started(*command: str) -> Iterator[subprocess.Popen[str]]:
    """A command in a process group of its own, as a terminal starts it, even where the tests run under ``nohup``."""
    process = subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True, env={**os.environ, "OMP_NUM_THREADS": "1"},
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def interrupted(process: subprocess.Popen[str], times: int, by: int = signal.SIGINT) -> tuple[int, str]:
    """Exit code and what was said after a signal to the whole group, as a terminal sends it."""
    below = children(process.pid)
    for _ in range(times):
        os.killpg(process.pid, by)
    _, said = process.communicate(timeout=30)
    until(lambda: not any(cpu(pid) for pid in below), 30)
    return process.returncode, said


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with kg.store.open(tmp_path / "store") as store:
        made = report(0)
        store.replace(article_iri(made.article), quads(made))
    return tmp_path / "store"


@pytest.mark.parametrize("times", [1, 2])
def test_a_query_ends_and_so_does_its_worker(folder: Path, times: int) -> None:
    with started("-m", "iibun", "query", "-e", ENDLESS, "--store", str(folder)) as process:
        until(lambda: any(cpu(pid) > 0.3 for pid in children(process.pid, named="kg.endpoint.evaluator")))
        assert interrupted(process, times) == (130, "iibun query: stopped\n")
    assert not list((folder / "snapshots").iterdir())


def test_a_query_whose_command_is_killed_ends(folder: Path) -> None:
    with started("-m", "iibun", "query", "-e", ENDLESS, "--store", str(folder)) as process:
        until(lambda: any(cpu(pid) > 0.3 for pid in children(process.pid, named="kg.endpoint.evaluator")))
        below = children(process.pid)
        process.kill()
        until(lambda: not any(cpu(pid) for pid in below))


@pytest.mark.parametrize(
    ("by", "code", "times"),
    [(signal.SIGINT, 130, 1), (signal.SIGINT, 130, 2), (signal.SIGTERM, 143, 2), (signal.SIGHUP, 129, 1)],
)
def test_reading_in_worker_processes_ends(tmp_path: Path, by: int, code: int, times: int) -> None:
    command = ("ingest", "data/articles", "--jobs", "2", "--store", str(tmp_path / "store"))
    with started("-m", "iibun", *command) as process:
        until(lambda: any(cpu(pid) > 0.3 for pid in children(process.pid, named="spawn_main")))
        assert interrupted(process, times, by) == (code, "iibun ingest: stopped\n")


@pytest.mark.parametrize(("by", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_file_that_is_half_written_goes(folder: Path, tmp_path: Path, by: int, code: int) -> None:
    target = tmp_path / "all.trig"
    target.write_text("of before", "utf-8")
    with started("-c", _never_exported(target, folder)) as process:
        until(lambda: any(tmp_path.glob("all.trig.*.part")))
        assert interrupted(process, 1, by) == (code, "iibun export: stopped\n")
    assert target.read_text("utf-8") == "of before" and not list(tmp_path.glob("*.part"))


def test_nohup_is_heeded(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "all.trig"
    nohup = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)"
    with started("-c", nohup + _never_exported(target, folder)) as process:
        until(lambda: any(tmp_path.glob("all.trig.*.part")))
        process.send_signal(signal.SIGHUP)
        assert interrupted(process, 1, signal.SIGTERM) == (143, "iibun export: stopped\n")


def _never_exported(target: Path, folder: Path) -> str:
    """Code that runs an export without an end."""
    return f"""
import sys, time
from iibun.cli.main import main
from kg import export
def endless(store, name, out, **_):
    out.write(b"begun")
    while True:
        time.sleep(1)
export.export = endless
sys.argv = ["iibun", "export", {str(target)!r}, "--store", {str(folder)!r}]
sys.exit(main())
"""


def test_a_command_ends_that_is_deep_inside_a_library() -> None:
    code = f"""
import pyoxigraph
from iibun.batch import stopping
stopping.watch("links")
print("begun", flush=True)
list(pyoxigraph.Store().query({ENDLESS!r}))
"""
    with started("-c", code) as process:
        assert process.stdout is not None and process.stdout.readline() == "begun\n"
        before = cpu(process.pid)
        until(lambda: cpu(process.pid) > before + 0.2)  # the library is at work, not Python on its way there
        assert interrupted(process, 1) == (130, "iibun links: stopped\n")


def test_a_reader_does_not_wait_for_a_reader(folder: Path) -> None:
    """While one command's query goes on and on, another's is answered, and a third writes."""
    with started("-m", "iibun", "query", "-e", ENDLESS, "--store", str(folder)) as endless:
        until(lambda: any(cpu(pid) > 0.3 for pid in children(endless.pid, named="kg.endpoint.evaluator")))
        with started("-m", "iibun", "query", "counts", "--format", "csv", "--store", str(folder)) as other:
            said, _ = other.communicate(timeout=60)
            assert other.returncode == 0 and len(said.splitlines()) == 2
        with kg.store.open(folder) as store:
            store.replace(article_iri(report(1).article), quads(report(1)))
        assert endless.poll() is None

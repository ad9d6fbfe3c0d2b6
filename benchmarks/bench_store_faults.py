"""Kill writers at random points and count what was lost: nothing acknowledged may be, and no article may be half there.

    python -m benchmarks.bench_store_faults --rounds 200

Each round starts a process that writes articles into one folder, acknowledges each on a pipe, and is killed with
SIGKILL after a random time. Rounds take turns with what a kill may meet: reports as `iibun ingest` writes them, in groups,
replacements, updates, exports and backups, the snapshots that queries run on, start-up itself, and our own server
through which the writer writes. Then the folder is opened as any command would; every article of the round, some of
the former ones, and at the end all are compared with what was acknowledged; so is every backup that stands there.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pyoxigraph as ox

import kg.store
from kg.store import StoreError

KINDS = ("ingest", "replace", "update", "export", "snapshot", "start-up", "server")
#: How many of the former rounds' articles are compared again after each round.
AGAIN = 40

_WRITER = "from benchmarks import bench_store_faults as b; b.write()"


def article(n: int, version: int) -> tuple[str, list[ox.Quad]]:
    """A graph whose every triple names its version, so that a mixture shows."""
    graph = f"urn:x:article:{n}"
    size = 20 + n * 7 % 300
    p = ox.NamedNode(f"urn:x:version{version}")
    return graph, [
        ox.Quad(ox.NamedNode(f"{graph}:{i}"), p, ox.Literal(f"文 {i} {version}"), ox.NamedNode(graph))
        for i in range(size)
    ]


def expected(n: int, version: int) -> tuple[str, set[str]]:
    """The graph and the quads of an article; version -1 is a report as it is ingested."""
    if version >= 0:
        graph, quads = article(n, version)
    else:
        from benchmarks.bench_store_graph import story
        from kg.rdf import article_iri
        from kg.rdf import quads as quads_of

        report = story(n, 100)
        graph, quads = article_iri(report.article), list(quads_of(report))
    return graph, {str(q) for q in quads}


def write() -> None:
    """What the process does that is killed: ``KIND FOLDER START SEED`` on its command line."""
    from benchmarks.bench_store_graph import story
    from iibun.archive.writer import Writer
    from kg.rdf import article_iri

    kind, folder, start, seed = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    random.seed(seed)
    say("starting", os.getpid())
    with kg.store.open(folder) as store:
        say("open")
        n = start
        names: dict[str, int] = {}
        writer = Writer(store, near=False, group=8)
        while True:
            version = -1 if kind == "ingest" else random.randrange(3)
            say("try", n, version)
            if kind == "ingest":
                report = story(n, 100)
                names[article_iri(report.article)] = n
                for written in writer.queue(report):
                    say("done", names[written.article], version)
            else:
                store.replace(*article(n, version))
                say("done", n, version)
            beside(kind, store, folder, n)
            if kind in ("ingest", "update") or random.random() < 0.6:
                n += 1  # else the same article again, maybe in another version


def beside(kind: str, store: kg.store.Store, folder: Path, n: int) -> None:
    """What else a round's writer does after each article."""
    if kind == "update":
        say("try-log", n)
        store.update(
            f"INSERT DATA {{ GRAPH <urn:x:log> {{ <urn:x:{n}> <urn:x:p> 1 , 2 , 3 }} }} ;\n"
            "DELETE WHERE { GRAPH <urn:x:last> { ?s ?p ?o } } ;\n"
            f"INSERT DATA {{ GRAPH <urn:x:last> {{ <urn:x:last> <urn:x:p> {n} , {-n - 1} }} }}"
        )
        say("log", n)
    elif kind == "export":
        target = folder.parent / "exports" / f"{n}-{random.randrange(1 << 30)}"
        kg.store.backup(store, target.with_suffix(".nq.gz") if random.random() < 0.5 else target)
    elif kind == "snapshot":
        store.hold().snapshot("query")  # type: ignore[attr-defined]


def say(*words: object) -> None:
    print(*words, flush=True)


class Faults:
    """Rounds over one folder, and what was found after each."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.seed = folder, seed
        self.chance = random.Random(seed)
        self.known: dict[int, int] = {}
        self.logged: set[int] = set()
        self.total: Counter[str] = Counter()
        self.start_up = 1.0
        (folder.parent / "exports").mkdir(parents=True, exist_ok=True)

    def round(self, number: int, kind: str) -> None:
        """One writer, one kill, one look at what is left."""
        start = max(self.known, default=-1) + 1
        if kind == "server":
            from tests import store_servers as servers

            with servers.ours(self.folder):
                writer = self._writer(kind, start, number)
                assert writer.stdout is not None
                for _ in range(2):
                    writer.stdout.readline()
                time.sleep(self._wait())
                os.kill(int(json.loads((self.folder / "server.json").read_text())["pid"]), 9)
                time.sleep(
                    self.chance.choice((0.0, 0.3))
                )  # the writer goes on without the server, or is killed with it
                writer.kill()
        else:
            writer = self._writer(kind, start, number)
            assert writer.stdout is not None
            if kind == "start-up":
                writer.stdout.readline()  # what Python itself takes is not ours
                time.sleep(self.chance.random() * 1.2 * self.start_up)
            else:
                writer.stdout.readline()
                began = time.monotonic()
                writer.stdout.readline()
                self.start_up = time.monotonic() - began
                time.sleep(self._wait() * (5 if kind == "export" else 1))  # a backup takes long
            writer.kill()
        assert writer.stdout is not None
        said = [line.split() for line in writer.stdout.read().decode().splitlines()]
        writer.wait()
        self.total["kills"] += 1
        self.total[f"kills: {kind}"] += 1
        if kind == "start-up":
            self.total["killed before the store was open"] += ["open"] not in said
        self._look(kind, said)

    def _writer(self, kind: str, start: int, number: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", _WRITER, kind, str(self.folder), str(start), str(self.seed * 1000 + number)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).resolve().parent.parent)

    def _wait(self) -> float:
        return self.chance.choice((0.1, 0.5, 1.0, 2.0)) * self.chance.random() * 2

    def _look(self, kind: str, said: list[list[str]]) -> None:
        tried: dict[int, int] = {}
        touched: set[int] = set()
        unsure_log: set[int] = set()
        for what, *rest in said:
            if what == "try":
                tried[int(rest[0])] = int(rest[1])
            elif what == "done":
                tried.pop(int(rest[0]))
                self.known[int(rest[0])] = int(rest[1])
                touched.add(int(rest[0]))
                self.total["acknowledged"] += 1
            elif what == "try-log":
                unsure_log = {int(rest[0])}
            elif what == "log":
                unsure_log = set()
                self.logged.add(int(rest[0]))
                self.total["acknowledged"] += 1
        some = self.chance.sample(sorted(self.known), min(AGAIN, len(self.known)))
        with kg.store.open(self.folder) as store:
            for n in sorted({*touched, *some, *tried}):
                self._compare(store, n, tried)
            self._compare_log(store, unsure_log)
            self.total["half"] += len(store.faults())  # the merge of the graphs is right, too
        snapshots = self.folder / "snapshots"
        left = [*snapshots.iterdir()] if snapshots.exists() else []
        left += [*self.folder.glob("server.json*"), *self.folder.glob("version.*")]
        self.total["leftovers"] += len(left)
        if kind == "export":
            self._look_at_exports()

    def _compare(self, store: kg.store.Store, n: int, tried: dict[int, int]) -> None:
        maybe = [*([self.known[n]] if n in self.known else []), *([tried[n]] if n in tried else [])]
        for version in maybe:
            graph, whole = expected(n, version)
            got = {str(q) for q in store.quads(graph)}
            if got == whole:
                self.known[n] = version
                return
        if not got:
            self.total["lost"] += n in self.known
        else:
            self.total["half"] += 1

    def _compare_log(self, store: kg.store.Store, unsure: set[int]) -> None:
        rows = store.select("SELECT ?s (COUNT(?o) AS ?n) { GRAPH <urn:x:log> { ?s <urn:x:p> ?o } } GROUP BY ?s")
        found = {int(r["s"].removeprefix("urn:x:")): r["n"] for r in rows}
        self.total["half"] += sum(n != 3 for n in found.values())
        self.total["lost"] += len(self.logged - found.keys())
        self.logged |= unsure & found.keys()
        last = sorted(r["o"] for r in store.select("SELECT ?o { GRAPH <urn:x:last> { ?s ?p ?o } }"))
        newest = max(self.logged, default=None)
        self.total["half"] += last != ([] if newest is None else [-newest - 1, newest])

    def _look_at_exports(self) -> None:
        """A backup that has its name is whole; what was being written has another, and is no backup."""
        import shutil

        for path in (self.folder.parent / "exports").iterdir():
            if not path.name.endswith(".part"):
                try:
                    with kg.store.memory() as copy:
                        kg.store.restore(copy, path)
                        self.total["backups restored"] += 1
                except StoreError:
                    self.total["half"] += 1
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def whole(self) -> None:
        """Compare everything, and look for graphs that nobody wrote."""
        with kg.store.open(self.folder) as store:
            for n in sorted(self.known):
                self._compare(store, n, {})
            known = {expected(n, v)[0] for n, v in self.known.items()} | {"urn:x:log", "urn:x:last"}
            self.total["half"] += len(set(store.graphs()) - known)
        self.total["articles"] = len(self.known)


def run(rounds: int, folder: Path, *, seed: int = 1) -> Counter[str]:
    """So many rounds over one folder; what was acknowledged, lost, and half present."""
    faults = Faults(folder, seed)
    for number in range(rounds):
        faults.round(number, KINDS[number % len(KINDS)])
        if sys.stderr.isatty():
            print(f"\r{number + 1} kills", end="", file=sys.stderr, flush=True)
    faults.whole()
    return faults.total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        found = run(args.rounds, Path(folder) / "store", seed=args.seed)
        for what, n in sorted(found.items()):
            print(f"{what:<36}{n:>8,}")
        print(f"{time.monotonic() - began:.0f} seconds")
        print(f"{found['kills']} kills: {found['lost']} acknowledged lost, {found['half']} half present")
    sys.exit(1 if found["lost"] or found["half"] or found["leftovers"] else 0)


if __name__ == "__main__":
    main()

"""Kill writers at random points and count what was lost: nothing acknowledged may be, and no article may be half there.

    python benchmarks/bench_store_faults.py --rounds 200

Each round starts a process that ingests articles of several sizes one after another into one folder (new ones,
replacements, updates, snapshots as the endpoint takes them, exports), acknowledges each on a pipe, and is killed with
SIGKILL after a random time. Then the folder is opened and every acknowledged article is compared with what was written.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyoxigraph as ox

import kg.store

_WRITER = """
import random, sys
import kg.store
from benchmarks.bench_store_faults import article
seed, folder, start = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
random.seed(seed)
print("open", flush=True)
with kg.store.open(folder) as store:
    n = start
    while True:
        version = random.randrange(3)
        print("try", n, version, flush=True)
        store.replace(*article(n, version))
        print("done", n, version, flush=True)
        kind = random.random()
        if kind < 0.1:
            store.update("INSERT DATA { GRAPH <urn:x:log> { <urn:x:%d> <urn:x:p> 1 , 2 , 3 } }" % n)
            print("log", n, flush=True)
        elif kind < 0.2:
            held = store.hold() if not store._owner else store.held
            held.snapshot("query")
        elif kind < 0.3:
            store.dump()
        elif kind < 0.5 and n > start:
            continue  # write the same article again, in another version
        n += 1
"""


def article(n: int, version: int) -> tuple[str, list[ox.Quad]]:
    """A graph whose every triple names its version, so that a mixture shows."""
    graph = f"urn:x:article:{n}"
    size = 20 + n * 7 % 300
    p = ox.NamedNode(f"urn:x:version{version}")
    return graph, [
        ox.Quad(ox.NamedNode(f"{graph}:{i}"), p, ox.Literal(f"文 {i} {version}"), ox.NamedNode(graph))
        for i in range(size)
    ]


def run(rounds: int, folder: Path, *, seed: int = 1) -> dict[str, int]:
    """So many rounds over one folder; what was acknowledged, lost, and half present."""
    random.seed(seed)
    total = {"rounds": rounds, "acknowledged": 0, "lost": 0, "half": 0, "leftovers": 0}
    known: dict[int, int] = {}
    logged: set[int] = set()
    for number in range(rounds):
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(seed * 1000 + number), str(folder), str(len(known))],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).resolve().parent.parent,
        )
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(random.choice([0.05, 0.2, 0.5, 1.0]) * random.random() * 2)
        writer.kill()
        unsure: dict[int, int] = {}
        for line in writer.stdout.read().decode().splitlines():
            what, *rest = line.split()
            if what == "try":
                unsure = {int(rest[0]): int(rest[1])}
            elif what == "done":
                unsure = {}
                known[int(rest[0])] = int(rest[1])
                total["acknowledged"] += 1
            elif what == "log":
                logged.add(int(rest[0]))
        writer.wait()
        acknowledged = set(known)
        with kg.store.open(folder) as store:
            for n, version in {**known, **{k: v for k, v in unsure.items() if k not in known}}.items():
                got = {str(q) for q in store.quads(f"urn:x:article:{n}")}
                maybe = [version, *([unsure[n]] if n in unsure else [])]
                whole = [{str(q) for q in article(n, v)[1]} for v in maybe]
                if got in whole:
                    known[n] = maybe[whole.index(got)]
                elif not got:
                    total["lost"] += n in acknowledged
                else:
                    total["half"] += 1
            for n in logged:
                total["lost"] += (
                    len(list(store.select(f"SELECT ?o {{ GRAPH <urn:x:log> {{ <urn:x:{n}> ?p ?o }} }}"))) != 3
                )
        snapshots = folder / "snapshots"
        total["leftovers"] += len(list(snapshots.iterdir())) if snapshots.exists() else 0
    total["articles"] = len(known)
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=200)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        found = run(args.rounds, Path(folder) / "store")
        print({**found, "seconds": round(time.monotonic() - began, 1)})
    os._exit(0 if not found["lost"] and not found["half"] else 1)


if __name__ == "__main__":
    main()

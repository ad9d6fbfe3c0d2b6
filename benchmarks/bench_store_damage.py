"""Damage to a store, and what commands say of it.

``python -m benchmarks.bench_store_damage --rounds 40 --seed 1``

Each round copies a sound store (two stories with judgements) or a backup of it, damages one file at a random place
(a bit flipped, cut short, 64 bytes zeroed, deleted, overwritten with another of its kind; half of the time its time of
change is put back, as where a disk rots), and runs ``iibun``: status, query, check and export on a store, restore on a
backup, each in a process that may use 4 GB and 120 seconds. A round is

- *told* if a command ended with an exit code other than 0 and one sentence that names the file or the folder,
- *harmless* if all ended with 0 and the export (what was restored) is, quad for quad, that of the sound store (of a log
  that a killed process left, which is cut short, what nobody acknowledged may be missing, graph by graph),
- *swallowed*, *hung* or *traceback* otherwise.

Each store that was told of is then salvaged; what was saved is compared with the sound store.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

import pyoxigraph as ox

import kg.store
from kg import rdf
from kg.tracking import judgements, links
from tests import stories

MEMORY, SECONDS = 4 << 30, 120
#: What is damaged: name → pattern below the folder; of the graph's own files as often as of all others.
KINDS = {
    "sst": "store/graph/*.sst", "MANIFEST": "store/graph/MANIFEST-*", "CURRENT": "store/graph/CURRENT",
    "log": "store/graph/*.log", "OPTIONS": "store/graph/OPTIONS-*", "IDENTITY": "store/graph/IDENTITY",
    "checksums.json": "store/checksums.json", "version": "store/version", "server.json": "store/server.json",
    "backup .nq": "backup.nq", "backup .nq.gz": "backup.nq.gz", "backup.json": "copy/backup.json", "backup's sst": "copy/graph/*.sst",
    "backup's MANIFEST": "copy/graph/MANIFEST-*",
}  # fmt: skip
WEIGHTS = {"sst": 8, "MANIFEST": 4, "CURRENT": 2, "log": 2, "backup .nq": 2, "backup .nq.gz": 2, "backup's sst": 2}
WAYS = ("flip", "flip", "cut", "zero", "delete", "swap")


def build(work: Path) -> set[str]:
    """A sound store, with a log that a killed process left, and its backups; all that is in it."""
    store = work / "store"
    with kg.store.open(store) as s:
        for name in ("battery", "tram"):
            for report in stories.reports(stories.load(name)):
                article = rdf.article_iri(report.article)
                s.replace(article, rdf.quads(report))
                links.link_new(s, article)
        for row in s.select("SELECT DISTINCT ?c { GRAPH ?g { ?c a schema:Claim } } ORDER BY ?c LIMIT 5"):
            judgements.judge(s, row["c"], "accept", author="佐藤", reason="読んだ")
        kg.store.backup(s, work / "backup.nq")
        kg.store.backup(s, work / "backup.nq.gz")
        kg.store.backup(s, work / "copy")
    killed = (
        "import os, sys, kg.store, pyoxigraph as ox\n"
        "s = kg.store.open(sys.argv[1])\n"
        "for n in range(40):\n"
        "    g = ox.NamedNode(f'urn:x:g{n}')\n"
        "    s.replace(g.value, [ox.Quad(g, g, ox.Literal(str(i) * 500), g) for i in range(5)], flush=False)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", killed, str(store)], check=False)
    (store / "server.json").write_text('{"url": "http://127.0.0.1:9/sparql", "token": "none", "pid": 999999}')
    code, said = iibun(work, "export", "sound.nq", "--store", "store")  # of a copy, so that the log is as it was left
    assert code == 0, said
    return set((work / "sound.nq").read_text("utf-8").splitlines())


def iibun(work: Path, *arguments: str, on_copy: bool = True) -> tuple[int | None, str]:
    """Run a command in little memory; its exit code (None: it took too long) and what it said on standard error.

    ``on_copy`` runs it on a copy of the store, so that each command meets the damage as it was done.
    """
    place = work
    if on_copy and "store" in arguments:
        place = work / "try"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(work / "store", place / "store", copy_function=_with_times)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "iibun", *arguments],
            cwd=place,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1])},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
        )
    except subprocess.TimeoutExpired:
        return None, ""
    if place != work and (place / "sound.nq").exists():
        shutil.copy(place / "sound.nq", work / "sound.nq")
    if place != work and (place / "out.nq").exists():
        shutil.copy(place / "out.nq", work / "out.nq")
    return done.returncode, done.stderr


def _with_times(source: str, target: str) -> None:
    shutil.copy2(source, target)


def damage(file: Path, how: str, chance: random.Random) -> str:
    """Damage a file; what was done, in words."""
    before = file.stat()
    data = bytearray(file.read_bytes())
    at = chance.randrange(max(1, len(data)))
    told = f"{how} at {at:,} of {len(data):,}"
    match how:
        case "flip" if data:
            data[at] ^= 1 << chance.randrange(8)
        case "cut":
            del data[at:]
        case "zero":
            data[at : at + 64] = bytes(len(data[at : at + 64]))
        case "swap":
            others = [f for f in sorted(file.parent.glob("*" + file.suffix)) if f != file and f.is_file()]
            if not others:
                return ""
            data = bytearray(chance.choice(others).read_bytes())
            told = "swapped with another"
        case "delete":
            file.unlink()
            return "deleted"
    if bytes(data) == file.read_bytes():
        return ""
    file.write_bytes(data)
    if chance.random() < 0.5:
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
        told += ", time of change kept"
    return told


def one_sentence(said: str) -> bool:
    """One line of ``iibun COMMAND: …``; progress and the words of a backup's restore aside."""
    lines = [line for line in said.strip().splitlines() if line.startswith("iibun")]
    return len(lines) == 1 and "Traceback" not in said


def judge(work: Path, kind: str, sound: set[str]) -> tuple[str, str]:
    """What came of the damage: (*told*, *harmless* …, the sentence)."""
    told = ""
    if kind.startswith("backup"):
        backup = {"backup .nq": "backup.nq", "backup .nq.gz": "backup.nq.gz"}.get(kind, "copy")
        commands = [("restore", backup, "--store", "again")]
        backups = True
    else:
        commands = [
            ("status", "--store", "store"), ("query", "claims", "--store", "store"),
            ("check", "--no-shapes", "--store", "store"), ("export", "out.nq", "--store", "store"),
        ]  # fmt: skip
        backups = False
    for command in commands:
        code, said = iibun(work, *command)
        if code is None:
            return "hung", " ".join(command)
        if "Traceback" in said:
            return "traceback", said.strip().splitlines()[-1]
        if code != 0:
            if not one_sentence(said):
                return "not one sentence", said[:300]
            told = told or said.strip()
    if told:
        return "told", told
    if backups:
        code, said = iibun(work, "export", "out.nq", "--store", "again", on_copy=False)
        if code != 0:
            return "swallowed", said
    now = set((work / "out.nq").read_text("utf-8").splitlines())
    acknowledged = {q for q in sound if "<urn:x:g" not in q}
    wanted = acknowledged if backups else sound
    gone = {q.split()[0] for q in sound - now}
    if kind == "log" and acknowledged <= now <= sound and not any(q.split()[0] in gone for q in now):
        return "harmless", ""
    return ("harmless", "") if now == wanted else ("swallowed", f"{len(now):,} quads of {len(wanted):,}")


def salvaged(work: Path, sound: set[str]) -> str:
    """Salvage a store; how much of it was saved, and whether nothing else was."""
    code, said = iibun(work, "salvage", "store", "--to", "saved", on_copy=False)
    if code is None or "Traceback" in said:
        return "FAILED"
    if code != 0 and not (work / "saved").exists():
        return "nothing: " + said.strip()[:200]
    with kg.store.open(work / "saved") as s:
        derived = ox.NamedNode("urn:iibun:graph:current")
        now = {f"{q} ." for q in s.quads() if q.graph_name != derived}
    wanted = {line for line in sound if "<urn:iibun:graph:current>" not in line}
    return f"{len(now & wanted) / len(wanted):.1%}" + (" AND OTHERS" if now - wanted else "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="damage files of this kind alone")
    args = parser.parse_args()
    chance = random.Random(args.seed)
    counts: Counter[str] = Counter()
    by_kind: dict[str, Counter[str]] = defaultdict(Counter)
    saved: list[str] = []
    with tempfile.TemporaryDirectory(prefix="iibun-damage-") as folder:
        sound_place = Path(folder, "sound")
        sound_place.mkdir()
        sound = build(sound_place)
        print(f"{len(sound):,} quads; each round: kind, damage, what came of it")
        done = 0
        while done < args.rounds:
            kind = args.only or chance.choices(list(KINDS), [WEIGHTS.get(k, 1) for k in KINDS])[0]
            work = Path(folder, f"round-{done}")
            shutil.copytree(sound_place, work, copy_function=_with_times)
            files = sorted(work.glob(KINDS[kind]))
            file = chance.choice(files)
            how = damage(file, chance.choice(WAYS), chance)
            if how:
                done += 1
                start = time.monotonic()
                found, said = judge(work, kind, sound)
                rest = ""
                if found != "harmless" and not kind.startswith("backup"):
                    saved.append(salvaged(work, sound))
                    rest = f"; salvaged {saved[-1]}"
                counts[found] += 1
                by_kind[kind][found] += 1
                what = said.replace(str(work), "…")[:150] if found != "harmless" else ""
                seconds = time.monotonic() - start
                print(f"{done:3} {file.name}: {how}: {found}{rest} ({seconds:.0f} s) {what}", flush=True)
            shutil.rmtree(work)
    print("\n| file | rounds | told | harmless | other |\n|---|---:|---:|---:|---:|")
    for kind, found in sorted(by_kind.items()):
        other = found.total() - found["told"] - found["harmless"]
        print(f"| {kind} | {found.total()} | {found['told']} | {found['harmless']} | {other} |")
    whole = sum(s == "100.0%" for s in saved)
    print(
        f"\n{dict(counts)}; salvaged: {len(saved)} stores, {whole} of them whole, the others {sorted(s for s in saved if s != '100.0%')}"
    )
    sys.exit(0 if set(counts) <= {"told", "harmless"} else 1)


if __name__ == "__main__":
    main()

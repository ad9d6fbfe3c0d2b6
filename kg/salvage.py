"""Copy what can still be read of a damaged store into a new one; the damaged store is not changed.

Read :mod:`kg.store.damage` first. The steps are:

1. Link or copy the store's files into a work folder.
2. Make the copy open. A damaged MANIFEST (RocksDB's list of files) is replaced by the copy of it in ``checksums.json``, and a
   file that cannot be read at all is left out.
3. Read graph by graph in a separate process with little memory. Oxigraph keeps each quad in several indexes, so what is lost
   in one is read from another.

``python -m kg.salvage GRAPH OUT INDEX …`` is the process of step 3.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from kg.store import StoreError, checksums, damage, rocksdb
from kg.store import open as open_store
from kg.store.folder import resolved
from kg.store.lock import FolderLock
from kg.vocab import CURRENT_GRAPH, IIB, JUDGEMENTS_GRAPH, RDF

#: Files and folders of a store, apart from the graph, that are copied as they are.
_BESIDE = ("originals", "queries.json", "searches.json")


@dataclass(slots=True)
class Salvaged:
    """The result of a salvage.

    Attributes:
        graphs, quads: how many were saved.
        files: the damaged files.
        lost: what was lost in part or completely (a graph's IRI, a file, or "?") → an explanation.
        problems: what :func:`kg.check.problems` finds in the new store.
    """

    graphs: int = 0
    quads: int = 0
    files: list[str] = field(default_factory=list)
    lost: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def salvage(folder: Path, to: Path) -> Salvaged:
    """Save every graph of a damaged store that can still be read.

    Args:
        folder: the store's folder; nothing in it is changed.
        to: a new or empty folder.

    Returns:
        What was saved and what was lost.

    Raises:
        StoreError: if the folder has no store, another process has it open, ``to`` is not empty, or nothing can be read.

    Example:
        ``salvage(Path("data/store"), Path("data/again")).lost``
    """
    folder, to = resolved(folder), resolved(to)
    graph = folder / "graph"
    if not graph.is_dir():
        raise StoreError(f"There is no store in {folder}.")
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise StoreError(f"{to} is not empty; salvage into a new folder.")
    try:
        alone = FolderLock(graph)
    except BlockingIOError:
        raise StoreError(f"The store {folder} is in use by another process; stop it first.") from None
    done = Salvaged()
    work = to.with_name(f"{to.name}.salvage-{os.getpid()}")
    try:
        copy = work / "graph"
        copy.mkdir(parents=True)
        _link(graph, copy)
        left_out = _mend(graph, copy, done)
        said = _read(copy, work / "saved.nq", left_out, done)
        done.lost |= said["lost"]
        _save(work / "saved.nq", to, said["saved"], done)
        for name in _BESIDE:
            if (folder / name).is_dir():
                shutil.copytree(folder / name, to / name)
            elif (folder / name).is_file():
                shutil.copy2(folder / name, to / name)
    except OSError as error:
        raise StoreError(f"{error.filename or to} cannot be written: {error.strerror or error}.") from None
    finally:
        alone.end()
        shutil.rmtree(work, ignore_errors=True)
    return done


def _link(graph: Path, copy: Path) -> None:
    for file in graph.iterdir():
        if file.suffix == ".sst":
            try:
                os.link(file, copy / file.name)
                continue
            except OSError:  # a hard link cannot cross disks; copy the file below
                pass
        if file.is_file() and file.name != "LOCK" and not file.name.startswith("LOG"):
            shutil.copyfile(file, copy / file.name)


def _mend(graph: Path, copy: Path, done: Salvaged) -> set[str]:
    """Change the copy until RocksDB opens it; return the names of the indexes from which files were left out."""
    try:
        damage.verify(graph, whole=True)
    except damage.Damaged as error:
        done.files.append(error.file)
        if error.file.endswith(".log"):
            done.lost[error.file] = (
                "what a killed process wrote into it after the damage, which it had not acknowledged"
            )
    content = _manifest(graph, copy)
    gone = [t for t in rocksdb.tables(content, check=False).values() if _size(copy / t.file) != t.size]
    left_out = {t.index for t in gone}
    done.files += [t.file for t in gone]
    while True:
        (copy / "MANIFEST-999999").write_bytes(rocksdb.without(content, gone))
        (copy / "CURRENT").write_text("MANIFEST-999999\n", "ascii")
        try:
            damage.try_to_open(copy, "nothing")
            break
        except damage.Damaged as error:
            there = {t.file: t for t in rocksdb.tables(content, check=False).values() if t not in gone}
            bad = there.get(error.file)
            if bad is None:
                raise StoreError(
                    f"Nothing of the store {graph.parent} can be read: {error.file} {error.what}."
                ) from None
            gone.append(bad)
            left_out.add(bad.index)
            done.files.append(bad.file)
    done.files = list(dict.fromkeys(done.files))
    return left_out


def _manifest(graph: Path, copy: Path) -> bytes:
    """The best MANIFEST that can be read: a file of the store, or else the copy in the note."""
    note = checksums.read(graph)
    found = sorted(graph.glob("MANIFEST-*"), reverse=True)
    for path in found:
        content = path.read_bytes()
        if note and path.name == note.manifest and not content.startswith(note.content()):
            continue
        with suppress(rocksdb.NotWhole):
            if rocksdb.tables(content):
                return content
    if note and rocksdb.tables(note.content(), check=False):
        return note.content()
    raise StoreError(
        f"Nothing of the store {graph.parent} can be read: no MANIFEST says which of its files are in force."
    )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _read(copy: Path, out: Path, left_out: set[str], done: Salvaged) -> dict[str, dict[str, str]]:
    """Start the process that writes all graphs that can be read to ``out``, and return what it reports."""
    child = subprocess.run(
        [sys.executable, "-m", "kg.salvage", str(copy), str(out), *sorted(left_out)],
        capture_output=True,
        cwd=Path(__file__).resolve().parents[1],
    )
    if child.returncode:
        said = " ".join(child.stderr.decode("utf-8", "replace").split())[-200:]
        raise StoreError(f"Nothing of the store could be read: {said}.")
    found: dict[str, dict[str, str]] = json.loads(child.stdout)
    return found


def _save(dump: Path, to: Path, saved: dict[str, str], done: Salvaged) -> None:
    """Write what was read into the new store, then count and check it there."""
    from kg import check
    from kg.store.transfer import bulk
    from kg.tracking import current

    with open_store(to) as store, dump.open("rb") as f:
        bulk(store, ox.parse(f, format=ox.RdfFormat.N_QUADS))
        for graph, count in saved.items():
            if sum(1 for _ in store.quads(graph)) != int(count):
                raise StoreError(f"The graph {graph} did not arrive whole in {to}; the disk may be at fault.")
        done.graphs, done.quads = len(saved), sum(map(int, saved.values()))
        current.rebuild(store)
        done.problems = [str(p) for p in check.problems(store, shapes=False)]


# the process that reads


def _main(graph: str, out: str, *left_out: str) -> int:
    damage.bounded()
    store = ox.Store.read_only(graph)
    names, unnamed = _all(store.named_graphs())
    by_predicate: dict[Any, set[ox.Quad]] = {}
    complete = bool(unnamed or {"graphs", "gspo"} & set(left_out))  # whether the other index has been read
    whole_index = False
    if complete:
        by_predicate, whole_index = _by_predicate(store, names)
        names |= set(by_predicate)
    whole_index &= "posg" not in left_out
    saved: dict[str, int] = {}
    lost: dict[str, str] = {}
    with Path(out).open("wb") as f:
        for name in sorted(names, key=str):
            if name.value == CURRENT_GRAPH:
                continue  # derived from the log afterwards
            quads, failed = _all(store.quads_for_pattern(None, None, None, name))
            if failed or "gspo" in left_out:
                if not complete:
                    by_predicate, whole_index = _by_predicate(store, names)
                    whole_index &= "posg" not in left_out
                    complete = True
                there = by_predicate.get(name, set())
                if not (whole_index and there >= quads):
                    quads |= there
                    kept = _whole_entries(quads) if name.value == JUDGEMENTS_GRAPH else set()
                    lost[name.value] = f"{len(quads):,} of its quads could be read, {len(kept):,} of them saved"
                    quads = kept
                else:
                    quads = there
            if quads:
                ox.serialize(quads, f, format=ox.RdfFormat.N_QUADS)
                saved[name.value] = len(quads)
    if unnamed:
        lost["?"] = f"at least {unnamed:,} names of graphs cannot be read"
    print(json.dumps({"saved": saved, "lost": lost}))
    return 0


def _by_predicate(store: ox.Store, graphs: set[Any]) -> tuple[dict[Any, set[ox.Quad]], bool]:
    """Graph → its quads, read by predicate (so from another index), and whether that index could be read to its end."""
    found: dict[Any, set[ox.Quad]] = defaultdict(set)
    whole = True
    for predicate in _predicates(store, graphs):
        quads, failed = _all(store.quads_for_pattern(None, predicate, None, None))
        whole &= not failed
        for q in quads:
            if isinstance(q.graph_name, ox.NamedNode):
                found[q.graph_name].add(q)
    return found, whole


def _predicates(store: ox.Store, graphs: set[Any]) -> set[ox.NamedNode]:
    """The predicates that the SHACL shapes name, and those of all quads that can be read."""
    from kg import data

    path = ox.NamedNode("http://www.w3.org/ns/shacl#path")
    shapes = ox.parse(data.text("shapes.ttl").encode(), format=ox.RdfFormat.TURTLE)
    found = {q.object for q in shapes if q.predicate == path and isinstance(q.object, ox.NamedNode)} | {RDF.type}
    for name in graphs:
        found |= {q.predicate for q in _all(store.quads_for_pattern(None, None, None, name))[0]}
    return found


def _whole_entries(quads: set[ox.Quad]) -> set[ox.Quad]:
    """The quads of the log that form complete entries, and those of people."""
    about: dict[object, set[ox.Quad]] = defaultdict(set)
    for q in quads:
        about[q.subject].add(q)
    wanted = {"wasAttributedTo", "generatedAtTime"}
    kept: set[ox.Quad] = set()
    for entry in about.values():
        has = {q.predicate.value.replace("#", "/").rsplit("/", 1)[-1] for q in entry}
        is_judgement = any(q.object == IIB.Judgement for q in entry)
        if (is_judgement and wanted < has) or (not is_judgement and {"type", "name"} == has):
            kept |= entry
    return kept


def _all(found: Iterator[Any]) -> tuple[set[Any], int]:
    """What an iterator gives, and how often it failed. It goes on after an error, which may concern one term only."""
    got: set[Any] = set()
    failed, last = 0, ""
    while True:
        try:
            item = next(found)
        except StopIteration:
            return got, failed
        except (RuntimeError, OSError, ValueError) as error:
            if str(error) == last:  # the iterator no longer advances
                return got, failed
            failed += 1
            last = str(error)
            continue
        got.add(item)


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))

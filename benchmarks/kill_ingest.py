"""Kill `iibun ingest --jobs 2` again and again, links on, then compare the store with one that was never killed.

Run: python -m benchmarks.kill_ingest [--kills 50] [--copies 2] [--folder FOLDER]
Ends with `N kills, nothing lost, nothing twice` and exit code 0, or lists the difference and ends with 1.

Articles' graphs and the keys that claims are found by must be the same, quad by quad. Every link of the store that was
never killed must be there; more may be, since an article that is read again meets those that came after it: each of
them must be one that reading everything again gives to the store that was never killed.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import kg.store
from kg.vocab import LINKS_GRAPH
from tests import stories
from tests.test_batch import ROOT

NAMES = ("airline", "battery", "dam", "hospital", "rocket", "tram")


def write_articles(path: Path, copies: int) -> int:
    """The articles of our stories as JSON Lines, in order of publication, each in so many towns."""
    entries = [e for name in NAMES for e in stories.load(name)["articles"]]
    rows = [
        {"text": e["text"] * 2 + f"第{n}版。" * n, "url": f"{e['url']}?v={n}", "published": e["published"], "publisher": e["publisher"]}
        for e in sorted(entries, key=lambda e: e["published"])
        for n in range(copies)
    ]  # fmt: skip
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return len(rows)


def dump(store: Path) -> tuple[set[str], set[str], set[str]]:
    """Quads of articles' graphs, the keys of links' graphs, and links as triples."""
    articles, keys, links = set(), set(), set()
    with kg.store.open(store) as opened:
        for quad in opened.quads():
            if not quad.graph_name.value.startswith(LINKS_GRAPH):
                articles.add(str(quad))
            elif quad.predicate.value.endswith("#linkKey"):
                keys.add(str(quad))
            else:
                links.add(str(quad.triple))
    return articles, keys, links


def content(path: Path) -> str:
    """A small file's content; nothing if it is not there."""
    try:
        return path.read_text("utf-8")
    except OSError:
        return ""


def wait_for_an_article(process: subprocess.Popen[bytes], store: Path) -> None:
    """Until a run has written something, or is about to (an article that is the same again is not written)."""
    version, pending = content(store / "version"), content(store / "links-pending")
    while process.poll() is None:
        if content(store / "version") != version or content(store / "links-pending") not in ("", pending):
            return
        time.sleep(0.005)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--copies", type=int, default=2, help="versions of each of the 30 or so articles")
    parser.add_argument("--folder", type=Path, help="where to work; a run over it that was stopped goes on")
    options = parser.parse_args()
    with ExitStack() as stack:
        name = str(options.folder or stack.enter_context(tempfile.TemporaryDirectory()))
        Path(name).mkdir(exist_ok=True)
        rows, tally = Path(name, "articles.jsonl"), Path(name, "kills")
        count = write_articles(rows, options.copies)
        done_before, at_writing, at_work = map(int, (content(tally) or "0 0 0").split())
        chance = random.Random(1 + done_before)

        def command(store: str, *more: str) -> list[str]:
            return [sys.executable, "-m", "iibun", "ingest", str(rows), "--store", str(Path(name, store)), *more]

        for kill in range(done_before + 1, options.kills + 1):
            # --force makes every run write for as long as it lives, so that a kill always meets one at work
            process = subprocess.Popen(command("killed", "--jobs", "2", "--force"), cwd=ROOT,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
            if kill % 5:  # one kill in five comes while models load or before; the others find writers at work
                wait_for_an_article(process, Path(name, "killed"))
            time.sleep(chance.uniform(0, 4))
            at_writing += process.poll() is None and bool(kill % 5)
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait()
            at_work += Path(name, "killed", "links-pending").exists()
            tally.write_text(f"{kill} {at_writing} {at_work}")
            print(f"\r{kill} kills, {at_writing} while writing", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
        time.sleep(2)  # workers whose parent was killed end by themselves
        shutil.rmtree(Path(name, "whole"), ignore_errors=True)
        found = {}
        for store, more in (("killed", ["--jobs", "2"]), ("whole", []), ("whole", ["--force"])):
            done = subprocess.run(command(store, *more), cwd=ROOT, capture_output=True, text=True, check=False)
            if done.returncode:
                print(done.stderr)
                return 1
            found[" ".join([store, *more])] = dump(Path(name, store))
        killed, whole, again = found["killed --jobs 2"], found["whole"], found["whole --force"]
        wrong = [f"lost: {q}" for n in (0, 1, 2) for q in sorted(whole[n] - killed[n])]
        wrong += [f"too many: {q}" for n in (0, 1) for q in sorted(killed[n] - whole[n])]
        wrong += [f"too many: {q}" for q in sorted(killed[2] - whole[2] - again[2])]
        if Path(name, "killed", "links-pending").exists():
            wrong.append("links are still to be done")
        if wrong:
            print(f"{len(wrong)} differences", *wrong[:10], sep="\n")
            return 1
        links = sum("linkType" in t for t in killed[2])
        print(
            f"{options.kills} kills ({at_writing} of them while articles were written, {at_work} between an article and its links), nothing lost, nothing twice "
            f"({count} articles, {len(killed[0]):,} quads, {links} links)."
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())

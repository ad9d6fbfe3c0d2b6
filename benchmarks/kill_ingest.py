"""Kill `iibun ingest --jobs 2` again and again, then compare the store with one that was never killed.

Run: python benchmarks/kill_ingest.py [--kills 50] [--articles 60]
Ends with `N kills, nothing lost, nothing twice` and exit code 0, or lists the difference and ends with 1.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.test_batch import ROOT, articles, dump


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--articles", type=int, default=60)
    options = parser.parse_args()
    chance = random.Random(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "articles")
        folder.mkdir()
        for n, article in enumerate(articles(options.articles)):
            (folder / f"{n:04}.txt").write_text(article.text * 4, "utf-8")

        def command(store: str, *more: str) -> list[str]:
            return [
                sys.executable,
                "-m",
                "iibun",
                "ingest",
                str(folder),
                "--store",
                str(Path(name, store)),
                "--no-links",
                *more,
            ]

        for kill in range(1, options.kills + 1):
            # --force makes every run write for as long as it lives, so that a kill always meets one at work
            process = subprocess.Popen(command("killed", "--jobs", "2", "--force"), cwd=ROOT,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
            time.sleep(chance.uniform(4, 12))
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait()
            print(f"\r{kill} kills", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
        time.sleep(2)
        for store, more in (("killed", ["--jobs", "2"]), ("whole", [])):
            done = subprocess.run(command(store, *more), cwd=ROOT, capture_output=True, text=True, check=False)
            if done.returncode:
                print(done.stderr)
                return 1
        killed, whole = dump(Path(name, "killed")), dump(Path(name, "whole"))
        if killed != whole:
            lost, extra = sorted(set(whole) - set(killed)), sorted(set(killed) - set(whole))
            print(f"{len(lost)} quads lost, {len(extra)} too many", *lost[:5], *extra[:5], sep="\n")
            return 1
        print(
            f"{options.kills} kills, nothing lost, nothing twice ({options.articles} articles, {len(whole):,} quads)."
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""``iibun extract`` and ``eval``: extract articles without a store, and score extraction against gold annotations."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iibun.cli import options, second
from iibun.cli.tally import Tally as Run
from iibun.i18n import reasons, telling
from kg.errors import IibunError
from kg.files import replacing

if TYPE_CHECKING:
    from ingest.scoring import Fault, Tally
    from ingest.second.reading import Second
    from kg.model import Article, Claim, Report


class NoGold(IibunError):
    """There are no gold articles, or a document is missing or malformed."""


def add_parsers(subparsers: Any) -> None:
    """Add ``extract`` and ``eval``."""
    extract = subparsers.add_parser(
        "extract",
        help="print what an article says, without a store",
        description="Read articles and print their extract documents (JSON), or what was found as a table.",
        epilog="example: iibun extract data/articles/taidan.txt --explain | less",
    )
    extract.add_argument("sources", nargs="+", metavar="SOURCE", help="files, folders, URLs, or - for standard input")
    options.published(extract)
    extract.add_argument("--format", choices=("json", "text"), default="json", help="json (default) or a readable text")
    extract.add_argument("--out", metavar="DIR", type=options.path, help="write NAME.json for each NAME.txt into DIR")
    options.readers(extract)
    extract.add_argument("--explain", action="store_true", help="with each result, which rule or model produced it")
    extract.set_defaults(run=run_extract)

    evaluate = subparsers.add_parser(
        "eval",
        help="measure the reading on annotated articles",
        description="Read the articles of a folder that holds NAME.txt with NAME.gold.json and print how well the\n"
        "result agrees with the gold: precision, recall and F1 for each measure.",
        epilog="example: iibun eval tests/gold/articles --errors",
    )
    evaluate.add_argument("gold", type=options.path, metavar="GOLD_DIR", help="folder with NAME.txt and NAME.gold.json")
    evaluate.add_argument(
        "--run",
        dest="documents",
        type=options.path,
        metavar="DIR",
        help="score these extract documents instead of reading",
    )
    evaluate.add_argument(
        "--against", type=options.path, metavar="DIR", help="compare with the extract documents of a former run"
    )
    options.readers(evaluate)
    evaluate.add_argument("--each", action="store_true", help="a table for each article too")
    evaluate.add_argument(
        "--errors", action="store_true", help="list what is missed, spurious or wrong, with its sentence"
    )
    options.format(evaluate)
    evaluate.set_defaults(run=run_eval)


def run_extract(args: argparse.Namespace) -> int:
    """Run ``iibun extract``; exit code 1 if a source failed or something was left out of a document."""
    if args.out:
        try:
            args.out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise IibunError(f"Can't write to {args.out}: {error.strerror}.") from None
    tally = Run()
    try:
        _extract(args, tally)
    finally:
        tally.tell()
    return tally.code()


def _extract(args: argparse.Namespace, tally: Run) -> None:
    from ingest import read
    from ingest.language import note
    from kg.document import to_document

    names: set[str] = set()
    llm = second.chosen(args.reader, "iibun extract")
    for source in args.sources:
        before = len(tally.failures), tally.skipped
        found = False
        for article in read(source, published=args.published, on_failure=tally.fail):
            found = True
            report = _read(article, llm, tally)
            if report is None:
                continue
            tally.cost.add(report.second)
            name = article.source or source
            tally.left_out += ((name, line) for line in report.dropped if line != note(article.text))
            document = to_document(report, explain=args.explain) if args.format == "json" else None
            if args.out:
                whole = json.dumps(document, ensure_ascii=False, indent=1) if document else None
                output = whole or "\n".join(_lines(report, explain=args.explain))
                stem = _free(Path(name).stem or "article", names)
                suffix = "json" if args.format == "json" else "txt"
                _write(args.out / f"{stem}.{suffix}", output + "\n")
            elif document:
                print(telling.as_json(document, indent=1))
            else:
                print(*_lines(report, explain=args.explain), sep="\n")
        if not found and before == (len(tally.failures), tally.skipped):  # an empty folder is not a failure by itself
            telling.tell(f"iibun extract: {telling.t('no-file-in', source=source)}")


def _read(article: Article, llm: Second | None, tally: Run) -> Report | None:
    """What the chosen readers say of an article; None if the language model alone was to read it, and did not."""
    from ingest import extract
    from ingest.read import Failure
    from ingest.second.reading import NotRead

    try:
        return llm.read(article, extract) if llm else extract(article)
    except NotRead as error:
        tally.fail(Failure(article.source or "", error))
        return None


def _free(stem: str, taken: set[str]) -> str:
    """A file name that is not in ``taken``, with a number if needed; adds it to ``taken``."""
    name, number = stem, 0
    while name in taken:
        number += 1
        name = f"{stem}-{number}"
    taken.add(name)
    return name


def _write(path: Path, content: str) -> None:
    """Write a file so that it appears whole or not at all."""
    try:
        with replacing(path) as new:
            new.write_text(content, "utf-8")
    except OSError as error:
        raise IibunError(f"Can't write to {path}: {error.strerror}.") from None


def _lines(report: Report, *, explain: bool) -> Iterator[str]:
    """A report as lines of text; with ``explain``, each with its reasons."""
    text = report.article.text
    labels = {e.id: e.label for e in report.entities}

    def why(item: Any) -> str:
        found = reasons.sentences(item.reasons, telling.language()) if explain else []
        return f"    ← {'; '.join(found)}" if found else ""

    def who_read(c: Claim) -> str:
        if not c.readers:
            return ""
        lines = [telling.t("read-by", who=telling.t("comma").join(telling.t(f"reader-{r}") for r in c.readers))]
        lines += (
            telling.t(f"dispute-{d.aspect}", who=telling.t(f"reader-{d.reader}"), says=d.says or telling.t("nothing"))
            for d in c.disputes
        )
        return f"  ({'; '.join(lines)})"

    def kind(name: str) -> str:
        return telling.padded(telling.t(f"kind-{name}"), 13)

    yield f"# {report.article.title or report.article.source or telling.t('no-title')}  {report.article.published or ''}"
    for e in report.entities:
        yield f"{e.type:<13}{e.label}  {' '.join(a for a in e.aliases if a != e.label)}  {' '.join(e.same_as)}{why(e)}"
    for f in report.figures:
        of = f" {f.measure}" if f.measure else ""
        yield f"{f.kind:<13}{f.extent.of(text)} {f.comparator} {f.value:g} {f.unit}{of}{why(f)}"
    for d in report.dates:
        yield f"{kind('date')}{d.extent.of(text)}  {d.interval.start or ''}..{d.interval.end or ''}{why(d)}"
    for r in report.relations:
        extra = " ".join(f"{k}={v}" for k, v in r.qualifiers.items())
        yield f"{kind('relation')}{labels[r.subject]} –{r.predicate}→ {labels[r.object]}  {extra}{why(r)}"
    for c in report.claims:
        who = "、".join(labels[s] for s in c.sources) or c.source_text or telling.t("narrator")
        due = (
            f"  {telling.t('due')} {c.prediction.due.start or ''}..{c.prediction.due.end or ''}"
            if c.prediction and c.prediction.due
            else ""
        )
        yield f"{kind('prediction' if c.prediction else 'claim')}{who}: {c.content.of(text)}  [{c.modality}, {c.polarity}, {c.confidence:.2f}]{due}{who_read(c)}{why(c)}"
    for line in report.dropped:
        yield f"{kind('dropped')}{line}"


def run_eval(args: argparse.Namespace) -> int:
    """Run ``iibun eval``: print precision, recall and F1 for each measure."""
    from ingest.scoring import faults, score, total

    names = (
        sorted(p.name.removesuffix(".gold.json") for p in args.gold.glob("*.gold.json")) if args.gold.is_dir() else []
    )
    if not names:
        raise NoGold(f"{str(args.gold)!r} holds no NAME.gold.json beside a NAME.txt.")
    scores: dict[str, dict[str, Tally]] = {}
    former: dict[str, dict[str, Tally]] = {}
    wrong: dict[str, list[Fault]] = {}
    golds = {name: _document(args.gold / f"{name}.gold.json") for name in names}  # errors before the slow model loads
    tally = Run()
    for name, found in _documents(args, names, tally):
        gold = golds[name]
        try:
            scores[name] = score(found, gold)
            wrong[name] = faults(found, gold, found["text"]) if args.errors else []
            if args.against:
                former[name] = score(_document(args.against / f"{name}.json"), gold)
        except KeyError as error:
            raise NoGold(f"{name}.gold.json and what was found cannot be scored: one of them lacks {error}.") from None
    whole = total(scores.values())
    before = total(former.values()) if args.against else None
    if args.format == "json":
        telling.show_json(_as_json(whole, scores, wrong, before), indent=1)
        return tally.code()
    for name in names if args.each else ():
        telling.say(f"{name}\n{_table(scores[name], former.get(name))}")
    for name, listed in wrong.items():
        for f in listed:
            said = {"found": f.found or "–", "gold": f.gold or "–", "sentence": f.sentence}
            telling.say(telling.t("fault", name=name, measure=f.measure, kind=f.kind, **said))
    telling.say(f"{telling.t('articles', n=len(names))}\n{_table(whole, before)}")
    return tally.code()


def _documents(args: argparse.Namespace, names: list[str], tally: Run) -> Iterator[tuple[str, dict[str, Any]]]:
    """The extract document of each named article: from the folder of ``--run``, or read now by the chosen readers.

    What the language model alone was to read, and did not, counts as read empty.
    """
    if args.documents:
        yield from ((name, _document(args.documents / f"{name}.json")) for name in names)
        return
    from ingest import read
    from kg.document import to_document
    from kg.model import Report

    llm = second.chosen(args.reader, "iibun eval")
    for name in names:
        for article in read(args.gold / f"{name}.txt"):
            report = _read(article, llm, tally)
            tally.cost.add(report.second if report else None)
            yield name, to_document(report or Report(article))
    tally.tell()


def _document(path: Path) -> dict[str, Any]:
    """An extract document from a file.

    Raises:
        NoGold: if it is missing or malformed.
    """
    try:
        document: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise NoGold(f"There is no extract document {str(path)!r}; `iibun extract --out` makes them.") from None
    except ValueError as error:
        raise NoGold(f"{str(path)!r} is no extract document: {error}.") from None
    for part in ("entities", "mentions", "figures", "relations", "claims"):
        if not isinstance(document, dict) or not isinstance(document.get(part), list):
            raise NoGold(f"{str(path)!r} is no extract document: it has no list of {part}.")
    return document


def _table(rows: dict[str, Tally], before: dict[str, Tally] | None = None) -> str:
    """Scores as a table, with those of a former run beside them if given."""
    lines = [f"{'score':<20}{'P':>7}{'R':>7}{'F1':>7}{'gold':>7}" + (f"{'was':>7}{'change':>8}" if before else "")]
    for measure, t in rows.items():
        line = f"{measure:<20}{t.precision:>7.3f}{t.recall:>7.3f}{t.f1:>7.3f}{t.gold:>7}"
        if before:
            line += f"{before[measure].f1:>7.3f}{t.f1 - before[measure].f1:>+8.3f}"
        lines.append(line)
    return "\n".join(lines)


def _as_json(
    whole: dict[str, Tally],
    each: dict[str, dict[str, Tally]],
    wrong: dict[str, list[Fault]],
    before: dict[str, Tally] | None,
) -> dict[str, Any]:
    def row(t: Tally) -> dict[str, float]:
        return {"precision": round(t.precision, 4), "recall": round(t.recall, 4), "f1": round(t.f1, 4), "gold": t.gold}

    return {
        "scores": {m: row(t) for m, t in whole.items()},
        "articles": {name: {m: row(t) for m, t in one.items()} for name, one in each.items()},
        "errors": {
            name: [{k: getattr(f, k) for k in ("measure", "kind", "found", "gold", "sentence")} for f in listed]
            for name, listed in wrong.items()
            if listed
        },
        "before": {m: row(t) for m, t in before.items()} if before else None,
    }

"""The commands on judgements: ``judge``, ``undo``, ``corrections``. Each reads or appends to the log."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from iibun.cli import options
from iibun.cli.tracking import (
    add_author,
    add_no_read,
    command,
    find_article,
    find_entity,
    first,
    opened,
    print_count,
    print_iri,
    print_json,
)  # fmt: skip
from iibun.i18n import telling
from kg import given
from kg.errors import IibunError, UsageError
from kg.files import replacing
from kg.web import is_web_address

MODALITIES = ("asserted", "probable", "possible", "hoped", "intended", "required", "questioned")
#: Options of ``judge`` that are for claims, not for articles.
_OF_CLAIMS = ("source", "source_text", "about", "modality", "polarity", "prediction", "due", "extent", "probability")


def add_parsers(subparsers: Any) -> None:
    """Add these commands to the command line."""
    for add in (_add_judge, _add_undo, _add_corrections):
        add(subparsers)


def _add_judge(subparsers: Any) -> None:
    p = command(subparsers, "judge", "accept, reject or edit a claim; or assign it a probability; or edit an article's date, headline, outlet",
                "iibun judge urn:iibun:claim:6f1c… edit --modality probable --reason 見通しにすぎない",
                "iibun judge https://news.example/1 edit --published 2025-11-03")  # fmt: skip
    p.add_argument("claim", metavar="CLAIM|ARTICLE", help="IRI of the claim, or IRI or address of the article")
    p.add_argument("action", choices=("accept", "reject", "edit", "estimate"), help="what to do with it")
    p.add_argument(
        "--source", action="append", metavar="NAME|IRI", help="edit: its source; several times for several; '' for none"
    )
    p.add_argument("--source-text", metavar="TEXT", help="edit: the words of an unnamed source")
    p.add_argument("--about", action="append", metavar="NAME|IRI", help="edit: what it is about")
    p.add_argument("--modality", choices=MODALITIES, help="edit: its modality")
    p.add_argument("--polarity", choices=("affirmed", "negated"), help="edit: its polarity")
    p.add_argument("--title", help="edit: its title; of an article its headline")
    p.add_argument(
        "--published", metavar="DATE", help="edit an article: its day of publication, YYYY-MM-DD; '' if not known"
    )
    p.add_argument("--publisher", metavar="NAME", help="edit an article: its outlet; '' for none")
    add_no_read(p)
    p.add_argument("--prediction", choices=("yes", "no"), help="edit: whether it is a prediction")
    p.add_argument("--due", metavar="DATE|START/END", help="edit: when it is due; '' for no date")
    p.add_argument("--extent", metavar="START:END", help="edit: offsets of its content in the article's text")
    p.add_argument(
        "--probability", type=options.probability, metavar="P", help="estimate: a probability between 0 and 1"
    )
    p.add_argument("--reason", default="", help="why, in words")
    add_author(p)
    p.set_defaults(run=judge)


def _add_undo(subparsers: Any) -> None:
    p = command(
        subparsers,
        "undo",
        "take a judgement back, or list the latest judgements",
        "iibun undo urn:iibun:judgement:0661…",
    )
    p.add_argument(
        "judgement",
        nargs="?",
        type=options.filled,
        metavar="JUDGEMENT",
        help="IRI of the judgement; none to list the latest",
    )
    p.add_argument("--orphaned", action="store_true", help="list the judgements whose text changed under them")
    add_no_read(p)
    p.add_argument("--reason", default="", help="why, in words")
    add_author(p)
    p.set_defaults(run=undo)


def _add_corrections(subparsers: Any) -> None:
    p = command(
        subparsers,
        "corrections",
        "write the articles that people corrected as gold, for `iibun eval`",
        "iibun corrections --out my-gold && iibun eval my-gold",
    )
    p.add_argument(
        "--out",
        type=options.path,
        metavar="DIR",
        help="folder for NAME.txt, NAME.gold.json, NAME.meta.json (default: list them)",
    )
    p.set_defaults(run=corrections)


def judge(args: argparse.Namespace) -> int:
    """Run ``iibun judge``: append an acceptance, rejection, correction or estimate to the log."""
    from kg.tracking import judgements, verdicts

    if args.action == "estimate" and args.probability is None:
        raise UsageError("estimate needs --probability.")
    if args.action != "estimate" and args.probability is not None:
        raise UsageError(f"--probability goes with estimate, not with {args.action}.")
    if (
        args.published is not None
        or args.publisher is not None
        or ":article:" in args.claim
        or is_web_address(args.claim)
    ):
        return _judge_article(args)
    with opened(args) as store:
        changes = _changes(store, args)
        if args.action != "edit" and changes:
            raise UsageError(f"{args.action} changes nothing; use edit.")
        if args.action == "estimate":
            if verdicts.last_verdicts(store, [args.claim]):
                telling.tell(telling.t("estimate-counts-nowhere"))
            return print_iri(
                args, verdicts.estimate(store, args.claim, args.probability, author=args.author, reason=args.reason)
            )
        iri = judgements.judge(
            store, args.claim, args.action, author=args.author, reason=args.reason, changes=changes or None,
        )  # fmt: skip
        return print_iri(args, iri)


def _judge_article(args: argparse.Namespace) -> int:
    """Correct an article's metadata, and extract it again if its date changes."""
    from kg.tracking import metadata

    if args.action != "edit":
        raise UsageError(f"{args.action} is for claims; an article takes edit --published, --title, --publisher.")
    if misplaced := [name for name in _OF_CLAIMS if getattr(args, name) is not None]:
        raise UsageError(
            f"--{misplaced[0].replace('_', '-')} is for claims; an article takes --published, --title, --publisher."
        )
    changes: dict[str, Any] = {}
    if args.published is not None:
        try:
            changes["published"] = given.day(args.published) if args.published else None
        except ValueError as error:
            raise UsageError(given.refused(args.published, error, "--published")) from None
    changes |= {name: getattr(args, name) for name in ("title", "publisher") if getattr(args, name) is not None}
    if not changes:
        raise UsageError("An edit of an article needs --published, --title or --publisher.")
    with opened(args) as store:
        article = find_article(store, args.claim)
        with _reading_again(store, args):
            iri = metadata.correct(store, article, author=args.author, reason=args.reason, changes=changes)
        return print_iri(args, iri)


def _changes(store: Any, args: argparse.Namespace) -> dict[str, Any]:
    """The changes to a claim that the options of ``judge`` describe."""
    changes: dict[str, Any] = {}
    for name, values in (("sources", args.source), ("about", args.about)):
        if values is not None:
            changes[name] = [find_entity(store, v) for v in values if v]
    for name in ("source_text", "modality", "polarity", "title"):
        if getattr(args, name) is not None:
            changes[name] = getattr(args, name) or None
    if args.prediction is not None:
        changes["prediction"] = args.prediction == "yes"
    if args.due is not None:
        start, _, end = args.due.rpartition("/")
        try:
            changes["due_end"] = given.day(end) if end else None
            changes["due_start"] = given.day(start) if start else None
        except ValueError:
            raise UsageError(f"--due {args.due!r} is not a date (YYYY-MM-DD) or two with a slash.") from None
    if args.extent is not None:
        start, _, end = args.extent.partition(":")
        try:
            changes["start"], changes["end"] = given.whole(start), given.whole(end)
        except ValueError:
            raise UsageError(f"--extent {args.extent!r} is not two offsets with a colon, such as 12:34.") from None
    return changes


def undo(args: argparse.Namespace) -> int:
    """Run ``iibun undo``: undo a judgement, or list the latest."""
    from kg.tracking import judgements

    with opened(args) as store:
        if args.judgement:
            with _reading_again(store, args):
                iri = judgements.undo(store, args.judgement, author=args.author, reason=args.reason)
            return print_iri(args, iri)
        found = (
            judgements.orphans(store)
            if args.orphaned
            else first(judgements.history(store, limit=51), 50, "log-shows-all")
        )
        if args.format == "json":
            return print_json([asdict(j) | {"text": j.text} for j in found])
        for j in found:
            marks = telling.t("undone") * j.undone + telling.t("orphaned") * j.orphaned
            print(f"{j.time:%Y-%m-%d %H:%M} {j.author}: {j.kind}{marks} {j.text or j.subject}\n  {j.iri}")
        return print_count(found, "judgement")


@contextmanager
def _reading_again(store: Any, args: argparse.Namespace) -> Iterator[None]:
    """Context manager: at its end, extract again the articles whose date changed, since due dates are counted from it."""
    from iibun.cli.commands.ingest import read_again
    from kg.tracking import metadata

    before = set(metadata.outdated(store))
    yield
    if not (articles := [a for a in metadata.outdated(store) if a not in before]):
        return
    if args.no_read:
        telling.tell(telling.t("as-read-before"))
        return
    telling.tell(telling.t("reading-again"))
    for line in read_again(store, args.store, articles).failures:
        telling.tell(f"  {telling.t('failed', why=telling.explain(line.error))}")


def corrections(args: argparse.Namespace) -> int:
    """Run ``iibun corrections``: list the articles that people corrected, or write them as gold."""
    from kg.tracking import gold

    with opened(args) as store:
        found = gold.corrected_articles(store)
        documents = {article: gold.gold(store, article) for article in found}
        if args.out:
            try:
                _write_gold(args.out, documents)
            except OSError as error:
                raise IibunError(f"Can't write to {args.out}: {error.strerror}.") from None
        if args.format == "json":
            return print_json(
                [
                    {"article": d["url"] or a, "title": d["title"], "claims": len(d["claims"])}
                    for a, d in documents.items()
                ]
            )
        for article, document in documents.items():
            print(f"{document['title']}  <{document['url'] or article}>")
        return print_count(found, "corrected")


def _write_gold(folder: Path, documents: dict[str, dict[str, Any]]) -> None:
    """Write each article as NAME.txt, NAME.gold.json and NAME.meta.json."""
    from kg.rdf import local_name

    folder.mkdir(parents=True, exist_ok=True)
    for article, document in documents.items():
        name = local_name(article)[:12]
        meta = {k: document[k] for k in ("published", "title", "url", "publisher")}
        files = {"txt": document["text"]}
        for kind, value in (("gold", document), ("meta", meta)):
            files[f"{kind}.json"] = json.dumps(value, ensure_ascii=False, indent=1) + "\n"
        for ending, content in files.items():
            with replacing(folder / f"{name}.{ending}") as new:
                new.write_text(content, "utf-8", newline="")

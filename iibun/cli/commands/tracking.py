"""The commands of tracking: ``links``, ``due``, ``verdict``, ``score``, ``judge``, ``merge``, ``split``, ``undo``, ``timeline``,
``corrections``.

Each reads or appends to the log of judgements through :mod:`kg.tracking`.
"""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from iibun.cli import options
from iibun.cli.terminal import steer
from iibun.i18n import telling
from kg import environment, given
from kg.errors import IibunError, UsageError
from kg.web import is_web_address

_T = TypeVar("_T")
LINK_TYPES = ("restates", "supports", "contradicts", "revises", "evidence")
VERDICTS = ("came-true", "partly", "did-not", "ambiguous", "annulled", "unresolvable")
STATES = ("overdue", "due-soon", "open", "settled")
BY = ("source", "organization", "topic", "modality", "horizon", "period", "reader", "all")
MODALITIES = ("asserted", "probable", "possible", "hoped", "intended", "required", "questioned")


def add_parsers(subparsers: Any) -> None:
    """Add the tracking commands to the command line."""
    for add in (
        _add_links, _add_due, _add_verdict, _add_score, _add_judge, _add_merge, _add_split, _add_undo, _add_timeline, _add_corrections,
    ):  # fmt: skip
        add(subparsers)


def _add_links(subparsers: Any) -> None:
    p = _parser(subparsers, "links", "list links between claims: what restates, supports, contradicts or revises what",
                "iibun links --type contradicts --format json")  # fmt: skip
    p.add_argument("--type", choices=LINK_TYPES, help="only links of this type (evidence is listed only if asked for)")
    p.add_argument(
        "--state",
        choices=("proposed", "confirmed", "rejected"),
        help="only links in this state (default: all but rejected)",
    )
    p.add_argument("--claim", metavar="IRI", help="only links of this claim")
    p.add_argument("--article", metavar="URL|IRI", help="only links of this article")
    p.add_argument("--limit", type=options.number, metavar="N", help="at most N links (default: all)")
    p.add_argument("--rebuild", action="store_true", help="put all decisions in force and link all articles anew first")
    p.add_argument("--confirm", metavar="LINK", help="confirm a link")
    p.add_argument("--reject", metavar="LINK", help="reject a link")
    _author(p)
    p.set_defaults(run=links)


def _add_due(subparsers: Any) -> None:
    p = _parser(
        subparsers,
        "due",
        "list predictions by when they are due: overdue first",
        "iibun due --on 2026-04-01 --state overdue",
    )
    p.add_argument("--on", type=options.date, metavar="DATE", help="the day to look from, YYYY-MM-DD (default: today)")
    p.add_argument("--state", choices=STATES, help="only predictions in this state (default: all but settled)")
    p.add_argument("--source", metavar="NAME|IRI", help="only predictions of this source")
    p.add_argument("--evidence", action="store_true", help="list with each the later articles that bear on it")
    p.add_argument(
        "--limit", type=options.number, default=100, metavar="N", help="at most N predictions (default: %(default)s)"
    )
    p.set_defaults(run=due)


def _add_verdict(subparsers: Any) -> None:
    p = _parser(subparsers, "verdict", "say what became of a prediction, with evidence",
                "iibun verdict urn:iibun:claim:6f1c… came-true --evidence https://example.org/a --on 2026-03-31")  # fmt: skip
    p.add_argument("claim", metavar="CLAIM", help="IRI of the claim, as `iibun due` prints it")
    p.add_argument("code", choices=VERDICTS, help="what became of it")
    p.add_argument(
        "--evidence", action="append", default=[], metavar="URL|IRI",
        help="what shows it, several times for several: an http(s) address, or the IRI of a claim (`iibun due --evidence` "
        "lists some) or of an extent, for a sentence of an article in the store",
    )  # fmt: skip
    p.add_argument("--extent", action="append", default=[], metavar="IRI", help="an extent of an article in the store")
    p.add_argument(
        "--without-evidence", default="", metavar="REASON", help="why there is no evidence, where there is none"
    )
    p.add_argument(
        "--on", type=options.date, metavar="DATE", help="the day that settled it, today at the latest (default: today)"
    )
    p.add_argument("--note", default="", help="why, in words")
    _author(p)
    p.set_defaults(run=verdict)


def _add_score(subparsers: Any) -> None:
    p = _parser(subparsers, "score", "count how often predictions came true, by source or another grouping",
                "iibun score --by organization --on 2026-12-31")  # fmt: skip
    p.add_argument("--by", choices=BY, default="source", help="what to group by (default: %(default)s)")
    p.add_argument("--on", type=options.date, metavar="DATE", help="the day to look from (default: today)")
    p.add_argument(
        "--calibration", action="store_true", help="probabilities that texts state against what happened, instead"
    )
    p.add_argument("--reader", metavar="NAME", help="with --calibration: the estimates of this reader instead")
    p.set_defaults(run=score)


def _add_judge(subparsers: Any) -> None:
    p = _parser(subparsers, "judge", "accept, reject or edit a claim; or assign it a probability; or edit an article's date, headline, outlet",
                "iibun judge urn:iibun:claim:6f1c… edit --modality probable --reason 見通しにすぎない\n"
                "         iibun judge https://news.example/1 edit --published 2025-11-03")  # fmt: skip
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
    _no_read(p)
    p.add_argument("--prediction", choices=("yes", "no"), help="edit: whether it is a prediction")
    p.add_argument("--due", metavar="DATE|START/END", help="edit: when it is due; '' for no date")
    p.add_argument("--extent", metavar="START:END", help="edit: offsets of its content in the article's text")
    p.add_argument(
        "--probability", type=options.probability, metavar="P", help="estimate: a probability between 0 and 1"
    )
    p.add_argument("--reason", default="", help="why, in words")
    _author(p)
    p.set_defaults(run=judge)


def _add_merge(subparsers: Any) -> None:
    p = _parser(subparsers, "merge", "say that entities are one, or list those that share a name",
                "iibun merge ミナト電池 urn:iibun:entity:77c0…")  # fmt: skip
    p.add_argument(
        "entities", nargs="*", metavar="NAME|IRI", help="the entities, the one that stays first; none to list proposals"
    )
    p.add_argument("--reason", default="", help="why, in words")
    _author(p)
    p.set_defaults(run=merge)


def _add_split(subparsers: Any) -> None:
    p = _parser(subparsers, "split", "say that some mentions of an entity mean another",
                "iibun split 朝倉 朝倉亮 --alias 朝倉氏")  # fmt: skip
    p.add_argument("entity", metavar="NAME|IRI", help="the entity that is two")
    p.add_argument("label", metavar="LABEL", help="the name of the new one")
    p.add_argument("--alias", action="append", default=[], help="a written name that always means it; several times")
    p.add_argument(
        "--mention", action="append", default=[], metavar="IRI", help="a mention that means it; several times"
    )
    p.add_argument("--reason", default="", help="why, in words")
    _author(p)
    p.set_defaults(run=split)


def _add_undo(subparsers: Any) -> None:
    p = _parser(
        subparsers,
        "undo",
        "take a judgement back, or list the latest judgements",
        "iibun undo urn:iibun:judgement:0661…",
    )
    p.add_argument("judgement", nargs="?", metavar="JUDGEMENT", help="IRI of the judgement; none to list the latest")
    p.add_argument("--orphaned", action="store_true", help="list the judgements whose text changed under them")
    _no_read(p)
    p.add_argument("--reason", default="", help="why, in words")
    _author(p)
    p.set_defaults(run=undo)


def _add_timeline(subparsers: Any) -> None:
    p = _parser(
        subparsers,
        "timeline",
        "list what an entity said and predicted, and what became of it",
        "iibun timeline ミナト電池",
    )
    p.add_argument("entity", metavar="NAME|IRI", help="the entity")
    p.add_argument("--figures", action="store_true", help="the figures of its measures over time, instead")
    p.set_defaults(run=timeline)


def _add_corrections(subparsers: Any) -> None:
    p = _parser(
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


def links(args: argparse.Namespace) -> int:
    """Run ``iibun links``: print links with both claims, score and reason; or confirm or reject one."""
    from kg.tracking import links as of
    from kg.tracking import rebuild

    if args.confirm and args.reject:
        raise UsageError("Give --confirm or --reject, not both.")
    with _open(args) as store:
        if args.confirm or args.reject:
            decision = "confirmed" if args.confirm else "rejected"
            return _say(args, of.decide(store, args.confirm or args.reject, decision, author=args.author))
        if args.rebuild:
            rebuild(store)
            of.link_all(store, progress=_progress)
        article = _article(store, args.article) if args.article else None
        found = of.proposals(
            store, type=args.type, state=args.state, claim=args.claim, article=article, limit=args.limit
        )
        if args.format == "json":
            return _json([x.document() for x in found])
        for x in found:
            print(f"{x.type}  {x.score:.2f}  {x.state}  {x.iri}")
            for word, end in (("", x.later), ("→ ", x.earlier)):
                print(f"  {word}{end.published or ''} {end.source or '—'}: {end.text}  <{end.url or end.article}>")
            print(f"  {x.reason_ja}")
        return _count(found, "link")


def due(args: argparse.Namespace) -> int:
    """Run ``iibun due``: print predictions, overdue ones first."""
    from kg.tracking import verdicts

    with _open(args) as store:
        source = _entity(store, args.source) if args.source else None
        found = verdicts.predictions(store, on=args.on, state=args.state, source=source, limit=args.limit + 1)
        if args.state is None:
            found = [p for p in found if p.state != "settled"]
        found = _first(found, args.limit, "limit-shows-more")
        evidence = {p.claim.iri: verdicts.evidence_for(store, p.claim.iri) for p in found} if args.evidence else {}
        if args.format == "json":
            return _json(
                [
                    _prediction(p)
                    | ({"proposed_evidence": [x.document()["from"] for x in evidence[p.claim.iri]]} if evidence else {})
                    for p in found
                ]
            )
        for p in found:
            day = p.claim.due_end
            when = telling.t("days", day=day, days=p.days) if p.days is not None else telling.t("no-date")
            if p.days is None and p.claim.due_undated:
                when = telling.t("undated", words=p.claim.due_text)
            print(
                f"{p.state:8}  {when}  {p.claim.source or '—'}: {p.claim.text}"
                + (f"  [{p.verdict}]" if p.verdict else "")
            )
            print(f"  {p.claim.iri}  <{p.claim.url or p.claim.article}>")
            if p.days is None and p.claim.due_undated:
                print(f"  {telling.t('add-the-date', article=p.claim.url or p.claim.article)}")
            for x in evidence.get(p.claim.iri, ()):
                print(
                    f"  ? {x.later.published} {x.later.source or '—'}: {x.later.text}  <{x.later.url or x.later.article}>\n"
                    f"    {x.later.claim}"
                )
        return _count(found, "prediction")


def verdict(args: argparse.Namespace) -> int:
    """Run ``iibun verdict``: append a verdict to the log."""
    from kg.tracking import verdicts

    with _open(args) as store:
        iri = verdicts.verdict(
            store, args.claim, args.code, author=args.author, evidence=args.evidence, extents=args.extent,
            without=args.without_evidence, on=args.on, note=args.note,
        )  # fmt: skip
        return _say(args, iri)


def score(args: argparse.Namespace) -> int:
    """Run ``iibun score``: print hit rates with their intervals, or the calibration of stated probabilities."""
    from kg.tracking import scores

    if args.reader and not args.calibration:
        raise UsageError("--reader goes with --calibration; --by reader lists all readers.")
    with _open(args) as store:
        if args.calibration:
            bins = scores.calibration(store, on=args.on, reader=args.reader)
            if args.format == "json":
                return _json([asdict(b) for b in bins])
            for b in bins:
                print(telling.t("bin", low=b.low, high=b.high, of=b.n, said=b.mean, rate=b.rate))
            return _count(bins, "bin")
        found = scores.scores(store, args.by, on=args.on)
        if args.format == "json":
            return _json([asdict(s) for s in found])
        for s in found:
            rate = f"{s.rate:4.0%} [{s.low:.0%}–{s.high:.0%}]" if s.rate is not None else "—"
            counts = {
                k: getattr(s, k)
                for k in ("hits", "partly", "late", "revised", "overdue", "open", "ambiguous", "annulled")
            }
            said = telling.t("score", label=s.label or telling.t("no-source"), of=s.n, rate=rate, **counts)
            print(said + (telling.t("brier", brier=s.brier, of=s.rated) if s.brier is not None else ""))
        return _count(found, "group")


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
    with _open(args) as store:
        changes = _changes(store, args)
        if args.action != "edit" and changes:
            raise UsageError(f"{args.action} changes nothing; use edit.")
        if args.action == "estimate":
            if verdicts.last_verdicts(store, [args.claim]):
                telling.tell(telling.t("estimate-counts-nowhere"))
            return _say(
                args, verdicts.estimate(store, args.claim, args.probability, author=args.author, reason=args.reason)
            )
        iri = judgements.judge(
            store, args.claim, args.action, author=args.author, reason=args.reason, changes=changes or None,
        )  # fmt: skip
        return _say(args, iri)


_OF_CLAIMS = ("source", "source_text", "about", "modality", "polarity", "prediction", "due", "extent", "probability")


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
    with _open(args) as store:
        article = _article(store, args.claim)
        with _reading_again(store, args):
            iri = metadata.correct(store, article, author=args.author, reason=args.reason, changes=changes)
        return _say(args, iri)


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


def merge(args: argparse.Namespace) -> int:
    """Run ``iibun merge``: merge entities, or list those that share a name."""
    from kg.tracking import merges

    with _open(args) as store:
        if args.entities:
            return _say(
                args,
                merges.merge(store, [_entity(store, e) for e in args.entities], author=args.author, reason=args.reason),
            )
        found = merges.same_name(store)
        if args.format == "json":
            return _json([asdict(p) for p in found])
        for p in found:
            print(f"{p.name}: " + ", ".join(f"{label} <{e}>" for label, e in zip(p.labels, p.entities, strict=True)))
        return _count(found, "proposal")


def split(args: argparse.Namespace) -> int:
    """Run ``iibun split``: move some mentions of an entity to a new one."""
    from kg.tracking import merges

    with _open(args) as store:
        new = merges.split(
            store, _entity(store, args.entity), mentions=args.mention, aliases=args.alias, label=args.label,
            author=args.author, reason=args.reason,
        )  # fmt: skip
    if args.format == "json":
        return _json({"entity": new, "author": args.author})
    print(new)
    return 0


def undo(args: argparse.Namespace) -> int:
    """Run ``iibun undo``: undo a judgement, or list the latest."""
    from kg.tracking import judgements

    with _open(args) as store:
        if args.judgement:
            with _reading_again(store, args):
                iri = judgements.undo(store, args.judgement, author=args.author, reason=args.reason)
            return _say(args, iri)
        found = (
            judgements.orphans(store)
            if args.orphaned
            else _first(judgements.history(store, limit=51), 50, "log-shows-all")
        )
        if args.format == "json":
            return _json([asdict(j) | {"text": j.text} for j in found])
        for j in found:
            marks = telling.t("undone") * j.undone + telling.t("orphaned") * j.orphaned
            print(f"{j.time:%Y-%m-%d %H:%M} {j.author}: {j.kind}{marks} {j.text or j.subject}\n  {j.iri}")
        return _count(found, "judgement")


def timeline(args: argparse.Namespace) -> int:
    """Run ``iibun timeline``: print an entity's claims and predictions over time, or its figures."""
    from kg.tracking import observations
    from kg.tracking import timeline as of

    with _open(args) as store:
        entity = _entity(store, args.entity)
        if args.figures:
            series = observations.observations(store, entity=entity)
            if args.format == "json":
                return _json([asdict(s) for s in series])
            for s in series:
                print(f"{s.label}: {s.measure} ({s.unit})")
                for p in s.points:
                    when = f"{p.start or ''}–{p.end or ''}" if p.start or p.end else telling.t("no-period")
                    print(
                        f"  {when}  {p.text}{telling.t('forecast') * p.forecast}{' ≠' * p.differs}  {p.source or '—'} {p.published or ''} <{p.url or p.article}>"
                    )
            return _count(series, "series")
        events = of.timeline(store, entity)
        if args.format == "json":
            return _json([asdict(e) for e in events])
        for e in events:
            print(f"{e.date}  {e.kind:7}  {e.source or '—'}: {e.text}" + (f"  [{e.verdict}]" if e.verdict else ""))
        return _count(events, "event")


def _write_gold(folder: Path, documents: dict[str, dict[str, Any]]) -> None:
    """Write each article as NAME.txt, NAME.gold.json and NAME.meta.json."""
    folder.mkdir(parents=True, exist_ok=True)
    for article, document in documents.items():
        name = article.rsplit(":", 1)[-1][:12]
        meta = {k: document[k] for k in ("published", "title", "url", "publisher")}
        (folder / f"{name}.txt").write_text(document["text"], "utf-8", newline="")
        for kind, value in (("gold", document), ("meta", meta)):
            (folder / f"{name}.{kind}.json").write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", "utf-8")


def corrections(args: argparse.Namespace) -> int:
    """Run ``iibun corrections``: list the articles that people corrected, or write them as gold."""
    from kg.tracking import gold

    with _open(args) as store:
        found = gold.corrected_articles(store)
        documents = {article: gold.gold(store, article) for article in found}
        if args.out:
            try:
                _write_gold(args.out, documents)
            except OSError as error:
                raise IibunError(f"Can't write to {args.out}: {error.strerror}.") from None
        if args.format == "json":
            return _json(
                [
                    {"article": d["url"] or a, "title": d["title"], "claims": len(d["claims"])}
                    for a, d in documents.items()
                ]
            )
        for article, document in documents.items():
            print(f"{document['title']}  <{document['url'] or article}>")
        return _count(found, "corrected")


def _parser(subparsers: Any, name: str, help: str, example: str) -> argparse.ArgumentParser:
    """Add a command with ``--store`` and ``--format``; its description is the help text as a sentence."""
    p: argparse.ArgumentParser = subparsers.add_parser(
        name,
        help=help,
        description=help[0].upper() + help[1:] + ".",
        epilog=f"example: {example}",
    )
    options.store(p)
    options.format(p)
    return p


def _author(p: argparse.ArgumentParser) -> None:
    p.add_argument("--author", default=None, help="who decides (default: IIBUN_AUTHOR, else the login name)")


def _no_read(p: argparse.ArgumentParser) -> None:
    p.add_argument(
        "--no-read", action="store_true", help="do not read an article again whose date changed; `iibun reingest` will"
    )


def _open(args: argparse.Namespace) -> Any:
    """Open the store, which must exist; sets ``args.author`` if the command has one and it is not given."""
    from kg import store

    if "author" in args and not args.author:
        args.author = environment.get("IIBUN_AUTHOR") or _login()
    return store.open(args.store, create=False)


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def _entity(store: Any, name: str) -> str:
    """The IRI of an entity given by its name or IRI."""
    from kg.tracking.timeline import find_entity

    return find_entity(store, name)


def _article(store: Any, name: str) -> str:
    """The IRI of an article given by its IRI or address."""
    from pyoxigraph import Literal

    from kg.tracking.loading import PREFIX

    rows = store.select(
        PREFIX + f"SELECT ?a WHERE {{ GRAPH ?a {{ ?a a schema:NewsArticle . OPTIONAL {{ ?a schema:url ?u }} }} "
        f"FILTER(?u = {Literal(name)} || STR(?a) = {Literal(name)}) }}"
    )
    if not rows:
        raise IibunError(f"There is no article {name!r} in the store.")
    return str(rows[0]["a"])


def _changes(store: Any, args: argparse.Namespace) -> dict[str, Any]:
    """The changes to a claim that the options of ``judge`` describe."""
    changes: dict[str, Any] = {}
    for name, values in (("sources", args.source), ("about", args.about)):
        if values is not None:
            changes[name] = [_entity(store, v) for v in values if v]
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


def _prediction(p: Any) -> dict[str, Any]:
    """A prediction as JSON."""
    c = p.claim
    return {
        "claim": c.iri, "state": p.state, "days": p.days, "text": c.text, "title": c.title, "source": c.source, "sources": list(c.sources),
        "modality": c.modality, "due": {"start": c.due_start, "end": c.due_end, "text": c.due_text, "undated": c.due_undated}, "criterion": c.criterion,
        "article": c.url or c.article, "published": c.published, "probability": c.probability, "verdict": p.verdict,
        "decided": p.decided, "author": p.author, "note": p.note, "evidence": list(p.evidence),
        "without_evidence": p.without or None,
    }  # fmt: skip


def _say(args: argparse.Namespace, iri: str) -> int:
    """Print the IRI of a new judgement and return the exit code."""
    if args.format == "json":
        return _json({"judgement": iri, "author": args.author})
    print(iri)
    return 0


def _json(value: Any) -> int:
    telling.show_json(value, indent=2)
    return 0


def _first(found: list[_T], most: int, more: str) -> list[_T]:
    """The first ``most`` items; prints a message with string ``more`` if there are more."""
    if len(found) > most:
        telling.tell(telling.t("first-of-more", most=most, more=telling.t(more)))
    return found[:most]


def _count(found: Iterable[Any], what: str) -> int:
    """Print how many items there are on standard error and return the exit code."""
    telling.tell(telling.t(f"count-{what}", n=len(list(found))))
    return 0


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty() or done == total:
        steer("\r" if sys.stderr.isatty() else "")
        print(
            telling.t("linked", done=done, total=total), end="\n" if done == total else "", file=sys.stderr, flush=True
        )

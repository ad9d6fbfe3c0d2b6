"""The commands on predictions: ``due``, ``verdict``, ``score``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from iibun.cli import options
from iibun.cli.tracking import add_author, command, find_entity, first, opened, print_count, print_iri, print_json
from iibun.i18n import telling
from kg.errors import UsageError

VERDICTS = ("came-true", "partly", "did-not", "ambiguous", "annulled", "unresolvable")
STATES = ("overdue", "due-soon", "open", "settled")
BY = ("source", "organization", "topic", "modality", "horizon", "period", "reader", "all")


def add_parsers(subparsers: Any) -> None:
    """Add these commands to the command line."""
    for add in (_add_due, _add_verdict, _add_score):
        add(subparsers)


def _add_due(subparsers: Any) -> None:
    p = command(
        subparsers,
        "due",
        "list predictions by when they are due: overdue first",
        "iibun due --on 2026-04-01 --state overdue",
    )
    p.add_argument("--on", type=options.date, metavar="DATE", help="the day to look from, YYYY-MM-DD (default: today)")
    p.add_argument("--state", choices=STATES, help="only predictions in this state (default: all but settled)")
    p.add_argument("--source", type=options.filled, metavar="NAME|IRI", help="only predictions of this source")
    p.add_argument(
        "--evidence", action="store_true",
        help="list with each the later articles that bear on it, and the verdict that they suggest",
    )  # fmt: skip
    p.add_argument(
        "--limit", type=options.number, default=100, metavar="N", help="at most N predictions (default: %(default)s)"
    )
    p.set_defaults(run=due)


def _add_verdict(subparsers: Any) -> None:
    p = command(subparsers, "verdict", "say what became of a prediction, with evidence",
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
    add_author(p)
    p.set_defaults(run=verdict)


def _add_score(subparsers: Any) -> None:
    p = command(subparsers, "score", "count how often predictions came true, by source or another grouping",
                "iibun score --by organization --on 2026-12-31")  # fmt: skip
    p.add_argument("--by", choices=BY, default="source", help="what to group by (default: %(default)s)")
    p.add_argument("--on", type=options.date, metavar="DATE", help="the day to look from (default: today)")
    p.add_argument(
        "--calibration", action="store_true", help="probabilities that texts state against what happened, instead"
    )
    p.add_argument("--reader", metavar="NAME", help="with --calibration: the estimates of this reader instead")
    p.set_defaults(run=score)


def due(args: argparse.Namespace) -> int:
    """Run ``iibun due``: print predictions, overdue ones first."""
    from kg.tracking import verdicts
    from kg.tracking.facts import facts_for
    from kg.tracking.proposed import proposed_verdicts

    with opened(args) as store:
        source = find_entity(store, args.source) if args.source else None
        found = verdicts.predictions(store, on=args.on, state=args.state, source=source, limit=args.limit + 1)
        if args.state is None:
            found = [p for p in found if p.state != "settled"]
        found = first(found, args.limit, "limit-shows-more")
        evidence = {p.claim.iri: verdicts.evidence_for(store, p.claim.iri) for p in found} if args.evidence else {}
        facts = facts_for(store, list(evidence))
        proposed = proposed_verdicts(store, list(evidence), facts)
        if args.format == "json":
            return print_json(
                [
                    _prediction(p)
                    | _found(evidence.get(p.claim.iri), facts.get(p.claim.iri, ()), proposed.get(p.claim.iri))
                    for p in found
                ]
            )
        for p in found:
            day = p.claim.due_end
            when = telling.t("days", day=day, days=p.days) if p.days is not None else telling.t("no-date")
            if p.days is None and p.claim.due_undated:
                when = telling.t("undated", words=p.claim.due_text)
            print(
                f"{p.state:8}  {when}  {p.claim.source or telling.t('narrator')}: {p.claim.text}"
                + (f"  [{p.verdict}]" if p.verdict else "")
            )
            print(f"  {p.claim.iri}  <{p.claim.url or p.claim.article}>")
            if p.days is None and p.claim.due_undated:
                print(f"  {telling.t('add-the-date', article=p.claim.url or p.claim.article)}")
            if (said := proposed.get(p.claim.iri)) and (said.verdict or evidence[p.claim.iri] or facts[p.claim.iri]):
                why = said.reason_ja if telling.language() == "ja" else said.reason
                print(f"  {telling.t('proposed' if said.verdict else 'proposed-none', verdict=said.verdict, why=why)}")
            for x in evidence.get(p.claim.iri, ()):
                print(
                    f"  ? {x.later.published} {x.later.source or telling.t('narrator')}: {x.later.text}  <{x.later.url or x.later.article}>\n"
                    f"    {x.later.claim}"
                )
            for fact in facts.get(p.claim.iri, ()):
                view = fact.view
                print(
                    f"  ? {view.published} {telling.t('narrator')}: {view.text}  <{view.url or view.article}>\n    {view.iri}"
                )
        return print_count(found, "prediction")


def verdict(args: argparse.Namespace) -> int:
    """Run ``iibun verdict``: append a verdict to the log."""
    from kg.tracking import verdicts

    with opened(args) as store:
        iri = verdicts.verdict(
            store, args.claim, args.code, author=args.author, evidence=args.evidence, extents=args.extent,
            without=args.without_evidence, on=args.on, note=args.note,
        )  # fmt: skip
        return print_iri(args, iri)


def score(args: argparse.Namespace) -> int:
    """Run ``iibun score``: print hit rates with their intervals, or the calibration of stated probabilities."""
    from kg.tracking import scores

    if args.reader and not args.calibration:
        raise UsageError("--reader goes with --calibration; --by reader lists all readers.")
    with opened(args) as store:
        if args.calibration:
            bins = scores.calibration(store, on=args.on, reader=args.reader)
            if args.format == "json":
                return print_json([asdict(b) for b in bins])
            for b in bins:
                print(telling.t("bin", low=b.low, high=b.high, of=b.n, said=b.mean, rate=b.rate))
            return print_count(bins, "bin")
        found = scores.scores(store, args.by, on=args.on)
        if args.format == "json":
            return print_json([asdict(s) for s in found])
        for s in found:
            rate = f"{s.rate:4.0%} [{s.low:.0%}–{s.high:.0%}]" if s.rate is not None else "—"
            counts = {
                k: getattr(s, k)
                for k in ("hits", "partly", "late", "revised", "overdue", "open", "ambiguous", "annulled")
            }
            nobody = telling.t("unnamed-sources" if s.key == "unnamed" else "no-source")
            said = telling.t("score", label=s.label or nobody, of=s.n, rate=rate, **counts)
            print(said + (telling.t("brier", brier=s.brier, of=s.rated) if s.brier is not None else ""))
        return print_count(found, "group")


def _found(evidence: list[Any] | None, facts: Sequence[Any], proposal: Any) -> dict[str, Any]:
    """With ``--evidence``, what bears on a prediction and the proposed verdict, as JSON."""
    if evidence is None:
        return {}
    return {
        "proposed_evidence": [x.document()["from"] for x in evidence],
        "proposed_facts": [x.document() for x in facts],
        "proposed_verdict": proposal.document() if proposal else None,
    }


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

"""The commands on entities: ``merge``, ``split``, ``timeline``."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from iibun.cli.tracking import add_author, command, find_entity, opened, print_count, print_iri, print_json
from iibun.i18n import telling
from kg.errors import UsageError


def add_parsers(subparsers: Any) -> None:
    """Add these commands to the command line."""
    for add in (_add_merge, _add_split, _add_timeline):
        add(subparsers)


def _add_merge(subparsers: Any) -> None:
    p = command(subparsers, "merge", "say that entities are one or two, or list those that may be one",
                "iibun merge ミナト電池 urn:iibun:entity:77c0…")  # fmt: skip
    p.add_argument(
        "entities", nargs="*", metavar="NAME|IRI", help="the entities, the one that stays first; none to list proposals"
    )
    p.add_argument("--apart", action="store_true", help="say that the two entities are not one")
    p.add_argument("--reason", default="", help="why, in words")
    add_author(p)
    p.set_defaults(run=merge)


def _add_split(subparsers: Any) -> None:
    p = command(subparsers, "split", "say that some mentions of an entity mean another",
                "iibun split 朝倉 朝倉亮 --alias 朝倉氏")  # fmt: skip
    p.add_argument("entity", metavar="NAME|IRI", help="the entity that is two")
    p.add_argument("label", metavar="LABEL", help="the name of the new one")
    p.add_argument("--alias", action="append", default=[], help="a written name that always means it; several times")
    p.add_argument(
        "--mention", action="append", default=[], metavar="IRI", help="a mention that means it; several times"
    )
    p.add_argument("--reason", default="", help="why, in words")
    add_author(p)
    p.set_defaults(run=split)


def _add_timeline(subparsers: Any) -> None:
    p = command(
        subparsers,
        "timeline",
        "list what an entity said and predicted, and what became of it",
        "iibun timeline ミナト電池",
    )
    p.add_argument("entity", metavar="NAME|IRI", help="the entity")
    p.add_argument("--figures", action="store_true", help="the figures of its measures over time, instead")
    p.set_defaults(run=timeline)


def merge(args: argparse.Namespace) -> int:
    """Run ``iibun merge``: merge entities or say that they are two, or list those that may be one."""
    from iibun.i18n import reasons
    from kg.tracking import merges

    if args.apart and len(args.entities) != 2:
        raise UsageError("--apart needs exactly two entities.")
    with opened(args) as store:
        if args.apart:
            one, other = (find_entity(store, e) for e in args.entities)
            return print_iri(args, merges.separate(store, one, other, author=args.author, reason=args.reason))
        if args.entities:
            return print_iri(
                args,
                merges.merge(
                    store, [find_entity(store, e) for e in args.entities], author=args.author, reason=args.reason
                ),
            )
        found = merges.same_name(store)
        if args.format == "json":
            return print_json([asdict(p) for p in found])
        for p in found:
            print(f"{p.name}: " + ", ".join(f"{label} <{e}>" for label, e in zip(p.labels, p.entities, strict=True)))
            for sentence in reasons.sentences(p.reasons):
                print(f"    {sentence}")
        return print_count(found, "proposal")


def split(args: argparse.Namespace) -> int:
    """Run ``iibun split``: move some mentions of an entity to a new one."""
    from kg.tracking import merges

    with opened(args) as store:
        new = merges.split(
            store, find_entity(store, args.entity), mentions=args.mention, aliases=args.alias, label=args.label,
            author=args.author, reason=args.reason,
        )  # fmt: skip
    if args.format == "json":
        return print_json({"entity": new, "author": args.author})
    print(new)
    return 0


def timeline(args: argparse.Namespace) -> int:
    """Run ``iibun timeline``: print an entity's claims and predictions over time, or its figures."""
    from kg.tracking import observations
    from kg.tracking import timeline as of

    with opened(args) as store:
        entity = find_entity(store, args.entity)
        if args.figures:
            series = observations.observations(store, entity=entity)
            if args.format == "json":
                return print_json([asdict(s) for s in series])
            for s in series:
                print(f"{s.label}: {s.measure} ({s.unit})")
                for p in s.points:
                    when = f"{p.start or ''}–{p.end or ''}" if p.start or p.end else telling.t("no-period")
                    print(
                        f"  {when}  {p.text}{telling.t('forecast') * p.forecast}{' ≠' * p.differs}  {p.source or '—'} {p.published or ''} <{p.url or p.article}>"
                    )
            return print_count(series, "series")
        events = of.timeline(store, entity)
        if args.format == "json":
            return print_json([asdict(e) for e in events])
        for e in events:
            print(f"{e.date}  {e.kind:7}  {e.source or '—'}: {e.text}" + (f"  [{e.verdict}]" if e.verdict else ""))
        return print_count(events, "event")

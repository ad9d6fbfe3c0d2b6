"""Judgements, links between claims across articles, entity merges, verdicts and scores.

People's decisions are entries of a log (:mod:`kg.tracking.log`); the current graph is derived from it
(:mod:`kg.tracking.current`). Links are proposed by :mod:`kg.tracking.links`. Read ``docs/tracking.md`` first.
"""

from kg.tracking.claims import effective_claims
from kg.tracking.judgements import add, history, judge, orphans, rebuild, undo
from kg.tracking.links import assert_link, decide, link_all, link_new, proposals
from kg.tracking.merges import merge, same_name, separate, split

__all__ = [
    "add", "assert_link", "decide", "effective_claims", "history", "judge", "link_all", "link_new", "merge",
    "orphans", "proposals", "rebuild", "same_name", "separate", "split", "undo",
]  # fmt: skip

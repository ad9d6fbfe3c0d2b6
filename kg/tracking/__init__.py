"""Across articles: which claims restate, support, contradict or revise which, and whether predictions came true."""

from kg.tracking.claims import effective_claims
from kg.tracking.judgements import add, history, judge, orphans, rebuild, undo
from kg.tracking.links import assert_link, decide, forget, link_all, link_new, proposals
from kg.tracking.merges import merge, same_name, split

__all__ = [
    "add", "assert_link", "decide", "effective_claims", "forget", "history", "judge", "link_all", "link_new", "merge",
    "orphans", "proposals", "rebuild", "same_name", "split", "undo",
]  # fmt: skip

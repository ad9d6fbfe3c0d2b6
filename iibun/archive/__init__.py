"""The life of an article in a store: what happens to it, and the module where.

- ``held``: what the store has of it: state, text, former texts, who has the same text.
- ``writer``: a report becomes its graph; corrections leave versions, copies are recognised.
- ``near``: near copies, by an index that follows what anybody writes.
- ``inflow``, ``linker``: many reports on their way in, a group at a time; links to other articles.
- ``reread``: which articles are to be read again, and what changes by it.
- ``deletion``: what goes with an article, and what stays.
- ``samples``: the articles that come with Iibun, their verdicts, and how both are taken away.

A graph is written and forgotten whole by :mod:`kg.articles`, below this.
"""

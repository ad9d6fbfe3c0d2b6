"""Runs the W3C's SPARQL 1.1 test suites over an endpoint, and beside it in process against Oxigraph.

    python -m tests.w3c FOLDER

``FOLDER`` is a checkout of https://github.com/w3c/rdf-tests, or any folder in it; the suite is not bundled.
"""

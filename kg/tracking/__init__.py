"""Across articles: which claims restate, support, contradict or revise which, and whether predictions came true."""

"""What goes wrong within a page, said in a sentence."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from iibun.i18n import t
from iibun.i18n.errors import explain
from iibun.web.markdown import plain
from kg.errors import IibunError

log = logging.getLogger(__name__)


@contextmanager
def shown(what: str) -> Iterator[None]:
    """Context manager: show an error as one sentence. For a page, and for fragments and dialogs, which rerun by themselves.

    Args:
        what: name of the page, for the log.
    """
    import streamlit as st

    try:
        yield
    except IibunError as error:
        st.error(t("common.error", message=plain(explain(error))), icon=":material/error:")
    except Exception as error:
        log.exception("page %s", what)
        st.error(t("common.error-unknown", kind=type(error).__name__), icon=":material/error:")

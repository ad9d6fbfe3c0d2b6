"""Pages of an answer: how many items it has, and a cursor for those that follow."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Self, TypeVar

from pydantic import Field

from kg.errors import UsageError

T = TypeVar("T")

#: Most items of an answer.
MOST: Final = 50

Limit = Annotated[int, Field(ge=1, le=MOST, description="Most items of the answer.")]
Cursor = Annotated[str, Field(description="The `next` of a former answer to the same question: gives what follows.")]


class WrongCursor(UsageError):
    """A cursor is none of ours, or belongs to another question."""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of the items that answer a question.

    Args:
        offset: items before it.
        limit: most items on it.
        key: a hash of the question, so that a cursor is not taken for another one.
    """

    offset: int
    limit: int
    key: str

    @classmethod
    def of(cls, tool: str, limit: int, cursor: str, **question: Any) -> Self:
        """The page that a call of a tool asks for.

        Args:
            tool: the tool's name.
            limit: most items.
            cursor: as given; empty for the first page.
            **question: the tool's other arguments.

        Raises:
            WrongCursor: if the cursor is not one of this question.

        >>> Page.of("claims", 10, "", topic="AI").offset
        0
        """
        asked = json.dumps([tool, question], sort_keys=True, ensure_ascii=True, default=str)
        key = hashlib.sha256(asked.encode()).hexdigest()[:8]
        if not cursor:
            return cls(0, limit, key)
        match = re.fullmatch(r"([0-9]{1,9})-([0-9a-f]{8})", cursor)
        if match is None:
            raise WrongCursor(f"{cursor[:80]!r} is no cursor; give the `next` of a former answer, or none.")
        if match[2] != key:
            raise WrongCursor(f"The cursor {cursor!r} is of another question; repeat its arguments, or give no cursor.")
        return cls(int(match[1]), limit, key)

    @property
    def reach(self) -> int:
        """How many items to ask for: one more than the page has, which tells whether others follow."""
        return self.limit + 1

    def first(self, found: Sequence[T]) -> list[T]:
        """The items of the page, of those found from its offset on."""
        return list(found[: self.limit])

    def next(self, found: int) -> str | None:
        """The cursor for what follows; None if nothing does.

        Args:
            found: how many items were found from the page's offset on; more than the limit if others follow.
        """
        return self.cursor(self.offset + self.limit) if found > self.limit else None

    def cursor(self, offset: int) -> str:
        """The cursor of the page of the same question that begins at an offset."""
        return f"{offset}-{self.key}"

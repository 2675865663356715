"""The way back from a page: from a number to what it is, to the cell that made it, and to its row in the ledger.

`records` tells which pasted records are numbers, and how their places on a page are called; `rows` says a number in
words; `pages` puts the places and the rows into executed chapters; `calls` tells by which functions something was made.
"""

from gistbook.book.tracing.calls import made_by
from gistbook.book.tracing.pages import title_of, traced
from gistbook.book.tracing.rows import Book

__all__ = ["Book", "made_by", "title_of", "traced"]

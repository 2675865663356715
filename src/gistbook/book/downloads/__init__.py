"""What a book offers for download, each file with a sentence on the kind of data: notebooks, figures, numbers.

`material` is an executed chapter with its figures and their captions. `pages` puts links under the figures and at the
end of a page; `notebooks` cleans a notebook of what its page does not show; `numbers` writes the numbers behind a
figure, and every pasted one. Names of files come from chapters and keys only, never from data.
"""

from gistbook.book.downloads.material import FOLDER, Figure, Material, figures_of
from gistbook.book.downloads.notebooks import cleaned
from gistbook.book.downloads.numbers import as_csv, as_json
from gistbook.book.downloads.pages import linked

__all__ = ["FOLDER", "Figure", "Material", "as_csv", "as_json", "cleaned", "figures_of", "linked"]

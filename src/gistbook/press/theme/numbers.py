"""Numbers with a way back: a pasted phrase that is a number leads to its row in the table of its page."""

from gistbook.conventions import RECORD_TYPE
from gistbook.press.tracing import records

_LINKED = "gb-number"


def setup(app) -> None:
    """Have the role `glue:text` of myst-nb link what is a number; the words that it sets stay as they were."""
    from myst_nb.ext.glue.roles import PasteTextRole
    from myst_nb.ext.glue.utils import retrieve_glue_data

    class PasteNumberRole(PasteTextRole):
        """Sets a pasted phrase; a number as a link."""

        def run(self):
            made, messages = super().run()
            key = self.text.partition(":")[0]
            if messages or f"{key}::" in self.text:
                return made, messages
            record = retrieve_glue_data(self.document, key).data.get(RECORD_TYPE, {})
            return ([_link(key, made)] if records.is_number(record) else made), messages

    app.add_role_to_domain("glue", "text", PasteNumberRole(), override=True)


def _link(key: str, phrase: list):
    """Return a phrase as a link to the row of its key on the same page."""
    from docutils import nodes

    return nodes.reference("", "", *phrase, refuri=f"#{records.ROW}{key}", internal=True, classes=[_LINKED])

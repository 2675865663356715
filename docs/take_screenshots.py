"""Take the pictures of the built book that `docs/screenshots.md` shows: `make screenshots`.

Pictures depend on the machine's fonts and its browser; they show, and prove nothing.
"""

import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from support import browser  # noqa: E402

BOOK = ROOT / "_build" / "wada2021" / "html"
PLACE = ROOT / "docs" / "screenshots"
DESKTOP, TABLET, PHONE = (1280, 860), (820, 1100), (390, 844)
SETTLED_MS = 1200


class Shot(NamedTuple):
    """One picture: its name, the page, the size of the window, the theme, and what is looked at and pointed to."""

    name: str
    page: str
    window: tuple[int, int]
    scheme: str
    place: str = ""
    pointed: str = ""


SHOTS = (
    Shot("front-desktop", "abstract", DESKTOP, "light"),
    Shot("front-phone-dark", "abstract", PHONE, "dark"),
    Shot("figure-desktop-dark", "abstract", DESKTOP, "dark", "#fig-course", "#fig-course svg >> visible=true"),
    Shot("figure-phone", "overall_survival", PHONE, "light", "#fig-os"),
    Shot("number-desktop", "progression_free_survival", DESKTOP, "light", "#the-median", "#the-median .gb-number"),
    Shot("table-tablet", "baseline", TABLET, "light", ".gb-table"),
    Shot("ledger-desktop", "claims", DESKTOP, "light", ".gb-table"),
)


def take(chromium, shot: Shot) -> None:
    """Open a page, go to the place, point at something, and write the picture."""
    width, height = shot.window
    tab = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=shot.scheme).new_page()
    tab.goto(f"{BOOK.resolve().as_uri()}/chapters/{shot.page}.html", wait_until="load")
    if shot.place:
        tab.locator(shot.place).first.evaluate("place => place.scrollIntoView({block: 'start'})")
    tab.wait_for_timeout(SETTLED_MS)
    if shot.pointed:
        tab.locator(shot.pointed).first.hover()
        tab.wait_for_timeout(SETTLED_MS)
    tab.screenshot(path=PLACE / f"{shot.name}.png")
    tab.context.close()


def main() -> None:
    """Take every picture."""
    if not browser.CHROMIUM:
        sys.exit("Pictures are taken with Chromium, which is not here; on Debian: apt-get install chromium")
    if not BOOK.exists():
        sys.exit("There is no book yet; make it with: make book")
    with browser.chromium() as chromium:
        for shot in SHOTS:
            take(chromium, shot)
            print(PLACE.relative_to(ROOT) / f"{shot.name}.png")


if __name__ == "__main__":
    main()

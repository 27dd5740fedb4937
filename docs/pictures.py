# noqa: INP001 - a script beside the documents it draws for
"""Take the pictures of README and docs anew: `PYTHONPATH=app:tests python docs/pictures.py`.

Needs Debian's Chromium and Playwright, as the tests of the page do. The service runs on the
example report, on a fixed day, so only a change of the product changes a picture.
"""

from __future__ import annotations

import base64
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, ViewportSize, sync_playwright

from serving import EXAMPLES, TODAY, needed, served

PICTURES = Path(__file__).parent / "pictures"
REPORTS = [EXAMPLES / f"{name}_sycm.csv" for name in ("dress", "shampoo", "phone_case")]
FLAGS = ("--no-sandbox", "--disable-gpu", "--font-render-hinting=none")
WIDE = 1280
# The browser writes WebP itself: a third of a PNG's size at the same look.
SMALLER = """async (png) => {
    const image = new Image();
    image.src = "data:image/png;base64," + png;
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.width, image.height];
    canvas.getContext("2d").drawImage(image, 0, 0);
    return canvas.toDataURL("image/webp", 0.85).split(",")[1];
}"""


def open_page(context: BrowserContext, address: str) -> Page:
    """Return a page that shows `address`."""
    page = context.new_page()
    page.goto(address)
    return page


def keep(context: BrowserContext, name: str, png: bytes) -> None:
    """Write a picture as WebP."""
    blank = open_page(context, "about:blank")
    text = blank.evaluate(SMALLER, base64.b64encode(png).decode("ascii"))
    (PICTURES / f"{name}.webp").write_bytes(base64.b64decode(text))
    blank.close()


def shoot_page(context: BrowserContext, url: str) -> None:
    """Draw the page with a title written for the example dress."""
    page = open_page(context, url)
    page.focus("#title")
    listing = (EXAMPLES / "dress.json").read_text(encoding="utf-8")
    page.evaluate("text => navigator.clipboard.writeText(text)", listing)
    page.keyboard.press("Control+V")
    page.click("#write")
    page.wait_for_selector("#curve svg")
    page.wait_for_selector("#violations :is(li, p)")
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    keep(context, "page", page.screenshot())


def shoot_report(context: BrowserContext, folder: Path) -> None:
    """Draw the review report of the example catalogue: its top, and its first differences."""
    report = folder / "review.html"
    arguments = ["rewrite", str(EXAMPLES / "catalogue.csv"), str(folder / "out.csv")]
    reports = [word for path in REPORTS for word in ("--keywords", str(path))]
    ours = [sys.executable, "-m", "biaoti", *arguments, *reports]
    subprocess.run([*ours, "--review", str(report), "--today", TODAY], check=True)  # noqa: S603 - ours
    page = open_page(context, report.as_uri())
    keep(context, "review", page.screenshot())
    page.evaluate("document.querySelector('#changes').scrollIntoView()")
    keep(context, "differences", page.screenshot())


def main() -> None:
    """Take every picture."""
    PICTURES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as name,
        sync_playwright() as playwright,
        served(Path(name), "--keywords", REPORTS[0]) as service,
    ):
        browser = playwright.chromium.launch(executable_path=needed("chromium"), args=list(FLAGS))
        size: ViewportSize = {"width": WIDE, "height": 880}
        context = browser.new_context(viewport=size, locale="zh-CN")
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        shoot_page(context, service.url)
        shoot_report(context, Path(name))
        browser.close()


if __name__ == "__main__":
    main()

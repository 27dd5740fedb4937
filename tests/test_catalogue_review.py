"""The review: what it counts is true, what it shows is whole, and a browser opens it by itself."""

from __future__ import annotations

import importlib
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from biaoti.answers import Wishes
from biaoti.catalogue import Job, Run, local_crew, plan_catalogue, rewrite_catalogue
from biaoti.catalogue.charts import bars
from biaoti.catalogue.reviewing import difference
from biaoti.catalogue.rows import COVERAGE, NEW_VALUE, OLD_VALUE, REWRITTEN, TITLE, Outcome, Row
from biaoti.catalogue.tallies import tally_of
from biaoti.cli.batch import make_job, names_of
from biaoti.cli.setup import Setup
from biaoti.cli.start import open_session
from biaoti.settings import Settings

ROOT = Path(__file__).parents[1]
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    cache = tmp_path_factory.getbasetemp() / "cache"
    settings = Settings(lexicon_dir=ROOT / "lexicon", cache_dir=cache, today="2026-06-01")
    setup = Setup(keywords=(ROOT / "examples" / "dress_sycm.csv",))
    return make_job(open_session(setup, settings), Wishes(), is_debug=False)


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the example catalogue with a duplicate, a misuse, markup and a bad row added."""
    path = tmp_path_factory.mktemp("review") / "in.csv"
    text = (ROOT / "examples" / "catalogue.csv").read_text(encoding="utf-8-sig")
    first = text.splitlines()[1].split(",", 1)
    extra = [
        f"630000009998,{first[1]}",
        "630000009999,<b>全网最低价连衣裙</b>,女装/女士精品>连衣裙,云岫集,Z1,",
        "630000009997,,,,,",
    ]
    path.write_text("\n".join([text.rstrip(), *extra]), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def report(job: Job, catalogue: Path) -> Path:
    target = catalogue.with_name("review.html")
    run = Run(crew=local_crew(1), review=target)
    rewrite_catalogue(catalogue, catalogue.with_name("out.csv"), names_of(job.session), job, run)
    return target


def test_the_report_shows_every_row_and_needs_nothing_else(report: Path) -> None:
    text = report.read_text(encoding="utf-8")
    assert len(re.findall(r'class="row(?: silent)?" id="r\d+"', text)) == 33
    assert not re.search(r"""(?:src|href)=["'](?!#)|@import|url\(""", text)
    assert "&lt;b&gt;全网最低价" in text.replace("<del>", "").replace("</del>", "")
    for part in ("distributions", "gains", "violations", "questions", "duplicates", "changes"):
        assert f'<section id="{part}">' in text
    assert "duplicate-listing" in text
    assert "保留原标题" in text


def test_a_listing_is_known_by_its_id_whatever_the_key_is_called(job: Job, tmp_path: Path) -> None:
    rows = [
        f'{{"{key}": "77{n}", "标题": "裙"}}'
        for n, key in enumerate(("商品ID", "num_iid", "宝贝ID"))
    ]
    source, target = tmp_path / "in.jsonl", tmp_path / "review.html"
    source.write_text("\n".join(rows), "utf-8")
    run = Run(crew=local_crew(1), review=target)
    rewrite_catalogue(source, tmp_path / "out.jsonl", names_of(job.session), job, run)
    text = target.read_text("utf-8")
    assert [f"77{n}" in text for n in range(3)] == [True] * 3


def test_equal_runs_write_equal_reports(job: Job, catalogue: Path, report: Path) -> None:
    again = catalogue.with_name("again.html")
    run = Run(crew=local_crew(2), review=again)
    rewrite_catalogue(catalogue, catalogue.with_name("again.csv"), names_of(job.session), job, run)
    assert again.read_bytes() == report.read_bytes()


def test_a_plan_is_reported_shop_by_shop(job: Job, catalogue: Path) -> None:
    target = catalogue.with_name("plan.html")
    run = Run(crew=local_crew(1), review=target)
    found = plan_catalogue(
        catalogue, catalogue.with_name("plan.csv"), names_of(job.session), job, run
    )
    text = target.read_text(encoding="utf-8")
    assert '<section id="shops">' in text
    assert f"{found.shops[0].value:,.0f}" in text
    assert "一起选" in text


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    if not must_run():
        pytest.importorskip("playwright.sync_api")
    playwright = importlib.import_module("playwright.sync_api")
    if not CHROMIUM.exists() and not must_run():
        pytest.skip("no Chromium here; .ci/run installs it")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        yield browser
        browser.close()


def must_run() -> bool:
    """Tell whether a missing browser is a failure and not a reason to skip."""
    return os.environ.get("BIAOTI_CI") == "1"


@pytest.mark.slow
def test_a_browser_shows_the_report_without_the_network(browser: object, report: Path) -> None:
    page = browser.new_page(viewport={"width": 1200, "height": 1500})  # type: ignore[attr-defined] # playwright is imported late
    requests: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text))
    page.goto(report.as_uri())
    assert requests == [report.as_uri()]
    assert errors == []
    assert page.locator("h1").inner_text() == "标题改写审阅"
    assert page.locator("svg").count() == 4
    assert page.locator("#changes ins").count() > 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator(".card b").first.inner_text() == "33"
    bars_drawn = page.locator("#distributions rect.new")
    assert max(bars_drawn.nth(i).bounding_box()["height"] for i in range(10)) > 50
    page.locator("#gains a").first.click()
    assert "#r" in page.url
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # On A4 paper, not a phone: charts side by side, and no rows that ask for nothing.
    page.set_viewport_size({"width": 700, "height": 1000})
    page.emulate_media(media="print")
    first, second = (page.locator("#distributions svg").nth(i).bounding_box() for i in range(2))
    assert first["y"] == second["y"]
    silent = page.locator("#changes .silent")
    assert silent.count() > 0
    assert not any(silent.nth(i).is_visible() for i in range(silent.count()))
    assert page.locator("#changes .row:visible").count() > 0
    assert page.pdf(format="A4").startswith(b"%PDF")
    page.close()


# ---- the counts --------------------------------------------------------------------------------


def pair(number: int, old: int | None, new: int, share: float = 0.5) -> tuple[Row, Outcome]:
    cells = {TITLE: "新裙", OLD_VALUE: old, NEW_VALUE: new, COVERAGE: share}
    outcome = Outcome(
        state=REWRITTEN,
        cells=cells,
        violations=(("absolute-claim", "极限词", "high", f"最{number % 2}"),),
        questions=(("收腰", "腰型", 0.1),),
    )
    return Row(number=number, cells=None, listing={}, title="裙"), outcome


def test_a_tally_adds_up() -> None:
    tally = tally_of([pair(1, 100, 200), pair(2, 100, 100), pair(3, None, 50), pair(4, 0, 10, 1.0)])
    assert (tally.compared, tally.old_value, tally.new_value) == (3, 200, 310)
    assert [gain.number for gain in tally.top] == [1, 4]
    assert tally.top[1].share is None
    assert tally.coverage[0] == Counter({2: 1, 5: 1, 0: 1})
    assert tally.coverage[1] == Counter({5: 2, 9: 1})
    assert tally.gains.total() == 3
    assert [(m.rule, m.count, m.examples) for m in tally.misuse] == [
        ("absolute-claim", 4, ("最0", "最1"))
    ]
    assert [(w.term, w.listings, w.points) for w in tally.wanted] == [("收腰", 4, 36)]


def test_only_the_largest_gains_are_kept() -> None:
    tally = tally_of(pair(number, 100, 100 + number) for number in range(1, 60))
    assert [gain.points for gain in tally.top] == list(range(59, 39, -1))


@pytest.mark.parametrize(
    ("old", "new", "looks"),
    [
        (["碎花", "裙"], ["碎花", "裙"], ["same"]),
        (["碎花", "裙"], ["法式", "裙"], ["new", "same"]),
        (["女", "裙", "夏"], ["夏", "女", "裙"], ["moved", "same"]),
        ([], ["裙"], ["new"]),
    ],
)
def test_a_difference_tells_new_words_from_moved_ones(
    old: list[str], new: list[str], looks: list[str]
) -> None:
    left, right = difference(old, new)
    assert [piece.look for piece in right] == looks
    assert "".join(piece.text for piece in left) == "".join(old)
    assert "".join(piece.text for piece in right) == "".join(new)


def test_a_chart_without_counts_is_empty_and_not_broken() -> None:
    assert "nan" not in bars(["0"], [("甲", "new", [0])], "<图>")
    assert "&lt;图&gt;" in bars(["0"], [("甲", "new", [0])], "<图>")

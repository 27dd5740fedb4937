"""`biaoti keywords` and `biaoti train demand` as a seller meets them: bids, trends, comparison."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from biaoti import cli
from biaoti.cli import data, training
from biaoti.engine import Engine

EXAMPLES = Path(__file__).parents[1] / "examples"
SYCM, PLAN = EXAMPLES / "shampoo_sycm.csv", EXAMPLES / "shampoo_plan.csv"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> Run:
    """Return a function that runs the command in this process, on the engine of the session."""
    for module in (data, training):
        monkeypatch.setattr(module, "lexicon_engine", lambda *_: engine)

    def command(*arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["biaoti", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            cli.main()
        out, err = capsysbinary.readouterr()
        return int(left.value.code or 0), out.decode(), err.decode()

    return command


def answer(run: Run, *arguments: str | Path) -> dict[str, Any]:
    """Return the JSON that a command writes."""
    code, out, err = run(*arguments, "--json")
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


def report(folder: Path, name: str, days: str, figures: dict[str, int]) -> Path:
    """Return a report of a period with an index for each keyword."""
    path = folder / name
    lines = [f"统计时间:{days}", "搜索词,搜索人气,支付转化率"]
    lines += [f"{keyword},{figure},3%" for keyword, figure in figures.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_bids_come_with_price_and_margin_or_a_listing_and_not_otherwise(run: Run) -> None:
    priced = ("--price", "59.9", "--gross-margin", "0.5")
    assert "bids" not in answer(run, "keywords", SYCM, PLAN)
    everything = answer(run, "keywords", SYCM, PLAN, *priced)
    own = answer(run, "keywords", SYCM, PLAN, "--listing", EXAMPLES / "shampoo.json")
    assert 0 < len(own["bids"]) < len(everything["bids"]) == len(everything["rows"])
    first = everything["bids"][0]
    assert first["break_even"]["mean"] == pytest.approx(
        first["parts"]["conversion_rate"] * 59.9 * 0.5
    )
    assert first["cost_per_click"] < first["break_even"]["low"]


def test_options_go_before_the_listings_own_figures(run: Run) -> None:
    listing = ("--listing", EXAMPLES / "shampoo.json")
    plain = answer(run, "keywords", SYCM, *listing)["bids"][0]
    basket = answer(run, "keywords", SYCM, *listing, "--basket", "200")["bids"]
    parts = next(bid for bid in basket if bid["keyword"] == plain["keyword"])["parts"]
    assert parts == {**plain["parts"], "order_value": 200.0}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(("--price", "50"), "gross_margin", id="no margin"),
        pytest.param(("--price", "-1", "--gross-margin", "0.5"), "price", id="a negative price"),
        pytest.param(("--price", "9", "--gross-margin", "45"), "gross_margin", id="percent"),
    ],
)
def test_figures_that_make_no_bid_are_refused(
    run: Run, arguments: tuple[str, ...], message: str
) -> None:
    code, _, err = run("keywords", SYCM, *arguments)
    assert code == 2
    assert message in err


def test_a_report_without_conversion_makes_no_bids(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "bare.csv"
    path.write_text("搜索词,搜索人气\n连衣裙,5\n", encoding="utf-8")
    code, _, err = run("keywords", path, "--price", "9", "--gross-margin", "0.5")
    assert (code, "支付转化率" in err) == (2, True)


def test_people_see_bids_toss_ups_and_that_an_index_is_none_of_a_count(run: Run) -> None:
    _, text, notes = run("keywords", SYCM, PLAN, "--price", "59.9", "--gross-margin", "0.5")
    for word in ("保本出价", "市场出价", "赚", "最大人气指数", "八成可信", "≈"):
        assert word in text, word
    assert "不是次数" in notes
    assert not any(word in text for word in ("搜索次数", "搜索量"))


def test_reports_of_several_periods_tell_what_rises(run: Run, tmp_path: Path) -> None:
    may = report(tmp_path, "may.csv", "2026-05-01 ~ 2026-05-31", {"连衣裙": 900, "长裙": 100})
    june = report(tmp_path, "june.csv", "2026-06-01 ~ 2026-06-30", {"连衣裙": 900, "长裙": 300})
    rows = {row["keyword"]: row for row in answer(run, "keywords", may, june)["rows"]}
    assert "rising" in rows["长裙"]["kinds"]
    assert rows["长裙"]["trend"]["change"] == pytest.approx(3.0)
    assert rows["连衣裙"]["trend"]["periods"] == 2
    assert "上升" in run("keywords", june, may)[1]
    assert answer(run, "keywords", june)["rows"][0]["trend"] is None


@pytest.mark.slow
def test_a_demand_model_is_compared_then_written(run: Run, tmp_path: Path) -> None:
    target = ("--out", tmp_path / "models")
    trial = answer(run, "train", "demand", SYCM, PLAN, "--compare", *target)
    assert not trial["is_written"]
    assert not (tmp_path / "models").exists()
    done = answer(run, "train", "demand", SYCM, PLAN, *target)
    assert Path(done["path"]).is_file()
    assert done["data"] == "shampoo_sycm.csv, shampoo_plan.csv"
    _, text, _ = run("train", "demand", SYCM, PLAN, "--compare", *target)
    for word in ("旧模型", "新模型", "不用模型", "对数损失", "没有写入"):
        assert word in text


def test_a_store_tells_trends_and_teaches_the_model(run: Run, tmp_path: Path) -> None:
    store = ("--database", tmp_path / "store.sqlite")
    words = {f"连衣裙{n}": 100 + n for n in range(40)}
    for name, days, figure in (
        ("may.csv", "2026-05-01 ~ 2026-05-31", 100),
        ("june.csv", "2026-06-01 ~ 2026-06-30", 300),
    ):
        run("import", report(tmp_path, name, days, {**words, "长裙": figure}), *store)
    rows = {row["keyword"]: row for row in answer(run, "keywords", *store)["rows"]}
    assert "rising" in rows["长裙"]["kinds"]
    learned = answer(run, "train", "demand", *store, "--out", tmp_path / "models")
    assert learned["held_out"] == "period to 2026-06-30"
    assert learned["examples"] == 82
    assert learned["data"] == "the store, all categories"

"""The demand model learns from earlier periods, is judged on the newest, is written whole."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tomllib
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from biaoti import models
from biaoti.errors import ModelError, TrainingError
from biaoti.models import MANIFEST, load_model, save_model
from biaoti.records import Interval, KeywordStat, Period, Policy, Stage, Term
from biaoti.score import Wording, build_market, learned_from
from biaoti.training import Reading, train_demand

WORDS = tuple(Term(word) for word in "甲乙丙丁戊己庚辛")
ROOT = Path(__file__).resolve().parents[1]


def reading(terms: tuple[Term, ...], clicks: int, orders: int, month: int) -> Reading:
    """Return what was seen of a keyword in a month of 2026."""
    return Reading(
        KeywordStat(
            keyword=" ".join(terms),
            period=Period(start=f"2026-{month:02}-01", end=f"2026-{month:02}-28"),
            demand_index=Interval(500, 500),
            clicks=clicks,
            orders=orders,
        ),
        frozenset(terms),
    )


def month(number: int, *, sign: float = 1.0, clicks: int = 400) -> list[Reading]:
    """Return a month in which the words of the first half sell, or with another sign do not."""
    chance = random.Random(number)  # noqa: S311 - no secret
    found = []
    for terms in [*combinations(WORDS, 2), *combinations(WORDS, 3)]:
        good = sum(1 if WORDS.index(term) < 4 else -1 for term in terms)
        rate = 0.05 * 2.0 ** (0.5 * sign * good)
        orders = sum(chance.random() < rate for _ in range(clicks))
        found.append(reading(terms, clicks, orders, number))
    return found


def conversion(answer: dict[str, Any], way: str) -> float:
    """Return the log loss of an order in the answer to a training."""
    loss: float = answer["log_loss"][way]["conversion_rate"]
    return loss


def test_the_model_predicts_the_newest_period_better_than_the_policy_alone(
    policy: Policy, tmp_path: Path
) -> None:
    answer = train_demand([*month(1), *month(2), *month(3)], policy, tmp_path, name="x")
    assert answer["held_out"] == "period to 2026-03-28"
    assert conversion(answer, "new") < conversion(answer, "policy")
    assert answer["log_loss"]["old"] is None
    assert answer["log_loss"]["new"]["click_through_rate"] is None
    assert answer["is_written"]


def test_what_was_learned_is_read_back_and_values_a_report_of_few_clicks(
    policy: Policy, tmp_path: Path
) -> None:
    train_demand([*month(1), *month(2)], policy, tmp_path, name="x")
    found = load_model(tmp_path, "demand")
    assert found is not None
    learned = learned_from(*found)
    effects = learned.conversion_rate.effects
    assert min(effects[word].mean for word in WORDS[:4]) > 0 > effects[WORDS[5]].mean
    stats = [reading((word,), 3, 0, 3).stat for word in WORDS]
    values, names = [], []
    for model in (None, learned):
        market = build_market(
            stats,
            policy,
            Wording(
                sequence=lambda text: tuple(Term(word) for word in text.split()),
                expand=lambda term: frozenset({term}),
                head_of=lambda _: frozenset(),
                is_generic=lambda _: False,
            ),
            learned=model,
        )
        values.append({k.stat.keyword: k.scores[Stage.GROWTH].total for k in market.keywords})
        names.append(market.version)
    assert values[0]["甲"] == pytest.approx(values[0]["辛"])
    assert values[1]["甲"] > 1.5 * values[1]["辛"]
    assert names[0] != names[1]


def test_the_same_rows_give_the_same_bytes(policy: Policy, tmp_path: Path) -> None:
    for name in ("a", "b"):
        train_demand([*month(1), *month(2)], policy, tmp_path / name, name="x")
    files = [sorted(p.name for p in (tmp_path / name).iterdir()) for name in ("a", "b")]
    assert files[0] == files[1]
    for name in files[0]:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_trial_compares_and_writes_nothing(policy: Policy, tmp_path: Path) -> None:
    answer = train_demand(
        [*month(1), *month(2)], policy, tmp_path / "none", name="x", is_trial=True
    )
    assert not answer["is_written"]
    assert not (tmp_path / "none").exists()


def test_a_model_that_does_worse_on_the_newest_period_leaves_the_last_good_one(
    policy: Policy, tmp_path: Path
) -> None:
    train_demand([*month(1), *month(2)], policy, tmp_path, name="good")
    before = (tmp_path / MANIFEST).read_bytes()
    # A month in which everything was upside down, then one like the first ones.
    misled = [*month(3, sign=-1.0), *month(4)]
    answer = train_demand(misled, policy, tmp_path, name="misled")
    assert not answer["old_has_seen"]
    assert conversion(answer, "new") > conversion(answer, "old")
    assert not answer["is_written"]
    assert (tmp_path / MANIFEST).read_bytes() == before


def test_an_old_model_that_has_seen_the_period_does_not_stand_in_the_way(
    policy: Policy, tmp_path: Path
) -> None:
    rows = [*month(1), *month(2)]
    train_demand(rows, policy, tmp_path, name="x")
    again = train_demand(rows, policy, tmp_path, name="x")
    assert again["old_has_seen"]
    assert again["is_written"]


def test_one_period_is_judged_on_every_tenth_keyword(policy: Policy, tmp_path: Path) -> None:
    answer = train_demand(month(1), policy, tmp_path, name="x")
    assert answer["held_out"] == "every tenth keyword"
    assert conversion(answer, "new") < conversion(answer, "policy")


def test_too_little_to_learn_from_is_refused(policy: Policy, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="found 4 rows"):
        train_demand(month(1)[:5], policy, tmp_path, name="x")
    bare = [Reading(KeywordStat(keyword=f"词{n}"), frozenset({Term(f"词{n}")})) for n in range(99)]
    with pytest.raises(TrainingError, match="no click-through or conversion rate"):
        train_demand(bare, policy, tmp_path, name="x")
    assert list(tmp_path.iterdir()) == []


# ---- files -------------------------------------------------------------------------------------

CARD = {"data": "d", "library": "l", "metric": "m"}


def versions(folder: Path) -> list[str]:
    """Return the files of the model in a folder."""
    return sorted(path.name for path in folder.glob("demand-*.json"))


def test_the_last_model_stays_beside_the_new_one_and_older_ones_go(tmp_path: Path) -> None:
    found = [save_model(tmp_path, "demand", {"n": n}, CARD, keeps_last=True) for n in (1, 2, 3, 3)]
    assert versions(tmp_path) == sorted(f"demand-{version}.json" for version in set(found[1:]))
    entry = tomllib.loads((tmp_path / MANIFEST).read_text(encoding="utf-8"))["demand"]
    assert entry["file"] == f"demand-{found[-1]}.json"
    assert entry["last_file"] == f"demand-{found[1]}.json"
    assert load_model(tmp_path, "demand") == ({"n": 3}, found[-1])


@pytest.mark.parametrize("writes", [0, 1, 2])
def test_a_crash_at_any_write_leaves_the_old_model_or_the_new_one(
    writes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_model(tmp_path, "demand", {"n": 1}, CARD, keeps_last=True)
    real, left = models._replace, writes

    def replace(path: Path, content: bytes) -> None:
        nonlocal left
        if not left:
            raise KeyboardInterrupt
        left -= 1
        real(path, content)

    with monkeypatch.context() as patched:
        patched.setattr(models, "_replace", replace)
        if writes < 2:
            with pytest.raises(KeyboardInterrupt):
                save_model(tmp_path, "demand", {"n": 2}, CARD, keeps_last=True)
        else:
            save_model(tmp_path, "demand", {"n": 2}, CARD, keeps_last=True)
    found = load_model(tmp_path, "demand")
    assert found is not None
    assert found[0] == {"n": 2 if writes == 2 else 1}


def test_a_forged_model_is_refused(policy: Policy, tmp_path: Path) -> None:
    train_demand([*month(1), *month(2)], policy, tmp_path, name="x")
    path = tmp_path / versions(tmp_path)[0]
    numbers = json.loads(path.read_text(encoding="utf-8"))
    numbers["conversion_rate"]["effects"]["甲"] = [9.0, 0.001]
    path.write_text(json.dumps(numbers), encoding="utf-8")
    with pytest.raises(ModelError, match="sha256"):
        load_model(tmp_path, "demand")


@pytest.mark.slow
def test_reading_a_trained_model_needs_no_scikit_learn(policy: Policy, tmp_path: Path) -> None:
    train_demand([*month(1), *month(2)], policy, tmp_path, name="x")
    program = (
        "import sys; from pathlib import Path; from biaoti.engine import build_engine; "
        f"engine = build_engine(Path('lexicon'), models_dir=Path({str(tmp_path)!r})); "
        "print(len(engine.learned.conversion_rate.effects), 'sklearn' in sys.modules)"
    )
    done = subprocess.run(  # noqa: S603 - our own interpreter and program
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT / "app")},
    )
    assert done.stdout.split() == [str(len(WORDS)), "False"]

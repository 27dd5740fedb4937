"""What a shop gains when its titles are chosen together: a made-up shop of similar listings.

    python benchmarks/plan.py                      300 listings, 3,000 keywords
    python benchmarks/plan.py --sizes 30 100 300   how the time grows with the shop

The shop (`made_up.similar_shop`) and the keywords are seeded; figures differ only in the seconds.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import made_up

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "app"))

from biaoti.answers import Wishes  # noqa: E402 - after the path
from biaoti.catalogue import open_catalogue  # noqa: E402 - after the path
from biaoti.catalogue.shops import plan_shop  # noqa: E402 - after the path
from biaoti.cli.batch import make_job, names_of  # noqa: E402 - after the path
from biaoti.cli.setup import Setup  # noqa: E402 - after the path
from biaoti.cli.start import open_session, read_settings  # noqa: E402 - after the path

TODAY = "2026-06-01"


def main() -> None:
    """Print a line for each size of shop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[300])
    parser.add_argument("--keywords", type=int, default=3_000)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = made_up.keywords(wanted.keywords, trades=(made_up.DRESS,))
        report = made_up.write_report(Path(folder) / "report.csv", rows)
        session = open_session(Setup(keywords=(report,), today=TODAY), read_settings())
        job = make_job(session, Wishes(), is_debug=False)
        print(
            "listings | current | alone | together | bound | ratio | gap | titles | seconds (CPU)"
        )
        for size in wanted.sizes:
            path = made_up.write_catalogue(Path(folder) / "shop.csv", made_up.similar_shop(size))
            with open_catalogue(path, names_of(session)) as source:
                shop = list(source.rows())
            began = time.perf_counter(), time.process_time()
            _, found = plan_shop(shop, job)
            wall, cpu = time.perf_counter() - began[0], time.process_time() - began[1]
            print(
                f"{size} | {found.current:,.0f} | {found.alone:,.0f} | {found.value:,.0f} | "
                f"{found.bound:,.0f} | {found.value / found.alone:.3f} | {found.gap:.1%} | "
                f"{found.titles} | {wall:.0f} ({cpu:.0f})",
                flush=True,
            )


if __name__ == "__main__":
    main()

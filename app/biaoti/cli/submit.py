"""The script for `spark-submit`: the same command, on the Spark session that submit starts.

spark-submit --master yarn .../biaoti/cli/submit.py rewrite IN OUT --engine spark
"""

from __future__ import annotations

from biaoti.cli import main

if __name__ == "__main__":
    main()

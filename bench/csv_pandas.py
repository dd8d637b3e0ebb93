"""Reads a CSV file with pandas once and prints what that took: python bench/csv_pandas.py FILE [DATE_COLUMN]"""

import json
import resource
import sys
import time

import pandas as pd

path, dates = sys.argv[1], sys.argv[2:]
start = time.perf_counter()
frame = pd.read_csv(path, parse_dates=dates or None)
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(json.dumps({"ms": seconds * 1000, "peakBytes": peak, "rows": len(frame), "version": pd.__version__}))

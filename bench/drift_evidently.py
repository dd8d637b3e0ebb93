"""Evidently's drift preset over two CSV files: drift_evidently.py REFERENCE CURRENT HTML."""

import sys
import warnings

warnings.filterwarnings("ignore")

import pandas as pd
from evidently import Dataset, Report
from evidently.presets import DataDriftPreset

print("ready", flush=True)
reference, current = (Dataset.from_pandas(pd.read_csv(path)) for path in sys.argv[1:3])
Report([DataDriftPreset()]).run(current, reference).save_html(sys.argv[3])

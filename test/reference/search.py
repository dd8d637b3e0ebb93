"""Records what searches for hyperparameters are compared with, as test/reference/search.json.

The densities of Optuna's Parzen estimator, on a log scale those of the logarithm; and the jobs that asynchronous
successive halving gives out, by algorithm 2 of Li et al. (2018), written here as the paper has it.

Run with: python test/reference/search.py   (needs optuna)
"""

import json
import math
import pathlib
import random

import numpy as np
import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers._tpe.parzen_estimator import _ParzenEstimator, _ParzenEstimatorParameters
from optuna.samplers._tpe.sampler import default_weights

SPACES = {
    "float": (FloatDistribution(-2.0, 3.0), lambda r: r.uniform(-2, 3)),
    "float log": (FloatDistribution(1e-4, 1e-1, log=True), lambda r: 10 ** r.uniform(-4, -1)),
    "int": (IntDistribution(1, 9), lambda r: r.randint(1, 9)),
    "int log": (IntDistribution(4, 64, log=True), lambda r: r.randint(4, 64)),
    "choice": (CategoricalDistribution(["a", "b", "c"]), lambda r: r.randrange(3)),
}


def densities():
    settings = _ParzenEstimatorParameters(
        prior_weight=1.0, consider_magic_clip=True, consider_endpoints=False, weights=default_weights, multivariate=False
    )
    numbers = random.Random(7)
    for name, (distribution, draw) in SPACES.items():
        # From 25 values on weights differ, and which of equal whole numbers has which is up to NumPy's sorting.
        for count in (0, 1, 2, 7, 24) if name.startswith("int") else (0, 1, 2, 7, 26, 40):
            values = [draw(numbers) for _ in range(count)]
            asked = [draw(numbers) for _ in range(5)]
            estimator = _ParzenEstimator({"x": np.array(values, dtype=float)}, {"x": distribution}, settings)
            found = estimator.log_pdf({"x": np.array(asked, dtype=float)})
            yield {"space": name, "values": values, "asked": asked, "log_density": found.tolist()}


def halving(minimum, maximum, factor, workers, trials, seed):
    """Algorithm 2: get_job and run, with `workers` jobs given out before their results come in together."""
    losses = random.Random(seed)
    top = int(math.log(maximum / minimum, factor) + 1e-9)
    rungs = [{} for _ in range(top + 1)]
    promoted = [set() for _ in range(top + 1)]
    begun, batches = 0, []

    def get_job():
        nonlocal begun
        for k in reversed(range(top)):
            candidates = sorted(rungs[k], key=lambda t: rungs[k][t])[: len(rungs[k]) // factor]
            for trial in candidates:
                if trial not in promoted[k]:
                    promoted[k].add(trial)
                    return trial, k + 1
        if begun == trials:
            return None
        begun += 1
        return begun - 1, 0

    while True:
        jobs = [job for job in (get_job() for _ in range(workers)) if job is not None]
        if not jobs:
            break
        scored = [(trial, rung, losses.random()) for trial, rung in jobs]
        for trial, rung, loss in scored:
            rungs[rung][trial] = loss
        batches.append([{"trial": t, "budget": minimum * factor**r, "loss": loss} for t, r, loss in scored])
    return {
        "min_budget": minimum,
        "max_budget": maximum,
        "factor": factor,
        "workers": workers,
        "trials": trials,
        "batches": batches,
    }


golden = {
    "optuna": optuna.__version__,
    "densities": list(densities()),
    "halving": [
        halving(1, 9, 3, 1, 9, seed=1),
        halving(1, 27, 3, 4, 30, seed=2),
        halving(2, 40, 4, 3, 20, seed=3),
    ],
}
place = pathlib.Path(__file__).with_suffix(".json")
place.write_text(json.dumps(golden, indent=1) + "\n")

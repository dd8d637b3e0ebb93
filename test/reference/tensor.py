"""Records what PyTorch says of composed functions and their gradients: writes tensor.json beside this file.

Run with a Python that has PyTorch: python tensor.py. Gradients are those of sum(weights * result).
"""

import json
import pathlib
import platform

import torch
from torch.nn import functional

GENERATOR = torch.Generator().manual_seed(20250611)

# Zeros, large values and values in between: where formulas overflow, cancel or have a corner.
POINTS = [-90.0, -20.0, -5.5, -3.0, -1.25, -0.5, -1e-3, 0.0, 1e-3, 0.5, 1.25, 3.0, 5.5, 20.0, 90.0]


def standardize(x, axes, epsilon):
    variance, mean = torch.var_mean(x, axes, correction=0, keepdim=True)
    return (x - mean) / torch.sqrt(variance + epsilon)


POINTWISE = {
    "gelu": lambda x: functional.gelu(x),
    "geluTanh": lambda x: functional.gelu(x, approximate="tanh"),
    "silu": functional.silu,
    "leakyRelu": lambda x: functional.leaky_relu(x, 0.01),
    "leakyRelu0.2": lambda x: functional.leaky_relu(x, 0.2),
    # The identity above a threshold; 40 is exact in float64 as well.
    "softplus": lambda x: functional.softplus(x, threshold=40),
    "square": torch.square,
    "relu": functional.relu,
    "abs": torch.abs,
}
REDUCING = {
    "mean": lambda x: torch.mean(x),
    "mean0": lambda x: torch.mean(x, (0,)),
    "mean02Kept": lambda x: torch.mean(x, (0, 2), keepdim=True),
    "standardize1": lambda x: standardize(x, (1,), 1e-5),
    "standardize02": lambda x: standardize(x, (0, 2), 1e-3),
    "layerNorm": lambda x: functional.layer_norm(x, x.shape[1:], eps=1e-5),
    "amaxWithTies": lambda x: torch.amax(x, 2),
    "softmax1": lambda x: torch.softmax(x, 1),
    "logSoftmax2": lambda x: torch.log_softmax(x, 2),
    "standardizeOfOnes": lambda x: standardize(x, (1,), 1e-5),
}


def record(name, function, x, dtype):
    x = x.to(dtype).requires_grad_()
    result = function(x)
    weights = torch.randn(result.shape, generator=GENERATOR, dtype=torch.float32).to(dtype)
    (gradient,) = torch.autograd.grad((weights * result).sum(), x)
    return {
        "name": name,
        "dtype": str(dtype).removeprefix("torch."),
        "shape": list(x.shape),
        "x": x.flatten().tolist(),
        "weights": weights.flatten().tolist(),
        "resultShape": list(result.shape),
        "result": result.flatten().tolist(),
        "gradient": gradient.flatten().tolist(),
    }


cases = []
for dtype in (torch.float32, torch.float64):
    for name, function in POINTWISE.items():
        # ONNX Runtime computes the error function in float32 only.
        if name == "gelu" and dtype == torch.float64:
            continue
        cases.append(record(name, function, torch.tensor(POINTS), dtype))
    for name, function in REDUCING.items():
        x = torch.randn((2, 3, 4), generator=GENERATOR)
        if name == "amaxWithTies":
            x = torch.round(x)
        if name == "standardizeOfOnes":
            x = torch.ones_like(x)
        cases.append(record(name, function, x, dtype))

versions = {"python": platform.python_version(), "torch": torch.__version__.split("+")[0]}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps({"versions": versions, "cases": cases}, separators=(",", ":")) + "\n")
print(len(cases), "cases", versions)

"""Records files that PyTorch writes, what is in them, and whether it takes ours: writes torch-files.json beside itself."""

import base64
import io
import json
from pathlib import Path

import torch
from torch import nn

from layer_cases import array

torch.manual_seed(13)


def file(value, **options) -> str:
    stream = io.BytesIO()
    torch.save(value, stream, **options)
    return base64.b64encode(stream.getvalue()).decode()


def known(state) -> dict:
    return {name: array(value.to(torch.float32)) for name, value in state.items() if not name.endswith("num_batches_tracked")}


network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(8, 3))
network(torch.randn(4, 1, 4, 4))
state = network.state_dict()

values = torch.tensor([[0.1, -2.5, 65504.0], [1e-7, 0.0, -0.0]])
kinds = {"half": torch.float16, "brain": torch.bfloat16, "single": torch.float32, "double": torch.float64}
mixed = {name: values.to(dtype) for name, dtype in kinds.items()}
mixed |= {"count": torch.tensor([7, -3]), "scalar": torch.tensor(1.5), "empty": torch.zeros(0, 3)}

whole = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4)
views = {"transposed": whole.permute(2, 0, 1), "part": whole[1, :, 1:3], "whole": whole, "same": whole}
parameter = {"weight": nn.Parameter(torch.randn(2, 2))}

recorded = {
    "versions": {"torch": torch.__version__.split("+")[0]},
    "network": {"file": file(state), "tensors": known(state)},
    "protocol4": {"file": file(state, pickle_protocol=4), "tensors": known(state)},
    "mixed": {"file": file(mixed), "tensors": known(mixed)},
    "views": {"file": file(views), "tensors": known(views)},
    "parameter": {"file": file(parameter), "tensors": known(parameter)},
    "checkpoint": {"file": file({"epoch": 3, "loss": 0.5, "state_dict": state}), "tensors": known(state)},
    "legacy": file(parameter, _use_new_zipfile_serialization=False),
    "module": file(network),
}
Path(__file__).with_name("torch-files.json").write_text(json.dumps(recorded, separators=(",", ":")) + "\n")

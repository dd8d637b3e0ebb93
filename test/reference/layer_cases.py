"""Recording what PyTorch says of one layer: its state, an output, the gradients and the buffers after a step."""

import torch
from torch import nn


def number(value: float) -> float:
    return float(f"{value:.9g}")


def array(tensor: torch.Tensor) -> dict:
    flat = tensor.detach().reshape(-1).tolist()
    values = flat if tensor.dtype == torch.int64 else [number(value) for value in flat]
    return {"shape": list(tensor.shape), "data": values}


def state_of(module: nn.Module) -> dict:
    return {name: array(value) for name, value in module.state_dict().items()}


def layer_case(name: str, module: nn.Module, x: torch.Tensor, training: bool = True) -> dict:
    with torch.no_grad():
        for key, parameter in module.named_parameters():
            if "norm" in name.lower() or "norm" in key:
                parameter.add_(torch.randn_like(parameter) * 0.3)
        for key, buffer in module.named_buffers():
            if key.endswith("running_mean"):
                buffer.add_(torch.randn_like(buffer))
            if key.endswith("running_var"):
                buffer.mul_(torch.rand_like(buffer) + 0.5)
    module.train(training)
    state = state_of(module)
    floating = x.dtype == torch.float32
    if floating:
        x.requires_grad_(True)
    output = module(x)
    probe = torch.randn_like(output)
    (output * probe).sum().backward()
    after = state_of(module)
    return {
        "name": name,
        "training": training,
        "state": state,
        "input": {**array(x), "dtype": "float32" if floating else "int64"},
        "probe": array(probe),
        "output": array(output),
        "inputGradient": array(x.grad) if floating else None,
        "gradients": {key: array(value.grad) for key, value in module.named_parameters()},
        "buffers": {key: after[key] for key, _ in module.named_buffers(remove_duplicate=False)},
    }

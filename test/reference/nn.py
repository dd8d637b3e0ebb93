"""Records what PyTorch says of layers, losses, optimisers, schedules and state files: writes nn.json beside itself.

Run with torch and safetensors installed; the versions used are written into the file.
"""

import base64
import json
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import nn

from layer_cases import array, layer_case, number, state_of

torch.manual_seed(7)
torch.set_num_threads(1)


# --- layers ----------------------------------------------------------------------------------------------------------


class Residual(nn.Module):
    def __init__(self, size: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(size)
        self.expand = nn.Linear(size, 2 * size)
        self.shrink = nn.Linear(2 * size, size)

    def forward(self, x):
        return x + self.shrink(nn.functional.gelu(self.expand(self.norm(x))))


class Tower(nn.Module):
    """A list of modules, nested."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList([Residual(4), Residual(4)])
        self.head = nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 2))

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return self.head(x)


class Shared(nn.Module):
    """One layer and one batch norm, both under two names and used twice."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(3, 3)
        self.norm = nn.BatchNorm1d(3)
        self.second = self.first
        self.again = self.norm

    def forward(self, x):
        return self.again(self.second(torch.tanh(self.norm(self.first(x)))))


def layers() -> list[dict]:
    def rows(*shape: int) -> torch.Tensor:
        return torch.randn(*shape)

    edges = torch.tensor([[-20.0, -1.5, -0.3], [0.0, 0.7, 12.0]])
    activations = {
        "relu": nn.ReLU(),
        "leakyRelu": nn.LeakyReLU(0.2),
        "gelu": nn.GELU(),
        "geluTanh": nn.GELU("tanh"),
        "silu": nn.SiLU(),
        "tanh": nn.Tanh(),
        "sigmoid": nn.Sigmoid(),
        "softmax": nn.Softmax(-1),
        "softmaxFirst": nn.Softmax(0),
    }
    return [
        layer_case("linear", nn.Linear(3, 2), rows(4, 3)),
        layer_case("linearWithoutBias", nn.Linear(3, 2, bias=False), rows(4, 3)),
        layer_case("linearStacked", nn.Linear(3, 2), rows(2, 4, 3)),
        layer_case("embedding", nn.Embedding(5, 3), torch.tensor([[0, 4, 1], [1, 1, 2]])),
        layer_case("batchNorm", nn.BatchNorm1d(3), rows(6, 3) * 2 + 1),
        layer_case("batchNormOptions", nn.BatchNorm1d(3, eps=0.01, momentum=0.4), rows(5, 3)),
        layer_case("batchNormEvaluation", nn.BatchNorm1d(3), rows(6, 3), training=False),
        layer_case("layerNorm", nn.LayerNorm(4), rows(3, 4)),
        layer_case("layerNormStacked", nn.LayerNorm(4, eps=0.1), rows(2, 3, 4)),
        *[layer_case(name, module, edges.clone()) for name, module in activations.items()],
        layer_case("tower", Tower(), rows(6, 4)),
        layer_case("towerEvaluation", Tower(), rows(3, 4), training=False),
        layer_case("shared", Shared(), rows(5, 3)),
    ]


# --- losses ----------------------------------------------------------------------------------------------------------


def losses() -> list[dict]:
    logits = torch.randn(6, 4) * 3
    labels = torch.tensor([0, 3, 1, 1, 2, 3])
    weights = [0.2, 1.0, 2.5, 0.7]
    scores = torch.tensor([[-30.0, -1.0, 0.0], [0.4, 3.0, 40.0]])
    answers = torch.tensor([[0.0, 1.0, 0.3], [1.0, 0.0, 1.0]])
    guesses = torch.tensor([[0.5, -1.2, 3.0], [2.0, 0.0, -4.0]])
    truths = torch.tensor([[0.5, -1.0, 0.0], [2.3, 1.0, 4.0]])
    functional = nn.functional
    cases = []

    def case(loss: str, options: dict, output: torch.Tensor, target: torch.Tensor, compute) -> None:
        output = output.clone().requires_grad_(True)
        value = compute(output)
        value.backward()
        cases.append(
            {
                "loss": loss,
                "options": options,
                "output": array(output),
                "target": array(target),
                "value": number(value.item()),
                "gradient": array(output.grad),
            }
        )

    for options in [
        {},
        {"classWeights": weights},
        {"labelSmoothing": 0.1},
        {"classWeights": weights, "labelSmoothing": 0.3},
    ]:
        weight = torch.tensor(options["classWeights"]) if "classWeights" in options else None
        smoothing = options.get("labelSmoothing", 0.0)
        case("crossEntropy", options, logits, labels, lambda x: functional.cross_entropy(x, labels, weight, label_smoothing=smoothing))
    case("crossEntropy", {}, logits * 1000, labels, lambda x: functional.cross_entropy(x, labels))
    log_probabilities = torch.log_softmax(logits, 1)
    case("nll", {}, log_probabilities, labels, lambda x: functional.nll_loss(x, labels))
    case("nll", {"classWeights": weights}, log_probabilities, labels, lambda x: functional.nll_loss(x, labels, torch.tensor(weights)))
    bce = functional.binary_cross_entropy_with_logits
    case("bceWithLogits", {}, scores, answers, lambda x: bce(x, answers))
    case("bceWithLogits", {"positiveWeight": 3}, scores, answers, lambda x: bce(x, answers, pos_weight=torch.tensor(3.0)))
    case("mse", {}, guesses, truths, lambda x: functional.mse_loss(x, truths))
    case("l1", {}, guesses, truths, lambda x: functional.l1_loss(x, truths))
    case("huber", {}, guesses, truths, lambda x: functional.huber_loss(x, truths))
    case("huber", {"delta": 2.5}, guesses, truths, lambda x: functional.huber_loss(x, truths, delta=2.5))
    return cases


# --- optimisers ------------------------------------------------------------------------------------------------------

EPOCHS, BATCH = 17, 16


def optimizers() -> dict:
    features = torch.randn(40, 4)
    labels = (features[:, 0] * features[:, 1] > 0).long() + (features[:, 2] > 1).long()
    network = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3))
    initial = {key: value.clone() for key, value in network.state_dict().items()}
    biases = ("0.bias", "2.bias")

    def run(name: str, options: dict, make, clip: float | None = None, grouped: dict | None = None) -> dict:
        network.load_state_dict(initial)
        named = dict(network.named_parameters())
        if grouped is None:
            groups = list(named.values())
        else:
            groups = [
                {"params": [value for key, value in named.items() if key not in biases]},
                {"params": [named[key] for key in biases], **grouped},
            ]
        optimizer = make(groups)
        curve = []
        for _ in range(EPOCHS):
            for start in range(0, 40, BATCH):
                rows = slice(start, start + BATCH)
                optimizer.zero_grad()
                loss = nn.functional.cross_entropy(network(features[rows]), labels[rows])
                loss.backward()
                if clip is not None:
                    nn.utils.clip_grad_norm_(network.parameters(), clip)
                optimizer.step()
                curve.append(number(loss.item()))
        return {"optimizer": name, "options": options, "clipNorm": clip, "curve": curve, "state": state_of(network)}

    optim = torch.optim
    return {
        "features": array(features),
        "labels": array(labels),
        "epochs": EPOCHS,
        "batchSize": BATCH,
        "initial": {key: array(value) for key, value in initial.items()},
        "runs": [
            run("sgd", {"lr": 0.3}, lambda p: optim.SGD(p, lr=0.3)),
            run("sgd", {"lr": 0.3, "weightDecay": 0.02}, lambda p: optim.SGD(p, lr=0.3, weight_decay=0.02)),
            run("sgd", {"lr": 0.1, "momentum": 0.9}, lambda p: optim.SGD(p, lr=0.1, momentum=0.9)),
            run(
                "sgd",
                {"lr": 0.1, "momentum": 0.9, "dampening": 0.4, "weightDecay": 0.01},
                lambda p: optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.4, weight_decay=0.01),
            ),
            run(
                "sgd",
                {"lr": 0.1, "momentum": 0.8, "nesterov": True},
                lambda p: optim.SGD(p, lr=0.1, momentum=0.8, nesterov=True),
            ),
            run("sgd", {"lr": 0.5}, lambda p: optim.SGD(p, lr=0.5), clip=0.2),
            run("adam", {"lr": 0.02}, lambda p: optim.Adam(p, lr=0.02)),
            run(
                "adam",
                {"lr": 0.02, "betas": [0.8, 0.99], "epsilon": 1e-4, "weightDecay": 0.05},
                lambda p: optim.Adam(p, lr=0.02, betas=(0.8, 0.99), eps=1e-4, weight_decay=0.05),
            ),
            run("adam", {"lr": 0.02}, lambda p: optim.Adam(p, lr=0.02), clip=0.05),
            run("adamW", {"lr": 0.02}, lambda p: optim.AdamW(p, lr=0.02)),
            run("adamW", {"lr": 0.02, "weightDecay": 0.3}, lambda p: optim.AdamW(p, lr=0.02, weight_decay=0.3)),
            run(
                "adamW",
                {"lr": 0.02, "weightDecay": 0.3, "groups": [{"match": "bias$", "weightDecay": 0, "lr": 0.005}]},
                lambda p: optim.AdamW(p, lr=0.02, weight_decay=0.3),
                grouped={"weight_decay": 0.0, "lr": 0.005},
            ),
            run("rmsprop", {"lr": 0.01}, lambda p: optim.RMSprop(p, lr=0.01)),
            run(
                "rmsprop",
                {"lr": 0.005, "momentum": 0.7, "alpha": 0.9, "epsilon": 1e-5, "weightDecay": 0.01},
                lambda p: optim.RMSprop(p, lr=0.005, momentum=0.7, alpha=0.9, eps=1e-5, weight_decay=0.01),
            ),
        ],
    }


# --- schedules -------------------------------------------------------------------------------------------------------


def schedules() -> list[dict]:
    schedulers = torch.optim.lr_scheduler

    def by_epoch(name: str, options: dict, epochs: int, make) -> dict:
        optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
        scheduler = make(optimizer)
        factors = []
        for _ in range(epochs):
            factors.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step()
        return {"schedule": name, "options": options, "epochs": epochs, "stepsPerEpoch": 1, "factors": factors}

    def by_step(name: str, options: dict, epochs: int, steps_per_epoch: int, make) -> dict:
        answer = by_epoch(name, options, epochs * steps_per_epoch, make)
        return {**answer, "epochs": epochs, "stepsPerEpoch": steps_per_epoch}

    def by_loss(options: dict, losses: list[float], make) -> dict:
        optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
        scheduler = make(optimizer)
        factors = [1.0]
        for loss in losses:
            optimizer.step()
            scheduler.step(loss)
            factors.append(optimizer.param_groups[0]["lr"])
        return {
            "schedule": "plateau",
            "options": options,
            "epochs": len(losses) + 1,
            "stepsPerEpoch": 1,
            "losses": losses,
            "factors": factors,
        }

    falling = [5.0, 4.0, 3.9999, 3.99995, 3.99992, 4.2, 3.0, 3.0, 3.0, 3.0, 2.9, 3.1, 3.2, 3.3, 3.4, 3.5, 3.6, 3.7, 3.8, 3.9, 1.0, 1.0, 1.0, 1.0]
    plateau = schedulers.ReduceLROnPlateau
    return [
        by_epoch("step", {"stepSize": 3}, 10, lambda o: schedulers.StepLR(o, 3)),
        by_epoch("step", {"stepSize": 2, "gamma": 0.7}, 9, lambda o: schedulers.StepLR(o, 2, 0.7)),
        by_epoch("cosine", {}, 12, lambda o: schedulers.CosineAnnealingLR(o, 12)),
        by_epoch("cosine", {"epochs": 8, "minFactor": 0.1}, 8, lambda o: schedulers.CosineAnnealingLR(o, 8, eta_min=0.1)),
        by_step("oneCycle", {}, 5, 7, lambda o: schedulers.OneCycleLR(o, max_lr=1.0, total_steps=35, cycle_momentum=False)),
        by_step(
            "oneCycle",
            {"riseShare": 0.45, "startDivisor": 10, "endDivisor": 100},
            4,
            5,
            lambda o: schedulers.OneCycleLR(
                o, max_lr=1.0, total_steps=20, pct_start=0.45, div_factor=10, final_div_factor=100, cycle_momentum=False
            ),
        ),
        # Millrace's n steps of warm-up end with the full rate; PyTorch counts the steps between first and last.
        by_step("warmup", {"steps": 6}, 3, 5, lambda o: schedulers.LinearLR(o, start_factor=1 / 6, total_iters=5)),
        by_step(
            "warmup",
            {"steps": 4, "startFactor": 0.2},
            3,
            5,
            lambda o: schedulers.LinearLR(o, start_factor=0.2 + 0.8 / 4, total_iters=3),
        ),
        by_loss({"factor": 0.5, "patience": 2}, falling, lambda o: plateau(o, factor=0.5, patience=2)),
        by_loss(
            {"factor": 0.3, "patience": 0, "threshold": 0.05, "cooldown": 2, "minFactor": 0.02},
            falling,
            lambda o: plateau(o, factor=0.3, patience=0, threshold=0.05, cooldown=2, min_lr=0.02),
        ),
        by_loss({}, [2.0] * 24, lambda o: plateau(o)),
    ]


# --- state files -----------------------------------------------------------------------------------------------------


def state_files() -> dict:
    kinds = {"half": torch.float16, "brain": torch.bfloat16, "single": torch.float32, "double": torch.float64}
    values = torch.tensor([[0.1, -2.5, 65504.0], [1e-7, 0.0, -0.0]])
    mixed = {name: values.to(dtype) for name, dtype in kinds.items()}
    mixed["count"] = torch.tensor([7, -3])
    mixed["scalar"] = torch.tensor(1.5)
    mixed["empty"] = torch.zeros(0, 3)

    network = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    network(torch.randn(4, 2))
    state = network.state_dict()
    written = safetensors.torch.save(state)
    # Without the count of batches, as Millrace writes it: PyTorch takes the file all the same.
    known = {name: value for name, value in state.items() if not name.endswith("num_batches_tracked")}
    without = safetensors.torch.save(known, metadata={"format": "pt"})
    nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3)).load_state_dict(safetensors.torch.load(without), strict=True)
    return {
        "mixed": {
            "file": base64.b64encode(safetensors.torch.save(mixed)).decode(),
            "tensors": {name: array(value.to(torch.float32)) for name, value in mixed.items()},
        },
        "batchNorm": {"file": base64.b64encode(written).decode(), "tensors": {k: array(v) for k, v in known.items()}},
        "withoutCount": base64.b64encode(without).decode(),
    }


recorded = {
    "versions": {"torch": torch.__version__.split("+")[0], "safetensors": safetensors.__version__},
    "layers": layers(),
    "losses": losses(),
    "optimizers": optimizers(),
    "schedules": schedules(),
    "files": state_files(),
}
Path(__file__).with_suffix(".json").write_text(json.dumps(recorded, separators=(",", ":")) + "\n")

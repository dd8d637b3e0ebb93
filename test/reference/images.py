"""Records what PyTorch says of layers for images and of training small networks with them: writes images.json.

Run with torch installed: python images.py. The version used is written into the file.
"""

import json
from pathlib import Path

import torch
from torch import nn

from layer_cases import array, layer_case, number, state_of

torch.manual_seed(11)
torch.set_num_threads(1)


def images(*shape: int) -> torch.Tensor:
    return torch.randn(*shape)


# --- layers ----------------------------------------------------------------------------------------------------------


class Residual(nn.Module):
    """A residual sum and a concatenation of channels."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(2, 4, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(4, 2, 1)

    def forward(self, x):
        inner = self.conv2(nn.functional.relu6(self.bn1(self.conv1(x))))
        return torch.cat([x + inner, nn.functional.max_pool2d(x, 3, 1, 1)], 1)


class Classifier(nn.Module):
    """What the usual image networks are made of."""

    def __init__(self, norm: bool) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(4) if norm else nn.Identity()
        self.conv2 = nn.Conv2d(4, 6, 3, padding="same")
        self.fc1 = nn.Linear(6 * 3 * 3, 3)

    def forward(self, x):
        x = nn.functional.max_pool2d(torch.relu(self.bn1(self.conv1(x))), 2)
        x = nn.functional.max_pool2d(torch.relu(self.conv2(x)), 2)
        return self.fc1(torch.flatten(x, 1))


def layers() -> list[dict]:
    # Whole numbers, so that many windows have several largest elements.
    tied = torch.randint(0, 3, (2, 2, 5, 6)).float()
    edges = torch.tensor([-20.0, -3.5, -1.5, -0.3, 0.0, 0.7, 2.0, 5.9, 6.5, 12.0])
    cases = {
        "conv": (nn.Conv2d(2, 3, 3), images(2, 2, 5, 6)),
        "convStride": (nn.Conv2d(2, 3, (3, 2), stride=(2, 3), padding=(1, 0)), images(2, 2, 6, 7)),
        "convSame": (nn.Conv2d(2, 3, (4, 3), padding="same"), images(2, 2, 5, 5)),
        "convDilation": (nn.Conv2d(2, 2, 3, padding=2, dilation=2), images(1, 2, 6, 6)),
        "convGroups": (nn.Conv2d(4, 6, 3, groups=2, bias=False), images(2, 4, 5, 4)),
        "convDepthwise": (nn.Conv2d(3, 6, 3, padding=1, groups=3), images(2, 3, 4, 4)),
        "convPointwise": (nn.Conv2d(3, 2, 1, stride=2), images(2, 3, 5, 5)),
        "convTranspose": (nn.ConvTranspose2d(2, 3, 3), images(2, 2, 4, 3)),
        "convTransposeStride": (
            nn.ConvTranspose2d(2, 4, 3, stride=2, padding=1, output_padding=1, groups=2),
            images(2, 2, 3, 4),
        ),
        "convTransposeDilation": (nn.ConvTranspose2d(2, 2, 2, dilation=2, bias=False), images(1, 2, 3, 3)),
        "maxPool": (nn.MaxPool2d(2), tied.clone()),
        "maxPoolOverlap": (nn.MaxPool2d(3, stride=2, padding=1), tied.clone()),
        "maxPoolCeil": (nn.MaxPool2d((2, 3), stride=(2, 2), ceil_mode=True), tied.clone()),
        "maxPoolDilation": (nn.MaxPool2d(2, stride=1, dilation=2), tied.clone()),
        "avgPool": (nn.AvgPool2d(2), images(2, 2, 5, 6)),
        "avgPoolPadding": (nn.AvgPool2d(3, stride=2, padding=1), images(2, 2, 5, 6)),
        "avgPoolWithoutPadding": (nn.AvgPool2d(3, 2, padding=1, count_include_pad=False), images(2, 2, 5, 6)),
        "avgPoolCeil": (nn.AvgPool2d(2, stride=3, ceil_mode=True), images(2, 2, 6, 8)),
        "avgPoolCeilPadding": (nn.AvgPool2d(3, 2, padding=1, ceil_mode=True), images(2, 2, 6, 5)),
        "adaptiveOne": (nn.AdaptiveAvgPool2d(1), images(2, 3, 4, 5)),
        "adaptiveEven": (nn.AdaptiveAvgPool2d((2, 3)), images(2, 2, 4, 6)),
        "adaptiveUneven": (nn.AdaptiveAvgPool2d((3, 2)), images(2, 2, 5, 7)),
        "batchNorm2d": (nn.BatchNorm2d(3), images(4, 3, 3, 2) * 2 + 1),
        "groupNorm": (nn.GroupNorm(2, 4), images(2, 4, 3, 3)),
        "groupNormEpsilon": (nn.GroupNorm(3, 3, eps=0.1), images(2, 3, 2, 2)),
        "relu6": (nn.ReLU6(), torch.cat([edges, torch.tensor([6.0])])),
        "hardswish": (nn.Hardswish(), edges.clone()),
        "flatten": (nn.Flatten(), images(2, 3, 2, 2)),
        "zeroPad": (nn.ZeroPad2d((1, 2, 0, 3)), images(1, 2, 2, 3)),
        "residual": (Residual(), images(3, 2, 4, 4)),
        "classifier": (Classifier(norm=True), images(3, 1, 12, 12)),
    }
    return [
        *[layer_case(name, module, x) for name, (module, x) in cases.items()],
        layer_case("batchNorm2dEvaluation", nn.BatchNorm2d(3), images(4, 3, 3, 2), training=False),
        layer_case("classifierEvaluation", Classifier(norm=True), images(2, 1, 12, 12), training=False),
    ]


# --- loss curves -----------------------------------------------------------------------------------------------------

EPOCHS, BATCH, ROWS = 10, 16, 80


def curves() -> dict:
    # Dark borders and whole shades, as photographs of products have them: many windows tie.
    labels = torch.arange(ROWS) % 3
    pictures = torch.zeros(ROWS, 1, 12, 12)
    for row, label in enumerate(labels.tolist()):
        top, left = torch.randint(1, 4, (2,)).tolist()
        pictures[row, 0, top : top + 4 + 2 * label, left : left + 8 - 2 * label] = torch.randint(1, 5, (1,)) / 4
    pictures += (torch.rand(pictures.shape) < 0.05) * 0.5

    def run(norm: bool, optimizer: str, options: dict, make, smoothing: float = 0.0, clip: float | None = None) -> dict:
        torch.manual_seed(3)
        network = Classifier(norm)
        initial = state_of(network)
        stepper = make(network.parameters())
        curve = []
        for _ in range(EPOCHS):
            for start in range(0, ROWS, BATCH):
                rows = slice(start, start + BATCH)
                stepper.zero_grad()
                loss = nn.functional.cross_entropy(network(pictures[rows]), labels[rows], label_smoothing=smoothing)
                loss.backward()
                if clip is not None:
                    nn.utils.clip_grad_norm_(network.parameters(), clip)
                stepper.step()
                curve.append(number(loss.item()))
        return {
            "norm": norm,
            "optimizer": optimizer,
            "options": options,
            "labelSmoothing": smoothing,
            "clipNorm": clip,
            "initial": initial,
            "curve": curve,
        }

    optim = torch.optim
    return {
        "pictures": array(pictures),
        "labels": array(labels),
        "epochs": EPOCHS,
        "batchSize": BATCH,
        "runs": [
            run(False, "sgd", {"lr": 0.05, "momentum": 0.9}, lambda p: optim.SGD(p, lr=0.05, momentum=0.9)),
            run(True, "sgd", {"lr": 0.05}, lambda p: optim.SGD(p, lr=0.05), smoothing=0.1),
            run(True, "adam", {"lr": 0.002}, lambda p: optim.Adam(p, lr=0.002), clip=0.5),
            run(False, "adamW", {"lr": 0.003, "weightDecay": 0.05}, lambda p: optim.AdamW(p, lr=0.003, weight_decay=0.05)),
        ],
    }


recorded = {"versions": {"torch": torch.__version__.split("+")[0]}, "layers": layers(), "curves": curves()}
Path(__file__).with_suffix(".json").write_text(json.dumps(recorded, separators=(",", ":")) + "\n")

"""Times training steps of PyTorch's eager mode: one JSON case a line on stdin, one JSON answer a line on stdout."""

import json
import sys
import time

import torch
from torch import nn


def perceptron(sizes: list[int]) -> nn.Module:
    layers: list[nn.Module] = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


class FashionCNN(nn.Module):
    def __init__(self, norm: bool) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(32) if norm else nn.Identity()
        self.conv2 = nn.Conv2d(32, 64, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(64) if norm else nn.Identity()
        self.fc1 = nn.Linear(64 * 7 * 7, 128)
        self.dropout = nn.Dropout(0.25)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x):
        x = nn.functional.max_pool2d(torch.relu(self.bn1(self.conv1(x))), 2)
        x = nn.functional.max_pool2d(torch.relu(self.bn2(self.conv2(x))), 2)
        x = torch.relu(self.fc1(torch.flatten(x, 1)))
        return self.fc2(self.dropout(x))


class ThreeBlocks(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        sizes = [1, 32, 64, 128]
        self.convs = nn.ModuleList(nn.Conv2d(a, b, 3, padding="same") for a, b in zip(sizes, sizes[1:]))
        self.norms = nn.ModuleList(nn.BatchNorm2d(size) for size in sizes[1:])
        self.fc1 = nn.Linear(128 * 3 * 3, 256)
        self.dropout = nn.Dropout(0.2)
        self.fc2 = nn.Linear(256, 10)

    def forward(self, x):
        for conv, norm in zip(self.convs, self.norms):
            x = nn.functional.max_pool2d(torch.relu(norm(conv(x))), 2)
        x = torch.relu(self.fc1(torch.flatten(x, 1)))
        return self.fc2(self.dropout(x))


def network(name: str, sizes: list[int]) -> nn.Module:
    if name == "mlp":
        return perceptron(sizes)
    return ThreeBlocks() if name == "threeBlocks" else FashionCNN(norm=name == "cnnWithNorm")


def optimizer_for(name: str, parameters) -> torch.optim.Optimizer:
    if name == "adam":
        return torch.optim.Adam(parameters, lr=1e-3)
    return torch.optim.SGD(parameters, lr=0.01, momentum=0.9)


def steps_per_second(case: dict) -> float:
    torch.set_num_threads(case["threads"])
    torch.manual_seed(0)
    model = network(case["network"], case.get("sizes", []))
    rows, batch_size = case["batch_size"] * 16, case["batch_size"]
    features = torch.rand(rows, *case["row_shape"])
    labels = torch.randint(0, case["classes"], (rows,))
    optimizer = optimizer_for(case["optimizer"], model.parameters())
    loss_function = nn.CrossEntropyLoss()
    warm_up, steps = case["warm_up"], case["steps"]
    total, done, started = 0.0, 0, 0.0
    while done < warm_up + steps:
        order = torch.randperm(rows)
        for start in range(0, rows, batch_size):
            if done == warm_up:
                started = time.perf_counter()
            chosen = order[start : start + batch_size]
            optimizer.zero_grad()
            loss = loss_function(model(features[chosen]), labels[chosen])
            loss.backward()
            optimizer.step()
            total += loss.item()
            done += 1
            if done == warm_up + steps:
                break
    return steps / (time.perf_counter() - started)


if __name__ == "__main__":
    for line in sys.stdin:
        answer = {"stepsPerSecond": steps_per_second(json.loads(line)), "version": torch.__version__}
        print(json.dumps(answer), flush=True)

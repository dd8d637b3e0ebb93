"""Trains a network on Fashion-MNIST and tells its accuracy on the test images: one JSON case a line on stdin, one answer a line."""

import gzip
import json
import sys

import numpy as np
import torch
from step_torch import network, optimizer_for


def read(folder: str, part: str) -> tuple[torch.Tensor, torch.Tensor]:
    with gzip.open(f"{folder}/{part}-images-idx3-ubyte.gz") as file:
        pixels = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 1, 28, 28)
    with gzip.open(f"{folder}/{part}-labels-idx1-ubyte.gz") as file:
        labels = np.frombuffer(file.read(), np.uint8, offset=8)
    return (torch.from_numpy(pixels.copy()).float() / 255 - 0.5) / 0.5, torch.from_numpy(labels.astype(np.int64))


def accuracy(case: dict, batch_size: int = 64) -> float:
    torch.manual_seed(case["seed"])
    images, labels = read(case["folder"], "train")
    model = network(case["network"], [])
    optimizer = optimizer_for(case["optimizer"], model.parameters())
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, case["epochs"])
    loss_function = torch.nn.CrossEntropyLoss()
    for _ in range(case["epochs"]):
        for rows in torch.randperm(len(labels)).split(batch_size):
            optimizer.zero_grad()
            loss_function(model(images[rows]), labels[rows]).backward()
            optimizer.step()
        schedule.step()
    model.eval()
    images, labels = read(case["folder"], "t10k")
    with torch.inference_mode():
        found = torch.cat([model(part).argmax(1) for part in images.split(500)])
    return (found == labels).float().mean().item()


for line in sys.stdin:
    print(json.dumps({"accuracy": accuracy(json.loads(line)), "version": torch.__version__.split("+")[0]}), flush=True)

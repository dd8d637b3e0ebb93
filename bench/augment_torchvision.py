"""Times the usual loop over augmented images: one JSON case a line on stdin, one JSON answer a line on stdout.

The data set does what torchvision.datasets.FashionMNIST does for each image: PIL image from an array, transforms, label.
"""

import json
import sys
import time

import numpy as np
import torch
import torchvision
from PIL import Image
from step_torch import network, optimizer_for
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

transform = transforms.Compose(
    [
        transforms.RandomCrop(28, padding=4),
        transforms.RandomHorizontalFlip(),
        transforms.ToTensor(),
        transforms.Normalize((0.2860405969887955,), (0.3530242445149223,)),
    ]
)


class Images(Dataset):
    def __init__(self, count: int):
        random = np.random.default_rng(0)
        self.pixels = torch.from_numpy(random.integers(0, 256, (count, 28, 28), dtype=np.uint8))
        self.labels = torch.from_numpy(random.integers(0, 10, count))

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int):
        image = Image.fromarray(self.pixels[index].numpy())
        return transform(image), int(self.labels[index])


def images_per_second(
    images: int, workers: int, batch_size: int, threads: int, name: str | None = None, optimizer: str = "adam"
) -> float:
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    loader = DataLoader(
        Images(images), batch_size=batch_size, shuffle=True, num_workers=workers, persistent_workers=workers > 0
    )
    model = network(name, []) if name else None
    update = optimizer_for(optimizer, model.parameters()) if model else None
    loss_function = torch.nn.CrossEntropyLoss()
    seconds = 0.0
    # The first epoch starts workers and warms up.
    for _ in range(2):
        started = time.perf_counter()
        for inputs, targets in loader:
            if model is None:
                continue
            update.zero_grad()
            loss = loss_function(model(inputs), targets)
            loss.backward()
            update.step()
            loss.item()
        seconds = time.perf_counter() - started
    return images / seconds


for line in sys.stdin:
    answer = {"imagesPerSecond": images_per_second(**json.loads(line)), "version": torchvision.__version__}
    print(json.dumps(answer), flush=True)

"""The network of the Fashion-MNIST jobs as PyTorch has it.

python three_blocks.py            records the names and shapes of its state dict: writes three-blocks.json beside itself
python three_blocks.py MODEL SET  loads MODEL (model.pth) into it, strictly, and prints probabilities of the images of SET
                                  (test_dataset.pt); both files are opened with weights_only
"""

import json
import sys
from pathlib import Path

import torch
from torch import nn


class ThreeBlocks(nn.Module):
    """Three blocks of convolution, batch norm, ReLU and pooling; 1152 → 256 → 10."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(1, 32, 3, padding="same"), nn.BatchNorm2d(32)
        self.conv2, self.bn2 = nn.Conv2d(32, 64, 3, padding="same"), nn.BatchNorm2d(64)
        self.conv3, self.bn3 = nn.Conv2d(64, 128, 3, padding="same"), nn.BatchNorm2d(128)
        self.fc1, self.dropout, self.fc2 = nn.Linear(1152, 256), nn.Dropout(0.2), nn.Linear(256, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for conv, norm in ((self.conv1, self.bn1), (self.conv2, self.bn2), (self.conv3, self.bn3)):
            x = nn.functional.max_pool2d(torch.relu(norm(conv(x))), 2)
        return self.fc2(self.dropout(torch.relu(self.fc1(x.flatten(1)))))


torch.set_num_threads(1)
network = ThreeBlocks().eval()
if len(sys.argv) == 1:
    shapes = {name: list(value.shape) for name, value in network.state_dict().items()}
    recorded = {"versions": {"torch": torch.__version__.split("+")[0]}, "stateDict": shapes}
    Path(__file__).with_name("three-blocks.json").write_text(json.dumps(recorded) + "\n")
else:
    network.load_state_dict(torch.load(sys.argv[1], weights_only=True))
    data = torch.load(sys.argv[2], weights_only=True)
    images, labels = torch.utils.data.TensorDataset(*data.values()).tensors
    with torch.no_grad():
        print(json.dumps({"labels": labels.tolist(), "probabilities": network(images).softmax(1).tolist()}))

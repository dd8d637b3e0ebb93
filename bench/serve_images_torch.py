"""The peer of serve-images.ts: a network of the same size in PyTorch's eager mode behind FastAPI, as one would write it by hand.

Usage: python serve_images_torch.py PORT
"""

import io
import sys

import numpy as np
import torch
import uvicorn
from fastapi import FastAPI, Request
from PIL import Image
from torch import nn

torch.set_num_threads(1)
model = nn.Sequential(
    nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(3136, 128), nn.ReLU(), nn.Linear(128, 10),
).eval()  # fmt: skip
classes = [str(i) for i in range(10)]
app = FastAPI()


@app.post("/invocations")
async def invocations(request: Request):
    if request.headers["content-type"] == "application/json":
        images = torch.tensor((await request.json())["inputs"], dtype=torch.float32)
    else:
        image = Image.open(io.BytesIO(await request.body())).convert("L")
        images = torch.from_numpy(np.array(image, dtype=np.float32) / 255).unsqueeze(0)
    with torch.inference_mode():
        probabilities = torch.softmax(model((images.unsqueeze(1) - 0.286) / 0.353), dim=1)
    labels = [classes[i] for i in probabilities.argmax(dim=1).tolist()]
    return {"predictions": {"label": labels, "probabilities": probabilities.tolist()}}


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)

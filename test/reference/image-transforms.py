"""Writes image-transforms.json: what Pillow and torchvision make of small images with each transform, at set parameters.

python image-transforms.py > image-transforms.json

Pixels are base64 of rows of bytes, channels side by side; tensors are float32, little-endian, channels first.
"""

import base64
import json

import numpy as np
import PIL
import torch
import torchvision
from PIL import Image
from torchvision.transforms import functional as F
from torchvision.transforms import InterpolationMode

random = np.random.default_rng(11)
FILTERS = {"nearest": Image.NEAREST, "bilinear": Image.BILINEAR, "lanczos": Image.LANCZOS}
MODES = {"nearest": InterpolationMode.NEAREST, "bilinear": InterpolationMode.BILINEAR}


def smooth(height, width, channels):
    y, x = np.mgrid[0:height, 0:width]
    planes = [127 + 120 * np.sin(x / (3 + c) + c) * np.cos(y / (4 - c) - c) for c in range(channels)]
    return np.stack(planes, -1).clip(0, 255).astype(np.uint8).squeeze()


def noise(height, width, channels):
    return random.integers(0, 256, (height, width, channels), dtype=np.uint8).squeeze()


def encoded(image):
    pixels = np.asarray(image)
    return {
        "height": pixels.shape[0],
        "width": pixels.shape[1],
        "channels": 1 if pixels.ndim == 2 else pixels.shape[2],
        "data": base64.b64encode(pixels.tobytes()).decode(),
    }


SOURCES = {
    "grey": Image.fromarray(smooth(20, 20, 1)),
    "grey noise": Image.fromarray(noise(11, 17, 1)),
    "colour": Image.fromarray(smooth(18, 13, 3)),
    "colour noise": Image.fromarray(noise(12, 12, 3)),
}


def cases():
    def case(source, op, parameters, result):
        return {"source": source, "op": op, "parameters": parameters, "expected": encoded(result)}

    for source, image in SOURCES.items():
        for name, filter in FILTERS.items():
            for height, width in [(14, 14), (9, 17), (25, 22)]:
                parameters = {"height": height, "width": width, "filter": name}
                yield case(source, "resize", parameters, image.resize((width, height), filter))
        for degrees in [20, -13.7, 90, 180, 270]:
            for name, mode in MODES.items():
                parameters = {"degrees": degrees, "filter": name, "fill": 77}
                channels = len(image.getbands())
                yield case(source, "rotate", parameters, F.rotate(image, degrees, mode, fill=[77] * channels))
        for height, width in [(10, 12), (15, 40), (13, 15)]:
            yield case(source, "centerCrop", {"height": height, "width": width}, F.center_crop(image, [height, width]))
        padded = F.pad(image, [12] * 4, fill=(9,) * len(image.getbands()))
        yield case(source, "crop", {"top": -3, "left": 2, "height": 14, "width": 16, "fill": 9}, F.crop(padded, 9, 14, 14, 16))
        yield case(source, "hflip", {}, F.hflip(image))
        yield case(source, "vflip", {}, F.vflip(image))
        yield case(source, "invert", {}, F.invert(image))
        for factor in [0.0, 0.8137, 2.5]:
            yield case(source, "brightness", {"factor": factor}, F.adjust_brightness(image, factor))
            yield case(source, "contrast", {"factor": factor}, F.adjust_contrast(image, factor))
            yield case(source, "saturation", {"factor": factor}, F.adjust_saturation(image, factor))
        for shift in [-0.173, 0.5]:
            yield case(source, "hue", {"shift": shift}, F.adjust_hue(image, shift))
        yield case(source, "channels", {"channels": 1}, image.convert("L"))
        yield case(source, "channels", {"channels": 3}, image.convert("RGB"))


def tensors():
    for source, mean, std in [
        ("grey", [0.5], [0.5]),
        ("grey noise", [0.2860], [0.3530]),
        ("colour noise", [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    ]:
        tensor = F.normalize(F.to_tensor(SOURCES[source]), mean, std)
        yield {"source": source, "mean": mean, "std": std, "expected": base64.b64encode(tensor.numpy().tobytes()).decode()}


print(
    json.dumps(
        {
            "versions": {"pillow": PIL.__version__, "torch": torch.__version__, "torchvision": torchvision.__version__},
            "sources": {name: encoded(image) for name, image in SOURCES.items()},
            "cases": list(cases()),
            "tensors": list(tensors()),
        },
        separators=(",", ":"),
    )
)

"""Records a small AVIF file that moves, as Pillow writes it, in test/reference/animated-avif.json.

Run with: python test/reference/animated-avif.py   (needs pillow)
"""

import base64
import io
import json
import pathlib

import PIL
from PIL import Image

frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
file = io.BytesIO()
frames[0].save(file, "AVIF", save_all=True, append_images=frames[1:], duration=100)
recorded = {"pillow": PIL.__version__, "base64": base64.b64encode(file.getvalue()).decode()}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(recorded, indent=2) + "\n")

"""The peer of serve.ts: the same ONNX file behind FastAPI, as one would write it by hand.

Usage: python serve_fastapi.py MODEL.onnx PORT
"""

import sys
from typing import Optional

import numpy as np
import onnxruntime
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
app = FastAPI()

NUMBERS = ["culmen_length_mm", "culmen_depth_mm", "flipper_length_mm", "body_mass_g"]


class Penguin(BaseModel):
    island: Optional[str] = None
    culmen_length_mm: Optional[float] = None
    culmen_depth_mm: Optional[float] = None
    flipper_length_mm: Optional[float] = None
    body_mass_g: Optional[float] = None
    sex: Optional[str] = None


class Invocation(BaseModel):
    dataframe_records: list[Penguin]


@app.post("/invocations")
async def invocations(request: Invocation):
    rows = request.dataframe_records
    feeds = {name: np.array([getattr(row, name) for row in rows], dtype=np.float32) for name in NUMBERS}
    for name in ("island", "sex"):
        feeds[name] = np.array([getattr(row, name) or "" for row in rows], dtype=object)
    label, probabilities = session.run(["label", "probabilities"], feeds)
    return {"predictions": {"label": label.tolist(), "probabilities": probabilities.tolist()}}


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="warning", access_log=False)

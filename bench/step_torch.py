"""Times training steps of PyTorch's eager mode: one JSON case a line on stdin, one JSON answer a line on stdout."""

import json
import sys
import time

import torch


def steps_per_second(sizes: list[int], batch_size: int, threads: int, warm_up: int, steps: int) -> float:
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    layers: list[torch.nn.Module] = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [torch.nn.Linear(inputs, outputs), torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1])
    rows = batch_size * 16
    features = torch.rand(rows, sizes[0])
    labels = torch.randint(0, sizes[-1], (rows,))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    loss_function = torch.nn.CrossEntropyLoss()
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


for line in sys.stdin:
    answer = {"stepsPerSecond": steps_per_second(**json.loads(line)), "version": torch.__version__}
    print(json.dumps(answer), flush=True)

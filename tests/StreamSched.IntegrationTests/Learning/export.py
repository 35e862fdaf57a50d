# Exports two networks from PyTorch as its users would, with inputs and the results that PyTorch computes for them.
import json
import sys
import warnings

import torch

warnings.simplefilter("ignore")
torch.manual_seed(7)
folder = sys.argv[1]


class Dense(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(5, 16), torch.nn.Tanh(), torch.nn.Linear(16, 8), torch.nn.ReLU(), torch.nn.Linear(8, 8, bias=False), torch.nn.Softplus(),
            torch.nn.Linear(8, 3), torch.nn.Sigmoid())

    def forward(self, features):
        return self.layers(features)


class Recurrent(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.memory = torch.nn.GRU(4, 6)
        self.head = torch.nn.Linear(6, 2)

    def forward(self, context, state):
        _, state = self.memory(context.unsqueeze(0), state.unsqueeze(0))
        state = state.squeeze(0)
        return self.head(state), state


batch = {0: "batch"}
dense, features = Dense().eval(), torch.randn(13, 5)
torch.onnx.export(dense, features, f"{folder}/dense.onnx", input_names=["features"], output_names=["scores"], dynamic_axes={"features": batch, "scores": batch})
recurrent, contexts, state = Recurrent().eval(), torch.randn(9, 1, 4), torch.randn(1, 6)
torch.onnx.export(
    recurrent, (contexts[0], state), f"{folder}/recurrent.onnx", input_names=["context", "state"], output_names=["scores", "next_state"],
    dynamic_axes={"context": batch, "state": batch})
steps, first = [], state
with torch.no_grad():
    for context in contexts:
        scores, state = recurrent(context, state)
        steps.append({"scores": scores[0].tolist(), "state": state[0].tolist()})
    json.dump(
        {"features": features.tolist(), "scores": dense(features).tolist(), "contexts": contexts[:, 0].tolist(), "first": first[0].tolist(), "steps": steps},
        open(f"{folder}/expected.json", "w"))

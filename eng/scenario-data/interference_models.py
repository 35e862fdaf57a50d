#!/usr/bin/env python3
"""Writes MobileNet-v2 and ResNet-18 as ONNX files, for `streamsched profile --pair`.

    eng/scenario-data/interference_models.py FOLDER

The weights are random: how long an inference takes, and how much it suffers from others, depends on the layers and their sizes and not on what the
weights say. Batch normalisation is folded into the convolutions, as it is for inference. Layers: Sandler et al. 2018 and He et al. 2016, 224 x 224.
"""
import json, random, struct, sys
from array import array
from pathlib import Path


def varint(n):
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes(out + bytes([n]))


def field(number, value):
    """A field of a protobuf message: a number, text, or bytes."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


class Graph:
    def __init__(self, name):
        self.name, self.nodes, self.tensors, self.count, self.random = name, b"", b"", 0, random.Random(1)

    def tensor(self, shape, scale):
        name = f"w{self.count}"
        self.count += 1
        size = 1
        for d in shape:
            size *= d
        few = [self.random.gauss(0, scale) for _ in range(4093)]
        values = array("f", few * (size // len(few)) + few[:size % len(few)])
        self.tensors += field(5, b"".join(field(1, d) for d in shape) + field(2, 1) + field(8, name) + field(9, values.tobytes()))
        return name

    def node(self, kind, inputs, **attributes):
        name = f"x{self.count}"
        self.count += 1
        written = b""
        for key, value in attributes.items():
            if isinstance(value, int):
                form = field(3, value) + field(20, 2)
            else:
                form = b"".join(field(8, v) for v in value) + field(20, 7)
            written += field(5, field(1, key) + form)
        self.nodes += field(1, b"".join(field(1, i) for i in inputs) + field(2, name) + field(4, kind) + written)
        return name

    def convolution(self, x, channels, to, kernel, stride=1, group=1):
        weights = self.tensor([to, channels // group, kernel, kernel], (2 / (channels // group * kernel * kernel)) ** 0.5)
        return self.node("Conv", [x, weights, self.tensor([to], 0.01)], kernel_shape=[kernel] * 2, strides=[stride] * 2,
                         pads=[kernel // 2] * 4, group=group)

    def classes(self, x, channels):
        x = self.node("Flatten", [self.node("GlobalAveragePool", [x])], axis=1)
        return self.node("Gemm", [x, self.tensor([1000, channels], channels ** -0.5), self.tensor([1000], 0.01)], transB=1)

    def file(self, output):
        def value(name, shape):
            dims = b"".join(field(1, field(2, d) if isinstance(d, str) else field(1, d)) for d in shape)
            return field(1, name) + field(2, field(1, field(1, 1) + field(2, dims)))
        last = field(1, field(1, output) + field(2, "logits") + field(4, "Identity"))
        graph = self.nodes + last + field(2, self.name) + self.tensors + field(11, value("image", ["N", 3, 224, 224])) + field(12, value("logits", ["N", 1000]))
        return field(1, 8) + field(2, "streamsched") + field(7, graph) + field(8, field(1, "") + field(2, 13))


def resnet18():
    g = Graph("resnet18")
    relu = lambda x: g.node("Relu", [x])
    x = g.node("MaxPool", [relu(g.convolution("image", 3, 64, 7, 2))], kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    channels = 64
    for to, first in ((64, 1), (128, 2), (256, 2), (512, 2)):
        for stride in (first, 1):
            same = x if stride == 1 and channels == to else g.convolution(x, channels, to, 1, stride)
            x = relu(g.node("Add", [g.convolution(relu(g.convolution(x, channels, to, 3, stride)), to, to, 3), same]))
            channels = to
    return g.file(g.classes(x, 512))


def mobilenet_v2():
    g = Graph("mobilenet-v2")
    low, high = "low", "high"
    for name, number in ((low, 0.0), (high, 6.0)):
        g.tensors += field(5, field(2, 1) + field(8, name) + field(9, struct.pack("<f", number)))
    relu6 = lambda x: g.node("Clip", [x, low, high])
    x, channels = relu6(g.convolution("image", 3, 32, 3, 2)), 32
    for wider, to, times, first in ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)):
        for i in range(times):
            stride, inner, y = first if i == 0 else 1, channels * wider, x
            if wider > 1:
                y = relu6(g.convolution(y, channels, inner, 1))
            y = g.convolution(relu6(g.convolution(y, inner, inner, 3, stride, inner)), inner, to, 1)
            x, channels = g.node("Add", [x, y]) if stride == 1 and channels == to else y, to
    return g.file(g.classes(relu6(g.convolution(x, 320, 1280, 1)), 1280))


out = Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
for name, model in (("mobilenet-v2", mobilenet_v2()), ("resnet18", resnet18())):
    (out / f"{name}.onnx").write_bytes(model)
    (out / f"{name}.json").write_text(json.dumps({
        "task": "classification", "description": "random weights, for measuring times", "accuracy": 0, "accuracyImages": 1,
        "input": {"name": "image", "shape": [3, 224, 224]}, "output": {"name": "logits", "kind": "logits"},
        "labels": [str(i) for i in range(1000)], "maxBatch": 1, "licence": "Apache-2.0", "attribution": "StreamSched", "source": "random weights"}) + "\n")

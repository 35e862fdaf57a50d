"""Exports a small PyTorch network with its weights in a file beside it, as torch.onnx.export does by default since 2.9.

Usage: export_external.py FOLDER NAME SEED FRAMES. Writes NAME.onnx and NAME.onnx.data to FOLDER, and prints the class probabilities that PyTorch
gives for the raw frames (bytes of 28 x 28) in the file FRAMES, as JSON. Older versions write external data from 2 GB on only, so the weights are
moved here, by the layout that newer ones use.
"""
import io
import json
import pathlib
import sys

import torch


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def fields(message):
    """The fields of a protobuf message as (number, whole bytes, content)."""
    at = 0

    def number():
        nonlocal at
        value, shift = 0, 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(message):
        begin = at
        key = number()
        content = b""
        if key & 7 == 0:
            number()
        elif key & 7 == 2:
            length = number()
            content = message[at:at + length]
            at += length
        else:
            at += 4 if key & 7 == 5 else 8
        yield key >> 3, message[begin:at], content


def block(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content


def entry(key, value):
    return block(13, block(1, key.encode()) + block(2, str(value).encode()))


def external(tensor, location, data):
    """A TensorProto whose raw_data (9) lies in another file: external_data (13), data_location (14)."""
    kept, raw = b"", None
    for number, whole, content in fields(tensor):
        if number == 9:
            raw = content
        else:
            kept += whole
    if raw is None:
        return tensor
    data.extend(bytes(-len(data) % 64))
    place = entry("location", location) + entry("offset", len(data)) + entry("length", len(raw))
    data.extend(raw)
    return kept + place + varint(14 << 3) + varint(1)


def main():
    folder, name, seed, frames = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), pathlib.Path(sys.argv[4])
    torch.manual_seed(seed)
    net = torch.nn.Sequential(
        torch.nn.Conv2d(1, 4, 3, stride=2), torch.nn.ReLU(), torch.nn.Flatten(),
        torch.nn.Linear(4 * 13 * 13, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10)).eval()
    exported = io.BytesIO()
    torch.onnx.export(net, torch.zeros(2, 1, 28, 28), exported, input_names=["image"], output_names=["logits"],
                      dynamic_axes={"image": {0: "batch"}, "logits": {0: "batch"}}, opset_version=13)
    data, model = bytearray(), b""
    for number, whole, content in fields(exported.getvalue()):
        if number != 7:
            model += whole
            continue
        graph = b"".join(block(5, external(inner, name + ".onnx.data", data)) if inside == 5 else field for inside, field, inner in fields(content))
        model += block(7, graph)
    (folder / (name + ".onnx.data")).write_bytes(data)
    (folder / (name + ".onnx")).write_bytes(model)
    images = torch.frombuffer(bytearray(frames.read_bytes()), dtype=torch.uint8).float().reshape(-1, 1, 28, 28) / 255
    with torch.no_grad():
        print(json.dumps(torch.softmax(net(images), 1).tolist()))


main()

"""What Apache's Python implementation makes of our schemas and bytes.

Run as: /usr/bin/python3 probe.py COMMANDS; each line of COMMANDS is tab-separated:
  recode SCHEMA IN OUT      decodes every body and encodes it again
  container SCHEMA IN OUT   reads an object container file and writes its records as bodies
  write SCHEMA IN OUT       writes the bodies' records into an object container file
Bodies are stored one after another, each behind its length as a little-endian int.
"""
import io
import json
import struct
import sys

import avro.datafile
import avro.io
import avro.schema


def bodies(path):
    with open(path, "rb") as file:
        data = file.read()
    at = 0
    while at < len(data):
        (length,) = struct.unpack_from("<i", data, at)
        yield data[at + 4 : at + 4 + length]
        at += 4 + length


def parse(path):
    # python3-avro 1.11 cannot write null where a UUID may stand (1.12 can), so UUIDs go as plain strings: the
    # logical type is no part of the encoding, nor of the fingerprint.
    def plain(node):
        if node.get("logicalType") == "uuid":
            del node["logicalType"]
        return node

    with open(path, encoding="utf-8") as text:
        return avro.schema.parse(json.dumps(json.load(text, object_hook=plain)))


def decode(schema, body):
    stream = io.BytesIO(body)
    value = avro.io.DatumReader(schema).read(avro.io.BinaryDecoder(stream))
    assert stream.read() == b"", "bytes are left"
    return value


def encode(schema, value):
    stream = io.BytesIO()
    avro.io.DatumWriter(schema).write(value, avro.io.BinaryEncoder(stream))
    return stream.getvalue()


def put(file, body):
    file.write(struct.pack("<i", len(body)))
    file.write(body)


for line in open(sys.argv[1], encoding="utf-8"):
    command, schema_path, source, target = line.rstrip("\n").split("\t")
    schema = parse(schema_path)
    with open(target, "wb") as file:
        if command == "recode":
            for body in bodies(source):
                put(file, encode(schema, decode(schema, body)))
        elif command == "container":
            with avro.datafile.DataFileReader(open(source, "rb"), avro.io.DatumReader()) as reader:
                for value in reader:
                    put(file, encode(schema, value))
        elif command == "write":
            with avro.datafile.DataFileWriter(file, avro.io.DatumWriter(), schema, codec="deflate") as writer:
                for body in bodies(source):
                    writer.append(decode(schema, body))
        else:
            raise ValueError(line)

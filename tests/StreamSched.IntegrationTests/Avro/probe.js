// What Apache's JavaScript implementation makes of our schemas and bytes. Run as: node probe.js COMMANDS; each line of COMMANDS is tab-separated:
//   recode SCHEMA IN OUT   decodes every body and encodes it again
// Bodies are stored one after another, each behind its length as a little-endian int.
'use strict';
const fs = require('fs');
const avro = require('avro-js');

function bodies(path) {
  const data = fs.readFileSync(path);
  const found = [];
  for (let at = 0; at < data.length;) {
    const length = data.readInt32LE(at);
    found.push(data.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return found;
}

for (const line of fs.readFileSync(process.argv[2], 'utf8').trim().split('\n')) {
  const [command, schema, source, target] = line.split('\t');
  if (command !== 'recode') throw new Error(line);
  const type = avro.parse(JSON.parse(fs.readFileSync(schema, 'utf8')));
  const parts = [];
  for (const body of bodies(source)) {
    const again = type.toBuffer(type.fromBuffer(body));
    const length = Buffer.alloc(4);
    length.writeInt32LE(again.length);
    parts.push(length, again);
  }
  fs.writeFileSync(target, Buffer.concat(parts));
}

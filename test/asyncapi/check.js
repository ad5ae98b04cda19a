// check.js DOCUMENT.json EXPECTED.json: reads an AsyncAPI document with the official parser and
// compares it with what is expected:
//
//     channels    address -> names of its messages
//     operations  name -> [action, address, QoS, retained]; null where the publisher chooses
//     accepted    message -> payloads that meet its schema; refused: that do not
//
// Then breaks the document, to see that the parser would have said so.
'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { createRequire } = require('node:module');

const [, , documentFile, expectedFile] = process.argv;
const load = createRequire(path.join(process.cwd(), 'node_modules/'));
const { Parser } = load('@asyncapi/parser');
const Ajv = createRequire(load.resolve('@asyncapi/parser'))('ajv').default;

const ERROR = 0;

async function read(text) {
  const { document, diagnostics } = await new Parser().parse(text);
  return { document, errors: diagnostics.filter((d) => d.severity === ERROR) };
}

function channelsOf(document) {
  const channels = {};
  for (const channel of document.channels().all())
    channels[channel.address()] = channel.messages().all().map((m) => m.id());
  return channels;
}

function operationsOf(document) {
  const operations = {};
  for (const operation of document.operations().all()) {
    const mqtt = operation.bindings().get('mqtt').json();
    operations[operation.id()] = [
      operation.action(), operation.channels().all()[0].address(), mqtt.qos ?? null,
      mqtt.retain ?? null,
    ];
  }
  return operations;
}

// The schema of a message alone, with the components it may refer to.
function validatorOf(source, name) {
  const ajv = new Ajv({ strict: false, validateFormats: false });
  const { payload } = source.components.messages[name];
  return ajv.compile({ allOf: [payload], components: source.components });
}

function checkPayloads(source, payloads, isAccepted) {
  for (const [name, list] of Object.entries(payloads ?? {})) {
    const validate = validatorOf(source, name);
    for (const payload of list)
      assert.equal(validate(payload), isAccepted,
        `${name}: ${JSON.stringify(payload)}: ${JSON.stringify(validate.errors)}`);
  }
}

async function checkBroken(source) {
  const broken = structuredClone(source);
  delete broken.channels[Object.keys(broken.channels)[0]];
  const { errors } = await read(JSON.stringify(broken));
  assert.notEqual(errors.length, 0, 'a document without one of its channels is accepted');
}

async function main() {
  const text = fs.readFileSync(documentFile, 'utf8');
  const source = JSON.parse(text);
  const expected = JSON.parse(fs.readFileSync(expectedFile, 'utf8'));
  const { document, errors } = await read(text);
  assert.deepEqual(errors.map((e) => `${e.path.join('/')}: ${e.message}`), []);
  assert.deepEqual(channelsOf(document), expected.channels);
  if (expected.operations)
    assert.deepEqual(operationsOf(document), expected.operations);
  assert.deepEqual(Object.keys(source.components.schemas), expected.schemas);
  checkPayloads(source, expected.accepted, true);
  checkPayloads(source, expected.refused, false);
  await checkBroken(source);
  console.log(`${documentFile}: ${Object.keys(expected.channels).length} channels, ` +
    `${expected.schemas.length} schemas as expected`);
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});

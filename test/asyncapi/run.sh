#!/usr/bin/env bash
# run.sh BIN ROOM: has AsyncAPI's official parser read what `event-bus asyncapi` says of the example
# configuration, and of one that is made to be difficult. The parser is installed into ROOM, once.
# Skipped (77) where there is no node, or no way to get the parser.
set -euo pipefail

bin=$(realpath "$1")
mkdir -p "$2"
room=$(realpath "$2")
here=$(realpath "$(dirname "$0")")
cd "$here/../.."

skip() {
    echo "skipped: $*"
    exit 77
}

command -v node >/dev/null && command -v npm >/dev/null || skip "node and npm are not installed"
if ! cmp -s "$here/package.json" "$room/installed.json"; then
    cp "$here/package.json" "$room/package.json"
    (cd "$room" && npm install --no-audit --no-fund --ignore-scripts --loglevel=error) \
        >"$room/npm.log" 2>&1 </dev/null || { tail -n 5 "$room/npm.log"; skip "npm cannot install the parser"; }
    cp "$here/package.json" "$room/installed.json"
fi

TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT

# Drafts that say it in other words, references of all kinds, and topics that are no templates.
make_difficult() {
    mkdir -p "$1"/{contracts,rules,schemas/{old,list,tree,common},schemas/imported/x}
    cat >"$1/event-bus.json" <<'END'
{ "version": 1, "schemas": { "uri_map": { "https://example.com/": "imported/" } } }
END
    cat >"$1/schemas/old/1.json" <<'END'
{ "$schema": "http://json-schema.org/draft-04/schema#", "id": "https://example.org/old",
  "type": "object", "properties": {
    "n": { "minimum": 5, "exclusiveMinimum": true }, "m": { "maximum": 5, "exclusiveMaximum": false },
    "id": { "type": "string" }, "$ref": { "enum": [{ "$ref": "#/nowhere" }] } } }
END
    cat >"$1/schemas/list/1.json" <<'END'
{ "prefixItems": [{ "type": "string" }, { "$ref": "#/$defs/a~1 b" }], "items": false,
  "$defs": { "a/ b": { "type": "integer", "$anchor": "n" }, "c": { "$ref": "#n", "minimum": 3 } },
  "contains": { "$ref": "#/$defs/c", "title": "three" } }
END
    cat >"$1/schemas/list/2.json" <<'END'
{ "$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "https://example.org/list/2",
  "allOf": [{ "minItems": 1 }], "$ref": "list@1" }
END
    cat >"$1/schemas/tree/1.json" <<'END'
{ "$schema": "https://json-schema.org/draft/2019-09/schema", "$recursiveAnchor": true,
  "type": "object", "required": ["v"], "additionalProperties": false,
  "properties": { "v": { "$ref": "../common/1.json#/$defs/v" }, "kids": { "items": { "$recursiveRef": "#" } },
    "x": { "$ref": "https://example.com/x/y.json" }, "meta": { "$ref": "https://json-schema.org/draft/2020-12/schema" } } }
END
    echo '{ "$defs": { "v": { "$dynamicAnchor": "v", "type": "number" }, "w": { "$dynamicRef": "#v" } } }' \
        >"$1/schemas/common/1.json"
    echo 'false' >"$1/schemas/imported/x/y.json"
    echo '{ "topic": "a/#", "schema": "list@latest" }' >"$1/contracts/all.json"
    echo '{ "topic": "b/{x}/+/+", "schema": "old@1" }' >"$1/contracts/braces.json"
    echo '{ "topic": "b/+", "schema": "${kind}@1", "original": "consume" }' >"$1/contracts/kinds.json"
    echo '{ "topic": "+/{x}/y/z", "schema": "tree@1" }' >"$1/contracts/tree.json"
    cat >"$1/rules/many.jsonl" <<'END'
{ "name": "one", "from": ["a/#"], "to": [{ "topic": "a/${[0]}/${[\"0\"]}" }, { "topic": "out/${$mqtt.level[1]}", "payload": ["${[1]}", "x$${", "${$mqtt.qos}", null, {}] }] }
{ "name": "two", "from": ["elsewhere"], "to": [{ "topic": "out/${$mqtt.level[1]|\"}\"}", "qos": 2, "payload": { "k": "${a}/${b}" } }, { "topic": "x%y{}" }] }
END
}

check() {
    "$bin/event-bus" asyncapi "$1" >"$TMP/$2.json"
    (cd "$room" && node "$here/check.js" "$TMP/$2.json" "$here/$2.expected.json")
}

make_difficult "$TMP/difficult"
check config example
check "$TMP/difficult" difficult

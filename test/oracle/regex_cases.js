// Writes regex_cases.jsonl: what a JavaScript engine makes of regular expressions with the u flag.
//
//     node regex_cases.js > regex_cases.jsonl
//
// One line a case: ["pattern", "subject", whether it matches] or, when it is refused, ["pattern"].
// Expressions are drawn from a grammar that leans towards what engines disagree about. Left out is
// \B beside characters beyond the BMP: V8 looks between the halves of a surrogate pair there, which
// ECMA-262 §22.2.7.2 does not.
'use strict';

const COUNT = 2500;
let state = 262;

function below(n) { // mulberry32
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * n);
}

const pick = (list) => list[below(list.length)];
const LITERALS = ['a', 'b', 'c', '1', '2', '-', '_', ' ', 'é', 'ß', 'π', '😀', '中', '\u2028', '\n'];
const ESCAPES = ['\\d', '\\D', '\\w', '\\W', '\\s', '\\S', '\\n', '\\t', '\\0', '\\cA', '\\x61',
  '\\u0061', '\\u{1F600}', '\\ud83d\\ude00', '\\ud83d', '\\.', '\\/', '\\^', '\\$', '\\[',
  '\\p{L}', '\\P{L}', '\\p{Lu}', '\\p{Script=Greek}', '\\p{sc=Latin}', '\\p{scx=Han}',
  '\\p{Alphabetic}', '\\p{Emoji}', '\\p{ASCII}', '\\p{Any}', '\\p{Assigned}', '\\p{gc=Nd}', '\\p{LC}'];
const REFUSED = ['\\a', '\\Z', '\\A', '\\h', '\\Q', '(?i)', '(?>', '(?P<n>', '(?#', '{', '}', ']',
  '\\8', '\\c', '\\c1', '\\x6', '\\u{', '\\u{110000}', '\\k<q>', '\\k', '\\p{Foo}', '\\p{lu}',
  '\\pL', '++', '**', '?+', 'a{2,1}', 'a{,2}', '[z-a]', '[\\d-z]', '[a-\\d]', '(?<n>', '(?<1>a)',
  '(?<n>a)(?<n>b)', ')', '(', '[', '\\', '^*', '(?=a)*', '(?<=a)?', '(*FAIL)', '\\-'];
const QUANTIFIERS = ['*', '+', '?', '{2}', '{1,2}', '{0,1}', '{2,}', '*?', '+?', '??', '{0}', '{1,2}?'];
let groups = 0;

function classAtom() {
  const kind = below(8);
  if (kind < 3) return pick(['a', 'b', 'c', '1', 'é', 'π', '😀']);
  if (kind < 5) return pick(['a-c', '0-9', 'b-z', 'α-ω', '\\u{0}-\\u{ffff}', '!-~']);
  if (kind < 7) return pick(ESCAPES);
  return pick(['\\b', '\\-', '-', '^', '.', '$', '(', '|']);
}

function characterClass() {
  let text = '[' + (below(4) === 0 ? '^' : '');
  for (let left = below(4); left; left--) text += classAtom();
  return text + ']';
}

function atom(depth) {
  const kind = below(14);
  if (kind < 5) return pick(LITERALS);
  if (kind < 7) return pick(ESCAPES);
  if (kind < 8) return '.';
  if (kind < 10) return characterClass();
  if (depth > 0 && kind < 12) {
    if (below(3)) return '(?:' + choice(depth - 1) + ')';
    groups++;
    return (below(3) ? '(' : `(?<g${groups}>`) + choice(depth - 1) + ')';
  }
  if (groups > 0 && kind < 13) return '\\' + (1 + below(groups));
  return pick(LITERALS);
}

function term(depth) {
  const kind = below(30);
  if (kind < 4) return ['^', '$', '\\b', '\\B'][kind];
  if (kind === 4 && depth > 0) return pick(['(?=', '(?!']) + choice(depth - 1) + ')';
  if (kind === 5 && depth > 0) return pick(['(?<=', '(?<!']) + choice(depth - 1) + ')';
  if (kind === 6 && below(3) === 0) return pick(REFUSED);
  return atom(depth) + (below(3) === 0 ? pick(QUANTIFIERS) : '');
}

function sequence(depth) {
  let text = '';
  for (let left = 1 + below(4); left; left--) text += term(depth);
  return below(20) === 0 ? '' : text;
}

function choice(depth) {
  let text = sequence(depth);
  while (below(4) === 0) text += '|' + sequence(depth);
  return text;
}

function subject() {
  let text = '';
  for (let left = below(8); left; left--)
    text += pick([...LITERALS, 'A', 'Z', '\ufeff', '\0', 'β', '$', '.']);
  return text;
}

function answer(pattern, text) {
  let expression;
  try {
    expression = new RegExp(pattern, 'u');
  } catch {
    return [pattern];
  }
  return [pattern, text, expression.test(text)];
}

for (const pattern of REFUSED) console.log(JSON.stringify([pattern]));
for (let count = REFUSED.length; count < COUNT;) {
  groups = 0;
  let pattern = choice(2);
  if (below(4) === 0) pattern = '^' + pattern + '$';
  const text = subject();
  if (pattern.includes('\\B') && /[\u{10000}-\u{10ffff}]/u.test(text)) continue;
  console.log(JSON.stringify(answer(pattern, text)));
  count++;
}

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { contrast, shades } from '../../static/wait/colour.js';
import { deal, Pairs } from '../../static/wait/game.js';
import { fields } from '../../static/wait/task-frame.js';
import { blocks } from '../../static/wait/text.js';

test('a text falls into paragraphs, headings and lists', () => {
  const text = '# Tide\nTwice a day\r\nthe sea comes.\n\n- new\n- half\n1. first\n2. second\n\nEnd';

  assert.deepEqual(blocks(text), [
    { kind: 'heading', lines: ['Tide'] },
    { kind: 'paragraph', lines: ['Twice a day', 'the sea comes.'] },
    { kind: 'bullets', lines: ['new', 'half'] },
    { kind: 'numbers', lines: ['first', 'second'] },
    { kind: 'paragraph', lines: ['End'] },
  ]);
});

test('no text is lost, and nothing but text comes out', () => {
  assert.deepEqual(blocks('<script>alert(1)</script>\n#no heading\n-no item\n1900. no item'), [
    { kind: 'paragraph', lines: ['<script>alert(1)</script>', '#no heading', '-no item', '1900. no item'] }]);
  assert.deepEqual(blocks(' \n\n'), []);
});

test('every colour can be read on light and on dark, and text on it', () => {
  const parts = ['00', '33', '66', '99', 'cc', 'ff'];
  for (const accent of parts.flatMap((r) => parts.flatMap((g) => parts.map((b) => `#${r}${g}${b}`)))) {
    const { light, dark } = shades(accent);
    for (const ground of ['#ffffff', '#f5f7f9']) assert.ok(contrast(light.main, ground) >= 4.5, accent);
    for (const ground of ['#1b222b', '#12171d']) assert.ok(contrast(dark.main, ground) >= 4.5, accent);
    for (const { main, on } of [light, dark]) assert.ok(contrast(main, on) >= 4.5, accent);
  }
});

test('a colour that can be read already stays as it is', () => {
  assert.equal(shades('#0b5fb0').light.main, '#0b5fb0');
  assert.equal(shades('#6db3f8').dark.main, '#6db3f8');
});

test('a game has each shape twice, in another order each time', () => {
  const [first, second] = [deal(() => 0), deal(() => 0.99)];

  assert.deepEqual([...first].sort(), [...second].sort());
  assert.notDeepEqual(first, second);
  assert.ok(first.every((shape) => first.filter((other) => other === shape).length === 2));
});

test('pairs stay open, others until the next card; a card is not its own pair', () => {
  const game = new Pairs(['star', 'moon', 'star', 'moon']);

  game.turn(0);
  game.turn(0);
  assert.deepEqual([game.open, game.turns], [[0], 0]);
  game.turn(1);
  assert.deepEqual([game.open, game.turns], [[0, 1], 1]);
  game.turn(2);
  game.turn(0);
  assert.deepEqual([...game.found].sort(), [0, 2]);
  game.turn(2);
  game.turn(1);
  game.turn(3);
  assert.ok(game.isOver);
  assert.equal(game.turns, 3);
});

test('a frame hands in plain values only', () => {
  assert.deepEqual(fields({ a: 'x', b: 1, c: ['y', 2], d: { e: 1 }, f: null, g: [{}], h: true }),
    { a: 'x', b: 1, c: ['y', 2], h: true });
  assert.deepEqual([fields(null), fields('a'), fields(7)], [{}, {}, {}]);
});

// @ts-check
/*
 * Something to do while waiting: find the pairs. No clock and no end that could be missed, so that a
 * call may come at any moment; played by mouse, touch or arrow keys.
 */

import { el, say } from './dom.js';

const SVG = 'http://www.w3.org/2000/svg';
const COLUMNS = 4;
/** @type {Record<string, string>} */
const SHAPES = {
  circle: 'M12 3a9 9 0 1 0 .01 0Z',
  square: 'M4 4h16v16H4Z',
  triangle: 'M12 3 22 21H2Z',
  diamond: 'M12 2 21 12 12 22 3 12Z',
  star: 'M12 2l2.9 6.4 7 .7-5.2 4.7 1.5 6.9L12 17.2l-6.2 3.5 1.5-6.9L2.1 9.1l7-.7Z',
  heart: 'M12 21C5 15.6 2 12 2 8.4A5.2 5.2 0 0 1 12 6a5.2 5.2 0 0 1 10 2.4C22 12 19 15.6 12 21Z',
  moon: 'M15 2.5A9.8 9.8 0 1 0 21.5 16 8 8 0 0 1 15 2.5Z',
  cross: 'M9 3h6v6h6v6h-6v6H9v-6H3V9h6Z',
};

/** A deck in a random order: each shape twice. @param {() => number} random */
export function deal(random) {
  const deck = [...Object.keys(SHAPES), ...Object.keys(SHAPES)];
  for (let i = deck.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [deck[i], deck[j]] = [deck[j], deck[i]];
  }
  return deck;
}

/** One game, without a screen. */
export class Pairs {
  turns = 0;
  /** Cards that stay open. @type {Set<number>} */
  found = new Set();
  /** Cards just turned, two at most. @type {number[]} */
  open = [];

  /** @param {string[]} deck */
  constructor(deck) {
    this.deck = deck;
  }

  get isOver() {
    return this.found.size === this.deck.length;
  }

  /** Turn a card; two that differ stay to be looked at until the next one. @param {number} card */
  turn(card) {
    if (this.found.has(card) || (this.open.length === 1 && this.open[0] === card)) return;
    if (this.open.length === 2) this.open = [];
    this.open.push(card);
    if (this.open.length < 2) return;
    this.turns += 1;
    const [first, second] = this.open;
    if (this.deck[first] !== this.deck[second]) return;
    this.found.add(first).add(second);
    this.open = [];
  }
}

/** @param {HTMLElement} box */
export function mountGame(box) {
  let game = new Pairs(deal(Math.random));
  const cards = game.deck.map((_, card) => el('button', {
    type: 'button', class: 'rt-card-back', onclick: () => play(card),
    onkeydown: (/** @type {KeyboardEvent} */ event) => move(event, card),
  }));
  const told = el('p', { class: 'rt-hint', role: 'status' });
  const again = el('button', {
    type: 'button', class: 'rt-plain', onclick: () => {
      game = new Pairs(deal(Math.random));
      show();
      cards[0].focus();
    },
  }, 'New game');
  const board = el('div', { class: 'rt-board', role: 'group', 'aria-label': 'Pairs' }, ...cards);
  box.replaceChildren(el('p', { class: 'rt-hint' }, 'Find the pairs. A call interrupts the game at any time.'),
    board, el('div', { class: 'rt-row' }, again, told));
  show();

  /** @param {number} card */
  function play(card) {
    const before = game.found.size;
    game.turn(card);
    const [first, second] = game.open;
    show(game.isOver ? `All found in ${game.turns} turns.`
      : game.found.size > before ? `A pair: ${game.deck[card]}.`
        : second === undefined ? `${game.deck[first]}.` : `${game.deck[first]} and ${game.deck[second]}: no pair.`);
  }

  function show(text = '') {
    cards.forEach((button, card) => {
      const isFound = game.found.has(card);
      const isOpen = isFound || game.open.includes(card);
      const label = `Card ${card + 1}: ${isOpen ? game.deck[card] : 'face down'}${isFound ? ', found' : ''}`;
      if (button.getAttribute('aria-label') === label) return;
      button.setAttribute('aria-label', label);
      button.dataset.card = isFound ? 'found' : isOpen ? 'open' : 'down';
      button.replaceChildren(...(isOpen ? [drawn(game.deck[card])] : []));
    });
    say(told, text);
  }

  /** @param {KeyboardEvent} event @param {number} card */
  function move(event, card) {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -COLUMNS, ArrowDown: COLUMNS }[event.key];
    if (step === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    cards[card + step]?.focus();
  }
}

/** @param {string} shape */
function drawn(shape) {
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', SHAPES[shape]);
  const picture = document.createElementNS(SVG, 'svg');
  picture.setAttribute('viewBox', '0 0 24 24');
  picture.setAttribute('aria-hidden', 'true');
  picture.dataset.shape = shape;
  picture.append(path);
  return picture;
}

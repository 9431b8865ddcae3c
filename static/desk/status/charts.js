// @ts-check
/*
 * Three charts, drawn by uPlot: a pool over the last hour, latencies by their length, money by hour.
 *
 * Each says in words what it shows, to whoever does not see it. Where the library is not there, the
 * words are all.
 */

import { mark } from '../keyed.js';
import { categories, hourly, withGaps } from './series.js';

/** @typedef {import('./overview.js').Focus} Focus */
/** @typedef {import('./overview.js').Distribution} Distribution */

const HOUR_S = 3600;
const HEIGHT = 150;
/** On a phone, and where all has to fit a laptop's screen. */
const LOW = 112;

/** @returns {any} */
const library = () => /** @type {any} */ (globalThis).uPlot;

/** The page's own colours, as they are now. */
function colours() {
  const style = getComputedStyle(document.documentElement);
  const of = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  return { ink: of('--ink'), soft: of('--soft'), line: of('--line'), main: of('--main'), good: of('--good'), warn: of('--warn'), bad: of('--bad') };
}

/** Between two marks on an axis of times to the minute: shorter ones would have one name. */
const MINUTES = [1, 2, 5, 10, 15, 30, 60, 120, 240, 480].map((n) => n * 60);

const FONT = '11px system-ui, sans-serif';
const faint = (/** @type {string} */ colour, /** @type {number} */ part = 0.2) =>
  `${colour}${Math.round(part * 255).toString(16).padStart(2, '0')}`;

/** @param {any} more */
function axis(more) {
  const { soft, line } = colours();
  return {
    stroke: soft, font: FONT, grid: { stroke: line, width: 1 }, ticks: { show: false }, gap: 4, ...more,
  };
}

const HOURS = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const clockTime = (/** @type {number} */ s) => HOURS.format(s * 1000);

/** @typedef {{box: Element, head: Element}} Place where it is drawn, and where its legend goes */

/** One chart in a box; made again when the colours change. */
class Chart {
  /** @param {Place} place @param {() => any} options */
  constructor({ box, head }, options) {
    this.box = box;
    this.head = head;
    this.options = options;
    /** @type {any} */
    this.plot = null;
    /** @type {any[]} */
    this.data = [];
    this.drawn = '';
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.remake());
    new ResizeObserver(() => this.fit()).observe(box);
  }

  /** @param {any[]} data @param {string} about in words @param {string} [shape] what the options depend on */
  set(data, about, shape = '') {
    mark(this.box, 'aria-label', about);
    const drawn = JSON.stringify(data);
    if (drawn === this.drawn && this.plot) return;
    const remake = shape !== this.shape;
    this.data = data;
    this.drawn = drawn;
    this.shape = shape;
    if (this.plot && !remake) this.plot.setData(data);
    else this.remake();
  }

  remake() {
    this.plot?.destroy();
    this.plot = null;
    if (!library() || !this.data.length || !this.box.clientWidth) return;
    const legend = { live: true, mount: (/** @type {any} */ _, /** @type {Element} */ table) => this.head.append(table) };
    // On the right, half of the last moment's name: `12:00`.
    this.plot = new (library())({ padding: [6, 16, 0, 0], ...this.options(), legend, ...this.size() }, this.data, this.box);
  }

  fit() {
    if (!this.plot) this.remake();
    else if (this.plot.width !== this.size().width || this.plot.height !== this.size().height) this.plot.setSize(this.size());
  }

  size() {
    return { width: this.box.clientWidth, height: innerWidth < 640 || innerHeight < 820 ? LOW : HEIGHT };
  }
}

/**
 * The pool against its target, by sizing runs.
 * @param {Place} place @returns {(focus: Focus) => void}
 */
export function poolChart(place) {
  const chart = new Chart(place, () => {
    const { main, soft, warn, good } = colours();
    const line = (/** @type {any} */ more) => ({
      width: 2, points: { show: false }, value: (/** @type {any} */ _, /** @type {number | null} */ v) => v ?? '', ...more,
    });
    return {
      cursor: { y: false, points: { size: 6 } },
      scales: { y: { range: (/** @type {any} */ _, /** @type {number} */ __, /** @type {number} */ most) => [0, Math.max(4, Math.ceil((most ?? 0) * 1.1))] } },
      axes: [axis({ values: (/** @type {any} */ _, /** @type {number[]} */ ticks) => ticks.map(clockTime), incrs: MINUTES, space: 70, size: 24 }),
        axis({ size: 34, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000], space: 26 })],
      series: [{ label: 'At', value: (/** @type {any} */ _, /** @type {number | null} */ v) => (v === null ? '' : clockTime(v)) },
        line({ label: 'waiting', stroke: main, fill: faint(main) }),
        line({ label: 'wanted', stroke: warn, dash: [5, 4], paths: library().paths.stepped({ align: 1 }) }),
        line({ label: 'on the page', stroke: good, width: 1 }),
        line({ label: 'HITs out', stroke: soft, width: 1, paths: library().paths.stepped({ align: 1 }) })],
    };
  });
  return ({ samples }) => {
    const [at, waiting, present, wanted, hitsOut] = withGaps(samples);
    const last = samples.at(-1);
    chart.set(last ? [at, waiting, wanted, present, hitsOut] : [],
      last ? `The pool by its sizing runs, ${samples.length} of them: last ${last[1]} waiting of ${last[3]} wanted, ${last[2]} present, ${last[4]} HITs out; at most ${Math.max(...samples.map((s) => s[1]))} waiting.`
        : 'No sizing run yet.');
  };
}

/**
 * How long dispatch and the workers' answers took, by length.
 * @param {Place} place @returns {(focus: Focus) => void}
 */
export function latencyChart(place) {
  /** @type {string[]} */
  let names = [];
  const chart = new Chart(place, () => {
    const { main, soft } = colours();
    const bars = (/** @type {number} */ align) => library().paths.bars({ size: [0.42, 24], align });
    const value = (/** @type {any} */ _, /** @type {number | null} */ v) => v ?? '';
    return {
      cursor: { y: false, points: { show: false } }, scales: { x: { time: false, range: () => [-0.6, names.length - 0.4] } },
      axes: [axis({ values: (/** @type {any} */ _, /** @type {number[]} */ ticks) => ticks.map((i) => names[i] ?? ''), grid: { show: false }, incrs: [1, 2, 3, 4], space: 46, size: 24 }),
        axis({ size: 34, incrs: [1, 2, 5, 10, 20, 50, 100, 200], space: 26 })],
      series: [{ label: 'At most', value: (/** @type {any} */ _, /** @type {number | null} */ v) => (v === null ? '' : names[v]) },
        { label: 'dispatch', stroke: main, fill: main, paths: bars(-1), points: { show: false }, value },
        { label: '“I’m here”', stroke: soft, fill: faint(soft, 0.55), paths: bars(1), points: { show: false }, value }],
    };
  });
  return ({ edges, latency, response }) => {
    names = categories(edges);
    chart.set(latency.n ? [names.map((_, i) => i), latency.counts, response.counts] : [],
      latency.n ? `Dispatch: ${inWords(latency, names)}. I’m here: ${inWords(response, names)}.` : 'No call yet: not measured.');
  };
}

/** @param {Distribution} found @param {string[]} names */
const inWords = ({ counts }, names) =>
  counts.map((n, i) => (n ? `${n} within ${names[i]}` : '')).filter(Boolean).join(', ');

/**
 * What was committed in each hour of the last day, and the cap on an hour.
 * @param {Place} place @returns {(focus: Focus, now: number) => void}
 */
export function moneyChart(place) {
  let top = 1;
  const chart = new Chart(place, () => {
    const { main, bad } = colours();
    const value = (/** @type {any} */ _, /** @type {number | null} */ v) => (v === null ? '' : `$${v.toFixed(2)}`);
    return {
      cursor: { y: false, points: { show: false } },
      scales: {
        x: { range: (/** @type {any} */ _, /** @type {number} */ from, /** @type {number} */ to) => [from, to + HOUR_S] },
        y: { range: () => [0, top] },
      },
      axes: [axis({ values: (/** @type {any} */ _, /** @type {number[]} */ ticks) => ticks.map(clockTime), incrs: MINUTES, grid: { show: false }, space: 60, size: 24 }),
        axis({ size: 48, values: (/** @type {any} */ _, /** @type {number[]} */ ticks) => ticks.map((v) => `$${v < 1 && v ? v.toFixed(2) : v}`), space: 26 })],
      series: [{ label: 'Hour from', value: (/** @type {any} */ _, /** @type {number | null} */ v) => (v === null ? '' : clockTime(v)) },
        { label: 'committed', stroke: main, fill: main, paths: library().paths.bars({ size: [0.7, 30], align: 1 }), points: { show: false }, value },
        { label: 'cap', stroke: bad, width: 1, dash: [5, 4], points: { show: false }, value }],
    };
  });
  return ({ byHour, caps, sizing }, now) => {
    const [at, dollars] = hourly(byHour, now);
    const cap = Number(caps.spendPerHour);
    const most = Math.max(...dollars);
    // A cap far above would leave nothing to be seen of the rest.
    top = (most && cap > 4 * most ? most : Math.max(cap, most)) * 1.12 || 1;
    const spent = at.flatMap((s, i) => (dollars[i] ? [`$${dollars[i].toFixed(2)} from ${clockTime(s)}`] : []));
    chart.set(sizing ? [at, dollars, at.map(() => cap)] : [],
      sizing ? `Committed by hour, cap $${caps.spendPerHour}: ${spent.join(', ') || 'nothing in the last day'}.` : 'No sizing run yet: not measured.');
  };
}

// @ts-check
// A module, though it imports nothing: its names stay its own.
// The asker's page: sends a question, then follows each poll by long requests and draws it.

/**
 * @typedef {{id: string, version: number, question: string, options: {text: string, count: number}[],
 *   people: number, called: number, working: number, answered: number, firstS: number | null,
 *   lastS: number | null, firstAnswerS: number | null, cost: number, done: boolean, error: string}} Poll
 */

const PEOPLE = [1, 3, 5, 7, 9];
const MOST_OPTIONS = 8;
const EXAMPLES = ['Tomato', 'Pumpkin', 'Chicken noodle'];

let perWorker = 0;
let peopleChosen = false;
/** Ids of the polls that have a card. @type {Set<string>} */
const shown = new Set();

/**
 * @template {Element} T
 * @param {ParentNode} within
 * @param {string} selector
 * @param {new () => T} kind
 * @returns {T}
 */
function find(within, selector, kind) {
  const element = within.querySelector(selector);
  if (!(element instanceof kind)) throw new Error(`no ${selector}`);
  return element;
}

const form = find(document, '#ask', HTMLFormElement);
const question = find(document, '#question', HTMLInputElement);
const options = find(document, '#options', HTMLElement);
const people = find(document, '#people', HTMLSelectElement);
const price = find(document, '#price', HTMLElement);
const go = find(document, '#go', HTMLButtonElement);
const problem = find(document, '#problem', HTMLElement);
const polls = find(document, '#polls', HTMLElement);

/** @param {string} path @param {RequestInit} [init] @returns {Promise<any>} */
async function ask(path, init) {
  const response = await fetch(path, init).catch(() => { throw new Error('The poll’s server does not answer. Is it still running? Your question is still here: try again.'); });
  const body = await response.json();
  if (!response.ok) throw new Error(body.error || 'That did not work.');
  return body;
}

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @returns {HTMLInputElement[]} */
const optionInputs = () => [...options.querySelectorAll('input')];

/** There is always one empty field to type the next answer into. */
function offerAnotherOption() {
  const inputs = optionInputs();
  const wanted = inputs.filter((input) => input.value.trim()).length + 1;
  for (let n = inputs.length; n < Math.min(MOST_OPTIONS, Math.max(3, wanted)); n += 1) {
    const input = document.createElement('input');
    input.maxLength = 100;
    input.placeholder = EXAMPLES[n] || 'Another answer';
    input.setAttribute('aria-label', `Answer ${n + 1}`);
    options.append(input);
  }
}

function showPrice() {
  price.textContent = perWorker ? `costs $${(perWorker * Number(people.value)).toFixed(2)}` : '';
}

/** @param {string} text */
function showProblem(text) {
  problem.textContent = text;
  problem.hidden = !text;
}

/** @param {Poll} poll */
function facts(poll) {
  if (poll.error) return poll.error;
  if (poll.lastS === null || poll.firstS === null) return `Calling ${poll.people} people…`;
  const seconds = `the first person had it after ${poll.firstS.toFixed(2)} s`
    + (poll.called > 1 ? `, the last after ${poll.lastS.toFixed(2)} s` : '')
    + (poll.firstAnswerS === null ? '' : ` · first answer after ${poll.firstAnswerS.toFixed(1)} s`);
  if (!poll.done) return `${poll.answered} of ${poll.people} answered · ${seconds}`;
  return `${poll.answered} answered · ${seconds} · cost $${poll.cost.toFixed(2)}`;
}

/** @param {number} n @param {Poll} poll */
function personState(n, poll) {
  if (n < poll.answered) return 'answered';
  if (n < poll.working) return 'working';
  return n < poll.called ? 'called' : '';
}

/** @param {HTMLElement} card @param {Poll} poll */
function draw(card, poll) {
  const most = Math.max(...poll.options.map((option) => option.count));
  const bars = card.querySelectorAll('.bars li');
  poll.options.forEach((option, n) => {
    const bar = bars[n];
    find(bar, '.fill', HTMLElement).style.transform = `scaleX(${option.count / poll.people})`;
    find(bar, '.count', HTMLElement).textContent = String(option.count || '');
    bar.classList.toggle('best', option.count > 0 && option.count === most);
  });
  card.querySelectorAll('.people-row .person').forEach((person, n) => {
    person.className = `person ${personState(n, poll)}`;
  });
  find(card, '.facts', HTMLElement).textContent = facts(poll);
  card.classList.toggle('failed', Boolean(poll.error));
}

/** @param {Poll} poll @returns {HTMLElement} */
function makeCard(poll) {
  const template = find(document, 'template#poll', HTMLTemplateElement);
  const barTemplate = find(document, 'template#bar', HTMLTemplateElement);
  const card = find(/** @type {DocumentFragment} */ (template.content.cloneNode(true)), 'article', HTMLElement);
  find(card, 'h2', HTMLElement).textContent = poll.question;
  for (const option of poll.options) {
    const bar = /** @type {DocumentFragment} */ (barTemplate.content.cloneNode(true));
    find(bar, '.text', HTMLElement).textContent = option.text;
    find(card, '.bars', HTMLElement).append(bar);
  }
  for (let n = 0; n < poll.people; n += 1) {
    find(card, '.people-row', HTMLElement).append(Object.assign(document.createElement('span'), { className: 'person' }));
  }
  return card;
}

/** @param {Poll} poll */
async function follow(poll) {
  if (shown.has(poll.id)) return;
  shown.add(poll.id);
  const card = makeCard(poll);
  polls.prepend(card);
  draw(card, poll);
  while (!poll.done) {
    try {
      poll = await ask(`/api/polls/${poll.id}?since=${poll.version}`);
      draw(card, poll);
    } catch {
      find(card, '.facts', HTMLElement).textContent = 'Connection lost; trying again…';
      await pause(1000 + Math.random() * 1000);
    }
  }
}

/** Also shows polls that somebody else asks, such as the demo. */
async function showNewPolls() {
  const found = /** @type {Poll[]} */ ((await ask('/api/polls')).polls);
  for (const poll of found.reverse()) follow(poll);
}

async function showPool() {
  const text = find(document, '#pool-text', HTMLElement);
  const line = find(document, '#pool', HTMLElement);
  try {
    const pool = await ask('/api/pool');
    perWorker = Number(pool.perWorker);
    if (!peopleChosen) people.value = String(pool.people);
    line.classList.toggle('ready', pool.waiting >= Number(people.value));
    text.textContent = pool.waiting === 1 ? '1 person is waiting' : `${pool.waiting} people are waiting`;
    showPrice();
    await showNewPolls();
  } catch {
    line.classList.remove('ready');
    text.textContent = 'Retainer does not answer';
  }
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  go.disabled = true;
  showProblem('');
  try {
    const poll = await ask('/api/polls', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        question: question.value,
        options: optionInputs().map((input) => input.value),
        people: Number(people.value),
      }),
    });
    form.reset();
    people.value = String(poll.people);
    options.replaceChildren();
    offerAnotherOption();
    follow(poll);
  } catch (error) {
    showProblem(error instanceof Error ? error.message : String(error));
  } finally {
    go.disabled = false;
    question.focus();
  }
});

options.addEventListener('input', offerAnotherOption);
people.addEventListener('change', () => { peopleChosen = true; showPrice(); });
for (const n of PEOPLE) people.append(new Option(String(n), String(n)));
people.value = '5';
offerAnotherOption();

async function keepUpToDate() {
  for (;;) {
    await showPool();
    await pause(2000);
  }
}

keepUpToDate();

export {};

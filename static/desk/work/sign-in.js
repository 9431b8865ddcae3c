// @ts-check
/* Signing in without being so: by a name on one machine, by a link, or with a new account. */

import { ApiError } from '../api.js';
import { el } from '../dom.js';
import { countries } from './countries.js';
import { card, keptLink, newNonce, secretIn, sentence, show } from './entry.js';
import { findWork } from './proof-of-work.js';
import { adopt, get, post, signIn } from './session.js';

const NAME = { required: true, maxLength: 40, pattern: '.*\\S.*' };

/** @param {HTMLElement} view @param {() => void} done */
export function showSignIn(view, done) {
  const turn = el('section', { class: 'card entry', 'aria-busy': 'true' }, el('p', { class: 'soft', role: 'status' }, 'One moment.'));
  view.replaceChildren(turn);
  void get('market/entry').then(
    (ways) => {
      // Gone elsewhere meanwhile, such as to an invitation.
      if (turn.isConnected) showWays(view, ways, done);
    },
    (error) => {
      if (!turn.isConnected) return;
      const off = error instanceof ApiError && error.status === 404;
      const again = el('button', { type: 'button', class: 'main', onclick: () => showSignIn(view, done) }, 'Try again');
      show(view, card(off ? 'There is no market here' : 'Sign in to work',
        el('p', { class: 'bad', role: 'alert' }, sentence(error)), off ? null : el('div', { class: 'row' }, again)), off ? undefined : again);
    });
}

/** @param {HTMLElement} view @param {{market: string, byName: boolean, signUp: boolean, workBits?: number}} ways @param {() => void} done */
function showWays(view, ways, done) {
  const link = byLink(ways.signUp ? '' : 'main');
  const toSignUp = (/** @type {string} */ label, /** @type {string} */ look) => el('button', {
    type: 'button', class: look, onclick: () => showSignUp(view, ways, done),
  }, label);
  if (ways.byName) {
    const { form, name } = byName(done);
    const more = ways.signUp ? el('p', {}, 'Or ', toSignUp('make an account', 'link'), '.') : null;
    return show(view, card('Sign in to work',
      el('p', { class: 'soft' }, 'Pick a name. The same name brings you back to the same work and earnings.'), form, more), name);
  }
  if (ways.signUp) {
    return show(view, card('Sign in to work',
      el('p', {}, `${ways.market} takes new workers. All it needs is a name.`),
      el('div', { class: 'row' }, toSignUp('Make an account', 'main')),
      el('h2', {}, 'You have been here before?'),
      el('p', { class: 'soft' }, 'Open your personal link, which was shown when you made your account, or paste it here.'), link));
  }
  show(view, card('You need an invitation',
    el('p', {}, `Work at ${ways.market} is for those who were invited: open the link that you were sent, and it signs you in.`),
    el('p', { class: 'soft' }, 'Each invitation works once and for seven days. If yours has been used or has run out, ask '
      + 'whoever invited you for a new one; your work and earnings are still there.'),
    link));
}

/** @param {() => void} done */
function byName(done) {
  const name = el('input', { id: 'worker-name', autocomplete: 'username', ...NAME });
  const form = asking('Sign in', 'main', async () => {
    await signIn(name.value.trim());
    done();
  }, el('label', { for: 'worker-name' }, 'Your name'), name);
  return { form, name };
}

/** @param {string} look its button's */
function byLink(look) {
  const box = el('input', { id: 'pasted-link', required: true, autocomplete: 'off', spellcheck: false, placeholder: 'https://…#/join/…' });
  return asking('Open it', look, async () => {
    const secret = secretIn(box.value.trim());
    if (!secret) throw new Error('That is not a whole link: it holds #/join/ and a long row of letters after it.');
    location.hash = `#/join/${secret}`;
  }, el('label', { for: 'pasted-link' }, 'Your link'), box);
}

/** @param {HTMLElement} view @param {any} ways @param {() => void} done */
function showSignUp(view, ways, done) {
  // One form, one account, however often it is sent.
  const nonce = newNonce();
  const name = el('input', { id: 'new-name', autocomplete: 'nickname', ...NAME });
  const country = el('select', { id: 'country' }, el('option', { value: '' }, 'I would rather not say'),
    ...countries().map(([code, label]) => el('option', { value: code }, label)));
  const adult = el('input', { id: 'adult', type: 'checkbox' });
  const form = asking('Make my account', 'main', async () => {
    const send = (/** @type {string} */ work) => post('market/sign-up', {
      name: name.value.trim(), country: country.value, adult: adult.checked, nonce, work,
    });
    const made = await send(await findWork(nonce, ways.workBits ?? 0)).catch(async (error) => {
      // It costs more by now, the more people have joined.
      if (!(error instanceof ApiError && error.code === 'work_needed')) throw error;
      return send(await findWork(nonce, error.details.bits));
    });
    adopt(made);
    showPersonalLink(view, made.personalLink, 'It is your way back to your account, on this device and on others: there is no password.', done);
  }, el('label', { for: 'new-name' }, 'A name that requesters may see'), name,
  el('label', { for: 'country' }, 'Your country (some work is for one country only)'), country,
  el('label', { class: 'check', for: 'adult' }, adult, 'I am of age, and work with adult content is fine with me'));
  show(view, card('Make an account', form, el('p', {},
    el('button', { type: 'button', class: 'link', onclick: () => showWays(view, ways, done) }, 'Back'))), name);
}

/** Somebody has signed out everywhere. @param {HTMLElement} view @param {string} link @param {() => void} done */
export function showWayBack(view, link, done) {
  showPersonalLink(view, link, 'It is your way back. The personal link that you had, links for other devices and those in mails lead nowhere '
    + 'any more; your calendar and browsers that are called need to be set up again.', done);
}

/** @param {HTMLElement} view @param {string} link @param {string} why @param {() => void} done */
function showPersonalLink(view, link, why, done) {
  show(view, card('Keep this link',
    el('p', {}, `${why} It is shown only now.`),
    keptLink(link, 'Your personal link'),
    el('p', { class: 'soft' }, 'Put it where you keep passwords, and give it to nobody: everybody who has it can act as you.'),
    el('div', { class: 'row' }, el('button', { type: 'button', class: 'main', onclick: done }, 'I have kept it'))));
}

/** A form with one button, which says what went wrong. @param {string} label @param {string} look @param {() => Promise<void>} task @param {...Node} fields */
function asking(label, look, task, ...fields) {
  const problem = el('p', { class: 'bad', role: 'alert' });
  const go = el('button', { type: 'submit', class: look }, label);
  return el('form', {
    onsubmit: async (/** @type {Event} */ event) => {
      event.preventDefault();
      go.disabled = true;
      problem.textContent = '';
      try {
        await task();
      } catch (error) {
        problem.textContent = sentence(error);
      }
      go.disabled = false;
    },
  }, ...fields, go, problem);
}

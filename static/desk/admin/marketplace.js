// @ts-check
/* The marketplace's own: invitations, workers by name, requesters, sessions, qualifications, reports. */

import { ApiError } from '../api.js';
import { el } from '../dom.js';
import { dollars } from '../format.js';
import { when } from './assignment-table.js';
import { inviteForm } from './invite.js';
import { failure } from './loading.js';
import { commandsOf } from './market-commands.js';
import { isAway, workerLink } from './names.js';
import { pagedTable } from './paged-table.js';
import { ask, isOfKey } from './service.js';

/** @typedef {import('./sections.js').Console} Console */
/** @typedef {{box: HTMLElement, above?: HTMLElement[], reload: () => Promise<void>, stop: () => void}} Part */

const REASONS = /** @type {Record<string, string>} */ ({
  personal_data: 'asks for personal data', harmful: 'harmful', illegal: 'illegal', broken: 'broken', unfair: 'unfair', other: 'other' });
const TONES = /** @type {Record<string, string>} */ ({ open: 'warn', used: 'good', announced: 'good' });

/** @param {string} text */
const badge = (text) => el('span', { class: `state ${TONES[text] ?? 'soft'}` }, text);
/** @param {string} text @param {string | null} below */
const under = (text, below) => el('span', {}, text, below ? el('span', { class: 'under small soft' }, below) : null);
const SEARCH = { name: 'q', label: 'Search by name' };

/** By the address: the tab's name, what it is about, its content. @type {Record<string, [string, string, (site: Console) => Part]>} */
const PARTS = {
  invitations: ['Invitations', 'A personal link lets one worker in, once, within seven days.', (site) => {
    const table = pagedTable(site, {
      path: 'market/admin/invitations', noun: 'link', idOf: ({ invitation }) => invitation, empty: 'Nobody is invited yet.',
      filters: [SEARCH, { name: 'state', label: 'State', options: [['', 'Any'], ['open', 'Open'], ['used', 'Used'], ['expired', 'Expired'], ['revoked', 'Revoked']] }],
      columns: [
        { head: 'For', kind: 'clip', cell: ({ name, worker }) => el('span', {}, name, el('span', { class: 'under small soft mono' }, worker)) },
        { head: 'State', cell: ({ state }) => badge(state) },
        { head: 'Kind', cell: ({ kind }) => kind },
        { head: 'Made', cell: ({ made }) => when(made) },
        { head: 'Used, or ends', cell: ({ used, expires }) => when(used ?? expires) }],
    });
    return { ...table, above: [inviteForm(site, () => void table.reload())] };
  }],
  workers: ['Workers', 'Everybody who has an account, by name.', (site) => pagedTable(site, {
    path: 'market/admin/workers', noun: 'worker', idOf: ({ worker }) => worker, filters: [{ name: 'q', label: 'Search by name or id' }],
    empty: 'Nobody has an account yet: invite somebody.',
    columns: [
      { head: 'Worker', kind: 'clip', cell: ({ worker }) => workerLink(worker) },
      { head: 'Account', cell: ({ closed }) => el('span', { class: `state ${closed ? 'bad' : 'good'}` }, closed ? 'closed' : 'open') },
      { head: 'Country', cell: ({ country }) => country ?? '–' },
      { head: 'Handed in', kind: 'num', cell: ({ submitted }) => submitted },
      { head: 'Approved', kind: 'num', cell: ({ approved }) => approved },
      { head: 'Earned', kind: 'num', cell: ({ earned }) => dollars(earned) }],
  })],
  requesters: ['Requesters', 'An account has keys for programs, and money to spend.', (site) => pagedTable(site, {
    path: 'market/admin/requesters', noun: 'requester', idOf: ({ account }) => account, filters: [SEARCH], empty: 'No requester yet.',
    columns: [
      { head: 'Requester', kind: 'clip', cell: ({ name, account }) => el('span', {}, name, el('span', { class: 'under small soft mono' }, account)) },
      { head: 'Can spend', kind: 'num', cell: ({ available }) => dollars(available) },
      { head: 'Held for HITs', kind: 'num', cell: ({ held }) => dollars(held) },
      { head: 'Spent', kind: 'num', cell: ({ spent }) => dollars(spent) }],
  })],
  sessions: ['Sessions', 'Workers hear of a session beforehand, and say whether they will come. The next 50, from yesterday on.', (site) => pagedTable(site, {
    path: 'market/admin/sessions', noun: 'session', idOf: ({ session }) => session, empty: 'No session is announced.', limit: 50,
    columns: [
      { head: 'Session', kind: 'clip', cell: ({ title, requester }) => under(title, `by ${requester}`) },
      { head: 'When', cell: (one) => under(one.when, `${one.minutes} minutes`) },
      { head: 'State', cell: ({ state }) => badge(state) },
      { head: 'Said yes', kind: 'num', cell: ({ replies, people }) => `${replies.yes.length} of ${people}` },
      { head: 'Who', cell: ({ replies }) => (replies.yes.length ? el('details', {}, el('summary', {}, 'Show'),
        ...replies.yes.map((/** @type {string} */ worker) => el('div', {}, workerLink(worker)))) : '–') }],
  })],
  qualifications: ['Qualifications', 'Those that workers can ask for. Requesters’ programs make them, as on MTurk.', (site) => pagedTable(site, {
    path: 'market/admin/qualifications', noun: 'qualification', idOf: ({ type }) => type, filters: [SEARCH], empty: 'No qualification can be asked for.',
    columns: [
      { head: 'Qualification', kind: 'clip', cell: ({ name, description }) => under(name, description) },
      { head: 'Requester', kind: 'clip', cell: ({ requester }) => requester },
      { head: 'By a test', cell: ({ test }) => (test ? 'yes' : 'no') },
      { head: 'Id', kind: 'id clip', cell: ({ type }) => type }],
  })],
  reports: ['Reports', 'HITs that workers have reported. Requesters never see it.', (site) => {
    const table = pagedTable(site, {
      path: 'market/admin/reports', noun: 'report', idOf: ({ hit, worker }) => `${hit} ${worker}`, empty: 'No report is open.',
      filters: [{ name: 'state', label: 'State', options: [['', 'Open'], ['dismissed', 'Dismissed'], ['takendown', 'Taken down']] }],
      columns: [
        { head: 'HIT', kind: 'clip', cell: ({ hit, requester }) => el('span', {}, el('span', { class: 'mono' }, hit), el('span', { class: 'under small soft' }, `by ${requester}`)) },
        { head: 'Says', kind: 'clip', cell: ({ reason, text }) => el('span', { class: 'said' }, el('strong', {}, REASONS[reason] ?? reason), text ? `: ${text}` : '') },
        { head: 'Reported by', kind: 'clip', cell: ({ worker }) => workerLink(worker) },
        { head: 'When', cell: ({ at }) => when(at) },
        { head: 'Action', cell: ({ hit, state }) => (state === 'Open' ? el('button', {
          type: 'button', 'aria-label': `Dismiss the reports of ${hit}`,
          onclick: () => void ask('market/admin/reports/dismiss', { hit }).then(() => {
            site.tell(`The reports of ${hit} are closed; the HIT stays.`);
            return table.reload();
          }).catch(site.fail),
        }, 'Dismiss') : null) }],
    });
    return table;
  }],
};

/** `#/market`, `#/market/<part>`. @param {Console} site */
export function showMarketplace(site) {
  const name = Object.hasOwn(PARTS, site.path[0] ?? '') ? String(site.path[0]) : 'invitations';
  const [title, about, make] = /** @type {[string, string, (site: Console) => Part]} */ (PARTS[name]);
  const box = el('div', { class: 'stack' }, el('p', { class: 'soft loading', role: 'status' }, 'Loading …'));
  let stop = () => {};
  let ended = false;
  site.view.replaceChildren(el('h1', { tabIndex: -1 }, 'Marketplace'), box);
  const show = async () => {
    try {
      await ask('market/admin/names?workers=NOBODY');
    } catch (error) {
      if (ended || isOfKey(error)) return;
      if (isAway(error)) return box.replaceChildren(...away(site));
      box.replaceChildren(failure(error, () => void show()));
      if (!(error instanceof ApiError)) throw error;
      return;
    }
    if (ended) return;
    const part = make(site);
    stop = part.stop;
    box.replaceChildren(
      el('nav', { class: 'tabs', 'aria-label': 'Parts of the marketplace' }, ...Object.entries(PARTS).map(([other, [text]]) => {
        const link = el('a', { href: `#/market/${other}` }, text);
        if (other === name) link.setAttribute('aria-current', 'page');
        return link;
      })),
      el('p', { class: 'soft' }, about), ...part.above ?? [],
      el('section', { class: 'card stack', 'aria-label': title }, part.box),
      ...(name === 'qualifications' ? [] : [el('details', { class: 'card' }, el('summary', {}, 'More on the command line'),
        el('p', { class: 'soft small' }, 'Add --stage dev or --stage prod for a deployed one.'), commandsOf(site, name))]));
  };
  void show();
  return () => {
    ended = true;
    stop();
  };
}

/** @param {Console} site */
const away = (site) => [
  el('p', { class: 'soft' }, 'There is no marketplace with this service, so workers are shown by their ids. One that is deployed apart is run by its own operator’s commands:'),
  el('section', { class: 'card stack', 'aria-label': 'Commands' }, commandsOf(site))];

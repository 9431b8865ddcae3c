// @ts-check
/*
 * What is done with the marketplace: by the operator's command line, whose commands stand here to be copied.
 *
 * An API key of the service opens nothing of the marketplace: it is a market like any other to the service, and
 * knows people's names. Its operator has the credentials of its tables.
 */

import { el } from '../dom.js';

const BEGIN = './retainer market ';

/** What for, and the commands with what each does. @type {[string, string, [string, string][]][]} */
const PARTS = [
  ['Invitations', 'A personal link lets one worker in, once, within seven days.', [
    ['Invite somebody', 'invitations make "Ada Lovelace"'],
    ['Invite everybody in a list, a name in each line', 'invitations make --file names.txt'],
    ['See who used an invitation', 'invitations list'],
    ['Make a link useless', 'invitations revoke INVITATION']]],
  ['Workers', 'Here workers have ids, there they have names.', [
    ['List workers by name, with their ids', 'workers list'],
    ['Show a worker: name, country, history', 'workers show WORKER'],
    ['Shut a worker out', 'workers close WORKER'],
    ['What workers earned, as CSV', 'earnings --from 2026-11-01 --to 2026-11-30']]],
  ['Requesters', 'An account has keys for programs, and money to spend.', [
    ['Make an account and show its keys', 'accounts make "Perception lab"'],
    ['List accounts and their keys', 'accounts list'],
    ['Add to what an account can spend', 'accounts deposit ACCOUNT 250.00'],
    ['Have workers agree to a text first', 'accounts consent set ACCOUNT --file consent.txt']]],
  ['Sessions', 'Workers hear of a session beforehand, and say whether they will come.', [
    ['Announce one', 'sessions announce "Judge short sounds" --account ACCOUNT --starts 2026-11-24T14:00 --zone Europe/Berlin --minutes 40 --people 12'],
    ['List a requester’s sessions', 'sessions list --account ACCOUNT'],
    ['See who said yes', 'sessions show SESSION --account ACCOUNT']]],
  ['Reports', 'Workers report HITs that they should not have been offered.', [
    ['List open reports', 'reports list'],
    ['Close a HIT’s reports; the HIT stays', 'reports dismiss HIT'],
    ['End a HIT for good', 'reports take-down HIT']]],
];

/** @param {import('./sections.js').Console} site */
export function showMarketplace({ view, tell }) {
  view.replaceChildren(el('h1', { tabIndex: -1 }, 'Marketplace'),
    el('p', { class: 'soft' }, 'The marketplace’s operator works on the command line: an API key of this console opens nothing of it. '
      + 'Add --stage dev or --stage prod for a deployed one. Qualifications are made by requesters’ programs, as on MTurk.'),
    ...PARTS.map(([title, about, commands], i) => el('section', { class: 'card stack', 'aria-labelledby': `market-${i}` },
      el('h2', { id: `market-${i}` }, title), el('p', { class: 'soft small' }, about),
      el('dl', { class: 'commands' }, ...commands.map(([what, command]) => el('div', {}, el('dt', {}, what),
        el('dd', { class: 'row' }, el('code', { class: 'grow clip' }, BEGIN + command), el('button', {
          type: 'button', 'aria-label': `Copy: ${what}`,
          onclick: () => void navigator.clipboard.writeText(BEGIN + command).then(() => tell('Copied.'),
            () => tell('The browser does not allow it: select the command and copy it by keyboard.')),
        }, 'Copy'))))))));
}

// @ts-check
/* What the marketplace's operator does on the command line: commands to be copied. */

import { el } from '../dom.js';

const BEGIN = './retainer market ';

/** By section: the commands with what each does. @type {Record<string, [string, string][]>} */
const COMMANDS = {
  invitations: [
    ['Invite somebody', 'invitations make "Ada Lovelace"'],
    ['Invite everybody in a list, a name in each line', 'invitations make --file names.txt'],
    ['See who used an invitation', 'invitations list'],
    ['Make a link useless', 'invitations revoke INVITATION']],
  workers: [
    ['List workers by name, with their ids', 'workers list'],
    ['Show a worker: name, country, history', 'workers show WORKER'],
    ['Shut a worker out', 'workers close WORKER'],
    ['What workers earned, as CSV', 'earnings --from 2026-11-01 --to 2026-11-30']],
  requesters: [
    ['Make an account and show its keys', 'accounts make "Perception lab"'],
    ['List accounts and their keys', 'accounts list'],
    ['Add to what an account can spend', 'accounts deposit ACCOUNT 250.00'],
    ['Have workers agree to a text first', 'accounts consent set ACCOUNT --file consent.txt']],
  sessions: [
    ['Announce one', 'sessions announce "Judge short sounds" --account ACCOUNT --starts 2026-11-24T14:00 --zone Europe/Berlin --minutes 40 --people 12'],
    ['List a requester’s sessions', 'sessions list --account ACCOUNT'],
    ['See who said yes', 'sessions show SESSION --account ACCOUNT']],
  reports: [
    ['List open reports', 'reports list'],
    ['Close a HIT’s reports; the HIT stays', 'reports dismiss HIT'],
    ['End a HIT for good', 'reports take-down HIT']],
};

/** The commands of a section, of all without a name. @param {import('./sections.js').Console} site @param {string} [section] */
export function commandsOf({ tell }, section = '') {
  const wanted = section ? COMMANDS[section] ?? [] : Object.values(COMMANDS).flat();
  return el('dl', { class: 'commands' }, ...wanted.map(([what, command]) => el('div', {}, el('dt', {}, what),
    el('dd', { class: 'row' }, el('code', { class: 'grow clip' }, BEGIN + command), el('button', {
      type: 'button', 'aria-label': `Copy: ${what}`,
      onclick: () => void navigator.clipboard.writeText(BEGIN + command).then(() => tell('Copied.'),
        () => tell('The browser does not allow it: select the command and copy it by keyboard.')),
    }, 'Copy')))));
}

// @ts-check
/* What can be done with a reservation, and what will happen then. */

import { el } from '../dom.js';
import { count, dollars } from '../format.js';
import { confirmIn } from './confirm.js';
import { ask, withQuery } from './service.js';

/** @typedef {import('./reservation-words.js').Reservation} Reservation */

/**
 * @param {import('./sections.js').Console} site @param {Element} place where to ask
 * @param {Reservation} one @param {() => void} changed
 */
export function actionsOf(site, place, one, changed) {
  /** @param {string} name @param {() => Promise<Parameters<typeof confirmIn>[1]>} what @param {string} told */
  const action = (name, what, told) => el('button', {
    type: 'button', 'data-key': `do-${name}`, class: name === 'Invoke' ? 'main' : '',
    onclick: async () => {
      try {
        if (!await confirmIn(place, await what())) return;
        site.tell(told);
        changed();
      } catch (error) {
        site.fail(error);
      }
    },
  }, name);
  if (one.done) return [action('Unfinish', () => unfinishing(one), 'It is taken up again.')];
  return [
    ...(one.invoked ? [] : [action('Invoke', () => invoking(one), 'Invoked: the workers are being called.')]),
    action('Finish', () => finishing(one), 'It is done.'),
    action('Cancel', () => cancelling(one), 'It is cancelled.')];
}

/** @param {Reservation} one */
async function facts({ proto }) {
  const query = { hitType: proto.hitTypeID };
  const [pool, { cost }] = await Promise.all([
    ask(withQuery('retainer/pool', query)), ask(withQuery('retainer/protohit', query))]);
  return { pool, cost };
}

/** @param {Reservation} one */
async function invoking(one) {
  const { pool, cost } = await facts(one);
  const payload = el('textarea', { id: 'invoke-payload', rows: 3, value: one.payload ?? '' });
  const each = cost ? ` ${dollars(cost.called)} for each who answers in time, up to ${dollars(cost.most)} with what they have waited.` : '';
  return {
    title: 'Invoke it now?', doing: 'Call the workers',
    says: [`${count(one.called, 'worker')} ${one.called === 1 ? 'is' : 'are'} called at once; ${pool.waiting} ${pool.waiting === 1 ? 'waits' : 'wait'} now. Who is missing is recruited.${each}`,
      'Calling cannot be taken back: the workers called leave the pool and are paid.'],
    more: [el('div', { class: 'field wide' }, el('label', { for: 'invoke-payload' }, 'Payload, as the page gets it'), payload)],
    act: () => ask('retainer/reservation/invoke', {
      id: one.id, ...(payload.value === (one.payload ?? '') ? {} : { payload: payload.value }) }),
  };
}

/** Who has it already. @param {Reservation} one */
const underWay = ({ claimed }) => (claimed
  ? `${count(claimed, 'worker')} ${claimed === 1 ? 'was' : 'were'} called for it: who is at work may finish, and is paid.`
  : 'Nobody was called for it yet.');

/** @param {Reservation} one */
const finishing = async (one) => ({
  title: 'Finish it?', doing: 'Finish it', danger: true,
  says: [`${underWay(one)} No more workers are sent.`, 'HITs that nobody else needs expire after a minute. Who still waits is served by other reservations, or paid for the wait.'],
  act: () => ask('retainer/reservation/finish', { id: one.id }),
});

/** @param {Reservation} one */
const cancelling = async (one) => ({
  title: 'Cancel it?', doing: 'Cancel it', danger: true,
  says: [`${underWay(one)} No more workers are sent.`, 'HITs that nobody else needs are expired at once. Who still waits is paid for the wait.'],
  act: () => ask('retainer/reservation/cancel', { id: one.id }),
});

/** @param {Reservation} one */
async function unfinishing(one) {
  const { cost } = await facts(one);
  const free = Math.max(0, one.called - one.claimed);
  return {
    title: 'Take it up again?', doing: 'Unfinish it',
    says: [one.invoked
      ? `${free ? `${count(free, 'worker')} more ${free === 1 ? 'is' : 'are'} called for the slots that are free` : 'No slot is free, so nobody is called unless somebody leaves'}${cost && free ? `: ${dollars(cost.called)} to ${dollars(cost.most)} each.` : '.'}`
      : `It was not invoked: ${count(one.assignments, 'worker')} ${one.assignments === 1 ? 'is' : 'are'} recruited for it again, and paid for waiting.`],
    act: () => ask('retainer/reservation/unfinish', { id: one.id }),
  };
}

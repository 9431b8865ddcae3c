// @ts-check
/* The fields of a ProtoHIT as the form has them: every one that `docs/api.md` lists. Pure data. */

/** @typedef {import('./form.js').Group} Group */

/** Seconds, with what is meant where nothing is given. @param {string} placeholder */
const seconds = (placeholder) => /** @type {const} */ ({ kind: 'number', unit: 's', placeholder });

const YES = true;

/**
 * A placeholder is the default: what holds where a field is left empty.
 * @type {Group[]}
 */
export const GROUPS = [
  { title: 'The work', fields: [
    { name: 'hit_type_id', label: 'Id', required: true, longest: 100, help: 'Programs reserve workers by it. 1 to 100 letters, digits, spaces or _ . : -' },
    { name: 'title', label: 'Title', required: true, wide: true, longest: 128, help: 'What workers read in the listing.' },
    { name: 'description', label: 'Description', kind: 'area', required: true, help: 'What they are asked to do, before they accept.' },
    { name: 'url', label: 'Address of the page', required: true, wide: true, help: 'The page that opens in the market’s frame, where workers wait: http or https.' }] },
  { title: 'Pay', fields: [
    { name: 'reward', label: 'Reward', kind: 'money', required: true, help: 'For each worker who hands in, called or not.' },
    { name: 'wait_pay', label: 'Pay for waiting', kind: 'money', unit: 'a minute', placeholder: '0', help: 'As exact as you like, such as 0.0125.' },
    { name: 'max_wait_pay', label: 'Most that waiting earns', kind: 'money', help: 'Empty: what the longest wait comes to.' },
    { name: 'quick_bonus', label: 'Bonus for a quick answer', kind: 'money', placeholder: '0', help: 'If they say “I’m here” in time.' },
    { name: 'quick_within', label: 'Quick is within', ...seconds('2') },
    { name: 'compensate', label: 'Pay workers who waited and could not submit', kind: 'check', value: YES, help: 'They get a HIT of their own for it.' }] },
  { title: 'Time', fields: [
    { name: 'max_wait', label: 'Longest wait', ...seconds('300'), help: 'Then the page says that the wait is over. Empty: 300, but at most half of the time for the whole.' },
    { name: 'check_every', label: 'Presence check while waiting', ...seconds('0'), help: 'Workers press a button this often. Those who do not are not called, and not paid, until they do. 0: never; otherwise at least 60.' },
    { name: 'ack_within', label: 'Time to answer a call', ...seconds('15'), help: 'Then somebody else is called.' },
    { name: 'answer_within', label: 'Time to hand in the answer', ...seconds('0'), help: 'From “I’m here” on; 0: until the assignment ends. Then somebody else is called.' },
    { name: 'assignment_duration', label: 'Time for the whole', ...seconds('900'), help: 'From acceptance to the deadline: waiting and work.' },
    { name: 'lifetime', label: 'Time in the listing', ...seconds('3600'), help: 'How long a HIT can be accepted.' },
    { name: 'auto_approval_delay', label: 'Approved by itself after', ...seconds('86400') },
    { name: 'review', label: 'Who decides on work', kind: 'choice', options: [['approve', 'Everything is approved at once'], ['hold', 'Everything waits for a decision'], ['ask', 'Answers wait, waits in vain are approved']] }] },
  { title: 'The pool', about: 'Without a standing pool, workers are recruited for reservations only.', fields: [
    { name: 'standing', label: 'Keep workers waiting, for calls without notice', kind: 'check', value: false, help: 'As many as the queueing model finds, from what the pool has measured.' },
    { name: 'serviceLevel', label: 'Share of calls served at once', kind: 'number', placeholder: '0.95', help: '0.5 to 0.999.' },
    { name: 'waitCap', label: 'Longest mean wait for a worker', ...seconds('0'), help: 'If it is above 0, this counts and not the share of calls.' },
    { name: 'readyFor', label: 'Ready for so many calls without notice', kind: 'number', placeholder: '1', help: 'So many workers can be called at any moment, and are there within half a second.' },
    { name: 'max_waiting', label: 'Most workers waiting', kind: 'number', placeholder: '100' },
    { name: 'pool', label: 'Shared pool', longest: 100, help: 'ProtoHITs that name the same pool share its workers. If you change it, those who wait come along.' }] },
  { title: 'Caps', about: 'Nothing is posted beyond these, whatever is asked for.', fields: [
    { name: 'max_spend_per_hour', label: 'Spending an hour', kind: 'money', placeholder: '20', help: 'Committed by posting: rewards, the most that pay may add, and fees.' },
    { name: 'max_spend_per_day', label: 'Spending a day', kind: 'money', placeholder: '100' },
    { name: 'max_hits_out', label: 'HITs out at once', kind: 'number', placeholder: '20' },
    { name: 'max_assignments', label: 'Seats in a HIT', kind: 'number', placeholder: '9', help: 'Never above 9: from ten on the market’s fee doubles.' }] },
  { title: 'Listing and frame', fields: [
    { name: 'keywords', label: 'Keywords', longest: 1000, help: 'With commas between them.' },
    { name: 'frame_height', label: 'Height of the frame', kind: 'number', unit: 'pixels', placeholder: '800', help: '0 fills the window.' }] },
  { title: 'Who may work', folded: true, fields: [
    { name: 'verifiedOnly', label: 'Only arrivals that the market signed', kind: 'choice', options: [['auto', 'Yes, where the market signs them'], ['true', 'Yes'], ['false', 'No: pages opened with made-up ids may wait, too']] },
    { name: 'worker_locale', label: 'Country', longest: 2, help: 'Two letters such as US; empty: any.' },
    { name: 'approval_rating', label: 'Work approved, at least', kind: 'number', unit: '%', placeholder: '0' }] },
  { title: 'Studies', folded: true, about: 'Workers took part in a ProtoHIT if they answered a call or handed in work for it.', fields: [
    { name: 'exclude', label: 'Exclude workers who took part in', longest: 900, wide: true, help: 'Up to eight ProtoHITs’ ids with commas between them; its own id: each worker once.' },
    { name: 'took_part', label: 'Who counts as having taken part in this one', kind: 'choice', options: [['called', 'Workers who answered a call or handed in work'], ['arrived', 'Everybody who arrived']] },
    { name: 'keep_days', label: 'People’s data is kept for', kind: 'number', unit: 'days', placeholder: 'as configured', help: 'At most 120; then answers and names are cleared away, unless something is owed.' }] },
  { title: 'The waiting page', folded: true, about: 'What the page shows that comes with Retainer. A page of your own may ignore it.', fields: [
    { name: 'page.title', label: 'Heading', longest: 128, wide: true, placeholder: 'the title' },
    { name: 'page.instructions', label: 'Instructions', kind: 'area', placeholder: 'the description' },
    { name: 'page.accent', label: 'Colour', longest: 7, placeholder: 'blue', help: 'Such as #0b5fb0.' },
    { name: 'page.pastime', label: 'While waiting', kind: 'choice', options: [['none', 'Nothing'], ['game', 'A game'], ['reading', 'Something to read']] },
    { name: 'page.reading', label: 'What there is to read', kind: 'area', longest: 8000 },
    { name: 'page.sound', label: 'Sound of a call', kind: 'choice', options: [['bell', 'Bell'], ['marimba', 'Marimba'], ['knock', 'Knock']] },
    { name: 'page.task', label: 'Page of the task', wide: true, help: 'Opens in a frame when a worker is called. Without, the payload is shown with a field for an answer.' }] },
  { title: 'For experts', folded: true, fields: [
    { name: 'model', label: 'Queueing model', kind: 'choice', options: [['auto', 'The one that fits'], ['A', 'A: Erlang’s loss formula']] }] },
];

/** Of a new one only: it is switched with its consequences said, later on. @type {Group} */
export const MARKET = { title: 'Market', fields: [
  { name: 'sandbox', label: 'Posts to', kind: 'choice', options: [['true', 'Sandbox'], ['false', 'Production: real workers, real money']] }] };

/**
 * The groups with a ProtoHIT's own values in their fields.
 * @param {Record<string, any>} spec @returns {Group[]}
 */
export function groupsWith(spec) {
  const valueOf = (/** @type {string} */ name) => (name.startsWith('page.') ? spec.page?.[name.slice(5)] : spec[name]);
  return GROUPS.map((group) => ({ ...group, fields: group.fields.map((field) => {
    const value = valueOf(field.name);
    return value === undefined || value === null ? field : { ...field, value };
  }) }));
}

/**
 * What `puttask` takes, of a form's values and of what the form knows nothing of.
 * @param {Record<string, any>} values @param {Record<string, any>} [before]
 */
export function specOf(values, before = {}) {
  const known = new Set(GROUPS.flatMap((group) => group.fields.map((field) => field.name)));
  /** @type {Record<string, any>} */
  const page = Object.fromEntries(Object.entries(before.page ?? {}).filter(([name]) => !known.has(`page.${name}`)));
  const spec = Object.fromEntries(Object.entries(before).filter(([name]) => !known.has(name) && name !== 'page'));
  for (const [name, value] of Object.entries(values)) {
    if (name.startsWith('page.')) page[name.slice(5)] = value;
    else spec[name] = value;
  }
  return { ...spec, page };
}

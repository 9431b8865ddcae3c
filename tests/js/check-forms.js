/* Says of each line, a form's view and its fields as JSON, what the page would. */

import { createInterface } from 'node:readline';

import { check, matches, questionsOf } from '../../static/desk/work/form-rules.js';

for await (const line of createInterface({ input: process.stdin })) {
  const { view, fields } = JSON.parse(line);
  const found = await check(questionsOf(view), fields, async (trials) => trials.map(matches));
  process.stdout.write(`${JSON.stringify(found)}\n`);
}

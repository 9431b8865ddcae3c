// A requester's program on @aws-sdk/client-mturk: every command of the client, from this one process.
//
// Where to and as whom comes from the environment. What workers do meanwhile it asks for on standard
// output, a JSON line each, and reads from standard input what came of it. It ends with the commands
// that it has sent.

import assert from 'node:assert/strict';
import { createInterface } from 'node:readline';
import * as sdk from '@aws-sdk/client-mturk';

const {
  MTurkClient, RequestError, ServiceFault, MTurkServiceException,
  paginateListAssignmentsForHIT, paginateListBonusPayments, paginateListHITs,
  paginateListHITsForQualificationType, paginateListQualificationRequests,
  paginateListQualificationTypes, paginateListReviewableHITs, paginateListWorkerBlocks,
  paginateListWorkersWithQualificationType,
} = sdk;

const client = new MTurkClient({});
/** @type {Set<string>} */
const sent = new Set();

/** Sends a command by its operation's name. */
function call(operation, input = {}, to = client) {
  sent.add(operation);
  return to.send(new sdk[`${operation}Command`](input));
}

/** All items of a paginator, whatever the pages. */
async function all(paginate, name, input) {
  const found = [];
  for await (const page of paginate({ client, pageSize: 1 }, input)) found.push(...(page[name] ?? []));
  return found;
}

async function refused(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return assert.fail('the call was not refused');
}

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function ask(what) {
  process.stdout.write(`${JSON.stringify(what)}\n`);
  const { value } = await lines.next();
  return JSON.parse(value);
}

const { question, test, key, queue } = await ask({ give: 'texts' });
const kind = {
  Title: 'Tag a photo', Description: 'Say what is on it', Keywords: 'photo,tags', Reward: '0.05',
  AssignmentDurationInSeconds: 600,
};
const posting = { ...kind, LifetimeInSeconds: 3600, Question: question };

async function post(title, more = {}) {
  const { HIT } = await call('CreateHIT', { ...posting, Title: title, ...more });
  return HIT;
}

async function hits() {
  const before = await call('GetAccountBalance');
  assert.equal(before.AvailableBalance, '10000.00');
  const { HITTypeId } = await call('CreateHITType', kind);
  const first = await call('CreateHITWithHITType', { HITTypeId, LifetimeInSeconds: 3600, Question: question });
  assert.equal(first.HIT.HITTypeId, HITTypeId);
  const made = await post('Tag another photo', { MaxAssignments: 2 });
  const HITId = made.HITId;
  assert.ok(made.CreationTime instanceof Date);
  assert.ok(Math.abs(made.CreationTime.getTime() - Date.now()) < 60_000);
  assert.equal(made.Expiration.getTime() - made.CreationTime.getTime(), 3_600_000);
  const listed = await all(paginateListHITs, 'HITs', {});
  assert.deepEqual(listed.map((hit) => hit.HITId), [HITId, first.HIT.HITId]);
  const one = await call('ListHITs', { MaxResults: 1 });
  assert.equal(one.NumResults, 1);

  assert.deepEqual(rest(await call('UpdateHITTypeOfHIT', { HITId, HITTypeId })), {});
  await call('CreateAdditionalAssignmentsForHIT', { HITId, NumberOfAdditionalAssignments: 3 });
  const now = (await call('GetHIT', { HITId })).HIT;
  assert.deepEqual([now.HITTypeId, now.MaxAssignments, now.HITStatus], [HITTypeId, 5, 'Assignable']);

  const later = new Date(Date.now() + 86_400_000);
  await call('UpdateExpirationForHIT', { HITId, ExpireAt: later });
  const extended = (await call('GetHIT', { HITId })).HIT.Expiration;
  // The SDK sends whole seconds.
  assert.ok(Math.abs(extended.getTime() - later.getTime()) < 1000);
  await call('UpdateExpirationForHIT', { HITId, ExpireAt: new Date(0) });
  await call('UpdateHITReviewStatus', { HITId });
  const reviewing = await all(paginateListReviewableHITs, 'HITs', { HITTypeId, Status: 'Reviewing' });
  assert.deepEqual(reviewing.map((hit) => hit.HITId), [HITId]);
  assert.equal((await call('ListReviewableHITs', {})).NumResults, 0);
  await call('DeleteHIT', { HITId });
  assert.equal((await call('ListHITs')).NumResults, 1);
}

async function work() {
  const policy = {
    PolicyName: 'SimplePlurality/2011-09-01',
    Parameters: [
      { Key: 'QuestionIds', Values: ['a'] },
      { Key: 'QuestionAgreementThreshold', Values: ['50'] },
    ],
  };
  const { HITId } = await post('Tag a cat', { MaxAssignments: 2, HITReviewPolicy: policy });
  const { workers } = await ask({ submit: HITId, count: 2 });
  const found = await all(paginateListAssignmentsForHIT, 'Assignments', { HITId });
  assert.deepEqual(found.map((a) => a.WorkerId), workers);
  const [good, bad] = found.map((a) => a.AssignmentId);
  assert.ok(found[0].SubmitTime instanceof Date);
  assert.ok(found[0].SubmitTime >= found[0].AcceptTime);
  assert.match(found[0].Answer, /<FreeText>cat<\/FreeText>/);
  await call('ApproveAssignment', { AssignmentId: good });
  await call('RejectAssignment', { AssignmentId: bad, RequesterFeedback: 'Not a cat' });
  const { Assignment, HIT } = await call('GetAssignment', { AssignmentId: bad });
  assert.ok(Assignment.RejectionTime instanceof Date);
  assert.equal(Assignment.ApprovalTime, undefined);
  assert.equal(HIT.NumberOfAssignmentsCompleted, 2);
  await call('ApproveAssignment', { AssignmentId: bad, OverrideRejection: true });
  const approved = await call('ListAssignmentsForHIT', { HITId, AssignmentStatuses: ['Approved'] });
  assert.equal(approved.NumResults, 2);

  const bonus = {
    WorkerId: workers[0], AssignmentId: good, BonusAmount: '0.25', Reason: 'Quick',
    UniqueRequestToken: 'b1',
  };
  await call('SendBonus', bonus);
  const again = await refused(call('SendBonus', bonus));
  assert.ok(again instanceof RequestError);
  assert.match(again.message, /The idempotency token "b1" has already been processed/);
  await call('ListBonusPayments', { HITId });
  const paid = await all(paginateListBonusPayments, 'BonusPayments', { HITId });
  assert.deepEqual(paid.map((p) => p.BonusAmount), ['0.25']);
  assert.ok(paid[0].GrantTime instanceof Date);

  const report = await call('ListReviewPolicyResultsForHIT', { HITId, PolicyLevels: ['HIT'] });
  const agreed = report.HITReviewReport.ReviewResults.find((r) => r.Key === 'PluralityAnswer');
  assert.equal(agreed?.Value, 'cat');
  const upload = { AssignmentId: good, QuestionIdentifier: 'a' };
  const none = await refused(call('GetFileUploadURL', upload));
  assert.equal(none.TurkErrorCode, 'AWS.MechanicalTurk.OperationNotSupported');

  const [ada] = workers;
  const told = await call('NotifyWorkers', { Subject: 'More', MessageText: 'More.', WorkerIds: [ada] });
  assert.deepEqual(told.NotifyWorkersFailureStatuses, []);
  await call('CreateWorkerBlock', { WorkerId: ada, Reason: 'A test' });
  await call('ListWorkerBlocks');
  const blocks = await all(paginateListWorkerBlocks, 'WorkerBlocks', {});
  assert.deepEqual(blocks, [{ WorkerId: ada, Reason: 'A test' }]);
  await call('DeleteWorkerBlock', { WorkerId: ada });
}

async function qualifications() {
  const tested = { Test: test, TestDurationInSeconds: 600 };
  const { QualificationType } = await call('CreateQualificationType', {
    Name: 'Knows photos', Description: 'Has passed', QualificationTypeStatus: 'Active', ...tested,
  });
  assert.ok(QualificationType.CreationTime instanceof Date);
  const { QualificationTypeId } = QualificationType;
  const wanted = { QualificationTypeId, Comparator: 'In', IntegerValues: [70, 90] };
  const hit = await post('Who knows', { QualificationRequirements: [wanted] });
  assert.deepEqual(hit.QualificationRequirements[0].IntegerValues, [70, 90]);
  await call('ListHITsForQualificationType', { QualificationTypeId });
  const needing = await all(paginateListHITsForQualificationType, 'HITs', { QualificationTypeId });
  assert.deepEqual(needing.map((h) => h.HITId), [hit.HITId]);

  const { workers } = await ask({ request: QualificationTypeId, count: 2 });
  await call('ListQualificationRequests', { QualificationTypeId });
  const asked = await all(paginateListQualificationRequests, 'QualificationRequests', { QualificationTypeId });
  assert.deepEqual(asked.map((r) => r.WorkerId), workers);
  assert.ok(asked[0].SubmitTime instanceof Date);
  const [one, two] = asked.map((r) => r.QualificationRequestId);
  await call('AcceptQualificationRequest', { QualificationRequestId: one, IntegerValue: 90 });
  await call('RejectQualificationRequest', { QualificationRequestId: two, Reason: 'Too late' });
  const of = { QualificationTypeId, WorkerId: workers[1] };
  await call('AssociateQualificationWithWorker', { ...of, IntegerValue: 70, SendNotification: false });
  const score = await call('GetQualificationScore', of);
  assert.equal(score.Qualification.IntegerValue, 70);
  assert.ok(score.Qualification.GrantTime instanceof Date);
  await call('ListWorkersWithQualificationType', { QualificationTypeId });
  const held = await all(paginateListWorkersWithQualificationType, 'Qualifications', { QualificationTypeId });
  assert.deepEqual(held.map((q) => q.WorkerId).sort(), [...workers].sort());
  await call('DisassociateQualificationFromWorker', { ...of, Reason: 'Done' });
  const gone = await refused(call('GetQualificationScore', of));
  assert.match(gone.message, /can be called with a status of: Granted/);

  await call('UpdateQualificationType', { QualificationTypeId, ...tested, AnswerKey: key });
  const got = await call('GetQualificationType', { QualificationTypeId });
  assert.equal(got.QualificationType.AnswerKey, key);
  const mine = { MustBeRequestable: true, MustBeOwnedByCaller: true };
  await call('ListQualificationTypes', mine);
  assert.equal((await all(paginateListQualificationTypes, 'QualificationTypes', mine)).length, 1);
  await call('DeleteQualificationType', { QualificationTypeId });
  assert.equal((await call('ListQualificationTypes', mine)).NumResults, 0);
}

async function notifications() {
  const { HITTypeId } = await call('CreateHITType', kind);
  const Notification = {
    Destination: queue, Transport: 'SQS', Version: '2014-08-15', EventTypes: ['AssignmentSubmitted'],
  };
  await call('SendTestEventNotification', { Notification, TestEventType: 'Ping' });
  await call('UpdateNotificationSettings', { HITTypeId, Notification, Active: true });
  const { HIT } = await call('CreateHITWithHITType', { HITTypeId, LifetimeInSeconds: 3600, Question: question });
  await ask({ submit: HIT.HITId, count: 1 });
  const { events } = await ask({ give: 'events' });
  assert.deepEqual(events, ['Ping', 'AssignmentSubmitted']);
}

async function failures() {
  const missing = await refused(call('GetHIT', { HITId: '3NOSUCHHIT' }));
  assert.ok(missing instanceof RequestError);
  assert.ok(missing instanceof MTurkServiceException);
  assert.equal(missing.TurkErrorCode, 'AWS.MechanicalTurk.HITDoesNotExist');
  assert.match(missing.message, /^Hit 3NOSUCHHIT does not exist\. \(\d+\)$/);
  assert.equal(missing.$metadata.httpStatusCode, 400);
  assert.ok(missing.$metadata.requestId);
  const broke = await refused(post('Too dear', { Reward: '10000' }));
  assert.equal(broke.TurkErrorCode, 'AWS.MechanicalTurk.InsufficientFunds');
  // Of no class in the model, and so of the client's general one.
  const wrong = await refused(call('GetHIT', { HITId: 'lower-case' }));
  assert.ok(wrong instanceof MTurkServiceException && !(wrong instanceof RequestError));
  assert.equal(wrong.name, 'ParameterValidationError');
  assert.match(wrong.message, /The value "lower-case" is not valid for the parameter HITId/);

  const { url } = await ask({ give: 'broken endpoint' });
  const faulty = new MTurkClient({ endpoint: url, maxAttempts: 1 });
  const fault = await refused(call('ListHITs', {}, faulty));
  assert.ok(fault instanceof ServiceFault);
  assert.equal(fault.$fault, 'server');
  assert.match(fault.message, /temporarily unable/);
  const stranger = new MTurkClient({ credentials: { accessKeyId: 'RKNOBODY', secretAccessKey: 'x' } });
  const unknown = await refused(call('ListHITs', {}, stranger));
  assert.ok(['InvalidSignatureException', 'UnrecognizedClientException'].includes(unknown.name));
}

/** An answer without what the SDK adds. */
function rest({ $metadata, ...others }) {
  assert.equal($metadata.httpStatusCode, 200);
  return others;
}

for (const part of [hits, work, qualifications, notifications, failures]) await part();
process.stdout.write(`${JSON.stringify({ done: [...sent].sort() })}\n`);
process.exit(0);

// In front of the marketplace's address, where what lies between drops a Signature V4: it travels
// under another name, with the host that it was made for. The marketplace knows both names.
function handler(event) {
  var headers = event.request.headers;
  // A viewer that sends these names is not believed.
  delete headers['x-retainer-authorization'];
  headers['x-retainer-host'] = { value: headers.host.value };
  if (headers.authorization) {
    headers['x-retainer-authorization'] = { value: headers.authorization.value };
    delete headers.authorization;
  }
  return event.request;
}

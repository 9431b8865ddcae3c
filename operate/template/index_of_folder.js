// S3 behind a distribution knows files, not folders: `/status/` is `/status/index.html`.
function handler(event) {
  var request = event.request;
  var uri = request.uri;
  if (uri.endsWith('/')) {
    request.uri = uri + 'index.html';
  } else if (uri.lastIndexOf('.') < uri.lastIndexOf('/')) {
    // Without the slash the page's relative links would point a level too high. The query says
    // whose assignment it is; and what begins with two slashes would lead to another site.
    return {
      statusCode: 301,
      statusDescription: 'Moved Permanently',
      headers: {
        location: { value: uri.replace(/^[/\\]+/, '/') + '/' + query(request.querystring) },
      },
    };
  }
  return request;
}

// As it came: names and values are still encoded, and `multiValue` has all of several.
function query(given) {
  var pairs = [];
  Object.keys(given).forEach(function (name) {
    (given[name].multiValue || [given[name]]).forEach(function (one) {
      pairs.push(one.value === '' ? name : name + '=' + one.value);
    });
  });
  return pairs.length ? '?' + pairs.join('&') : '';
}

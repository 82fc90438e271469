// An express service that calls with Node's own http: /leaf answers, and /call calls the URL it is given.
'use strict';

const express = require('express');
const http = require('http');

const app = express();

app.get('/leaf', (request, response) => response.send('leaf'));

app.get('/call', (request, response) => {
  const call = http.get(request.query.url, (answer) => {
    response.status(answer.statusCode);
    answer.pipe(response);
  });
  call.on('error', (error) => response.status(502).send(error.message));
});

const server = app.listen(0, '127.0.0.1', () => console.log('port', server.address().port));

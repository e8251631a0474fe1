// A bare room server on socket.io: `join` names the room, `msg` goes to everybody in it.
'use strict';
const http = require('http');
const { Server } = require('socket.io');

const listener = http.createServer();
const server = new Server(listener, {
  transports: ['websocket'], serveClient: false, pingInterval: 600000, pingTimeout: 600000,
});

server.on('connection', (socket) => {
  let room = null;
  socket.on('join', (name) => {
    room = name;
    socket.join(name);
    socket.emit('joined', name);
  });
  socket.on('msg', (text) => server.to(room).emit('msg', text));
});

listener.listen(Number(process.argv[2]), '127.0.0.1', 4096, () => console.log('ready'));

// A bare room server on `ws`: the first message names the room, later ones go to everybody in it.
'use strict';
const { WebSocketServer } = require('ws');

const port = Number(process.argv[2]);
const rooms = new Map();
const server = new WebSocketServer(
  { host: '127.0.0.1', port, backlog: 4096, perMessageDeflate: false },
  () => console.log('ready'),
);

server.on('connection', (socket) => {
  let room = null;
  socket.on('message', (data) => {
    if (room === null) {
      const name = data.toString();
      room = rooms.get(name) || new Set();
      rooms.set(name, room.add(socket));
      socket.send(name);
      return;
    }
    for (const member of room) member.send(data, { binary: false });
  });
  socket.on('close', () => room && room.delete(socket));
});

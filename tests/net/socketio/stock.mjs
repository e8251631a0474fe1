// A page's client of Socket.IO without the page: `node stock.mjs HOST:PORT TRANSPORTS NAMESPACES` does what lines
// of JSON on stdin ask for, and tells on stdout what happens to it.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const pages = createRequire(new URL("../../../tools/pages/package.json", import.meta.url));
const { io } = pages("socket.io-client");
const [address, transports, namespaces] = process.argv.slice(2);
const tell = (...told) => process.stdout.write(`${JSON.stringify(told)}\n`);
const quick = { reconnectionDelay: 50, reconnectionDelayMax: 200, autoConnect: false };

const sockets = Object.fromEntries(namespaces.split(",").map((namespace) => {
  const socket = io(`http://${address}${namespace}`, { transports: transports.split(","), ...quick });
  socket.on("connect", () => tell("connect", namespace));
  socket.on("connect_error", (error) => tell("connect_error", namespace, error.message, error.data ?? null));
  socket.on("disconnect", (reason) => tell("disconnect", namespace, reason));
  socket.onAny((event, ...data) => tell("event", namespace, event, ...data));
  return [namespace, socket];
}));

const doing = {
  connect: (socket, auth) => Object.assign(socket, { auth }).connect(),
  auth: (socket, auth) => Object.assign(socket, { auth }),
  emit: (socket, id, ...given) => socket.emit(...given, (...told) => tell("ack", id, ...told)),
  binary: (socket, id, event) => socket.emit(event, Buffer.from("abc"), (...told) => tell("ack", id, ...told)),
  cut: (socket) => socket.io.engine.close(),
  disconnect: (socket) => socket.disconnect(),
  sid: (socket) => tell("sid", socket.io.engine.id),
  transport: (socket) => tell("transport", socket.io.engine.transport.name),
};
createInterface({ input: process.stdin })
  .on("line", (line) => {
    const [what, namespace, ...given] = JSON.parse(line);
    doing[what](sockets[namespace], ...given);
  })
  .on("close", () => process.exit());

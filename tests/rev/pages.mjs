// Dialogs of the pages without a page: `node pages.mjs ADDRESS DISCONNECTS TOKEN…` follows the lobby
// with each token, loses the line so often, and says what is shown once it is as far as a line of
// JSON on stdin says: { seq, rev }.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const nothing = () => {};
Object.assign(globalThis, {
  window: globalThis,
  document: { hidden: false, addEventListener: nothing, removeEventListener: nothing },
  addEventListener: nothing,
  removeEventListener: nothing,
  requestAnimationFrame: (work) => setTimeout(work, 16),
  cancelAnimationFrame: clearTimeout,
  UIEvent: class {},
});
// Not Node's own WebSocket: that tells of frames that come together at once, where a browser lets what
// waits for the first go on before the second. An error of the library's ends the process, which a
// browser only writes down, as that a line was dropped before it stood.
const Library = createRequire(new URL("../../tools/pages/package.json", import.meta.url))("ws");
globalThis.WebSocket = class extends Library {
  constructor(url) {
    super(url, [], { allowSynchronousEvents: false });
    this.on("error", nothing);
  }
};
const shared = new URL("../../chatd/web/shared/", import.meta.url);
const { Connection } = await import(new URL("connection.js", shared));
const { Dialog } = await import(new URL("dialog.js", shared));

const [address, disconnects, ...tokens] = process.argv.slice(2);
const tell = (told) => new Promise((done) => process.stdout.write(`${JSON.stringify(told)}\n`, done));
const pause = (most) => new Promise((done) => void setTimeout(done, Math.random() * most));
const until = async (there) => {
  while (!there()) await pause(20);
};
let lost = 0;

class Follower {
  constructor(token) {
    this.connection = new Connection({ url: `ws://${address}/ws`, greeting: () => ({ token }) });
    this.connection.on("welcome", ({ participant }) => {
      this.dialog ??= new Dialog(this.connection, "lobby", participant.id);
    });
    this.connection.on("state", (state) => state === "online" && this.dialog.join().catch(nothing));
    this.connection.start();
  }

  // Now and then before the daemon has answered at all.
  async run(times) {
    await until(() => this.dialog?.joined);
    for (let time = 0; time < times; time += 1) {
      if (Math.random() < 0.8) await until(() => this.connection.online);
      await pause(40);
      this.connection.restart();
      this.connection.restart();
      lost += 1;
    }
  }

  async shows({ seq, rev }) {
    await until(() => this.dialog.last >= seq && this.dialog.rev >= rev);
    this.connection.stop();
    return { rev: this.dialog.rev, messages: this.dialog.messages };
  }
}

const followers = tokens.map((token) => new Follower(token));
const end = new Promise((told) => createInterface({ input: process.stdin }).once("line", (line) => told(JSON.parse(line))));
await Promise.all(followers.map((one) => one.run(disconnects / tokens.length)));
await tell({ lost });
await tell(await Promise.all(followers.map(async (one) => one.shows(await end))));
process.exit();

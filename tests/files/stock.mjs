// What pages upload with, without the page: `node stock.mjs HOST:PORT TOKEN DIALOG FILE` uploads a file in pieces,
// tells of each piece on stdout, stops once in between and goes on, and tells at last where it is.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const pages = createRequire(new URL("../../tools/pages/package.json", import.meta.url));
const tus = pages("tus-js-client");
const [address, token, dialog, file] = process.argv.slice(2);
const tell = (...told) => process.stdout.write(`${JSON.stringify(told)}\n`);

let stopped = false;
const upload = new tus.Upload(readFileSync(file), {
  endpoint: `http://${address}/api/files`,
  headers: { Authorization: `Bearer ${token}` },
  metadata: { filename: "notes.txt", dialog_id: dialog },
  chunkSize: 100_000,
  retryDelays: Array(200).fill(50),
  onChunkComplete: async (size, accepted) => {
    tell("piece", accepted);
    if (stopped) return;
    stopped = true;
    await upload.abort();
    setTimeout(() => upload.start(), 50);
  },
  onSuccess: () => tell("done", upload.url),
  onError: (error) => tell("failed", String(error)),
});
upload.start();

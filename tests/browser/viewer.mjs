// What the journey and the screenshots share: a fresh archive of the samples behind `kho demo`, and Debian's Chromium.

import assert from "node:assert/strict";
import { spawn, execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");

/** The folder of the project. */
export { root };

/** Brings the samples into a fresh archive and serves them; `close` ends the server and removes the archive. */
export async function serveSamples(kho) {
  const program = path.resolve(kho);
  const folder = await mkdtemp(path.join(tmpdir(), "kho-browser-"));
  const archive = path.join(folder, "archive");
  const server = spawn(
    program,
    ["demo", path.join(root, "samples/collection"), "--into", archive, "--listen", "127.0.0.1:0"],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const ended = new Promise((resolve) => { server.once("exit", resolve); server.once("error", resolve); });
  let said = "";
  const close = async () => {
    if (server.exitCode === null && server.signalCode === null && server.pid) {
      server.kill("SIGTERM");
      const hard = setTimeout(() => server.kill("SIGKILL"), 5000);
      await ended;
      clearTimeout(hard);
    }
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const base = await new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`kho demo said nothing for three minutes:\n${said}`)), 180_000);
      let line = "";
      server.stderr.on("data", (bytes) => { said += bytes; });
      server.stdout.on("data", (bytes) => {
        line += bytes;
        const found = /listening on (http:\/\/\S+)/.exec(line);
        if (found) { clearTimeout(late); resolve(found[1].replace(/\/$/, "")); }
      });
      server.once("error", reject);
      server.once("exit", (code) => { clearTimeout(late); reject(new Error(`kho demo ended (${code}):\n${said}`)); });
    });
    return {
      base,
      close,
      /** The process of the server, for looking at what it takes. */
      pid: server.pid,
      /** Ends the server at once, for when the test itself breaks. */
      kill: () => { server.kill("SIGKILL"); rmSync(folder, { recursive: true, force: true }); },
      /** Makes the account of an archivist. */
      addArchivist: (name, password) =>
        execFileSync(program, ["user", "add", name, "--role", "archivist", "-a", archive], { input: `${password}\n`, stdio: ["pipe", "pipe", "pipe"] }),
      /** Every record, as `kho records` tells them. */
      records: () =>
        execFileSync(program, ["records", "-a", archive], { encoding: "utf8", maxBuffer: 64 << 20 })
          .split("\n").filter(Boolean).map((line) => JSON.parse(line)),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Starts Chromium with a fresh profile and with nothing of its own to fetch. */
export function startChromium() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    headless: true,
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ],
  });
}

/** Runs the steps of a test: a failure is told, and the others go on. What stands in `complaints` after a step is a failure, too. */
export class Steps {
  passed = 0;
  failed = 0;

  constructor(complaints = []) {
    this.complaints = complaints;
  }

  async run(name, work) {
    const began = Date.now();
    this.complaints.length = 0;
    try {
      await work();
      assert.deepEqual(this.complaints, [], "the browser complained");
      this.passed += 1;
      console.log(`ok    ${name} (${Date.now() - began} ms)`);
    } catch (error) {
      this.failed += 1;
      console.log(`FAIL  ${name}: ${error.message.replace(/\u001b\[\d+m/g, "")}`);
      for (const complaint of this.complaints) console.log(`      ${complaint}`);
    }
  }
}

/** The addresses of the records on a page of results, in order. */
export const hitsOf = (page) =>
  page.locator(".hits a.card").evaluateAll((links) => links.map((link) => link.getAttribute("href")));

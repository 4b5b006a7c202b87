// The desk in headless Chromium: a transcript under the fingers, and an upload over a link that breaks.
//     node tests/browser/words.mjs PATH_TO_KHO

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { root, startChromium } from "./viewer.mjs";

const [program] = process.argv.slice(2).map((given) => path.resolve(given));
if (!program) {
  console.error("use: node tests/browser/words.mjs PATH_TO_KHO");
  process.exit(2);
}
const password = "tơ tằm làng Nha Xá";
const folder = await mkdtemp(path.join(tmpdir(), "kho-words-"));
const archive = path.join(folder, "kho");
const kho = (...words) => execFileSync(program, words, { encoding: "utf8", input: `${password}\n`, stdio: ["pipe", "pipe", "ignore"], maxBuffer: 64 << 20 });
kho("init", archive, "--without-terms");
kho("ingest", path.join(root, "samples/collection"), "--no-derivatives", "--access", "public", "-a", archive);
kho("user", "add", "lan", "--role", "archivist", "-a", archive);
const server = spawn(program, ["serve", "--listen", "127.0.0.1:0", "-a", archive], { stdio: ["ignore", "pipe", "inherit"] });
const base = await new Promise((resolve) => server.stdout.on("data", (said) => resolve(/http:\/\/\S+/.exec(said)[0])));
process.once("exit", () => server.kill("SIGKILL"));
const records = () => kho("records", "-a", archive).split("\n").filter(Boolean).map((line) => JSON.parse(line));

const browser = await startChromium();
const page = await (await browser.newContext({ viewport: { width: 1280, height: 1000 } })).newPage();
page.setDefaultTimeout(30_000);
const complaints = [];
page.on("console", (message) => { if (["error", "warning"].includes(message.type())) complaints.push(message.text()); });
page.on("pageerror", (error) => complaints.push(error.message));
page.on("dialog", (dialog) => dialog.accept());

await page.goto(`${base}/desk/sign-in`);
await page.fill("[name=name]", "lan");
await page.fill("[name=password]", password);
await page.click("main form button");
await page.waitForURL("**/desk");

// A transcript begins with the words beside the recording.
const interview = records().find((record) => record.kind === "sound" && record.files.some((file) => file.role === "transcript"));
await page.goto(`${base}/desk/describe/${interview.id}`);
await page.click("form[action^='/desk/transcribe'] button");
await page.waitForURL("**/desk/transcripts/*");
const rows = page.locator("[data-segments] > li");
const words = () => rows.locator("textarea[lang=vi]").evaluateAll((areas) => areas.map((area) => area.value));
const before = await words();
assert.ok(before.length > 3);

// Keys: a segment is parted where the cursor stands; the player runs, goes back, and gives its time.
const cut = before[0].indexOf(" ", before[0].length / 3);
await rows.first().locator("textarea").first().click();
await rows.first().locator("textarea").first().evaluate((area, at) => area.setSelectionRange(at, at), cut);
await page.keyboard.press("Alt+Enter");
assert.deepEqual((await words()).slice(0, 2), [before[0].slice(0, cut), before[0].slice(cut + 1)]);
await page.keyboard.press("Alt+KeyK");
await page.waitForFunction(() => document.querySelector("[data-player]").currentTime > 0.5);
await page.keyboard.press("Alt+KeyK");
await page.keyboard.press("Alt+KeyI");
const player = page.locator("[data-player]");
const now = await player.evaluate((player) => player.currentTime);
const [minutes, seconds] = (await rows.nth(1).locator("[name='seg.start']").inputValue()).split(":").map(Number);
assert.ok(Math.abs(minutes * 60 + seconds - now) < 0.3, "the segment begins where the player is");
await page.keyboard.press("Alt+KeyL");
assert.ok((await player.evaluate((player) => player.currentTime)) > now + 2.5);
await page.keyboard.press("Alt+ArrowDown");
await page.keyboard.type("…");
await page.waitForTimeout(1200);

// A closed lid costs nothing; what came back can be dropped.
await page.reload();
assert.equal((await words()).length, before.length + 1);
assert.ok(await page.locator("[data-restored]").isVisible());
await page.click("[data-discard]");
assert.deepEqual(await words(), before);

// Joined, marked, verified and saved.
await rows.first().locator("button[value^=join]").click();
await page.click("[data-mark]");
await page.fill("[data-new] [name$='title.vi']", "Nghề từ nhỏ");
await page.selectOption("#state", "verified");
await page.selectOption("#access", "public");
await page.keyboard.press("Control+s");
await page.waitForURL("**saved=1");
assert.deepEqual((await words()).slice(0, 2), [`${before[0]} ${before[1]}`, before[2]]);
await page.goto(`${base}/r/${interview.id}`);
assert.ok((await page.textContent(".transcripts")).includes("Nghề từ nhỏ"));

// An upload: one piece is lost on the way, and the page is loaded again in the middle.
const film = path.join(folder, "đan đó.jpg");
const bytes = randomBytes(11 << 20);
await writeFile(film, bytes);
await page.goto(`${base}/desk/upload`);
await page.click("main form button");
await page.waitForURL("**/desk/upload/*");
assert.deepEqual(complaints, [], "the browser complained");
let pieces = 0;
await page.route("**/files/*", async (route) => {
  if (route.request().method() !== "PATCH") return route.continue();
  pieces += 1;
  if (pieces === 2) return route.abort("connectionreset");
  return route.continue();
});
await page.setInputFiles("#files", film);
await page.waitForFunction(() => document.querySelector(".uploaded progress")?.value >= 4 << 20);
await page.reload();
assert.ok(await page.locator("[data-bring] button").isEnabled());
await page.setInputFiles("#files", film);
await page.waitForSelector(".uploaded .whole");
assert.equal(await page.locator(".uploaded > li").count(), 1, "it went on, and did not begin anew");
await page.fill("#giver", "Bà Nan");
await page.click("[data-bring] button");
await page.waitForSelector("main a[href^='/r/']");
const brought = records().flatMap((record) => record.files ?? []).find((file) => file.paths?.some((found) => found.name === "đan đó.jpg"));
const blob = await readFile(path.join(archive, "blobs", brought.digest.slice(0, 2), brought.digest.slice(2, 4), brought.digest));
assert.ok(blob.equals(bytes), "the same to the last byte");

await browser.close();
server.kill();
await rm(folder, { recursive: true, force: true });
console.log("ok    a transcript and an upload at the desk");

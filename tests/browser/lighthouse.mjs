// Lighthouse on home, search and a record of each kind: accessibility is 100. With --performance, by hand on a quiet machine,
// performance too, which is at least 95 on a telephone of the middle class with a slow line, as Lighthouse plays it.
//     node tests/browser/lighthouse.mjs PATH_TO_KHO [--performance]

import lighthouse from "lighthouse";
import { chromium } from "playwright-core";
import { serveSamples } from "./viewer.mjs";

const [kho, how] = process.argv.slice(2);
if (!kho || (how && how !== "--performance")) {
  console.error("use: node tests/browser/lighthouse.mjs PATH_TO_KHO [--performance]");
  process.exit(2);
}
const isTimed = how === "--performance";
const PORT = 9300 + (process.pid % 500);

const viewer = await serveSamples(kho);
process.once("exit", viewer.kill);
const richest = new Map();
for (const record of viewer.records()) {
  // What is not open to everyone has no page for a stranger.
  if ((await fetch(`${viewer.base}/r/${record.id}`, { method: "HEAD" })).status !== 200) continue;
  const known = richest.get(record.kind);
  if (!known || JSON.stringify(record).length > JSON.stringify(known).length) richest.set(record.kind, record);
}
const pages = [["home", "/"], ["search", `/search?q=${encodeURIComponent("đan đó")}`], ...[...richest].map(([kind, record]) => [kind, `/r/${record.id}`])];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", `--remote-debugging-port=${PORT}`],
});
let failed = 0;
for (const [name, address] of pages) {
  const run = await lighthouse(`${viewer.base}${address}`, {
    port: PORT,
    logLevel: "error",
    output: "json",
    onlyCategories: isTimed ? ["accessibility", "performance"] : ["accessibility"],
    disableFullPageScreenshot: true,
    throttlingMethod: isTimed ? "simulate" : "provided",
    // Whether a page can be read does not depend on how quiet the line has become.
    ...(isTimed ? {} : { pauseAfterFcpMs: 0, pauseAfterLoadMs: 0, networkQuietThresholdMs: 0, cpuQuietThresholdMs: 0, maxWaitForLoad: 10_000, disableStorageReset: true }),
  });
  const { categories, audits } = run.lhr;
  const scores = Object.fromEntries(Object.entries(categories).map(([category, { score }]) => [category, Math.round(score * 100)]));
  const isGood = scores.accessibility === 100 && (!isTimed || scores.performance >= 95);
  failed += !isGood;
  const told = Object.entries(scores).map(([category, score]) => `${category} ${score}`).join(", ");
  console.log(`${isGood ? "ok   " : "FAIL "} ${name} (${address}): ${told}`);
  for (const { id, score, title, displayValue } of Object.values(audits)) {
    const counts = score !== null && score < (isTimed ? 0.9 : 1);
    if (counts && (isTimed || !isGood)) console.log(`        ${id}: ${title}${displayValue ? `, ${displayValue}` : ""}`);
  }
}
await browser.close();
await viewer.close();
process.exit(failed === 0 ? 0 : 1);

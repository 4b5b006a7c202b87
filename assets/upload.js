// Uploads: files go up in pieces (tus 1.0), and on from where the link broke. And ingests that are told anew while they run.
(() => {
  "use strict";

  const pause = (ms) => new Promise((done) => setTimeout(done, ms));

  // On the desk and on the page of a delivery: look again as long as something runs.
  const running = document.querySelector("[data-ingests]");
  const again = document.querySelector("[data-again]");
  async function follow() {
    while (document.querySelector(".ingest-running")) {
      await pause(1500);
      const list = running ?? again;
      const answer = await fetch("/desk/ingests").catch(() => null);
      if (!answer?.ok || answer.redirected) continue;
      const told = document.createElement("template");
      told.innerHTML = await answer.text();
      if (again) { if (!told.content.querySelector(".ingest-running")) return location.reload(); }
      list.replaceChildren(told.content);
    }
  }
  if (running || again) follow();

  const form = document.querySelector("form[data-upload]");
  if (!form) return;
  const said = form.dataset;
  const list = document.querySelector("[data-files]");
  const bring = document.querySelector("[data-bring] button");
  const summary = document.querySelector("[data-summary]");
  const piece = 4 << 20;
  const together = 2;
  const queue = [];
  let sending = 0;
  let signedOut = false;

  const head = { "Tus-Resumable": "1.0.0", "Kho-Guard": said.guard };
  const encoder = new TextEncoder();
  const base64 = (text) => btoa(String.fromCharCode(...encoder.encode(text)));
  /** As the server writes exact bytes: percent-encoded. Only for finding a file again. */
  const plain = (raw) => { try { return decodeURIComponent(raw); } catch { return raw; } };

  async function ask(method, address, headers = {}, body = undefined) {
    const answer = await fetch(address, { method, headers: { ...head, ...headers }, body, redirect: "manual" });
    if (answer.type === "opaqueredirect") { signedOut = true; summary.textContent = said.signedOut; throw new Error("signed out"); }
    return answer;
  }

  function row(name) {
    const item = document.createElement("li");
    const title = document.createElement("span");
    title.className = "uploaded-name";
    title.textContent = name;
    const bar = document.createElement("progress");
    bar.setAttribute("aria-label", name);
    const told = document.createElement("span");
    told.className = "uploaded-told";
    const remove = document.createElement("button");
    remove.type = "button";
    remove.className = "quiet";
    remove.textContent = said.remove;
    remove.setAttribute("aria-label", `${said.remove}: ${name}`);
    item.append(title, bar, told, remove);
    list.append(item);
    document.querySelector("[data-none]")?.remove();
    return item;
  }

  function show(job, text) {
    const bar = job.item.querySelector("progress");
    bar.max = Math.max(1, job.file.size);
    bar.value = job.sent;
    const percent = job.file.size ? Math.floor((job.sent / job.file.size) * 100) : 100;
    job.item.querySelector(".uploaded-told").textContent = text ?? `${percent} %`;
  }

  const attribute = (item, name) => item.getAttribute(`data-${name}`);
  /** The row of a file that was begun before, perhaps in another window or before the power went. */
  const begun = (path, file) => [...list.children].find((item) =>
    !item.job && attribute(item, "id") && plain(attribute(item, "raw")) === path
    && Number(attribute(item, "size")) === file.size && attribute(item, "modified") === String(file.lastModified));

  function add(file) {
    const path = file.webkitRelativePath || file.name;
    const known = begun(path, file);
    if (known?.classList.contains("whole")) return;
    const item = known ?? row(path);
    const job = { file, path, item, sent: 0, address: known ? `${said.upload}/files/${attribute(known, "id")}` : null, gone: false };
    item.job = job;
    const remove = item.querySelector("button");
    remove.addEventListener("click", async (event) => {
      event.preventDefault();
      job.gone = true;
      if (job.address) await ask("DELETE", job.address).catch(() => {});
      item.remove();
      tell();
    });
    item.querySelector("progress").hidden = false;
    show(job, said.waiting);
    queue.push(job);
  }

  async function create(job) {
    const answer = await ask("POST", `${said.upload}/files`, {
      "Upload-Length": String(job.file.size),
      "Upload-Metadata": `filename ${base64(job.path)},modified ${base64(String(job.file.lastModified))}`,
    });
    if (answer.status !== 201) throw Object.assign(new Error(await answer.text()), { final: answer.status < 500 || answer.status === 507 });
    job.address = answer.headers.get("Location");
  }

  async function offset(job) {
    const answer = await ask("HEAD", job.address);
    if (answer.status === 404) { job.address = null; return create(job); }
    if (!answer.ok) throw new Error(said.broken);
    job.sent = Number(answer.headers.get("Upload-Offset"));
  }

  async function send(job) {
    if (job.address) await offset(job); else await create(job);
    while (job.sent < job.file.size && !job.gone) {
      show(job);
      const answer = await ask("PATCH", job.address, {
        "Content-Type": "application/offset+octet-stream", "Upload-Offset": String(job.sent),
      }, job.file.slice(job.sent, job.sent + piece));
      if (answer.status === 409 || answer.status === 423) { await pause(1000); await offset(job); continue; }
      if (answer.status !== 204) throw Object.assign(new Error(await answer.text()), { final: [400, 403, 404, 413, 507].includes(answer.status) });
      job.sent = Number(answer.headers.get("Upload-Offset"));
      job.tries = 0;
    }
  }

  /** Sends one file, and goes on whenever the link broke. */
  async function carry(job) {
    job.tries = 0;
    while (!job.gone && !signedOut) {
      try {
        await send(job);
        job.item.classList.add("whole");
        job.item.querySelector("progress").hidden = true;
        return show(job, `${said.whole} ✓`);
      } catch (error) {
        if (error.final) { job.failed = true; job.item.classList.add("failed"); return show(job, error.message); }
        job.tries += 1;
        show(job, said.broken);
        // Waits longer each time, half a minute at most, or until the link is back.
        await Promise.race([pause(Math.min(30_000, 1000 * 2 ** job.tries)), new Promise((done) => addEventListener("online", done, { once: true }))]);
      }
    }
  }

  function tell() {
    const items = [...list.children];
    const whole = items.filter((item) => item.classList.contains("whole")).length;
    if (!signedOut) summary.textContent = items.length ? `${said.summaryLabel}: ${whole} / ${items.length}` : "";
    bring.disabled = sending > 0 || queue.length > 0;
  }

  async function work() {
    while (sending < together && queue.length) {
      const job = queue.shift();
      sending += 1;
      carry(job).finally(() => { sending -= 1; tell(); work(); });
    }
    tell();
  }

  function take(files) {
    for (const file of files) add(file);
    work();
  }

  for (const input of form.querySelectorAll('input[type="file"]')) {
    input.addEventListener("change", () => { take([...input.files]); input.value = ""; });
  }
  form.addEventListener("dragover", (event) => { event.preventDefault(); form.classList.add("over"); });
  form.addEventListener("dragleave", () => form.classList.remove("over"));
  form.addEventListener("drop", (event) => { event.preventDefault(); form.classList.remove("over"); take([...event.dataTransfer.files]); });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.querySelector("[data-plain]").hidden = true;
  form.querySelector("[data-folder]").hidden = false;
  addEventListener("beforeunload", (event) => { if (sending > 0) event.preventDefault(); });
  tell();
})();

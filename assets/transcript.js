// The transcript editor: the player under the fingers, segments split where the cursor stands, and a draft that survives a
// closed lid. Without this file the page is a form that does the same by buttons.
(() => {
  "use strict";
  const form = document.querySelector("form[data-words]");
  if (!form) return;
  const player = document.querySelector("[data-player]");
  const list = form.querySelector("[data-segments]");
  const blank = form.querySelector("[data-blank]").content.firstElementChild;
  form.classList.add("scripted");

  /** The segment in which somebody works: the one with the cursor, else the one that was last in use. */
  let current = null;
  const field = (row, name) => row.querySelector(`[name="${name}"]`);
  const texts = (row) => [...row.querySelectorAll("textarea")];
  const segments = () => [...list.children];
  const changed = (input) => input.dispatchEvent(new Event("input", { bubbles: true }));

  function clock(seconds) {
    const all = Math.max(0, Math.round(seconds * 1000));
    const two = (number) => String(number).padStart(2, "0");
    const rest = String(all % 1000).padStart(3, "0");
    const [hours, minutes, whole] = [Math.floor(all / 3600000), Math.floor(all / 60000) % 60, Math.floor(all / 1000) % 60];
    return hours ? `${hours}:${two(minutes)}:${two(whole)}.${rest}` : `${minutes}:${two(whole)}.${rest}`;
  }

  function seconds(typed) {
    const parts = typed.trim().replace(",", ".").split(":").map(Number);
    return typed.trim() && parts.every(Number.isFinite) ? parts.reduce((sum, part) => sum * 60 + part, 0) : null;
  }

  function seek(to) {
    if (!player || to === null) return;
    const go = () => { player.currentTime = Math.max(0, to); };
    if (player.readyState > 0) go();
    else { player.addEventListener("loadedmetadata", go, { once: true }); player.load(); }
  }

  function play() {
    if (!player) return;
    if (player.paused) player.play().catch(() => {}); else player.pause();
  }

  function grow(area) {
    // Style by script is not style in the page: the policy allows it.
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight + 2}px`;
  }

  function count() {
    form.querySelector("[data-count]").textContent = segments().length;
    form.querySelector("[data-none]")?.toggleAttribute("hidden", segments().length > 0);
  }

  function fresh(values = {}) {
    const row = blank.cloneNode(true);
    row.removeAttribute("id");
    for (const [name, value] of Object.entries(values)) field(row, name).value = value;
    return row;
  }

  function focus(row, cursor = null) {
    if (!row) return;
    const area = texts(row).find((area) => area === document.activeElement) ?? texts(row)[0];
    area.focus();
    if (cursor !== null) area.setSelectionRange(cursor, cursor);
    row.scrollIntoView({ block: "nearest" });
  }

  function add(after) {
    const from = after ? field(after, "seg.end").value : "0:00.000";
    const to = player && player.currentTime > (seconds(from) ?? 0) ? clock(player.currentTime) : from;
    const row = fresh({ "seg.start": from, "seg.end": to, "seg.speaker": after ? field(after, "seg.speaker").value : "" });
    if (after) after.after(row); else list.prepend(row);
    return row;
  }

  /** Parts the words at the cursor and the time where the player is, if that lies inside; else in the middle. */
  function split(row) {
    const [start, end] = [seconds(field(row, "seg.start").value), seconds(field(row, "seg.end").value)];
    const now = player?.currentTime ?? -1;
    const at = start !== null && end !== null ? (now > start && now < end ? now : (start + end) / 2) : start;
    const second = fresh({
      "seg.start": at === null ? "" : clock(at), "seg.end": field(row, "seg.end").value,
      "seg.speaker": field(row, "seg.speaker").value, "seg.language": field(row, "seg.language").value,
    });
    if (at !== null) field(row, "seg.end").value = clock(at);
    texts(row).forEach((area, place) => {
      const words = area.value;
      const gap = words.indexOf(" ", Math.floor(words.length / 2));
      const cut = area === document.activeElement ? area.selectionStart : gap < 0 ? words.length : gap;
      texts(second)[place].value = words.slice(cut).replace(/^\s+/, "");
      area.value = words.slice(0, cut).replace(/\s+$/, "");
    });
    row.after(second);
    return second;
  }

  function join(row) {
    const next = row.nextElementSibling;
    if (!next) return;
    field(row, "seg.end").value = field(next, "seg.end").value;
    texts(row).forEach((area, place) => {
      const more = texts(next)[place].value;
      area.value += area.value && more ? ` ${more}` : more;
    });
    next.remove();
  }

  function act(what, row) {
    let next = row;
    if (what === "play") { seek(seconds(field(row, "seg.start").value)); player?.play().catch(() => {}); return; }
    if (what === "add") next = add(row);
    if (what === "split") next = split(row);
    if (what === "join") join(row);
    if (what === "delete") { next = row.nextElementSibling ?? row.previousElementSibling; row.remove(); }
    [row, next].filter(Boolean).flatMap(texts).forEach(grow);
    current = next;
    count();
    focus(next, what === "split" ? 0 : null);
    changed(list);
  }

  form.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    const row = button?.closest(".segment");
    if (row) {
      event.preventDefault();
      act(button.dataset.act ?? button.value.split(":")[0], row);
    } else if (button?.name === "do") {
      event.preventDefault();
      current = add(list.lastElementChild);
      count();
      focus(current);
      changed(list);
    } else if (button && "mark" in button.dataset) {
      const point = form.querySelector("[data-new]");
      point.open = true;
      const time = point.querySelector('[name$=".time"]');
      if (player) time.value = clock(player.currentTime);
      changed(time);
      point.querySelector('[name$=".title.vi"]').focus();
    }
  });
  form.addEventListener("focusin", (event) => { current = event.target.closest(".segment") ?? current; });
  form.addEventListener("input", (event) => { if (event.target.tagName === "TEXTAREA") grow(event.target); });

  const keys = {
    KeyK: play,
    KeyJ: () => seek(player ? player.currentTime - 3 : null),
    KeyL: () => seek(player ? player.currentTime + 3 : null),
    KeyI: () => set("seg.start"),
    KeyO: () => set("seg.end"),
    ArrowDown: () => focus(current?.nextElementSibling ?? (current ? null : list.firstElementChild)),
    ArrowUp: () => focus(current?.previousElementSibling),
    Enter: () => { if (current) act("split", current); },
  };
  function set(name) {
    if (!player || !current) return;
    field(current, name).value = clock(player.currentTime);
    changed(field(current, name));
  }
  document.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || !keys[event.code]) return;
    event.preventDefault();
    keys[event.code]();
  });

  // The segment that is heard stands out.
  let heard = null;
  player?.addEventListener("timeupdate", () => {
    const now = player.currentTime;
    const row = segments().find((row) => {
      const [start, end] = [seconds(field(row, "seg.start").value), seconds(field(row, "seg.end").value)];
      return start !== null && end !== null && start <= now && now < end;
    });
    if (row === heard) return;
    heard?.classList.remove("spoken");
    row?.classList.add("spoken");
    heard = row ?? null;
  });

  // The draft: columns of the segments, and every other field by its name.
  const key = `kho-draft ${form.dataset.words}`;
  const columns = [...blank.querySelectorAll("[name]")].map((input) => input.name).filter((name) => name !== "do");
  const others = () => [...form.elements].filter((input) => input.name && !columns.includes(input.name) && !["guard", "base", "do"].includes(input.name));
  const read = () => JSON.stringify({
    rows: segments().map((row) => columns.map((name) => field(row, name).value)),
    rest: others().map((input) => [input.name, input.type === "checkbox" ? input.checked : input.value]),
  });
  function fill(kept) {
    const { rows, rest } = JSON.parse(kept);
    list.replaceChildren(...rows.map((values) => fresh(Object.fromEntries(columns.map((name, place) => [name, values[place]])))));
    const values = new Map(rest);
    for (const input of others()) {
      if (!values.has(input.name)) continue;
      if (input.type === "checkbox") input.checked = values.get(input.name);
      else input.value = values.get(input.name);
    }
  }
  try {
    const begun = read();
    const kept = localStorage.getItem(key);
    const restored = form.querySelector("[data-restored]");
    if (kept && kept !== begun) {
      fill(kept);
      restored.hidden = false;
      restored.querySelector("[data-discard]").addEventListener("click", () => {
        localStorage.removeItem(key);
        fill(begun);
        restored.hidden = true;
        count();
        list.querySelectorAll("textarea").forEach(grow);
      });
    }
    let waiting;
    form.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => { try { localStorage.setItem(key, read()); } catch { /* Full: the form is still there. */ } }, 800);
    });
    form.addEventListener("submit", () => { clearTimeout(waiting); localStorage.removeItem(key); });
  } catch { /* A browser without storage has no drafts. */ }

  if (player) form.querySelector("[data-mark]").hidden = false;
  count();
  form.querySelectorAll("textarea").forEach(grow);
})();

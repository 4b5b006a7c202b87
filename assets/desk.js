// The desk: names are offered while somebody types, and what was typed is kept until it is saved.
(() => {
  "use strict";

  /** Offers records for an input or for the line of a textarea on which the cursor stands. */
  function offer(field) {
    const list = document.createElement("ul");
    const id = `offers-${Math.random().toString(36).slice(2)}`;
    list.id = id;
    list.className = "offers";
    list.setAttribute("role", "listbox");
    list.hidden = true;
    field.after(list);
    field.setAttribute("role", "combobox");
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", id);
    field.setAttribute("aria-expanded", "false");
    let asked = 0;
    let chosen = -1;

    const bounds = () => {
      if (field.tagName !== "TEXTAREA") return [0, field.value.length];
      const start = field.value.lastIndexOf("\n", field.selectionStart - 1) + 1;
      const end = field.value.indexOf("\n", field.selectionStart);
      return [start, end < 0 ? field.value.length : end];
    };
    const close = () => {
      list.hidden = true;
      list.replaceChildren();
      chosen = -1;
      field.setAttribute("aria-expanded", "false");
      field.removeAttribute("aria-activedescendant");
    };
    const take = (item) => {
      const [start, end] = bounds();
      field.setRangeText(`${item.dataset.title} [${item.dataset.id}]`, start, end, "end");
      field.dispatchEvent(new Event("input", { bubbles: true }));
      close();
    };
    const mark = (place) => {
      const items = list.children;
      if (!items.length) return;
      chosen = (place + items.length) % items.length;
      [...items].forEach((item, at) => item.setAttribute("aria-selected", String(at === chosen)));
      field.setAttribute("aria-activedescendant", items[chosen].id);
    };
    const ask = async () => {
      const [start, end] = bounds();
      const typed = field.value.slice(start, end).trim();
      const mine = ++asked;
      if (typed.length < 2) return close();
      const query = new URLSearchParams({ q: typed, to: field.dataset.lookup });
      const answer = await fetch(`/desk/lookup?${query}`).catch(() => null);
      if (!answer || !answer.ok || mine !== asked) return;
      const found = await answer.json();
      if (mine !== asked) return;
      list.replaceChildren(...found.map((record, at) => {
        const item = document.createElement("li");
        item.id = `${id}-${at}`;
        item.setAttribute("role", "option");
        item.dataset.id = record.id;
        item.dataset.title = record.title;
        item.textContent = record.code ? `${record.title} · ${record.code}` : record.title;
        item.addEventListener("pointerdown", (event) => { event.preventDefault(); take(item); });
        return item;
      }));
      list.hidden = found.length === 0;
      field.setAttribute("aria-expanded", String(found.length > 0));
      chosen = -1;
    };
    let waiting;
    field.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(ask, 120); });
    field.addEventListener("blur", () => setTimeout(close, 150));
    field.addEventListener("keydown", (event) => {
      if (list.hidden) return;
      if (event.key === "ArrowDown") { mark(chosen + 1); event.preventDefault(); }
      if (event.key === "ArrowUp") { mark(chosen - 1); event.preventDefault(); }
      if (event.key === "Escape") { close(); event.preventDefault(); }
      if (event.key === "Enter" && chosen >= 0) { take(list.children[chosen]); event.preventDefault(); }
    });
  }

  /** Keeps what is typed in this browser, so that a closed lid costs nothing. */
  function keepDraft(form) {
    const key = `kho-draft ${form.dataset.draft}`;
    const read = () => [...new FormData(form)].filter(([name]) => name !== "guard" && name !== "base");
    const begun = JSON.stringify(read());
    try {
      const kept = localStorage.getItem(key);
      if (kept && kept !== begun) {
        const values = new Map();
        for (const [name, value] of JSON.parse(kept)) values.set(name, [...(values.get(name) || []), value]);
        for (const field of form.elements) {
          if (!field.name || !values.has(field.name)) continue;
          if (field.type === "checkbox" || field.type === "radio") field.checked = values.get(field.name).includes(field.value);
          else if (field.type !== "hidden") field.value = values.get(field.name)[0];
        }
      }
      let waiting;
      form.addEventListener("input", () => {
        clearTimeout(waiting);
        waiting = setTimeout(() => localStorage.setItem(key, JSON.stringify(read())), 400);
      });
      form.addEventListener("submit", () => localStorage.removeItem(key));
    } catch { /* A browser without storage has no drafts. */ }
  }

  document.querySelectorAll("[data-lookup]:not([data-late])").forEach(offer);
  // Of a thousand rows only those are made ready in which somebody types.
  document.addEventListener("focusin", (event) => {
    const field = event.target;
    if (!field.matches?.("[data-lookup][data-late]") || field.getAttribute("role") === "combobox") return;
    offer(field);
  });
  document.querySelectorAll("form[data-draft]").forEach(keepDraft);
  // The moment at which the player stands, as a time of the form.
  const player = document.querySelector(".clip video, .clip audio");
  document.querySelectorAll("[data-take]").forEach((button) => {
    if (!player) return;
    button.hidden = false;
    button.addEventListener("click", () => {
      const tenths = Math.round(player.currentTime * 10);
      const [minutes, seconds] = [Math.floor(tenths / 600), (tenths % 600) / 10];
      document.getElementById(button.dataset.take).value = `${minutes}:${seconds < 10 ? "0" : ""}${seconds}`;
    });
  });
  // Control and S saves, as everywhere.
  document.addEventListener("keydown", (event) => {
    const form = document.querySelector("form.describe");
    if (form && (event.ctrlKey || event.metaKey) && event.key === "s") { event.preventDefault(); form.requestSubmit(); }
  });
})();

// The desk: names are offered while somebody types, and what was typed is kept until it is saved.
(() => {
  "use strict";

  /** Offers records for an input or for the line of a textarea on which the cursor stands. */
  function offer(field) {
    const bounds = () => {
      if (field.tagName !== "TEXTAREA") return [0, field.value.length];
      const start = field.value.lastIndexOf("\n", field.selectionStart - 1) + 1;
      const end = field.value.indexOf("\n", field.selectionStart);
      return [start, end < 0 ? field.value.length : end];
    };
    offerWhileTyping(field, {
      typed: () => field.value.slice(...bounds()),
      address: (words) => `/desk/lookup?${new URLSearchParams({ q: words.trim(), to: field.dataset.lookup })}`,
      words: (record) => (record.code ? `${record.title} · ${record.code}` : record.title),
      take: (record) => {
        field.setRangeText(`${record.title} [${record.id}]`, ...bounds(), "end");
        field.dispatchEvent(new Event("input", { bubbles: true }));
      },
      put: (list) => field.after(list),
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

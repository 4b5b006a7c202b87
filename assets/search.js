// Names are offered while somebody types into a box of search. Without this file the box still searches.
(() => {
  "use strict";

  function offer(field) {
    const form = field.form;
    const list = document.createElement("ul");
    list.id = "offers-of-search";
    list.className = "offers";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", field.labels?.[0]?.textContent ?? "");
    list.hidden = true;
    form.append(list);
    field.setAttribute("role", "combobox");
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", list.id);
    field.setAttribute("aria-expanded", "false");
    let asked = 0;
    let chosen = -1;

    const close = () => {
      asked += 1;
      list.hidden = true;
      list.replaceChildren();
      chosen = -1;
      field.setAttribute("aria-expanded", "false");
      field.removeAttribute("aria-activedescendant");
    };
    const take = (item) => {
      field.value = item.textContent;
      close();
      form.requestSubmit();
    };
    const mark = (place) => {
      const items = list.children;
      if (!items.length) return;
      chosen = (place + items.length) % items.length;
      [...items].forEach((item, at) => item.setAttribute("aria-selected", String(at === chosen)));
      items[chosen].scrollIntoView({ block: "nearest" });
      field.setAttribute("aria-activedescendant", items[chosen].id);
    };
    const ask = async () => {
      const mine = ++asked;
      const typed = field.value;
      if (typed.trim().length < 2) return close();
      const answer = await fetch(`/api/suggest?${new URLSearchParams({ q: typed })}`).catch(() => null);
      if (!answer?.ok || mine !== asked) return;
      const found = await answer.json();
      if (mine !== asked) return;
      list.replaceChildren(...found.map((offered, at) => {
        const item = document.createElement("li");
        item.id = `${list.id}-${at}`;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", "false");
        item.textContent = offered.text;
        item.addEventListener("pointerdown", (event) => { event.preventDefault(); take(item); });
        return item;
      }));
      list.hidden = found.length === 0;
      field.setAttribute("aria-expanded", String(found.length > 0));
      chosen = -1;
    };
    let waiting;
    field.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(ask, 80); });
    field.addEventListener("blur", () => setTimeout(close, 150));
    field.addEventListener("keydown", (event) => {
      if (list.hidden) return;
      if (event.key === "ArrowDown") { mark(chosen + 1); event.preventDefault(); }
      if (event.key === "ArrowUp") { mark(chosen - 1); event.preventDefault(); }
      if (event.key === "Escape") { close(); event.preventDefault(); }
      if (event.key === "Enter" && chosen >= 0) { take(list.children[chosen]); event.preventDefault(); }
    });
  }

  document.querySelectorAll("form.search input[type=search]").forEach(offer);
})();

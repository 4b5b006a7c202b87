// Offers what somebody may be about to type, below the field: for the box of search and for the forms of the desk.
(() => {
  "use strict";

  let made = 0;

  /**
   * Makes a field offer something while somebody types.
   * `typed()` is what was typed so far, `address(typed)` where offers are asked for, `words(offer)` what stands in the list,
   * `take(offer)` what happens with the chosen one, `put(list)` where the list goes.
   */
  function offerWhileTyping(field, { typed, address, words, take, put }) {
    const list = document.createElement("ul");
    list.id = `offers-${++made}`;
    list.className = "offers";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", field.labels?.[0]?.textContent ?? "");
    list.hidden = true;
    put(list);
    field.setAttribute("role", "combobox");
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", list.id);
    field.setAttribute("aria-expanded", "false");
    let asked = 0;
    let chosen = -1;
    let offers = [];

    const show = (found) => {
      offers = found;
      chosen = -1;
      list.replaceChildren(...found.map((offer, at) => {
        const item = document.createElement("li");
        item.id = `${list.id}-${at}`;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", "false");
        item.textContent = words(offer);
        item.addEventListener("pointerdown", (event) => { event.preventDefault(); choose(at); });
        return item;
      }));
      list.hidden = found.length === 0;
      field.setAttribute("aria-expanded", String(found.length > 0));
      field.removeAttribute("aria-activedescendant");
    };
    const close = () => { asked += 1; show([]); };
    const choose = (at) => {
      const offer = offers[at];
      close();
      take(offer);
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
      if (typed().trim().length < 2) return close();
      const answer = await fetch(address(typed())).catch(() => null);
      if (!answer?.ok || mine !== asked) return;
      const found = await answer.json();
      if (mine === asked) show(found);
    };
    let waiting;
    field.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(ask, 100); });
    field.addEventListener("blur", () => setTimeout(close, 150));
    field.addEventListener("keydown", (event) => {
      if (list.hidden) return;
      if (event.key === "ArrowDown") { mark(chosen + 1); event.preventDefault(); }
      if (event.key === "ArrowUp") { mark(chosen - 1); event.preventDefault(); }
      if (event.key === "Escape") { close(); event.preventDefault(); }
      if (event.key === "Enter" && chosen >= 0) { choose(chosen); event.preventDefault(); }
    });
  }

  globalThis.offerWhileTyping = offerWhileTyping;
  // The boxes of search. Without this file they still search.
  document.querySelectorAll("form.search input[type=search]").forEach((field) => offerWhileTyping(field, {
    typed: () => field.value,
    address: (words) => `/api/suggest?${new URLSearchParams({ q: words })}`,
    words: (offer) => offer.text,
    take: (offer) => { field.value = offer.text; field.form.requestSubmit(); },
    put: (list) => field.form.append(list),
  }));
})();

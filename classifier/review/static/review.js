// Keys and small conveniences of the review page. Without it the page works by mouse, touch and Tab.
"use strict";

(() => {
  const find = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // Texts in the language of the page, which brings them along; in English there are none to bring.
  const texts = JSON.parse(document.body.dataset.texts || "{}");
  const gettext = (text, values = {}) => (texts[text] || text).replace(/\{(\w+)\}/g, (_, name) => values[name]);

  const isLeftToRight = document.documentElement.dir !== "rtl";
  const page = find("#outcome");
  const form = find("#decide") || find("form.codes");
  const fields = form ? all("fieldset.field", form) : [];
  const sheet = find("#help-sheet");
  let active = 0;
  let since = performance.now();
  const note = find("#note");
  const reason = find("#reason");
  let leaving = false;
  let sent = false;
  let warned = false;

  const inputs = (field) => all(".code input", field);
  const chosen = (field) => inputs(field).filter((input) => input.checked);
  const isChanged = (field) => inputs(field).some((input) => input.checked !== input.defaultChecked);

  // What would be lost by leaving; confirming keeps the codes.
  function lost({ confirming = false, marking = false } = {}) {
    if (!confirming && fields.some(isChanged)) {
      return gettext("Your choices are not confirmed. Press Enter to confirm them, or do the same again to leave without them.");
    }
    if (note && note.value !== note.defaultValue) {
      return gettext("Your note is not saved. Press Ctrl+Enter in it to save it, or do the same again to leave without it.");
    }
    if (!marking && reason && reason.value !== reason.defaultValue) {
      return gettext("Why the outcome is not codable is not recorded. Press Ctrl+Enter there to record it, or do the same again to leave without it.");
    }
    return "";
  }

  function say(text) {
    const place = find("#unsaved");
    if (place) place.textContent = text;
  }

  function frame(place, { scroll = true } = {}) {
    if (!fields.length) return;
    active = Math.max(0, Math.min(fields.length - 1, place));
    fields.forEach((field, number) => field.classList.toggle("active", number === active));
    highlight();
    if (scroll) fields[active].scrollIntoView({ block: "nearest" });
  }

  const nameOf = (field) => find("legend bdi", field).textContent.trim();

  // Only what contributed to the suggestion of the field in focus is marked, the more strongly the more it did.
  function highlight() {
    const own = `${active + 1}:`;
    let found = false;
    all("mark[data-levels]").forEach((mark) => {
      const level = mark.dataset.levels.split(" ").find((each) => each.startsWith(own));
      mark.className = level ? `level-${level.slice(own.length)}` : "off";
      found = found || Boolean(level);
    });
    const hasSuggestion = Boolean(fields[active].dataset.suggested);
    [["#legend", found], ["#no-basis", !found && hasSuggestion]].forEach(([selector, isShown]) => {
      const legend = find(selector);
      if (!legend) return;
      legend.hidden = !isShown;
      find("strong", legend).textContent = nameOf(fields[active]);
    });
  }

  // The main code of several is the one that was chosen first; the server learns their order from a hidden input.
  function keepOrder(field, input) {
    const order = find(`input[name="order-${field.dataset.number}"]`, field);
    if (!order) return;
    const names = order.value ? order.value.split("\n") : [];
    const others = names.filter((name) => name !== input.value);
    const isSingle = field.dataset.kind === "single";
    order.value = (input.checked ? [...(isSingle ? [] : others), input.value] : others).join("\n");
  }

  function keepTime(field) {
    const seconds = find(`input[name="seconds-${field.dataset.number}"]`, field);
    if (!seconds) return;
    const now = performance.now();
    seconds.value = ((Number(seconds.value) || 0) + (now - since) / 1000).toFixed(2);
    since = now;
  }

  function changed(field, input) {
    keepOrder(field, input);
    keepTime(field);
    warned = false;
    const n = fields.filter(isChanged).length;
    const codes = chosen(field).map((each) => each.dataset.name).join(gettext(", ")) || gettext("nothing");
    say(n ? gettext("{field}: {codes}. {n} not confirmed yet.", { field: nameOf(field), codes, n }) : "");
  }

  function set(field, input, checked) {
    if (input.checked === checked) return;
    input.checked = checked;
    changed(field, input);
  }

  // After a single code the next field that has none is framed.
  function goOnFrom(field) {
    if (field.dataset.kind !== "single" || !chosen(field).length) return;
    const next = fields.findIndex((each, place) => place > active && !chosen(each).length);
    if (next >= 0) frame(next);
  }

  function choose(key) {
    const field = fields[active];
    const input = field && find(`.code input[data-key="${key}"]`, field);
    if (!input) return;
    set(field, input, !input.checked);
    goOnFrom(field);
  }

  function take(field) {
    if (!field || !field.dataset.suggested) return;
    const suggested = JSON.parse(field.dataset.suggested);
    inputs(field).filter((input) => !suggested.includes(input.value)).forEach((input) => set(field, input, false));
    suggested.forEach((code) => set(field, inputs(field).find((input) => input.value === code), true));
    // Of several, the one that is suggested first is the main one, whatever was chosen before.
    find(`input[name="order-${field.dataset.number}"]`, field).value = suggested.join("\n");
    frame(fields.indexOf(field));
    goOnFrom(field);
  }

  // Warns once of what would be lost; who does the same again may go.
  function mayGo(how) {
    const told = warned ? "" : lost(how);
    warned = Boolean(told);
    leaving = !told;
    if (told) say(told);
    return leaving;
  }

  function leave(path) {
    if (!path) say(gettext("There is no other outcome here."));
    else if (mayGo()) window.location.assign(path);
  }

  function submit(it) {
    if (it) it.requestSubmit();
  }

  function openSheet() {
    if (sheet) sheet.showModal();
    else window.location.assign("/help");
  }

  // Codes keep their places and keys from outcome to outcome, unless a coder wants the suggested ones first.
  const suggestedFirst = () => localStorage.getItem("outcome-coder-order") === "suggested";
  function arrange() {
    fields.forEach((field) => {
      const labels = all(".code", field);
      const order = (label) => Number(find("input", label).dataset.place);
      labels.sort((one, other) => order(one) - order(other)).forEach((label, place) => {
        label.parentElement.append(label);
        const key = place < 9 ? String(place + 1) : "";
        find("input", label).dataset.key = key;
        find("kbd", label)?.remove();
        if (!key) return;
        const shown = document.createElement("kbd");
        shown.textContent = key;
        find("span", label).prepend(shown, " ");
      });
    });
  }
  if (suggestedFirst()) arrange();

  const keysOn = () => localStorage.getItem("outcome-coder-keys") !== "off";

  const actions = {
    Enter: () => submit(form),
    c: () => take(fields[active]),
    d: () => {
      const details = fields[active] && find("details.definitions", fields[active]);
      if (details) details.open = !details.open;
    },
    g: () => focus("#jump"),
    j: () => page && leave(page.dataset.next),
    k: () => page && leave(page.dataset.back),
    ArrowRight: () => page && leave(isLeftToRight ? page.dataset.next : page.dataset.back),
    ArrowLeft: () => page && leave(isLeftToRight ? page.dataset.back : page.dataset.next),
    ArrowUp: () => frame(active - 1),
    ArrowDown: () => frame(active + 1),
    m: () => find("#nearest-button")?.click(),
    n: () => focus("#note"),
    q: () => page && leave(page.dataset.queue),
    s: () => submit(find("#skip-form")),
    u: () => submit(find("#undo-form")),
    x: () => focus("#reason"),
    "?": openSheet,
  };

  function focus(selector) {
    const it = find(selector);
    if (it) it.focus();
  }

  function isTyping(target) {
    return target.matches("textarea, select, input:not([type='radio'], [type='checkbox'])");
  }

  function isOwnKey(event) {
    // Radio buttons, links and buttons have keys of their own.
    const target = event.target;
    if (event.key.startsWith("Arrow")) return target.matches("input[type='radio'], .scroll");
    if (event.key === "Enter") return target.matches("a, button, summary, input[type='checkbox']") && target !== form;
    return false;
  }

  document.addEventListener("keydown", (event) => {
    if (sheet && sheet.open) return;
    if (event.target === note || event.target === reason) {
      if (event.key === "Escape") event.target.blur();
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.target.form.requestSubmit();
        event.target.blur();
      }
      return;
    }
    if (event.key === "Escape" && isTyping(event.target)) event.target.blur();
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (isTyping(event.target) || isOwnKey(event)) return;
    if (!keysOn() && event.key !== "?") return;
    const action = /^[1-9]$/.test(event.key) ? () => choose(event.key) : actions[event.key];
    if (action && (page || form || ["u", "?"].includes(event.key))) {
      event.preventDefault();
      action();
    }
  });

  fields.forEach((field, place) => {
    let before = null;
    inputs(field).forEach((input) => {
      input.addEventListener("change", () => {
        changed(field, input);
        frame(place, { scroll: false });
      });
      // A single code that is pressed again is taken back, as by its key.
      input.addEventListener("pointerdown", () => { before = input.type === "radio" && input.checked ? input : null; });
      input.addEventListener("click", () => {
        if (before === input) set(field, input, false);
        before = null;
      });
    });
    field.addEventListener("focusin", () => frame(place, { scroll: false }));
    find(".take", field)?.addEventListener("click", () => take(field));
  });

  if (form) {
    form.addEventListener("reset", () => setTimeout(() => {
      fields.forEach((field) => {
        const order = find(`input[name="order-${field.dataset.number}"]`, field);
        if (order) order.value = order.defaultValue;
      });
      say("");
    }));
  }

  // Choices are sent only to a program that answers; else they are kept in this tab, by codes alone.
  const KEPT = "outcome-coder-choices";

  async function isAnswering() {
    try {
      return (await fetch("/help", { method: "HEAD", cache: "no-store", redirect: "manual" })).ok;
    } catch {
      return false;
    }
  }

  async function confirmChoices() {
    if (await isAnswering()) {
      form.submit();
      return;
    }
    leaving = sent = false;
    const inOrder = (field) => find(`input[name="order-${field.dataset.number}"]`, field).value.split("\n");
    const codes = fields.map((field) => {
      const names = chosen(field).map((input) => input.value);
      return [...inOrder(field).filter((name) => names.includes(name)), ...names];
    });
    sessionStorage.setItem(KEPT, JSON.stringify({ id: form.elements.id.value, codes }));
    say(gettext("The program does not answer, so nothing was recorded. Your choices are kept in this tab: start the program again, then reload this page."));
  }

  function restoreChoices() {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) || "null");
    if (!kept || kept.id !== form.elements.id.value) return;
    sessionStorage.removeItem(KEPT);
    fields.forEach((field, place) => {
      const codes = kept.codes[place] || [];
      inputs(field).filter((input) => !codes.includes(input.value)).forEach((input) => set(field, input, false));
      codes.forEach((code) => {
        const input = inputs(field).find((each) => each.value === code);
        if (input) set(field, input, true);
      });
    });
    say(gettext("Your choices from when the program did not answer are back. They are not confirmed yet."));
  }

  // Of two presses in a row only the first counts: the second would come before the next page. (The `id` of a form that
  // has an input named id is that input.)
  all("form:not(#note-form, [method='dialog'])").forEach((each) => each.addEventListener("submit", (event) => {
    const isRefused = sent || !mayGo({ confirming: each === form, marking: each.matches("#not-codable-form") });
    if (isRefused || (page && each === form)) event.preventDefault();
    if (isRefused) return;
    sent = true;
    if (page && each === form) confirmChoices();
  }));
  window.addEventListener("pageshow", () => { leaving = sent = false; });

  if (note) {
    let brought = note.defaultValue;
    [note, reason].forEach((each) => each.addEventListener("input", () => { warned = false; }));
    find("#note-form").addEventListener("htmx:beforeRequest", () => { brought = note.value; });
    find("#note-form").addEventListener("htmx:afterRequest", (event) => {
      if (event.detail.successful) note.defaultValue = brought;
    });
  }

  function fail(why) {
    const told = document.createElement("p");
    told.className = "notice";
    told.textContent = gettext("This didn't work: {why} If you typed something, copy it; then reload the page.", { why });
    find("#said").replaceChildren(told);
  }
  document.body.addEventListener("htmx:responseError", ({ detail: { xhr } }) => {
    const isTold = (xhr.getResponseHeader("Content-Type") || "").startsWith("text/plain");
    fail(isTold ? xhr.responseText : gettext("it was refused ({status}).", { status: xhr.status }));
  });
  document.body.addEventListener("htmx:sendError", () => fail(gettext("the program is not responding.")));

  find("#help")?.addEventListener("click", (event) => { event.preventDefault(); openSheet(); });

  const keys = find("#keys-on");
  if (keys) {
    keys.checked = keysOn();
    keys.addEventListener("change", () => localStorage.setItem("outcome-coder-keys", keys.checked ? "on" : "off"));
  }

  const order = find("#suggested-first");
  if (order) {
    order.checked = suggestedFirst();
    order.addEventListener("change", () => {
      localStorage.setItem("outcome-coder-order", order.checked ? "suggested" : "codebook");
      say(gettext("From the next outcome on."));
    });
  }

  window.addEventListener("beforeunload", (event) => {
    if (lost() && !leaving) event.preventDefault();
  });

  if (page) {
    restoreChoices();
    const first = fields.findIndex((field) => !chosen(field).length);
    frame(first >= 0 ? first : 0, { scroll: false });
  } else if (fields.length) {
    frame(0, { scroll: false });
  }
})();

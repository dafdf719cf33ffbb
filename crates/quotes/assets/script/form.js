// ---- The form of a quote: each change is sent, and the last answer counts.

function live(form) {
  let timer, stop, turn = 0;
  async function ask(button) {
    clearTimeout(timer);
    stop?.abort();
    stop = new AbortController();
    const mine = ++turn;
    one("#receipt")?.setAttribute("aria-busy", "true");
    try {
      const body = new URLSearchParams(new FormData(form, button));
      const answer = await fetch(form.dataset.live, { method: "POST", body, headers: { Accept: "text/html" }, signal: stop.signal });
      const html = await answer.text();
      if (mine !== turn) return;
      if (answer.ok && !answer.redirected) {
        put(html);
        one("#kept")?.remove();
        agree(form);
        form.dispatchEvent(new Event("input"));     // the draft follows
        trouble("");
      } else {
        trouble(answer.redirected || answer.status === 401 ? "You are signed out. What you type is kept: sign in again and come back." : "The price could not be calculated just now. What you type is kept.");
      }
    } catch (error) {
      if (mine === turn && error.name !== "AbortError") trouble("The server does not answer. What you type is kept.");
    } finally {
      if (mine === turn) one("#receipt")?.removeAttribute("aria-busy");
    }
  }
  form.addEventListener("input", ({ target }) => {
    if (target.closest("[data-here]") || target.matches("textarea") || !isText(target) || target.matches("select, [type=date]")) return;
    clearTimeout(timer);
    timer = setTimeout(ask, target.name === "enquirySearch" ? 250 : 30);
  });
  form.addEventListener("change", ({ target }) => {
    if (target.closest("[data-here]") || target.matches("textarea")) return;
    if (!isText(target) || target.matches("select, [type=date]")) ask();
  });
  form.addEventListener("submit", (event) => {
    if (!event.submitter?.hasAttribute("data-live")) return;
    event.preventDefault();
    ask(event.submitter);
  });
  return ask;
}

function trouble(words) {
  const place = one("#trouble");
  if (!place) return;
  place.hidden = !words;
  place.firstElementChild.textContent = words;
}

// Ticks in the chooser, and how each is priced, follow the list of what is chosen.
function agree(form) {
  const chosen = new Map(all("#chosen [data-event]", form).map((it) => [it.dataset.event, it.dataset.basis]));
  for (const box of all("#chooser [name=event]", form)) {
    box.checked = chosen.has(box.value);
    const basis = one("[data-basis]", box.closest("li"));
    if (basis) basis.textContent = chosen.get(box.value) ?? "per person";
  }
  narrow(form);
}

// What the enquiry says need not be typed: it fills what is empty, or still as another enquiry said.
function answers(form) {
  const says = (select) => JSON.parse(select?.selectedOptions[0]?.dataset.says || "{}");
  let said = says(form.elements.enquiryId);
  form.addEventListener("focusin", ({ target }) => { if (target.name === "enquiryId") said = says(target); });
  // Before it is worked out what the form comes to.
  form.addEventListener("change", ({ target }) => {
    if (target.name !== "enquiryId") return;
    const now = says(target);
    const kept = Object.entries(now).filter(([name, value]) => {
      const field = form.elements[name];
      if (!field) return false;
      if (!field.value || field.value === said[name]) field.value = value;
      return value && field.value !== value;
    });
    said = now;
    otherwise(form, kept);
  });
}

// What somebody typed stays; that the enquiry says something else is not passed over.
function otherwise(form, kept) {
  const note = one("#enquiry-note", form);
  if (!note) return;
  note.hidden = kept.length === 0;
  const called = kept.map(([name]) => one(`label[for="${name}"]`, form)?.firstChild.textContent.trim().toLowerCase() ?? name);
  one("span", note).textContent = `The enquiry says otherwise of: ${called.join(", ")}.`;
  one("button", note).onclick = () => {
    for (const [name, value] of kept) form.elements[name].value = value;
    note.hidden = true;
    form.elements.leadName.dispatchEvent(new Event("input", { bubbles: true }));
  };
}

// ---- The chooser: search and categories at once, arrows from event to event.

// As the server compares: without case and accents.
const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/\p{M}/gu, "")
  .replace(/[łøđħı]/g, (letter) => "lodhi"["łøđħı".indexOf(letter)]);

function narrow(form) {
  const words = fold(one("[name=eventSearch]", form)?.value ?? "").split(/\s+/);
  const category = one("[name=category]:checked", form)?.value ?? "";
  let shown = 0;
  for (const row of all(".chooser li", form)) {
    row.folded ??= fold(row.textContent);
    const fits = (!category || row.dataset.categories.split(" ").includes(category)) && words.every((word) => row.folded.includes(word));
    row.hidden = !fits;
    shown += fits;
  }
  const none = one(".chooser-none", form);
  if (none) none.hidden = shown > 0;
}

function chooser(form) {
  form.addEventListener("input", ({ target }) => { if (target.closest("[data-here]")) narrow(form); });
  form.addEventListener("click", ({ target }) => {
    if (!target.closest("[data-clear-search]")) return;
    one("[name=eventSearch]", form).value = "";
    one("[name=category]", form).checked = true;
    narrow(form);
    one("[name=eventSearch]", form).focus();
  });
  form.addEventListener("keydown", (event) => {
    const search = one("[name=eventSearch]", form);
    const boxes = all(".chooser li:not([hidden]) [name=event]", form);
    const at = boxes.indexOf(event.target);
    const goes = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: boxes.length - 1 };
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (event.target === search && plain && ["ArrowDown", "Enter"].includes(event.key)) boxes[0]?.focus();
    else if (event.target === search && event.key === "Escape") { search.value = ""; narrow(form); }
    else if (at < 0 || !plain) return;
    else if (event.key in goes) (boxes[goes[event.key]] ?? (goes[event.key] < 0 ? search : null))?.focus();
    else if (event.key === "Enter") event.target.click();
    else if (event.key === "Escape") search.focus();
    else return;
    event.preventDefault();
  });
  narrow(form);
}


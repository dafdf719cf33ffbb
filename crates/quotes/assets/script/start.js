// ---- Keys.

function keys(event) {
  const { key, target } = event;
  if ((event.ctrlKey || event.metaKey) && key === "Enter") {
    const button = one("[data-key='Ctrl+Enter']");
    if (button) { event.preventDefault(); button.form.requestSubmit(button); }
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isText(target) || target.isContentEditable || one("dialog[open]")) return;
  if (key === "Escape") all(".chip[open]").forEach((it) => { it.open = false; one("summary", it).focus(); });
  const rows = all(".rows tbody th a");
  const at = rows.findIndex((it) => it.closest("tr").contains(document.activeElement));
  if (key === "/") one("[data-key='/']")?.focus();
  else if (key === "?") one("#keys")?.showModal();
  else if (key === "n") one("[data-key=n]")?.click();
  else if (key === "j") rows[Math.min(at + 1, rows.length - 1)]?.focus();
  else if (key === "k") rows[Math.max(at - 1, 0)]?.focus();
  else return;
  event.preventDefault();
}

document.addEventListener("keydown", keys);
document.addEventListener("click", ({ target }) => {
  const opens = target.closest("[data-open]");
  if (opens) document.getElementById(opens.dataset.open)?.showModal();
  for (const chip of all(".chip[open]")) if (!chip.contains(target)) chip.open = false;
});
// What is being mended is not wrong any more; saving looks again.
document.addEventListener("input", ({ target }) => {
  if (target.getAttribute?.("aria-invalid") !== "true") return;
  target.removeAttribute("aria-invalid");
  if (document.getElementById(`${target.id}-error`)) target.removeAttribute("aria-describedby");
  document.getElementById(`${target.id}-error`)?.remove();
});
document.addEventListener("change", ({ target }) => { if (target.name === "theme") root.dataset.theme = target.value; });

// The e-mail is shown with the words that are being typed: sent to where it is shown, not in an address.
function previewed(button) {
  let timer;
  const show = () => button.form.requestSubmit(button);
  button.form.elements.message.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(show, 300); });
}

times(document);
forget();
for (const form of all("form[data-draft], form[data-live]")) {
  answers(form);
  const ask = form.dataset.live ? live(form) : null;
  if (ask) chooser(form);
  if (form.dataset.draft) drafts(form, ask);
}
all("[data-follow]").forEach(follow);
all("[data-draft-of]").forEach(reminded);
all("[data-again]").forEach(again);
all("button[data-preview]").forEach(previewed);
if (root.dataset.user) banners();
one("#errors")?.focus();

// Keeps a draft of an act's form while it is being filled in. Without this, the button "save draft" does the same.
"use strict";

(() => {
  const form = document.querySelector("form[data-draft]");
  if (!form) {
    return;
  }
  const told = form.querySelector("[data-drafted]");
  const pause = 4000;
  let waiting = 0;
  let sent = false;

  const keep = async () => {
    waiting = 0;
    if (sent) {
      return;
    }
    const values = new URLSearchParams(new FormData(form));
    values.set("do", "auto");
    try {
      const answer = await fetch(form.dataset.draft, { method: "POST", body: values, redirect: "error" });
      told.textContent = answer.status === 204 ? told.dataset.drafted : "";
    } catch {
      told.textContent = "";
    }
  };

  form.addEventListener("input", () => {
    told.textContent = "";
    window.clearTimeout(waiting);
    waiting = window.setTimeout(keep, pause);
  });
  form.addEventListener("submit", () => {
    sent = true;
    window.clearTimeout(waiting);
  });
})();

// Shows the board anew when an alert is found, rises or is lifted. Without this, loading the page again does the same.
"use strict";

(() => {
  const shown = () => document.querySelector("[data-live]");
  if (!shown() || !window.TextDecoderStream) {
    return;
  }
  const query = "subscription ($after: String) { alertChanges(after: $after) { position } }";
  const pause = 2000;
  let waiting = 0;
  let failures = 0;

  // Nothing is taken away from under somebody who reads or goes by keyboard: the board waits until they have left.
  const busy = () => shown().querySelector("details[open], :focus") !== null;

  const later = () => {
    waiting = waiting || window.setTimeout(again, pause);
  };

  const again = async () => {
    waiting = 0;
    if (busy()) {
      later();
      return;
    }
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) {
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-live]");
    if (fresh && busy()) {
      later();
    } else if (fresh) {
      shown().replaceWith(fresh);
    }
  };

  const listen = async () => {
    // From the moment on at which the board that is shown was read: nothing that happened since is missed.
    const variables = { after: shown().dataset.live };
    const answer = await fetch("/graphql", {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
      body: JSON.stringify({ query, variables }),
    });
    if (!answer.ok || !answer.body) {
      return;
    }
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        break;
      }
      failures = 0;
      if (value.includes("event: next")) {
        later();
      }
    }
    failures += 1;
    if (failures < 5) {
      window.setTimeout(() => listen().catch(() => {}), pause * failures);
    }
  };

  listen().catch(() => {});
})();

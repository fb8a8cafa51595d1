// Shows the board anew when an alert is found, rises or is lifted. Without this, loading the page again does the same.
"use strict";

(() => {
  const shown = document.querySelector("main[data-live], [data-live]");
  if (!shown || !window.ReadableStream) {
    return;
  }
  const query = "subscription { alertChanges { position } }";
  const pause = 2000;
  let waiting = 0;
  let failures = 0;

  const again = async () => {
    waiting = 0;
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok || document.querySelector("main details[open], main :focus")) {
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-live]");
    if (fresh) {
      document.querySelector("[data-live]").replaceWith(fresh);
    }
  };

  const listen = async () => {
    const answer = await fetch("/graphql", {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
      body: JSON.stringify({ query }),
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
      if (value.includes("event: next") && !waiting) {
        waiting = setTimeout(again, pause);
      }
    }
    failures += 1;
    if (failures < 5) {
      setTimeout(listen, pause * failures);
    }
  };

  listen().catch(() => {});
})();

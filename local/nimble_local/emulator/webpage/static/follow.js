// Follows the emulator by server-sent events, and tries again by itself when they end.

const SILENCE_MS = 10_000; // the emulator sends something every three seconds
const AGAIN_MS = 1_000;

export function follow(told, linked) {
  let source = null;
  let timer = null;

  function listen() {
    stop();
    linked("connecting");
    source = new EventSource("/_nimble/events");
    source.onmessage = (event) => {
      wait(SILENCE_MS);
      linked("live");
      told(JSON.parse(event.data));
    };
    source.onerror = lost;
    wait(SILENCE_MS);
  }

  // The browser's own attempts end for good at an answer that is no stream of events, and never
  // notice a connection that is dead but not closed, so each attempt is made here.
  function lost() {
    stop();
    linked("lost");
    wait(AGAIN_MS);
  }

  function wait(ms) {
    clearTimeout(timer);
    timer = setTimeout(() => (source ? lost() : listen()), ms);
  }

  function stop() {
    clearTimeout(timer);
    source?.close();
    source = null;
  }

  // A browser has six connections for one server; pages that nobody sees hold none of them.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      stop();
      linked("connecting");
    } else if (!source) listen();
  });
  listen();
}

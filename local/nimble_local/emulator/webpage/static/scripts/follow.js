// Follows the emulator through server-sent events, and reconnects when they end.

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

  // The browser stops reconnecting after an answer that isn't an event stream, and doesn't notice a
  // dead connection that isn't closed, so the page reconnects on its own.
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

  // A browser opens six connections per server; hidden pages hold none of them.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      stop();
      linked("connecting");
    } else if (!source) listen();
  });
  listen();
}

// A clock in a worker: a page that is covered or busy keeps its heartbeat, since timers here are not throttled.
let timer = 0;
onmessage = (event) => {
  clearInterval(timer);
  if (event.data > 0) timer = setInterval(() => postMessage(0), event.data);
};

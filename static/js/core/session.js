// A page outlives its session: whoever is signed out is asked to sign in again, and comes back here.

const SIGNED_OUT = 4401;

export function toLogin() {
  location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search + location.hash)}`);
}

/**
 * A socket closed. Its code says that the session ended; a handshake that was refused says nothing, so it is asked.
 * @param {number} code @param {boolean} was_open
 */
export async function leaveIfSignedOut(code, was_open) {
  if (code === SIGNED_OUT) toLogin();
  else if (!was_open) {
    const answer = await fetch("/api/account").catch(() => null);
    if (answer?.status === 401) toLogin();
  }
}

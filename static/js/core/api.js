// HTTP with problem details (RFC 9457): an error is always a sentence that says what to do.

import { toLogin } from "./session.js";
import { client } from "./studio.js";

export class Problem extends Error {
  /** @param {number} status @param {string} text @param {string} todo */
  constructor(status, text, todo) {
    super([text, todo].filter(Boolean).join(" "));
    this.status = status;
  }
}

/**
 * @param {string} path @param {RequestInit} [options] @returns {Promise<any>} the JSON answer
 * @throws {Problem}
 */
export async function api(path, options = {}) {
  return (await answered(path, options)).json().catch(() => null);
}

/**
 * The answer as it comes, for what is no JSON: a picture.
 * @param {string} path @param {RequestInit} [options] @returns {Promise<Response>}
 * @throws {Problem}
 */
export async function answered(path, options = {}) {
  const headers = new Headers(options.headers);
  headers.set("X-Client", await client);
  const csrf = document.querySelector('meta[name="csrf"]')?.getAttribute("content");
  if (csrf) headers.set("X-CSRF-Token", csrf);
  let response;
  try {
    response = await fetch(path, { ...options, headers });
  } catch {
    throw new Problem(0, "No connection to the studio.", "Is it still running? Load the page again.");
  }
  if (response.ok) return response;
  const body = await response.json().catch(() => null);
  if (response.status === 401 && body?.code === "not_signed_in") toLogin();
  const text = body?.detail ?? body?.title ?? `The studio answered ${response.status} to ${path}.`;
  throw new Problem(response.status, text, body?.todo ?? "");
}

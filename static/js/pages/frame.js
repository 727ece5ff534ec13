// What every page starts: the connection, the banner, STOP, the sidebar, and the keys that work everywhere.

import "../elements/banner.js";
import "../elements/frame.js";
import "../elements/keys-dialog.js";
import "../elements/stop-button.js";
import { listenToKeys } from "../core/keyboard.js";
import { start } from "../core/studio.js";
import { sidebar } from "../elements/frame.js";

const page = new AbortController();

/** @param {{operating?: boolean, keys?: import("../core/keyboard.js").PageKeys}} [options] */
export function openPage({ operating = false, keys = {} } = {}) {
  listenToKeys({ operating, page: keys, signal: page.signal });
  sidebar(page.signal);
  start();
  return page.signal;
}

